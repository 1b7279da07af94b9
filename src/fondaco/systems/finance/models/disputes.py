"""Tables of disputes: a buyer's bank asks for the money back, and the seller may answer."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.finance.models.ledger import Journal, currency_field
from fondaco.systems.finance.models.trade import PaymentIntent


class DisputeState(models.TextChoices):
    """The seven states that payment switches report (Hyperswitch's dispute events name the same)."""

    OPENED = "opened", _("Opened")
    EXPIRED = "expired", _("Expired")
    ACCEPTED = "accepted", _("Accepted")
    CANCELLED = "cancelled", _("Cancelled")
    CHALLENGED = "challenged", _("Challenged")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


DISPUTE_MACHINE = Machine(
    "dispute",
    DisputeState,
    {
        (DisputeState.OPENED, "expire"): DisputeState.EXPIRED,
        (DisputeState.OPENED, "accept"): DisputeState.ACCEPTED,
        (DisputeState.OPENED, "cancel"): DisputeState.CANCELLED,
        (DisputeState.OPENED, "challenge"): DisputeState.CHALLENGED,
        (DisputeState.OPENED, "win"): DisputeState.WON,
        (DisputeState.OPENED, "lose"): DisputeState.LOST,
        (DisputeState.CHALLENGED, "win"): DisputeState.WON,
        (DisputeState.CHALLENGED, "lose"): DisputeState.LOST,
        (DisputeState.CHALLENGED, "cancel"): DisputeState.CANCELLED,
    },
)
GIVEN_BACK = (DisputeState.WON, DisputeState.CANCELLED)
TAKEN = (DisputeState.LOST, DisputeState.ACCEPTED, DisputeState.EXPIRED)


class Dispute(Owned):
    """One disputed payment. Its money waits on an account of its own until the verdict."""

    owners: ClassVar = {Kind.SELLER: "seller_id", Kind.PSP: "provider_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="disputes")
    order_id = models.UUIDField()
    seller_id = models.UUIDField()
    provider_id = models.UUIDField()
    case = models.CharField(max_length=60, help_text="The provider's name of it.")
    state = models.CharField(max_length=12, choices=DisputeState, default=DisputeState.OPENED)
    reason = models.CharField(max_length=60)
    currency = currency_field()
    amount_minor = models.BigIntegerField()
    order_currency = currency_field()
    order_minor = models.BigIntegerField()
    advanced_minor = models.BigIntegerField(default=0, help_text="Lent to the seller, who had too little.")
    respond_by = models.DateTimeField()
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    statement = models.TextField(blank=True, help_text="What the seller says to it.")
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DisputeState.values), name="dispute_state"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0, order_minor__gt=0), name="dispute_amount"),
            models.UniqueConstraint(fields=["provider_id", "case"], name="dispute_once"),
        ]
        indexes = [models.Index(fields=["seller_id", "-opened_at"], name="dispute_seller")]
