"""Who reads the outbox: the flows' reactions, and the webhooks."""

from __future__ import annotations

from collections.abc import Sequence

from fondaco.delivery.api import webhooks
from fondaco.delivery.api.models import WebhookEndpoint
from fondaco.flows.reactions import CONSUMERS
from fondaco.kernel import clock
from fondaco.kernel.outbox import Consumer, Delivery, Event


def consumers() -> list[Consumer]:
    """Every consumer of this deployment."""
    return [*CONSUMERS, Consumer("webhooks", ("*",), _to_webhooks, batch=500)]


def _to_webhooks(events: Sequence[Delivery]) -> None:
    """Queue a webhook delivery for each endpoint that wants an event; sending is another job's."""
    if not WebhookEndpoint.objects.house().filter(is_enabled=True).exists():
        return
    now = clock.now()
    for event in events:
        webhooks.enqueue(Event(event.topic, event.key, event.payload), event_id=event.event_id, now=now)
