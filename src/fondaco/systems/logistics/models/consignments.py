"""Consignments, their parcels and milestones. Masses are whole grams, lengths whole millimetres."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned


class ConsignmentState(models.TextChoices):
    """Where a consignment stands."""

    BOOKED = "booked", _("Booked")
    IN_TRANSIT = "in_transit", _("In transit")
    EXCEPTION = "exception", _("Exception")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Returned")
    CANCELLED = "cancelled", _("Cancelled")


_S = ConsignmentState
CONSIGNMENTS = Machine(
    "consignment",
    ConsignmentState,
    {
        (_S.BOOKED, "move"): _S.IN_TRANSIT,
        (_S.BOOKED, "except"): _S.EXCEPTION,
        (_S.BOOKED, "deliver"): _S.DELIVERED,
        (_S.BOOKED, "return"): _S.RETURNED,
        (_S.BOOKED, "cancel"): _S.CANCELLED,
        (_S.IN_TRANSIT, "except"): _S.EXCEPTION,
        (_S.IN_TRANSIT, "deliver"): _S.DELIVERED,
        (_S.IN_TRANSIT, "return"): _S.RETURNED,
        (_S.EXCEPTION, "move"): _S.IN_TRANSIT,
        (_S.EXCEPTION, "deliver"): _S.DELIVERED,
        (_S.EXCEPTION, "return"): _S.RETURNED,
    },
)


class Consignment(Owned):
    """What one carrier carries of one order, with the offer it was booked on, frozen."""

    owners: ClassVar = {Kind.SELLER: "seller_id", Kind.BUYER: "buyer_id", Kind.CARRIER: "carrier_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order_id = models.UUIDField()
    part = models.PositiveSmallIntegerField(default=1, help_text="1 unless the order was parted.")
    number = models.CharField(max_length=20, unique=True)
    seller = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    buyer = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    carrier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=2)
    destination = models.CharField(max_length=2)
    ship_to = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=ConsignmentState, default=ConsignmentState.BOOKED)
    service_code = models.CharField(max_length=40)
    service_name = models.CharField(max_length=160)
    provider_name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()
    mass_g = models.PositiveBigIntegerField()
    parcel_count = models.PositiveIntegerField()
    offer = models.JSONField()
    alternatives = models.JSONField(default=list)
    refused_summary = models.JSONField(default=dict)
    book_version = models.CharField(max_length=64)
    booked_at = models.DateTimeField()
    ready_at = models.DateTimeField()
    due_on = models.DateField(help_text="The latest day of the offer's transit time.")
    carrier_reference = models.CharField(max_length=40, blank=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_id", "part"], name="consignment_part"),
            models.CheckConstraint(condition=Q(part__gte=1), name="consignment_part_counts"),
            models.CheckConstraint(condition=Q(state__in=ConsignmentState.values), name="consignment_state"),
            models.CheckConstraint(condition=Q(price_minor__gte=0), name="consignment_price"),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(delivered_at__isnull=False),
                name="consignment_delivered_at",
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "-booked_at", "-id"], name="consignment_seller"),
            models.Index(fields=["carrier", "-booked_at", "-id"], name="consignment_carrier"),
            models.Index(fields=["buyer", "-booked_at", "-id"], name="consignment_buyer"),
            models.Index(fields=["-booked_at", "-id"], name="consignment_newest"),
        ]


class Parcel(Owned):
    """One piece of a consignment, with its own tracking number."""

    owners: ClassVar = {
        Kind.SELLER: "consignment__seller_id",
        Kind.BUYER: "consignment__buyer_id",
        Kind.CARRIER: "consignment__carrier_id",
    }

    id = models.BigAutoField(primary_key=True)
    consignment = models.ForeignKey(Consignment, on_delete=models.CASCADE, related_name="parcels")
    place = models.PositiveIntegerField(help_text="1 for the first parcel.")
    tracking_number = models.CharField(max_length=13, unique=True)
    box = models.CharField(max_length=40)
    length_mm = models.PositiveIntegerField()
    width_mm = models.PositiveIntegerField()
    height_mm = models.PositiveIntegerField()
    mass_g = models.PositiveIntegerField()
    method = models.CharField(max_length=10)
    contents = models.JSONField()
    placements = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consignment", "place"], name="parcel_place"),
            models.CheckConstraint(
                condition=Q(tracking_number__regex=r"^[A-Z]{2}[0-9]{9}[A-Z]{2}$"), name="parcel_s10"
            ),
        ]


class Milestone(Owned):
    """Something that happened to a consignment or one parcel of it; kept with the words it came in."""

    owners: ClassVar = Parcel.owners

    id = models.BigAutoField(primary_key=True)
    consignment = models.ForeignKey(Consignment, on_delete=models.CASCADE, related_name="milestones")
    parcel = models.ForeignKey(Parcel, null=True, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=24)
    raw_code = models.CharField(max_length=40)
    vocabulary = models.CharField(max_length=20)
    source = models.CharField(max_length=40)
    source_id = models.CharField(max_length=80)
    event_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    location = models.CharField(max_length=80, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    conveyance = models.JSONField(
        default=dict, help_text="What it travels in, where the carrier tells: bill, vessel, voyage."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_id"], name="milestone_once")]
