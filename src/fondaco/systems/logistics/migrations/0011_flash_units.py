"""Flash sales may sell only so many units of an article, counted on the article's own row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("logistics", "0010_flash_sales"),
    ]

    operations = [
        migrations.AddField(
            model_name="flashoffer",
            name="sold",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="flashoffer",
            name="units",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="flashoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("units__isnull", True), ("sold__lte", models.F("units")), _connector="OR"
                ),
                name="flash_offer_units",
            ),
        ),
    ]
