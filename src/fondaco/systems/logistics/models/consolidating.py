"""Consignments that travel together: proposed by the model, accepted or dismissed by a person."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.logistics.models.consignments import Consignment


class ConsolidationState(models.TextChoices):
    """Where a proposal to send consignments together stands."""

    PROPOSED = "proposed", _("Proposed")
    ACCEPTED = "accepted", _("Accepted")
    DISMISSED = "dismissed", _("Dismissed")


_S = ConsolidationState
CONSOLIDATIONS = Machine(
    "consolidation",
    ConsolidationState,
    {(_S.PROPOSED, "accept"): _S.ACCEPTED, (_S.PROPOSED, "dismiss"): _S.DISMISSED},
)


class Consolidation(Owned):
    """One shared load of one owner's consignments: the trunk's price, each last mile, and what they cost alone."""

    owners: ClassVar = {Kind.SELLER: "owner_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=24, unique=True)
    state = models.CharField(max_length=10, choices=ConsolidationState, default=ConsolidationState.PROPOSED)
    origin = models.CharField(max_length=2)
    destination = models.CharField(max_length=2)
    service_code = models.CharField(max_length=40)
    service_name = models.CharField(max_length=160)
    leaves_on = models.DateField()
    arrives_on = models.DateField()
    currency = models.CharField(max_length=3)
    trunk_minor = models.BigIntegerField()
    last_mile_minor = models.BigIntegerField()
    alone_minor = models.BigIntegerField()
    mass_g = models.PositiveBigIntegerField()
    facts = models.JSONField(help_text="The plan's bound, gap and candidates; the offer of the trunk.")
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(alone_minor__gt=F("trunk_minor") + F("last_mile_minor")),
                name="consolidation_saves",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ConsolidationState.values), name="consolidation_state"
            ),
            models.CheckConstraint(condition=Q(arrives_on__gte=F("leaves_on")), name="consolidation_arrives"),
        ]
        indexes = [models.Index(fields=["-proposed_at", "-id"], name="consolidation_newest")]


class ConsolidationEntry(Owned):
    """A consignment in a shared load, with the last mile it needs then; in one accepted load at most."""

    owners: ClassVar = {Kind.SELLER: "consolidation__owner_id"}

    id = models.BigAutoField(primary_key=True)
    consolidation = models.ForeignKey(Consolidation, on_delete=models.CASCADE, related_name="entries")
    consignment = models.ForeignKey(Consignment, on_delete=models.CASCADE, related_name="+")
    alone_minor = models.BigIntegerField()
    last_mile_minor = models.BigIntegerField()
    last_mile_service = models.CharField(max_length=40)
    last_mile_days = models.PositiveSmallIntegerField(default=0, help_text="At the latest.")
    share_minor = models.BigIntegerField(null=True, help_text="Its share of the trunk, once accepted.")
    accepted = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["consignment"], condition=Q(accepted=True), name="consolidation_one_accepted"
            ),
            models.UniqueConstraint(fields=["consolidation", "consignment"], name="consolidation_entry_once"),
        ]
