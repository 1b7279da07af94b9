"""Plans to part orders, kept with their reasons; batches of consignments that clear together."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.logistics.models.consignments import Consignment


class SplitRecord(Owned):
    """The plan that an order was sent by, frozen: what it cost, what the rivals would have, what was proven."""

    owners: ClassVar = {Kind.SELLER: "seller_id"}

    order_id = models.UUIDField(primary_key=True)
    seller = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    parts = models.PositiveSmallIntegerField()
    cost_minor = models.BigIntegerField()
    rival_minor = models.BigIntegerField(help_text="The best plan without parting.")
    bound_minor = models.BigIntegerField(help_text="No plan of the candidates costs less.")
    proven = models.BooleanField()
    plan = models.JSONField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(bound_minor__lte=models.F("cost_minor")), name="split_bound_below_cost"
            ),
            models.CheckConstraint(condition=Q(parts__gte=1), name="split_parts"),
        ]
        indexes = [models.Index(fields=["seller", "-decided_at"], name="split_seller")]


class ClearanceState(models.TextChoices):
    """Where a collective clearance batch stands."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    DECLARED = "declared", _("Declared")
    CLEARED = "cleared", _("Cleared")
    REJECTED = "rejected", _("Rejected")
    CANCELLED = "cancelled", _("Cancelled")


_C = ClearanceState
CLEARANCES = Machine(
    "clearance batch",
    ClearanceState,
    {
        (_C.OPEN, "close"): _C.CLOSED,
        (_C.OPEN, "cancel"): _C.CANCELLED,
        (_C.CLOSED, "reopen"): _C.OPEN,
        (_C.CLOSED, "declare"): _C.DECLARED,
        (_C.CLOSED, "cancel"): _C.CANCELLED,
        (_C.DECLARED, "clear"): _C.CLEARED,
        (_C.DECLARED, "reject"): _C.REJECTED,
    },
)


CLEARANCE_ANSWERS = frozenset(
    {"declare", "clear", "reject"}
)  # what a declaration does; no park says it by hand


class ClearanceBatch(Owned):
    """Consignments of one day that go before one authority together; the totals are a summary declaration's.

    `park_id` is the operator of the stores that all of its goods lie in, if one park operates them all.
    """

    owners: ClassVar = {Kind.CUSTOMS: "authority_id", Kind.PARK: "park_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=24, unique=True)
    authority_id = models.UUIDField()
    park_id = models.UUIDField(null=True)
    origin = models.CharField(max_length=2)
    destination = models.CharField(max_length=2)
    regime = models.CharField(max_length=24)
    ready_on = models.DateField()
    state = models.CharField(max_length=10, choices=ClearanceState, default=ClearanceState.OPEN)
    consignments = models.PositiveIntegerField(default=0)
    parcels = models.PositiveIntegerField(default=0)
    mass_g = models.PositiveBigIntegerField(default=0)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authority_id", "park_id", "origin", "destination", "regime", "ready_on"],
                condition=Q(state="open"),
                nulls_distinct=False,
                name="clearance_one_open",
            ),
            models.CheckConstraint(condition=Q(state__in=ClearanceState.values), name="clearance_state"),
        ]
        indexes = [models.Index(fields=["-ready_on", "-id"], name="clearance_newest")]


class ClearanceEntry(Owned):
    """One consignment in a batch; it is in one batch at most."""

    owners: ClassVar = {
        Kind.SELLER: "consignment__seller_id",
        Kind.CARRIER: "consignment__carrier_id",
        Kind.CUSTOMS: "batch__authority_id",
    }

    consignment = models.OneToOneField(
        Consignment, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    batch = models.ForeignKey(ClearanceBatch, on_delete=models.CASCADE, related_name="entries")

    class Meta:
        indexes = [models.Index(fields=["batch"], name="clearance_entry_batch")]
