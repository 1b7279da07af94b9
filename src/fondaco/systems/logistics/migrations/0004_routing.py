"""The network: hubs, timetables, services, closures."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import fondaco.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("logistics", "0003_rates")]

    operations = [
        migrations.CreateModel(
            name="RouteClosure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                ("target", models.CharField(max_length=80)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=200)),
                ("source", models.CharField(blank=True, max_length=200)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.CharField(max_length=120)),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("starts_at__lt", models.F("ends_at"))), name="route_closure_lasts"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RouteHub",
            fields=[
                ("code", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=10)),
                ("country", models.CharField(max_length=2)),
                ("territory", models.CharField(help_text="The customs territory.", max_length=6)),
                ("city", models.CharField(blank=True, max_length=60)),
                ("latitude", models.FloatField()),
                ("longitude", models.FloatField()),
                ("tz", models.CharField(max_length=40)),
                (
                    "main",
                    models.BooleanField(
                        default=False, help_text="Where the country's consignments begin and end."
                    ),
                ),
                ("dwell_min", models.PositiveIntegerField(default=0)),
                ("handling_fixed", models.PositiveIntegerField(default=0)),
                ("handling_per_t", models.PositiveIntegerField(default=0)),
                ("storage_per_t_day", models.PositiveIntegerField(default=0)),
                ("free_min", models.PositiveIntegerField(default=0)),
                ("opens_min", models.PositiveSmallIntegerField(default=0)),
                ("closes_min", models.PositiveSmallIntegerField(default=1440)),
                ("open_days", models.PositiveSmallIntegerField(default=127, help_text="Bit 0 is Monday.")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("opens_min__lt", models.F("closes_min"))), name="route_hub_opens"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("latitude__gte", -90),
                            ("latitude__lte", 90),
                            ("longitude__gte", -180),
                            ("longitude__lte", 180),
                        ),
                        name="route_hub_on_earth",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RouteTimetable",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("replaced_at", models.DateTimeField(help_text="Empty while it is in force.", null=True)),
                ("source_file", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("synthetic", models.BooleanField(default=False)),
                ("label", models.CharField(blank=True, max_length=200)),
                ("services", models.PositiveIntegerField(default=0)),
                ("imported_at", models.DateTimeField()),
                ("imported_by", models.CharField(max_length=120)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("code", "version"), name="route_timetable_version"),
                    models.UniqueConstraint(
                        condition=models.Q(("replaced_at", None)),
                        fields=("code",),
                        name="route_timetable_one_in_force",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="route_timetable_currency"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RouteService",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=40)),
                ("provider", models.CharField(max_length=80)),
                ("mode", models.CharField(max_length=10)),
                ("special_line", models.CharField(blank=True, max_length=80)),
                ("weekdays", models.PositiveSmallIntegerField()),
                ("departs_min", models.PositiveSmallIntegerField(default=0)),
                ("arrives_min", models.PositiveSmallIntegerField(default=0)),
                ("arrives_day", models.SmallIntegerField(default=0, help_text="-1 across the date line.")),
                ("on_demand", models.BooleanField(default=False)),
                ("transit_min", models.PositiveIntegerField(default=0)),
                ("cutoff_min", models.PositiveIntegerField(default=0)),
                ("valid_from", models.DateField(null=True)),
                ("valid_until", models.DateField(null=True)),
                (
                    "not_on",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(), default=list, size=None
                    ),
                ),
                ("fixed", models.PositiveIntegerField(default=0)),
                ("minimum", models.PositiveIntegerField(default=0)),
                ("breaks", models.JSONField(help_text="[[from kg, minor units per tonne], ...]")),
                (
                    "surcharges",
                    models.JSONField(default=list, help_text="[[first day, last day, basis points], ...]"),
                ),
                ("kg_per_cbm", models.PositiveIntegerField(default=0)),
                ("capacity_kg", models.PositiveIntegerField(default=0, help_text="0: no limit.")),
                ("capacity_dm3", models.PositiveIntegerField(default=0)),
                ("km", models.PositiveIntegerField()),
                (
                    "factor",
                    models.CharField(help_text="Of data/logistics/carbon_factors.csv.", max_length=20),
                ),
                ("on_time", models.PositiveSmallIntegerField(help_text="Basis points.")),
                ("late_min", models.PositiveIntegerField(help_text="Mean delay of the rest.")),
                (
                    "observed",
                    models.PositiveIntegerField(default=0, help_text="Runs behind those two figures."),
                ),
                (
                    "passages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("only_when_closed", models.CharField(blank=True, max_length=20)),
                (
                    "destination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="logistics.routehub"
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="logistics.routehub"
                    ),
                ),
                (
                    "timetable",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="logistics.routetimetable",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("timetable", "code"), name="route_service_once"),
                    models.CheckConstraint(
                        condition=models.Q(("origin", models.F("destination")), _negated=True),
                        name="route_service_moves",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("on_demand", False), ("transit_min__gt", 0), _connector="OR"),
                        name="route_service_takes_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("on_time__lte", 10000)), name="route_service_on_time"
                    ),
                ],
            },
        ),
    ]
