"""Carriers' own channels, and who told of a stray event."""

import django.db.models.deletion
from django.db import migrations, models

import fondaco.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("logistics", "0008_board"), ("parties", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="CarrierChannel",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("secret", models.CharField(max_length=80)),
                ("previous_secret", models.CharField(blank=True, max_length=80)),
                ("opened_at", models.DateTimeField()),
                (
                    "changed_at",
                    models.DateTimeField(help_text="When the secret was last changed.", null=True),
                ),
                ("heard_at", models.DateTimeField(help_text="When a push was last accepted.", null=True)),
                (
                    "carrier",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="strayevent",
            name="reporter_id",
            field=models.UUIDField(
                help_text="The carrier that told it; empty: the house heard it.", null=True
            ),
        ),
    ]
