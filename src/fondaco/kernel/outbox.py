"""The outbox: a room appends its events in the same transaction as its change.

`append` writes them; `kernel.relay` hands them to their consumers after commit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min

from fondaco.kernel.bulk import insert_many
from fondaco.kernel.ids import new_id
from fondaco.kernel.models import Consumed, OutboxCursor, OutboxEvent, ParkedEvent
from fondaco.kernel.relay import Consumer, Delivery, RelayReport, relay

__all__ = [
    "Consumer",
    "Delivery",
    "Event",
    "RelayReport",
    "append",
    "dead_letters",
    "purge",
    "relay",
    "revive",
]


@dataclass(frozen=True, slots=True)
class Event:
    """A fact to be told to others: `topic` ("orders.placed"), `key` (what it is about), `payload`."""

    topic: str
    key: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that `consumer` gave up on after `attempts`, with its last `error`."""

    id: int
    consumer: str
    topic: str
    key: str
    payload: dict[str, Any]
    attempts: int
    error: str


def append(events: Iterable[Event]) -> None:
    """Write `events` to the outbox inside the caller's transaction."""
    insert_many(
        "kernel_outboxevent",
        ("event_id", "topic", "key", "payload"),
        [(new_id(), event.topic, event.key, event.payload) for event in events],
    )


def dead_letters(*, limit: int = 100) -> list[DeadLetter]:
    """The oldest events that were given up on."""
    rows = ParkedEvent.objects.filter(state=ParkedEvent.State.DEAD).select_related("event").order_by("id")
    return [
        DeadLetter(p.id, p.consumer, p.event.topic, p.event.key, p.event.payload, p.attempts, p.error)
        for p in rows[:limit]
    ]


def revive(letter_ids: Iterable[int], *, now: datetime) -> int:
    """Give dead letters a fresh set of attempts, from `now` on; how many there were."""
    dead = ParkedEvent.objects.filter(id__in=list(letter_ids), state=ParkedEvent.State.DEAD)
    return dead.update(state=ParkedEvent.State.WAITING, attempts=0, next_at=now)


def purge(*, before: datetime) -> int:
    """Forget events older than `before` that every consumer known has passed and none has parked.

    What a consumer has not read yet is kept, however old. Returns the number of events deleted.
    """
    floor = OutboxCursor.objects.aggregate(xid=Min("xid"))["xid"]
    if floor is None:
        return 0
    parked = ParkedEvent.objects.values("event_id")
    old = OutboxEvent.objects.filter(created_at__lt=before, xid__lt=floor).exclude(id__in=parked)
    deleted = old._raw_delete(old.db)  # type: ignore[attr-defined]
    Consumed.objects.filter(at__lt=before).exclude(
        event_id__in=OutboxEvent.objects.values("event_id")
    ).delete()
    return int(deleted)
