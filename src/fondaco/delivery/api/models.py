"""Webhook endpoints of organisations, and each delivery to them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned

EVERY_KIND = dict.fromkeys(Kind, "organisation_id")


class WebhookEndpoint(Owned):
    """An address that wants to be told of events whose topic is in `topics` ("orders.*" matches all of orders)."""

    owners = EVERY_KIND

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    url = models.URLField(max_length=500)
    topics = ArrayField(models.CharField(max_length=80), default=list)
    secret = models.CharField(max_length=80)
    old_secret = models.CharField(
        max_length=80, blank=True, help_text="The one before; it signs beside the new one until `old_until`."
    )
    old_until = models.DateTimeField(null=True)
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "url"], name="webhook_url_once")]


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Pending")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Given up")


DELIVERY = Machine(
    "webhook delivery",
    DeliveryState,
    {
        (DeliveryState.PENDING, "deliver"): DeliveryState.DELIVERED,
        (DeliveryState.PENDING, "give_up"): DeliveryState.FAILED,
        (DeliveryState.FAILED, "replay"): DeliveryState.PENDING,
        (DeliveryState.DELIVERED, "replay"): DeliveryState.PENDING,
    },
)


class WebhookDelivery(Owned):
    """One event on its way to one endpoint. Retries send the same id and the same body."""

    owners = EVERY_KIND

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    organisation_id = models.UUIDField(db_index=True)
    event_id = models.UUIDField()
    topic = models.CharField(max_length=80)
    body = models.TextField()
    state = models.CharField(max_length=12, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="webhook_event_once"),
            models.CheckConstraint(condition=models.Q(state__in=DeliveryState.values), name="webhook_state"),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="webhook_due", condition=models.Q(state="pending")),
            models.Index(fields=["organisation_id", "-id"], name="webhook_newest"),
        ]


class RateWindow(models.Model):
    """How often a caller asked in the window that ends at `ends_at`. Unlogged: a crash may forget it."""

    key = models.CharField(primary_key=True, max_length=200)
    hits = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)
