"""Predicted arrivals, troubles that a person works off, and events that are nobody's yet."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Owned
from fondaco.systems.logistics.models.consignments import Consignment, Parcel


class TroubleState(models.TextChoices):
    """Where a trouble stands."""

    OPEN = "open", _("Open")
    TAKEN = "taken", _("Taken up")
    CLOSED = "closed", _("Closed")


class TroubleKind(models.TextChoices):
    """What is wrong."""

    LATE = "late", _("Late")
    CUSTOMS = "customs", _("Held by customs")
    SILENT = "silent", _("Silent too long")
    RETURNED = "returned", _("Returned")
    FAILED = "failed", _("Delivery failed")
    LOST = "lost", _("Lost or damaged")


TROUBLES = Machine(
    "trouble",
    TroubleState,
    {
        (TroubleState.OPEN, "take"): TroubleState.TAKEN,
        (TroubleState.OPEN, "close"): TroubleState.CLOSED,
        (TroubleState.TAKEN, "close"): TroubleState.CLOSED,
    },
)


class Trouble(Owned):
    """Something wrong with a consignment; `numbers` show it, `note` tells what was done."""

    owners: ClassVar = Parcel.owners

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    consignment = models.ForeignKey(Consignment, on_delete=models.CASCADE, related_name="troubles")
    kind = models.CharField(max_length=10, choices=TroubleKind)
    state = models.CharField(max_length=8, choices=TroubleState, default=TroubleState.OPEN)
    numbers = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    taken_by = models.CharField(max_length=80, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=TroubleState.values), name="trouble_state"),
            models.CheckConstraint(condition=Q(kind__in=TroubleKind.values), name="trouble_kind"),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False), name="trouble_closed_at"
            ),
            models.UniqueConstraint(
                fields=["consignment", "kind"], condition=~Q(state="closed"), name="trouble_once"
            ),
        ]
        indexes = [models.Index(fields=["state", "opened_at", "id"], name="trouble_queue")]


class ArrivalForecast(Owned):
    """When an open consignment is expected, as last computed; `coverage` 0 where only the promise is known."""

    owners: ClassVar = Parcel.owners

    consignment = models.OneToOneField(
        Consignment, primary_key=True, on_delete=models.CASCADE, related_name="forecast"
    )
    low_at = models.DateTimeField()
    middle_at = models.DateTimeField()
    high_at = models.DateTimeField()
    coverage = models.FloatField()
    basis = models.CharField(max_length=16)
    sample = models.PositiveIntegerField()
    stage = models.CharField(max_length=24)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(low_at__lte=models.F("middle_at"), middle_at__lte=models.F("high_at")),
                name="forecast_order",
            ),
        ]


class StrayEvent(Owned):
    """A tracking event of a number that is nobody's (yet); only the platform sees it, nothing is lost."""

    owners: ClassVar = {}

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=40)
    source_id = models.CharField(max_length=80)
    number = models.CharField(max_length=60)
    raw_code = models.CharField(max_length=40)
    vocabulary = models.CharField(max_length=20)
    event_at = models.DateTimeField()
    location = models.CharField(max_length=80, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    conveyance = models.JSONField(default=dict)
    reason = models.CharField(max_length=20)
    reporter_id = models.UUIDField(
        null=True, help_text="The carrier that told it; empty: the house heard it."
    )
    parked_at = models.DateTimeField()
    adopted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_id"], name="stray_once")]
        indexes = [models.Index(fields=["number"], condition=Q(adopted_at__isnull=True), name="stray_number")]
