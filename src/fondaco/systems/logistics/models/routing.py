"""The network: hubs, timetables by version, their services, and closures as dated events.

Local times are minutes of the day at the service's own hubs; money is whole minor units of the timetable's currency.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from fondaco.kernel.ids import new_id


class RouteHub(models.Model):
    """A place where goods change vehicles; facts, shared by all timetables."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10)
    country = models.CharField(max_length=2)
    territory = models.CharField(max_length=6, help_text="The customs territory.")
    city = models.CharField(max_length=60, blank=True)
    latitude = models.FloatField()
    longitude = models.FloatField()
    tz = models.CharField(max_length=40)
    main = models.BooleanField(default=False, help_text="Where the country's consignments begin and end.")
    dwell_min = models.PositiveIntegerField(default=0)
    handling_fixed = models.PositiveIntegerField(default=0)
    handling_per_t = models.PositiveIntegerField(default=0)
    storage_per_t_day = models.PositiveIntegerField(default=0)
    free_min = models.PositiveIntegerField(default=0)
    opens_min = models.PositiveSmallIntegerField(default=0)
    closes_min = models.PositiveSmallIntegerField(default=1440)
    open_days = models.PositiveSmallIntegerField(default=127, help_text="Bit 0 is Monday.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(opens_min__lt=F("closes_min")), name="route_hub_opens"),
            models.CheckConstraint(
                condition=Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="route_hub_on_earth",
            ),
        ]


class RouteTimetable(models.Model):
    """One file of services as it came in. The newest version of a code is in force."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    replaced_at = models.DateTimeField(null=True, help_text="Empty while it is in force.")
    source_file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    synthetic = models.BooleanField(default=False)
    label = models.CharField(max_length=200, blank=True)
    services = models.PositiveIntegerField(default=0)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="route_timetable_version"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(replaced_at=None), name="route_timetable_one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="route_timetable_currency"
            ),
        ]


class RouteService(models.Model):
    """A timetabled service, or one on demand, of one version of a timetable."""

    id = models.BigAutoField(primary_key=True)
    timetable = models.ForeignKey(RouteTimetable, on_delete=models.CASCADE, related_name="rows")
    code = models.CharField(max_length=40)
    provider = models.CharField(max_length=80)
    mode = models.CharField(max_length=10)
    origin = models.ForeignKey(RouteHub, on_delete=models.PROTECT, related_name="+")
    destination = models.ForeignKey(RouteHub, on_delete=models.PROTECT, related_name="+")
    special_line = models.CharField(max_length=80, blank=True)
    weekdays = models.PositiveSmallIntegerField()
    departs_min = models.PositiveSmallIntegerField(default=0)
    arrives_min = models.PositiveSmallIntegerField(default=0)
    arrives_day = models.SmallIntegerField(default=0, help_text="-1 across the date line.")
    on_demand = models.BooleanField(default=False)
    transit_min = models.PositiveIntegerField(default=0)
    cutoff_min = models.PositiveIntegerField(default=0)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    not_on = ArrayField(models.DateField(), default=list)
    fixed = models.PositiveIntegerField(default=0)
    minimum = models.PositiveIntegerField(default=0)
    breaks = models.JSONField(help_text="[[from kg, minor units per tonne], ...]")
    surcharges = models.JSONField(default=list, help_text="[[first day, last day, basis points], ...]")
    kg_per_cbm = models.PositiveIntegerField(default=0)
    capacity_kg = models.PositiveIntegerField(default=0, help_text="0: no limit.")
    capacity_dm3 = models.PositiveIntegerField(default=0)
    km = models.PositiveIntegerField()
    factor = models.CharField(max_length=20, help_text="Of data/logistics/carbon_factors.csv.")
    on_time = models.PositiveSmallIntegerField(help_text="Basis points.")
    late_min = models.PositiveIntegerField(help_text="Mean delay of the rest.")
    observed = models.PositiveIntegerField(default=0, help_text="Runs behind those two figures.")
    passages = ArrayField(models.CharField(max_length=20), default=list)
    only_when_closed = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["timetable", "code"], name="route_service_once"),
            models.CheckConstraint(condition=~Q(origin=F("destination")), name="route_service_moves"),
            models.CheckConstraint(
                condition=Q(on_demand=False) | Q(transit_min__gt=0), name="route_service_takes_time"
            ),
            models.CheckConstraint(condition=Q(on_time__lte=10_000), name="route_service_on_time"),
        ]


class RouteClosure(models.Model):
    """A hub, a passage, a service or a provider that is closed from one instant to another."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10)
    target = models.CharField(max_length=80)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=120)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="route_closure_lasts"),
        ]
