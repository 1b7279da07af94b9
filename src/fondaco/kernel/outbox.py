"""The outbox: a room appends its events in the same transaction as its change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fondaco.kernel.models import OutboxEvent


@dataclass(frozen=True, slots=True)
class Event:
    """A fact to be told to others: `topic` ("orders.placed"), `key` (what it is about), `payload`."""

    topic: str
    key: str
    payload: dict[str, Any]


def append(events: Iterable[Event]) -> None:
    """Write `events` to the outbox inside the caller's transaction."""
    OutboxEvent.objects.bulk_create(
        [OutboxEvent(topic=e.topic, key=e.key, payload=e.payload) for e in events], batch_size=2000
    )
