"""The guard of orders once more: a paid order that cannot be declared waits for a person, and comes back."""

from django.db import migrations

from fondaco.commerce.orders.states import ORDER_MACHINE


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_reading_sha256")]

    operations = [migrations.RunSQL(ORDER_MACHINE.guard_sql("orders_order"), migrations.RunSQL.noop)]
