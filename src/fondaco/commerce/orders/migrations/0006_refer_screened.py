"""The guard of orders once more: an order whose quota ran out before its payment waits for a person."""

from django.db import migrations

from fondaco.commerce.orders.states import ORDER_MACHINE


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_uploads")]

    operations = [migrations.RunSQL(ORDER_MACHINE.guard_sql("orders_order"), migrations.RunSQL.noop)]
