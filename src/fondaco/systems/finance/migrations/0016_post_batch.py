"""The posting function for batches, and room on each page of accounts for the next version of a row."""

from django.db import migrations

from fondaco.systems.finance import sql


class Migration(migrations.Migration):
    dependencies = [("finance", "0015_escrow_stuck")]
    operations = [
        migrations.RunSQL(sql.POST, migrations.RunSQL.noop),
        migrations.RunSQL(
            "ALTER TABLE finance_account SET (fillfactor = 60)",
            "ALTER TABLE finance_account RESET (fillfactor)",
        ),
    ]
