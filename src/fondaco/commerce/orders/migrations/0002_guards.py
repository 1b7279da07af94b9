"""State guards in the database, and the sequences that number orders and returns."""

from django.db import migrations

from fondaco.commerce.orders.states import ORDER_MACHINE, RETURN_MACHINE


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.RunSQL(
            ORDER_MACHINE.guard_sql("orders_order"), ORDER_MACHINE.unguard_sql("orders_order")
        ),
        migrations.RunSQL(
            RETURN_MACHINE.guard_sql("orders_return"), RETURN_MACHINE.unguard_sql("orders_return")
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE orders_order_number; CREATE SEQUENCE orders_return_number;",
            "DROP SEQUENCE orders_order_number; DROP SEQUENCE orders_return_number;",
        ),
    ]
