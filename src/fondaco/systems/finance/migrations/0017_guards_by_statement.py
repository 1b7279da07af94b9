"""Guards that look at a statement's own lines, and posting that reads balances as it locks them."""

from django.db import migrations

from fondaco.systems.finance import sql


class Migration(migrations.Migration):
    dependencies = [("finance", "0016_post_batch")]
    operations = [
        migrations.RunSQL(sql.ENTRY_GUARD + sql.JOURNAL_GUARD + sql.POST, migrations.RunSQL.noop),
    ]
