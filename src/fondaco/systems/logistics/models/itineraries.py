"""Itineraries that consignments are planned by: frozen, and shared by all that go the same way on the same day."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.logistics.models.consignments import Consignment


class StoredItinerary(models.Model):
    """One way through the network as it was when it was planned. It names nobody and nobody's goods."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the itinerary.")
    network = models.CharField(max_length=200, help_text="The timetables it rests on, with their versions.")
    itinerary = models.JSONField()
    made_at = models.DateTimeField()


class ConsignmentItinerary(Owned):
    """By which itinerary a consignment is planned to go, and why by that one."""

    owners: ClassVar = {
        Kind.SELLER: "consignment__seller_id",
        Kind.BUYER: "consignment__buyer_id",
        Kind.CARRIER: "consignment__carrier_id",
    }

    consignment = models.OneToOneField(
        Consignment, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    itinerary = models.ForeignKey(StoredItinerary, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20)
    numbers = models.JSONField(help_text="What the choice rests on.")
    planned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=["in-time", "in-time-by-mode", "late"]), name="itinerary_reason"
            )
        ]
