"""Who reads the outbox: the flows' reactions, and the webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from fondaco.delivery.api import webhooks
from fondaco.delivery.api.models import WebhookEndpoint
from fondaco.flows.reactions import CONSUMERS
from fondaco.kernel import clock
from fondaco.kernel.outbox import Consumer, Delivery, Event

# What a person or an authority has decided, after which orders may move.
GO_ON = (
    "window.declaration.released",
    "risk.case-decided",
    "risk.licence-recorded",
    "catalog.fact-confirmed",
)


def consumers() -> list[Consumer]:
    """Every consumer of this deployment; who goes on with the book comes after who moves its orders."""
    return [
        *CONSUMERS,
        Consumer("go-on", GO_ON, _go_on, batch=500),
        Consumer("webhooks", ("*",), _to_webhooks, batch=500),
    ]


def _go_on(events: Sequence[Delivery]) -> None:  # noqa: ARG001 - one run serves them all
    """Run the order book soon after a decision, not only at the next full minute."""
    task = app.configure_task("fondaco.delivery.jobs.tasks.continue_orders")
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(timestamp=int(clock.now().timestamp()))


def _to_webhooks(events: Sequence[Delivery]) -> None:
    """Queue a webhook delivery for each endpoint that wants an event; sending is another job's."""
    if not WebhookEndpoint.objects.house().filter(is_enabled=True).exists():
        return
    now = clock.now()
    for event in events:
        webhooks.enqueue(Event(event.topic, event.key, event.payload), event_id=event.event_id, now=now)
