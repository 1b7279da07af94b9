"""The relay: hands outbox events to their consumers, in order, at least once.

Each consumer has a cursor over (xid, id). Only events below the oldest transaction still open in this
database are read: one that began earlier and commits later is therefore never skipped. A handler runs
in the transaction that records the event as consumed, so what it writes to this database happens
exactly once; what it does elsewhere happens at least once, and belongs into a job that it defers.

A batch that fails is tried again event by event. A failing event is parked with a growing delay, and
the later events of its key wait behind it; after `max_attempts` it is a dead letter and they go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from fondaco.kernel.models import OutboxCursor, OutboxEvent, ParkedEvent

logger = logging.getLogger(__name__)

# The oldest open transaction: as pg_snapshot_xmin, without those that are known to run in another database
# of the same server. The snapshot is taken first, so whoever begins later has a higher id; whoever cannot be
# placed (just begun, prepared) counts as ours. Our own counts too: a handler may append events.
_HORIZON = """
    WITH now AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot)
    SELECT least(
        pg_snapshot_xmax(now.snapshot)::text::bigint,
        pg_current_xact_id_if_assigned()::text::bigint,
        (SELECT min(open.xid::text::bigint) FROM pg_snapshot_xip(now.snapshot) AS open(xid) WHERE NOT EXISTS (
            SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
              AND l.transactionid = open.xid::xid AND a.datname <> current_database()
        ))
    ) FROM now
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event as its consumer gets it; `event_id` is what to dedupe outside effects by."""

    id: int
    event_id: UUID
    topic: str
    key: str
    payload: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who reads the outbox: a lasting `name`, its `topics` ("orders.placed", "orders.*", "*"), `handle`.

    `handle` gets up to `batch` events in order, inside a transaction: it writes, it does no I/O, and
    it raises where it cannot do its work.
    """

    name: str
    topics: tuple[str, ...]
    handle: Callable[[Sequence[Delivery]], None]
    batch: int = 250
    max_attempts: int = 8
    backoff: timedelta = timedelta(seconds=2)

    def wants(self) -> Q:
        """The filter of this consumer's topics."""
        wanted = Q()
        for topic in self.topics:
            is_prefix = topic.endswith("*")
            wanted |= Q(topic__startswith=topic[:-1]) if is_prefix else Q(topic=topic)
        return wanted

    def delay(self, attempts: int) -> timedelta:
        """How long to wait after the given number of failed attempts: doubling, at most an hour."""
        factor: int = 2 ** min(attempts - 1, 20)
        return min(self.backoff * factor, timedelta(hours=1))


@dataclass(slots=True)
class RelayReport:
    """What one relay run did; `pending` tells that a limit was met and more may be there."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0
    pending: bool = False
    by_consumer: dict[str, int] = field(default_factory=dict)

    def count(self, consumer: str, *, delivered: int) -> None:
        self.delivered += delivered
        self.by_consumer[consumer] = self.by_consumer.get(consumer, 0) + delivered


def relay(handlers: Iterable[Consumer], *, now: datetime, limit: int = 5000) -> RelayReport:
    """Deliver what is due to each of `handlers`, at most `limit` new events each.

    Safe to run in many processes: one of them serves a consumer, the others pass it over.
    """
    report = RelayReport()
    _heal_after_restore()
    for consumer in handlers:
        OutboxCursor.objects.bulk_create([OutboxCursor(consumer=consumer.name)], ignore_conflicts=True)
        _retry_parked(consumer, now=now, report=report)
        left = limit
        while left > 0 and (
            read := _advance(consumer, size=min(left, consumer.batch), now=now, report=report)
        ):
            left -= read
        report.pending = report.pending or left <= 0
    return report


def _advance(consumer: Consumer, *, size: int, now: datetime, report: RelayReport) -> int:
    """Read, handle and pass one batch of new events, in one transaction. How many were read."""
    with transaction.atomic():
        cursor = _locked_cursor(consumer)
        if cursor is None:
            return 0
        events = list(_unread(consumer, cursor)[:size])
        if not events:
            return 0
        blocked = _blocked_keys(consumer)
        ready = [event for event in events if event.key not in blocked]
        _park([event for event in events if event.key in blocked], consumer=consumer, now=now)
        _deliver(ready, consumer=consumer, now=now, report=report)
        cursor.xid, cursor.last_id = events[-1].xid, events[-1].id
        cursor.save(update_fields=["xid", "last_id"])
    return len(events)


def _retry_parked(consumer: Consumer, *, now: datetime, report: RelayReport) -> None:
    """Try the parked events whose time has come, oldest first, each behind its key's elder."""
    with transaction.atomic():
        if _locked_cursor(consumer) is None:
            return
        due = _waiting(consumer).select_related("event").order_by("event__xid", "event_id")
        stuck: set[str] = set(due.filter(next_at__gt=now, attempts__gt=0).values_list("key", flat=True))
        for parked in due.filter(next_at__lte=now).exclude(key__in=stuck)[: consumer.batch]:
            if parked.key in stuck:
                continue
            error = _attempt([parked.event], consumer=consumer, now=now)
            if error is None:
                parked.delete()
                report.count(consumer.name, delivered=1)
            elif not _fail(parked, error=error, consumer=consumer, now=now, report=report):
                stuck.add(parked.key)


