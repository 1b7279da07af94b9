from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection, transaction

from fondaco.kernel import outbox
from fondaco.kernel.models import Consumed, OutboxCursor, OutboxEvent, ParkedEvent
from fondaco.kernel.outbox import Consumer, Delivery, Event

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


class Recorder:
    """A handler that remembers what it got and fails on what it is told to."""

    def __init__(self, *bad: str) -> None:
        self.bad, self.seen, self.calls = set(bad), [], 0

    def __call__(self, events: Sequence[Delivery]) -> None:
        self.calls += 1
        names = [event.payload["n"] for event in events]
        if self.bad & set(names):
            raise RuntimeError(f"cannot do {names}")
        self.seen += names


def _append(*names: str, key: str = "") -> None:
    outbox.append([Event("orders.placed", key or name, {"n": name}) for name in names])


def _relay_until(consumers: list[Consumer], done, *, now: datetime = NOW, seconds: float = 10) -> None:
    """A vacuum of this database may hold the horizon back for a moment: relay until `done`."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        outbox.relay(consumers, now=now)
        if not done():
            time.sleep(0.05)
    assert done()


def _consumer(handler, **options) -> Consumer:
    return Consumer("recorder", options.pop("topics", ("orders.*",)), handler, **options)


def _second_connection() -> psycopg.Connection:
    return psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None, "context": None})


def test_events_arrive_in_order_once_and_by_topic() -> None:
    got = Recorder()
    _append("a", "b")
    outbox.append([Event("stock.moved", "x", {"n": "x"})])
    _append("c")
    _relay_until([_consumer(got)], lambda: len(got.seen) == 3)
    outbox.relay([_consumer(got)], now=NOW)
    assert got.seen == ["a", "b", "c"]
    assert Consumed.objects.filter(consumer="recorder").count() == 3


def test_a_transaction_that_commits_late_is_not_skipped() -> None:
    got = Recorder()
    consumer = _consumer(got)
    with _second_connection() as slow:
        slow.execute(
            "INSERT INTO kernel_outboxevent (event_id, topic, key, payload)"
            " VALUES (gen_random_uuid(), 'orders.placed', 'early', '{\"n\": \"early\"}')"
        )
        _append("late")
        for _ in range(5):
            outbox.relay([consumer], now=NOW)
        assert got.seen == []  # a younger event waits for the elder transaction
        slow.commit()
    _relay_until([consumer], lambda: len(got.seen) == 2)
    assert got.seen == ["early", "late"]


def test_a_transaction_in_another_database_holds_nothing_back() -> None:
    got = Recorder()
    params = connection.get_connection_params() | {
        "cursor_factory": None,
        "context": None,
        "dbname": "postgres",
    }
    with psycopg.connect(**params) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        _append("here")
        _relay_until([_consumer(got)], lambda: got.seen == ["here"])


def test_events_that_a_handler_appends_are_delivered_in_a_later_round() -> None:
    got: list[str] = []

    def handle(events: Sequence[Delivery]) -> None:
        for event in events:
            got.append(event.topic)
            if event.topic == "orders.placed":
                outbox.append([Event("orders.answered", event.key, {"n": 1})])

    _append(*(str(n) for n in range(20)))
    consumer = _consumer(handle, batch=7)
    with _second_connection() as busy:  # so that ids of others lie between ours
        busy.execute("SELECT pg_current_xact_id()")
        outbox.relay([consumer], now=NOW)
    _relay_until([consumer], lambda: len(got) == 40)
    assert got.count("orders.answered") == 20


def test_an_event_rolled_back_is_never_told() -> None:
    got = Recorder()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _append("ghost")
        raise ZeroDivisionError
    _append("real")
    _relay_until([_consumer(got)], lambda: bool(got.seen))
    assert got.seen == ["real"]


def test_a_failing_event_is_parked_and_its_key_waits_while_others_go_on() -> None:
    got = Recorder("bad")
    consumer = _consumer(got)
    _append("bad", "later of bad", key="k1")
    _append("other")
    _relay_until([consumer], lambda: "other" in got.seen)
    assert got.seen == ["other"]
    parked = ParkedEvent.objects.order_by("id")
    assert [(p.attempts, p.state) for p in parked] == [(1, "waiting"), (0, "waiting")]
    assert "RuntimeError: cannot do ['bad']" in parked[0].error

    outbox.relay([consumer], now=NOW + timedelta(seconds=1))  # not due yet: nothing overtakes
    assert got.seen == ["other"]

    got.bad.clear()
    outbox.relay([consumer], now=NOW + timedelta(seconds=3))
    assert got.seen == ["other", "bad", "later of bad"]
    assert not ParkedEvent.objects.exists()


def test_events_read_after_a_parked_one_of_their_key_wait_too() -> None:
    got = Recorder("bad")
    consumer = _consumer(got)
    _append("bad", key="k")
    _relay_until([consumer], ParkedEvent.objects.exists)
    _append("second", key="k")
    _relay_until([consumer], lambda: ParkedEvent.objects.count() == 2)
    assert got.seen == []


def test_after_the_last_attempt_an_event_is_dead_and_can_be_revived() -> None:
    got = Recorder("bad")
    consumer = _consumer(got, max_attempts=3)
    _append("bad", "next", key="k")
    now = NOW
    _relay_until([consumer], ParkedEvent.objects.exists)
    for _ in range(5):
        now += timedelta(hours=2)
        outbox.relay([consumer], now=now)
    assert got.seen == ["next"]
    [letter] = outbox.dead_letters()
    assert (letter.topic, letter.key, letter.payload, letter.attempts) == (
        "orders.placed",
        "k",
        {"n": "bad"},
        3,
    )

    got.bad.clear()
    assert outbox.revive([letter.id], now=now) == 1
    outbox.relay([consumer], now=now)
    assert got.seen == ["next", "bad"]
    assert outbox.dead_letters() == []


def test_what_a_failing_handler_wrote_is_undone() -> None:
    def handle(events: Sequence[Delivery]) -> None:
        OutboxCursor.objects.create(consumer=f"effect of {events[0].key}")
        raise RuntimeError

    _append("a")
    _relay_until([_consumer(handle)], ParkedEvent.objects.exists)
    assert not OutboxCursor.objects.filter(consumer__startswith="effect").exists()
    assert not Consumed.objects.exists()


def test_a_reader_begun_again_from_the_start_handles_nothing_twice() -> None:
    got = Recorder()
    consumer = _consumer(got)
    _append("a", "b")
    _relay_until([consumer], lambda: len(got.seen) == 2)
    OutboxCursor.objects.update(xid=0, last_id=0)
    outbox.relay([consumer], now=NOW)
    assert got.seen == ["a", "b"]


def test_after_a_restore_into_a_younger_cluster_old_and_new_events_arrive() -> None:
    got = Recorder()
    consumer = _consumer(got)
    _append("done")
    _relay_until([consumer], lambda: len(got.seen) == 1)
    _append("unread")
    OutboxEvent.objects.update(xid=2**50)
    OutboxCursor.objects.update(xid=2**50)
    _append("new")
    _relay_until([consumer], lambda: len(got.seen) == 3)
    assert got.seen == ["done", "unread", "new"]


def test_a_second_relay_passes_over_a_consumer_being_served() -> None:
    got = Recorder()
    consumer = _consumer(got)
    OutboxCursor.objects.create(consumer="recorder")
    _append("a")
    with _second_connection() as other:
        other.execute("SELECT 1 FROM kernel_outboxcursor FOR UPDATE")
        assert outbox.relay([consumer], now=NOW).delivered == 0
    _relay_until([consumer], lambda: got.seen == ["a"])


def test_batches_keep_the_number_of_calls_small_and_the_limit_is_kept() -> None:
    got = Recorder()
    consumer = _consumer(got, batch=100)
    with transaction.atomic():
        _append(*(str(n) for n in range(250)))
    _relay_until([consumer], lambda: len(got.seen) == 250)
    assert got.calls == 3
    assert got.seen == [str(n) for n in range(250)]


def test_purge_keeps_what_some_consumer_has_not_read_or_has_parked() -> None:
    got = Recorder("bad")
    consumer = _consumer(got)
    _append("good", "bad")
    _relay_until([consumer], lambda: got.seen == ["good"])
    _append("unread")
    _append("unread too")
    later = datetime.now(tz=UTC) + timedelta(days=1)
    outbox.purge(before=later)
    names = set(OutboxEvent.objects.values_list("payload__n", flat=True))
    assert {"bad", "unread", "unread too"} <= names
    assert outbox.purge(before=NOW - timedelta(days=4000)) == 0


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 2), (2, 4), (5, 32), (30, 3600)])
def test_the_delay_doubles_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert _consumer(Recorder()).delay(attempts) == timedelta(seconds=seconds)
