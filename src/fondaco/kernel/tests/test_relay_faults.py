"""The relay under random failures, against a model; and killed in the middle of its work."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fondaco.kernel import outbox
from fondaco.kernel.models import Consumed, OutboxCursor, OutboxEvent, ParkedEvent
from fondaco.kernel.outbox import Consumer, Event
from fondaco.kernel.relay import Delivery, RelayReport, _advance, _retry_parked
from tests.forking import said_by, start

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_PLANS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4)), min_size=1, max_size=12)


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("ERROR", "fondaco.kernel.relay")


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=_PLANS, batch=st.integers(1, 9))
def test_each_key_arrives_in_order_and_once_whatever_fails(
    quiet: None, plan: list[tuple[str, int]], batch: int
) -> None:
    """Event n of `plan` has a key and fails so many times first; three failures make it dead."""
    for model in (ParkedEvent, Consumed, OutboxCursor, OutboxEvent):
        model.objects.all().delete()
    fails = {str(n): count for n, (_, count) in enumerate(plan)}
    got: list[str] = []

    def handle(events) -> None:
        for event in events:
            name = event.payload["n"]
            if fails[name] > 0:
                if len(events) == 1:
                    fails[name] -= 1
                raise RuntimeError(name)
        got.extend(event.payload["n"] for event in events)

    outbox.append([Event("t", key, {"n": str(n)}) for n, (key, _) in enumerate(plan)])
    OutboxEvent.objects.update(xid=0)  # inside the test's transaction nothing is below the horizon yet
    consumer = Consumer("c", ("*",), handle, batch=batch, max_attempts=3)
    OutboxCursor.objects.create(consumer="c")
    now, report = NOW, RelayReport()
    while _advance(consumer, size=batch, now=now, report=report):
        pass
    while ParkedEvent.objects.filter(state="waiting").exists():
        now += timedelta(hours=2)
        _retry_parked(consumer, now=now, report=report)
    alive, dead = defaultdict(list), set()
    for n, (key, count) in enumerate(plan):
        dead.add(str(n)) if count >= 3 else alive[key].append(str(n))
    assert sorted(got, key=int) == sorted((n for names in alive.values() for n in names), key=int)
    assert {key: [n for n in got if plan[int(n)][0] == key] for key in alive} == dict(alive)
    assert {letter.payload["n"] for letter in outbox.dead_letters()} == dead
    assert not ParkedEvent.objects.filter(state="waiting").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow(15)
def test_a_relay_killed_in_the_middle_loses_and_doubles_nothing(database_url: str, tmp_path: Path) -> None:
    outbox.append([Event("t", str(n), {"n": n}) for n in range(40)])
    first = start(_relay_until_all, True, database_url=database_url, home=tmp_path)
    for _ in range(600):
        if "in the middle" in said_by(tmp_path) or first.exitcode is not None:
            break
        time.sleep(0.05)
    first.kill()
    first.join()
    for _ in range(100):  # the server takes a moment to notice
        if not _busy():
            break
        time.sleep(0.1)
    assert OutboxCursor.objects.filter(consumer__startswith="effect").count() == 20
    second = start(_relay_until_all, False, database_url=database_url, home=tmp_path)
    second.join(60)
    assert second.exitcode == 0, said_by(tmp_path)
    effects = OutboxCursor.objects.filter(consumer__startswith="effect").values_list("consumer", flat=True)
    assert sorted(effects) == sorted(f"effect {n}" for n in range(40))  # the primary key forbids doubles
    assert Consumed.objects.count() == 40


def _relay_until_all(hang: bool) -> None:
    """Relay until all forty have had their effect; the first of two processes hangs in the middle of the third batch."""

    def handle(events: Sequence[Delivery]) -> None:
        for event in events:
            OutboxCursor.objects.create(consumer=f"effect {event.payload['n']}")
            if event.payload["n"] == 25 and hang:
                print("in the middle", flush=True)
                time.sleep(60)

    end = time.monotonic() + 30
    while time.monotonic() < end:
        outbox.relay([Consumer("c", ("t",), handle, batch=10)], now=datetime.now(tz=UTC))
        if OutboxCursor.objects.filter(consumer__startswith="effect").count() == 40:
            break
        time.sleep(0.05)


def _busy() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM kernel_outboxcursor WHERE consumer = 'c' FOR UPDATE SKIP LOCKED")
        return cursor.fetchone() is None


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_between_many_slow_writers_and_two_relays() -> None:
    """Writers take their transaction id early, commit late and at random, while relays run all the time."""
    writers, each = 6, 12
    got: list[str] = []
    consumer = Consumer("c", ("*",), lambda events: got.extend(e.payload["n"] for e in events), batch=5)
    done = threading.Event()

    def write(number: int) -> None:
        rng = random.Random(number)
        for n in range(each):
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_current_xact_id()")
                time.sleep(rng.random() / 40)
                outbox.append([Event("t", f"{number}", {"n": f"{number}-{n}"})])
                time.sleep(rng.random() / 40)
        connection.close()

    def read() -> None:
        while not done.is_set() or len(got) < writers * each:
            outbox.relay([consumer], now=NOW)
            if done.is_set() and time.monotonic() > deadline:
                break
        connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    readers = [threading.Thread(target=read) for _ in range(2)]
    deadline = time.monotonic() + 30
    for thread in (*threads, *readers):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert sorted(got) == sorted(f"{number}-{n}" for number in range(writers) for n in range(each))
    for number in range(writers):
        own = [name for name in got if name.startswith(f"{number}-")]
        assert own == [f"{number}-{n}" for n in range(each)]
