from django.db import migrations, models

from fondaco.platforms.window.models.guards import RELEASE_GUARD_SQL

PART = models.PositiveSmallIntegerField(default=1, help_text="1 unless the order was parted.")


class Migration(migrations.Migration):
    dependencies = [("window", "0009_declarant_keys")]

    operations = [
        migrations.RemoveConstraint(model_name="declaration", name="declaration_once"),
        migrations.AddField(model_name="declaration", name="part", field=PART.clone()),
        migrations.AddField(model_name="matchverdict", name="part", field=PART.clone()),
        migrations.AlterField(model_name="matchverdict", name="order_id", field=models.UUIDField()),
        migrations.AddConstraint(
            model_name="declaration",
            constraint=models.UniqueConstraint(
                fields=("order_id", "kind", "part", "version"), name="declaration_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="matchverdict",
            constraint=models.UniqueConstraint(fields=("order_id", "part"), name="verdict_once"),
        ),
        # The guard of releases asks for the verdict on the declaration's own part.
        migrations.RunSQL(RELEASE_GUARD_SQL, migrations.RunSQL.noop),
    ]
