"""The posting function for a single journal."""

from django.db import migrations

from fondaco.systems.finance import sql_one


class Migration(migrations.Migration):
    dependencies = [("finance", "0007_dispute_guards")]
    operations = [migrations.RunSQL(sql_one.POST_ONE, sql_one.NO_POST_ONE)]
