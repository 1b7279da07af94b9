"""Stock: stores, locations, lots, balances, movements and reservations. Quantities are whole pieces.

What the database holds to: on hand ≥ reserved ≥ 0 in each balance, on hand ≥ allocated ≥ 0 in each bin,
movements are appended and never changed, and each state follows its machine.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned


class StoreKind(models.TextChoices):
    """What a warehouse is to its seller."""

    OWN = "own", _("Own")
    PARK = "park", _("Park")
    BONDED = "bonded", _("Bonded")
    OVERSEAS = "overseas", _("Overseas")


class CustomsStatus(models.TextChoices):
    """The customs status of goods in store: free, under a suspension regime, or cleared out of it."""

    FREE = "free", _("Free circulation")
    INWARD = "inward", _("Bonded")
    CLEARED = "cleared", _("Cleared from bond")


class MovementKind(models.TextChoices):
    """Why pieces came or went."""

    RECEIVE = "receive", _("Received")
    ISSUE = "issue", _("Shipped")
    MOVE = "move", _("Moved")
    COUNT = "count", _("Counted")
    CLEAR = "clear", _("Cleared from bond")
    RESTOCK = "restock", _("Returned to stock")
    QUARANTINE = "quarantine", _("Put in quarantine")
    DESTROY = "destroy", _("Destroyed")


class ReservationState(models.TextChoices):
    """Where a reservation stands."""

    HELD = "held", _("Held")
    COMMITTED = "committed", _("Shipped")
    RELEASED = "released", _("Released")
    EXPIRED = "expired", _("Expired")


_R = ReservationState
RESERVATIONS = Machine(
    "reservation",
    ReservationState,
    {
        (_R.HELD, "commit"): _R.COMMITTED,
        (_R.HELD, "release"): _R.RELEASED,
        (_R.HELD, "expire"): _R.EXPIRED,
    },
)


def _party(**options: Any) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+", **options)


class Store(Owned):
    """One seller's stock in one building. `operator` runs the building: the seller itself, or a park."""

    owners: ClassVar = {Kind.SELLER: "seller_id", Kind.PARK: "operator_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller = _party(db_index=False)
    operator = _party()
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=StoreKind)
    country = models.CharField(max_length=2)
    city = models.CharField(max_length=80, blank=True)
    rank = models.PositiveSmallIntegerField(default=10, help_text="Lower is asked first for an order.")
    is_demo = models.BooleanField(default=False, help_text="Its quantities are made up.")
    lead_mean_days = models.FloatField(default=14.0, help_text="Replenishment lead time: mean.")
    lead_sd_days = models.FloatField(default=0.0, help_text="Replenishment lead time: standard deviation.")
    lead_source = models.CharField(max_length=160, blank=True, help_text="The route it was taken from.")
    review_days = models.PositiveSmallIntegerField(default=7)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "code"], name="store_code_once"),
            models.CheckConstraint(condition=Q(kind__in=StoreKind.values), name="store_kind"),
            models.CheckConstraint(
                condition=Q(lead_mean_days__gte=0, lead_sd_days__gte=0, review_days__gte=1), name="store_lead"
            ),
        ]


class Location(Owned):
    """A place in a store by aisle, bay and level; coordinates in millimetres from the packing bench."""

    owners: ClassVar = {Kind.SELLER: "store__seller_id", Kind.PARK: "store__operator_id"}

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="locations", db_index=False)
    code = models.CharField(max_length=24)
    aisle = models.PositiveSmallIntegerField()
    bay = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField(default=0)
    x_mm = models.PositiveIntegerField(help_text="Across the aisles.")
    y_mm = models.PositiveIntegerField(help_text="Along the aisle, from its front end.")
    saleable = models.BooleanField(default=True, help_text="False: quarantine.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "code"], name="location_code_once")]


class Lot(Owned):
    """Goods that came together: what an authority or a recall asks for."""

    owners: ClassVar = {Kind.SELLER: "store__seller_id", Kind.PARK: "store__operator_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    sku = models.CharField(max_length=80)
    code = models.CharField(max_length=60)
    origin = models.CharField(max_length=2, help_text="Country of origin.")
    supplier = models.CharField(max_length=120, blank=True)
    document = models.CharField(max_length=120, blank=True, help_text="The supplier's document.")
    customs_document = models.CharField(max_length=60, blank=True, help_text="The entry into bond.")
    expires_on = models.DateField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "sku", "code"], name="lot_once"),
            models.CheckConstraint(condition=Q(origin__regex=r"^[A-Z]{2}$"), name="lot_origin"),
        ]


class StockBalance(Owned):
    """What is in one store of one SKU: the row that a sale reserves on."""

    owners: ClassVar = {Kind.SELLER: "seller_id", Kind.PARK: "store__operator_id"}

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    seller = _party(db_index=False)
    sku = models.CharField(max_length=80)
    title = models.CharField(max_length=300, blank=True)
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    on_order = models.BigIntegerField(default=0, help_text="Accepted proposals that have not come yet.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "sku"], name="balance_once"),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("reserved"), reserved__gte=0), name="balance_never_oversold"
            ),
            models.CheckConstraint(condition=Q(quarantined__gte=0, on_order__gte=0), name="balance_whole"),
        ]
        indexes = [models.Index(fields=["seller", "sku"], name="balance_of_seller")]


class StockBin(Owned):
    """Pieces of one lot in one location under one customs status."""

    owners: ClassVar = {Kind.SELLER: "store__seller_id", Kind.PARK: "store__operator_id"}

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+", db_index=False)
    sku = models.CharField(max_length=80)
    customs = models.CharField(max_length=8, choices=CustomsStatus, default=CustomsStatus.FREE)
    on_hand = models.BigIntegerField(default=0)
    allocated = models.BigIntegerField(default=0, help_text="Pieces on pick lists.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lot", "location", "customs"], name="bin_once"),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("allocated"), allocated__gte=0), name="bin_never_below"
            ),
            models.CheckConstraint(condition=Q(customs__in=CustomsStatus.values), name="bin_customs"),
        ]
        indexes = [models.Index(fields=["store", "sku"], name="bin_of_sku")]


class StockMovement(Owned):
    """Pieces that came (positive) or went (negative). Append-only; their sums are the bins."""

    owners: ClassVar = {Kind.SELLER: "store__seller_id", Kind.PARK: "store__operator_id"}

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    bin = models.ForeignKey(StockBin, on_delete=models.PROTECT, related_name="+")
    sku = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=MovementKind)
    quantity = models.BigIntegerField()
    key = models.CharField(max_length=120, help_text="What it is about; a repeat has no second effect.")
    reference = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bin", "key"], name="movement_once"),
            models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves"),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="movement_of_store"),
            models.Index(fields=["store", "sku", "-id"], name="movement_of_sku"),
        ]


class Reservation(Owned):
    """Pieces promised to an order (`order_id`) or a cart, until they ship, are let go or time is over."""

    owners: ClassVar = {Kind.SELLER: "seller_id", Kind.PARK: "store__operator_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    seller = _party(db_index=False)
    order_id = models.UUIDField()
    number = models.CharField(max_length=20, blank=True, help_text="The order's number, for pages.")
    sku = models.CharField(max_length=80)
    quantity = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=ReservationState, default=ReservationState.HELD)
    held_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text="Empty: until shipped or let go.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_id", "sku", "store"], name="reservation_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_positive"),
            models.CheckConstraint(condition=Q(state__in=ReservationState.values), name="reservation_state"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="reservation_due"),
            models.Index(fields=["store", "held_at"], condition=Q(state="held"), name="reservation_held"),
        ]
