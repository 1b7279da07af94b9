"""Many writers at once: booked once, heard once, delivered once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from fondaco.kernel.models import AuditEvent
from fondaco.systems.logistics.models import Consignment, Milestone, Parcel
from fondaco.systems.logistics.public import (
    CarrierSimulator,
    book_consignments,
    deliver_simulated,
    ensure_demo_book,
    list_price_books,
)
from fondaco.systems.logistics.tests.conftest import NOW, new_consignment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("demo_book")]
WRITERS = 6


def at_once(work: Callable[[], Any]) -> list[Any]:
    """The results of `work` in `WRITERS` threads that start together."""
    start = Barrier(WRITERS)

    def run(_: int) -> Any:
        start.wait()
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, range(WRITERS)))


def test_writers_of_the_same_orders_book_each_once(parties: dict[str, UUID]) -> None:
    new = [new_consignment(parties) for _ in range(20)]
    results = at_once(lambda: book_consignments(new, actor="test", now=NOW))
    assert all(result == results[0] for result in results)
    assert (Consignment.objects.house().count(), Parcel.objects.house().count()) == (20, 40)
    assert AuditEvent.objects.filter(action="logistics.booked").count() == 20


def test_listeners_to_the_same_carrier_hear_each_event_once(parties: dict[str, UUID]) -> None:
    rows = book_consignments([new_consignment(parties) for _ in range(30)], actor="test", now=NOW)
    ids = [row.id for row in rows]
    with CarrierSimulator() as simulator:

        def deliver() -> int:
            with simulator.gateway() as gateway:
                return deliver_simulated(ids, actor="test", now=NOW, gateway=gateway).milestones

        assert sum(at_once(deliver)) == 300 == Milestone.objects.house().count()
    assert set(Consignment.objects.house().values_list("state", flat=True)) == {"delivered"}
    assert AuditEvent.objects.filter(action="logistics.delivered").count() == 30


def test_makers_of_the_same_demonstration_book_make_one() -> None:
    at_once(lambda: ensure_demo_book(now=NOW, services=60))
    assert [book.state for book in list_price_books()] == ["published"]
