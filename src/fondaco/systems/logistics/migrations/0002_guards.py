"""What Django's schema editor does not know: the state guard and the tracking-number sequence."""

from django.db import migrations

from fondaco.systems.logistics.models import CONSIGNMENTS


class Migration(migrations.Migration):
    dependencies = [("logistics", "0001_initial")]

    operations = [
        migrations.RunSQL(
            CONSIGNMENTS.guard_sql("logistics_consignment"), CONSIGNMENTS.unguard_sql("logistics_consignment")
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE logistics_parcel_serial MINVALUE 0 START 0;"
            "CREATE SEQUENCE logistics_consignment_serial;",
            "DROP SEQUENCE logistics_parcel_serial; DROP SEQUENCE logistics_consignment_serial;",
        ),
    ]
