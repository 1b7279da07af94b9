"""Postings tell the outbox and ask whether their period is open; the guards of periods and breaks."""

from django.db import migrations

from fondaco.systems.finance import sql
from fondaco.systems.finance.models import BREAK_MACHINE, PERIOD_MACHINE

MACHINES = [(PERIOD_MACHINE, "finance_period"), (BREAK_MACHINE, "finance_reconbreak")]


class Migration(migrations.Migration):
    dependencies = [("finance", "0003_periods_and_reconciliation")]
    operations = [
        migrations.RunSQL(sql.POST + sql.PERIODS, sql.NO_PERIODS),
        *[migrations.RunSQL(m.guard_sql(table), m.unguard_sql(table)) for m, table in MACHINES],
    ]
