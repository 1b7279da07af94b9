"""The posting function, the guards of the books, and the guards of the state machines."""

from django.db import migrations

from fondaco.systems.finance import sql
from fondaco.systems.finance.models import HOLD_MACHINE, PAYMENT_MACHINE, PAYOUT_MACHINE, REFUND_MACHINE

MACHINES = [
    (HOLD_MACHINE, "finance_hold"),
    (PAYMENT_MACHINE, "finance_paymentintent"),
    (REFUND_MACHINE, "finance_refund"),
    (PAYOUT_MACHINE, "finance_payout"),
]


class Migration(migrations.Migration):
    dependencies = [("finance", "0001_initial")]
    operations = [
        migrations.RunSQL(sql.FORWARD, sql.BACKWARD),
        *[migrations.RunSQL(m.guard_sql(table), m.unguard_sql(table)) for m, table in MACHINES],
    ]
