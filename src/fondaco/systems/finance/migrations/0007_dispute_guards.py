"""The guards of the state machines of disputes and tax returns."""

from django.db import migrations

from fondaco.systems.finance.models import DISPUTE_MACHINE, RETURN_MACHINE

MACHINES = [(DISPUTE_MACHINE, "finance_dispute"), (RETURN_MACHINE, "finance_taxreturn")]


class Migration(migrations.Migration):
    dependencies = [("finance", "0006_disputes_taxes_invoices")]
    operations = [migrations.RunSQL(m.guard_sql(table), m.unguard_sql(table)) for m, table in MACHINES]
