"""Tables around a payment: its attempts with the routing behind them, and what providers told us unasked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.systems.finance.models.trade import PaymentIntent


class AttemptOutcome(models.TextChoices):
    """How a try at a provider ended; `asked` has no answer yet."""

    ASKED = "asked", _("Asked")
    AUTHORISED = "authorised", _("Authorised")
    CAPTURED = "captured", _("Captured")
    DECLINED = "declined", _("Declined")
    LOST = "lost", _("No answer")


class PaymentAttempt(Owned):
    """One try of a payment at one provider, and the choice that led there: frozen, to be explained later."""

    owners: ClassVar = {Kind.SELLER: "seller_id", Kind.PSP: "provider_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="attempts")
    number = models.SmallIntegerField()
    seller_id = models.UUIDField()
    provider_id = models.UUIDField()
    connector = models.CharField(max_length=30)
    context = models.CharField(max_length=60, help_text="Method and country that the choice was made for.")
    outcome = models.CharField(max_length=10, choices=AttemptOutcome, default=AttemptOutcome.ASKED)
    reason = models.CharField(max_length=80, blank=True)
    decision = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "number"], name="attempt_once"),
            models.CheckConstraint(condition=Q(outcome__in=AttemptOutcome.values), name="attempt_outcome"),
        ]


class RouteArm(models.Model):
    """What is known of one provider in one context, discounted, and its circuit breaker."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    context = models.CharField(max_length=60)
    connector = models.CharField(max_length=30)
    wins = models.FloatField(default=0)
    losses = models.FloatField(default=0)
    streak = models.IntegerField(default=0)
    trips = models.IntegerField(default=0)
    open_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["context", "connector"], name="route_arm_once"),
            models.CheckConstraint(condition=Q(wins__gte=0, losses__gte=0), name="route_arm_counts"),
        ]


class ProviderConnection(Owned):
    """A provider that may send us webhooks, and the secret that it signs them with."""

    owners: ClassVar = {Kind.PSP: "provider_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider_id = models.UUIDField(unique=True)
    secret = models.CharField(max_length=80)
    made_at = models.DateTimeField()


class NoteState(models.TextChoices):
    """What became of a webhook: it moved something, told nothing new, or was refused."""

    APPLIED = "applied", _("Applied")
    KNOWN = "known", _("Nothing new")
    REFUSED = "refused", _("Refused")


class WebhookNote(Owned):
    """A webhook that came in. Refused ones are kept too, for who looks into an attack; they move nothing."""

    owners: ClassVar = {Kind.PSP: "provider_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider_id = models.UUIDField()
    message_id = models.CharField(max_length=80)
    topic = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=8, help_text="Of NoteState; written once, so no machine guards it.")
    code = models.CharField(max_length=40, blank=True, help_text="Why it was refused.")
    payment_id = models.UUIDField(null=True)
    body = models.JSONField(default=dict)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=NoteState.values), name="note_state"),
            models.UniqueConstraint(
                fields=["provider_id", "message_id"], condition=~Q(state="refused"), name="note_once"
            ),
        ]
        indexes = [
            models.Index(fields=["provider_id", "-received_at"], name="note_provider"),
            models.Index(fields=["payment_id"], name="note_payment"),
        ]
