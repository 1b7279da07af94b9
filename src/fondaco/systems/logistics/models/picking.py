"""Waves, picks, packing jobs with their scans, and replenishment proposals."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.logistics.models.stock import Location, Reservation, StockBin, Store


class WaveState(models.TextChoices):
    """Where a wave stands."""

    PICKING = "picking", _("Picking")
    PICKED = "picked", _("Picked")
    ABANDONED = "abandoned", _("Abandoned")


class PackState(models.TextChoices):
    """Where one order's packing stands."""

    TO_PACK = "to_pack", _("To pack")
    COMPLETE = "complete", _("Packed")
    DROPPED = "dropped", _("Taken out")


class ProposalState(models.TextChoices):
    """Where a replenishment proposal stands."""

    PROPOSED = "suggested", _("Proposed")
    ACCEPTED = "ordered", _("Ordered")
    DISMISSED = "dismissed", _("Dismissed")
    LAPSED = "lapsed", _("Lapsed")
    RECEIVED = "arrived", _("Arrived")


_W, _K, _P = WaveState, PackState, ProposalState
WAVES = Machine("wave", WaveState, {(_W.PICKING, "finish"): _W.PICKED, (_W.PICKING, "abandon"): _W.ABANDONED})
PACKS = Machine(
    "packing",
    PackState,
    {(_K.TO_PACK, "complete"): _K.COMPLETE, (_K.TO_PACK, "drop"): _K.DROPPED},
)
PROPOSALS = Machine(
    "proposal",
    ProposalState,
    {
        (_P.PROPOSED, "accept"): _P.ACCEPTED,
        (_P.PROPOSED, "dismiss"): _P.DISMISSED,
        (_P.PROPOSED, "lapse"): _P.LAPSED,
        (_P.ACCEPTED, "receive"): _P.RECEIVED,
    },
)


class Wave(Owned):
    """Orders picked on one walk."""

    owners: ClassVar = {Kind.SELLER: "store__seller_id", Kind.PARK: "store__operator_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=10, choices=WaveState, default=WaveState.PICKING)
    walk_mm = models.PositiveBigIntegerField(help_text="Length of the walk.")
    s_shape_mm = models.PositiveBigIntegerField(help_text="Length of the usual S-shaped walk.")
    method = models.CharField(max_length=20)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=WaveState.values), name="wave_state")]
        indexes = [models.Index(fields=["store", "-made_at"], name="wave_of_store")]


class PackJob(Owned):
    """The packing of one order."""

    owners: ClassVar = {Kind.SELLER: "wave__store__seller_id", Kind.PARK: "wave__store__operator_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="jobs")
    place = models.PositiveIntegerField(help_text="Its tote on the trolley, 1 for the first.")
    order_id = models.UUIDField()
    number = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=PackState, default=PackState.TO_PACK)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "order_id"], name="pack_job_once"),
            models.UniqueConstraint(
                fields=["order_id"], condition=Q(state="to_pack"), name="pack_job_one_open"
            ),
            models.CheckConstraint(condition=Q(state__in=PackState.values), name="pack_job_state"),
        ]


class PackLine(Owned):
    """Pieces of one SKU that a packing job wants, and how many have been scanned."""

    owners: ClassVar = {
        Kind.SELLER: "job__wave__store__seller_id",
        Kind.PARK: "job__wave__store__operator_id",
    }

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(PackJob, on_delete=models.CASCADE, related_name="lines", db_index=False)
    reservation = models.OneToOneField(Reservation, on_delete=models.PROTECT, related_name="+")
    sku = models.CharField(max_length=80)
    title = models.CharField(max_length=300, blank=True)
    expected = models.PositiveIntegerField()
    packed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "sku"], name="pack_line_once"),
            models.CheckConstraint(condition=Q(packed__lte=F("expected")), name="pack_line_never_over"),
        ]


class PackScan(Owned):
    """One scan at the packing bench, right or wrong. Append-only."""

    owners: ClassVar = {
        Kind.SELLER: "job__wave__store__seller_id",
        Kind.PARK: "job__wave__store__operator_id",
    }

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(PackJob, on_delete=models.CASCADE, related_name="scans")
    code = models.CharField(max_length=80)
    verdict = models.CharField(max_length=12, help_text="packed, undone, wrong-item or too-many")
    at = models.DateTimeField()
    actor = models.CharField(max_length=120)


class Pick(Owned):
    """Take so many pieces from one bin for one reservation; `place` is its turn on the walk."""

    owners: ClassVar = {Kind.SELLER: "wave__store__seller_id", Kind.PARK: "wave__store__operator_id"}

    id = models.BigAutoField(primary_key=True)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="picks", db_index=False)
    job = models.ForeignKey(PackJob, on_delete=models.PROTECT, related_name="picks")
    place = models.PositiveIntegerField()
    bin = models.ForeignKey(StockBin, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="+")
    sku = models.CharField(max_length=80)
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "bin", "reservation"], name="pick_once")]
        indexes = [models.Index(fields=["wave", "place"], name="pick_walk")]


class Proposal(Owned):
    """Order so many pieces for one store: what a forecast and a policy propose and a person decides."""

    owners: ClassVar = {Kind.SELLER: "seller_id", Kind.PARK: "store__operator_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    seller = models.ForeignKey(
        "parties.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sku = models.CharField(max_length=80)
    title = models.CharField(max_length=300, blank=True)
    on = models.DateField()
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.PROPOSED)
    policy = models.CharField(max_length=12)
    proposed = models.PositiveIntegerField(help_text="Pieces proposed.")
    decided = models.PositiveIntegerField(null=True, help_text="Pieces that a person ordered.")
    why = models.JSONField(help_text="Inputs, forecast, costs and steps.")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "sku", "on"], name="proposal_once_a_day"),
            models.CheckConstraint(condition=Q(state__in=ProposalState.values), name="proposal_state"),
            models.CheckConstraint(
                condition=~Q(state__in=["ordered", "arrived"]) | Q(decided__gt=0), name="proposal_decided"
            ),
        ]
        indexes = [models.Index(fields=["seller", "state", "-proposed"], name="proposal_of_seller")]