def _deliver(events: list[OutboxEvent], *, consumer: Consumer, now: datetime, report: RelayReport) -> None:
    """Hand over `events` together; where that fails, one by one, parking those at fault."""
    error = _attempt(events, consumer=consumer, now=now) if events else None
    if error is None:
        report.count(consumer.name, delivered=len(events))
        return
    stuck: set[str] = set()
    for event in events:
        if event.key in stuck:
            _park([event], consumer=consumer, now=now)
            continue
        if len(events) > 1:
            error = _attempt([event], consumer=consumer, now=now)
        if error is None:
            report.count(consumer.name, delivered=1)
        elif not _fail(_parked(event, consumer), error=error, consumer=consumer, now=now, report=report):
            stuck.add(event.key)


def _attempt(events: list[OutboxEvent], *, consumer: Consumer, now: datetime) -> Exception | None:
    """Handle what of `events` was not handled yet, in a savepoint; the error where it fails."""
    try:
        with transaction.atomic():
            fresh = _mark_consumed(events, consumer=consumer, now=now)
            if fresh:
                consumer.handle([_delivery(event) for event in fresh])
    except Exception as error:
        logger.warning("outbox: %s failed on %d event(s)", consumer.name, len(events), exc_info=True)
        return error
    return None


def _mark_consumed(events: list[OutboxEvent], *, consumer: Consumer, now: datetime) -> list[OutboxEvent]:
    """Record `events` as consumed; those that were not consumed before."""
    sql = (
        "INSERT INTO kernel_consumed (consumer, event_id, at)"
        " SELECT %s, unnest(%s::uuid[]), %s ON CONFLICT DO NOTHING RETURNING event_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [consumer.name, [event.event_id for event in events], now])
        fresh = {row[0] for row in cursor.fetchall()}
    return [event for event in events if event.event_id in fresh]


def _fail(
    parked: ParkedEvent, *, error: Exception, consumer: Consumer, now: datetime, report: RelayReport
) -> bool:
    """Note a failed attempt; True where it was the last and the event is dead."""
    parked.attempts += 1
    parked.error = f"{type(error).__name__}: {error}"[:2000]
    parked.next_at = now + consumer.delay(parked.attempts)
    is_dead = parked.attempts >= consumer.max_attempts
    if is_dead:
        parked.state = ParkedEvent.State.DEAD
    parked.save()
    report.failed += 1
    report.dead += is_dead
    return is_dead


def _parked(event: OutboxEvent, consumer: Consumer) -> ParkedEvent:
    return ParkedEvent(consumer=consumer.name, event=event, key=event.key)


def _park(events: list[OutboxEvent], *, consumer: Consumer, now: datetime) -> None:
    """Set aside `events` that must wait for an earlier one of the same key."""
    rows = [_parked(event, consumer) for event in events]
    for row in rows:
        row.next_at = now
    ParkedEvent.objects.bulk_create(rows, ignore_conflicts=True)


def _waiting(consumer: Consumer) -> QuerySet[ParkedEvent]:
    return ParkedEvent.objects.filter(consumer=consumer.name, state=ParkedEvent.State.WAITING)


def _blocked_keys(consumer: Consumer) -> set[str]:
    return set(_waiting(consumer).values_list("key", flat=True))


def _locked_cursor(consumer: Consumer) -> OutboxCursor | None:
    """The consumer's cursor, locked; None while another relay serves it."""
    return OutboxCursor.objects.select_for_update(skip_locked=True).filter(consumer=consumer.name).first()


def _unread(consumer: Consumer, cursor: OutboxCursor) -> QuerySet[OutboxEvent]:
    """The consumer's events after its cursor whose order can no longer change."""
    return OutboxEvent.objects.filter(
        consumer.wants(),
        Q(xid__gt=cursor.xid) | Q(xid=cursor.xid, id__gt=cursor.last_id),
        xid__gte=cursor.xid,
        xid__lt=_horizon(),
    ).order_by("xid", "id")


def _horizon() -> int:
    """The lowest transaction id that may still write events."""
    with connection.cursor() as db:
        db.execute(_HORIZON)
        return int(db.fetchone()[0])


def _heal_after_restore() -> None:
    """After a dump was restored into a younger cluster, transaction ids start lower than the stored ones.

    Events from before then count as the oldest (xid 0) and the cursors go back to the start; what was
    consumed is known by event id and not handled twice.
    """
    with transaction.atomic(), connection.cursor() as db:
        db.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        xmax = db.fetchone()[0]
        if OutboxCursor.objects.filter(xid__gt=xmax).update(xid=0, last_id=0):
            OutboxEvent.objects.filter(xid__gte=xmax).update(xid=0)


def _delivery(event: OutboxEvent) -> Delivery:
    return Delivery(event.id, event.event_id, event.topic, event.key, event.payload, event.created_at)
