"""A provider may tell that a payment nobody knew the end of was given up: one more edge in the guard."""

from django.db import migrations

from fondaco.systems.finance.models import PAYMENT_MACHINE


class Migration(migrations.Migration):
    dependencies = [("finance", "0017_guards_by_statement")]

    operations = [
        migrations.RunSQL(PAYMENT_MACHINE.guard_sql("finance_paymentintent"), migrations.RunSQL.noop)
    ]
