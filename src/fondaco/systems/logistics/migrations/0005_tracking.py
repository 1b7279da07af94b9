"""Predicted arrivals, troubles and stray events."""

import django.db.models.deletion
from django.db import migrations, models

import fondaco.kernel.ids
from fondaco.systems.logistics.models.tracking import TROUBLES


class Migration(migrations.Migration):
    dependencies = [("logistics", "0004_routing")]

    operations = [
        migrations.CreateModel(
            name="ArrivalForecast",
            fields=[
                (
                    "consignment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="forecast",
                        serialize=False,
                        to="logistics.consignment",
                    ),
                ),
                ("low_at", models.DateTimeField()),
                ("middle_at", models.DateTimeField()),
                ("high_at", models.DateTimeField()),
                ("coverage", models.FloatField()),
                ("basis", models.CharField(max_length=16)),
                ("sample", models.PositiveIntegerField()),
                ("stage", models.CharField(max_length=24)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("low_at__lte", models.F("middle_at")), ("middle_at__lte", models.F("high_at"))
                        ),
                        name="forecast_order",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StrayEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source", models.CharField(max_length=40)),
                ("source_id", models.CharField(max_length=80)),
                ("number", models.CharField(max_length=60)),
                ("raw_code", models.CharField(max_length=40)),
                ("vocabulary", models.CharField(max_length=20)),
                ("event_at", models.DateTimeField()),
                ("location", models.CharField(blank=True, max_length=80)),
                ("detail", models.CharField(blank=True, max_length=200)),
                ("reason", models.CharField(max_length=20)),
                ("parked_at", models.DateTimeField()),
                ("adopted_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("adopted_at__isnull", True)),
                        fields=["number"],
                        name="stray_number",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("source", "source_id"), name="stray_once")],
            },
        ),
        migrations.CreateModel(
            name="Trouble",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("late", "Late"),
                            ("customs", "Held by customs"),
                            ("silent", "Silent too long"),
                            ("returned", "Returned"),
                            ("failed", "Delivery failed"),
                            ("lost", "Lost or damaged"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("taken", "Taken up"), ("closed", "Closed")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("numbers", models.JSONField(default=dict)),
                ("opened_at", models.DateTimeField()),
                ("taken_by", models.CharField(blank=True, max_length=80)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.CharField(blank=True, max_length=80)),
                ("note", models.CharField(blank=True, max_length=400)),
                (
                    "consignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="troubles",
                        to="logistics.consignment",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "opened_at", "id"], name="trouble_queue")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "taken", "closed"])), name="trouble_state"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["late", "customs", "silent", "returned", "failed", "lost"])
                        ),
                        name="trouble_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "closed"), _negated=True),
                            ("closed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="trouble_closed_at",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "closed"), _negated=True),
                        fields=("consignment", "kind"),
                        name="trouble_once",
                    ),
                ],
            },
        ),
        migrations.RunSQL(TROUBLES.guard_sql("logistics_trouble"), TROUBLES.unguard_sql("logistics_trouble")),
    ]
