"""Consignments: booked once per order, tracked by valid numbers, brought to delivery by what is reported."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from fondaco.kernel.errors import NotFound, Unavailable
from fondaco.kernel.ids import new_id
from fondaco.kernel.s10 import check_digit, is_tracking_number, tracking_number
from fondaco.kernel.statemachine import installed_transitions
from fondaco.kernel.tenancy import Kind
from fondaco.systems.logistics.models import CONSIGNMENTS, Consignment, Milestone, Parcel
from fondaco.systems.logistics.public import (
    CarrierSimulator,
    NewMilestone,
    NothingToCarry,
    book_consignments,
    consignment_detail,
    count_by_state,
    deliver_simulated,
    list_consignments,
    record_milestones,
    track,
)
from fondaco.systems.logistics.tests.conftest import NOW, booked, new_consignment, scope

pytestmark = pytest.mark.usefixtures("demo_book")


def test_the_database_guards_the_transitions_of_the_machine() -> None:
    assert installed_transitions("logistics_consignment") == CONSIGNMENTS.edges


def test_the_check_digit_is_that_of_the_standard() -> None:
    # The example of UPU S10: RR 47312482 9 DK.
    assert check_digit(47312482) == 9
    assert is_tracking_number("RR473124829DK")
    assert not is_tracking_number("RR473124828DK")


@given(st.integers(0, 3_000_000_000))
def test_every_serial_gives_a_valid_number(serial: int) -> None:
    assert is_tracking_number(tracking_number(serial, country="GB"))


def test_no_random_string_passes_unless_its_digit_is_right() -> None:
    draw = random.Random(5)
    for _ in range(20_000):
        digits = f"{draw.randrange(10**9):09d}"
        assert is_tracking_number(f"RA{digits}CN") == (check_digit(int(digits[:8])) == int(digits[8]))


def test_booking_twice_is_booking_once(parties: dict[str, UUID]) -> None:
    new = [new_consignment(parties) for _ in range(3)]
    first = book_consignments(new, actor="test", now=NOW)
    again = book_consignments([*new, new[0]], actor="test", now=NOW + timedelta(days=1))
    assert again == [*first, first[0]]
    assert Consignment.objects.house().count() == 3
    numbers = [n for c in first for n in c.tracking_numbers]
    assert len(set(numbers)) == 6 == Parcel.objects.house().count()
    assert all(is_tracking_number(n) and n.endswith("GB") for n in numbers)


def test_a_batch_takes_as_many_queries_as_one(parties: dict[str, UUID]) -> None:
    def queries(count: int) -> int:
        new = [new_consignment(parties) for _ in range(count)]
        with CaptureQueriesContext(connection) as seen:
            book_consignments(new, actor="test", now=NOW)
        return len(seen)

    assert queries(1) == queries(40)


def test_a_consignment_without_parcels_is_refused_and_nothing_is_booked(parties: dict[str, UUID]) -> None:
    with pytest.raises(NothingToCarry):
        book_consignments(
            [new_consignment(parties), new_consignment(parties, parcels=0)], actor="test", now=NOW
        )
    assert not Consignment.objects.house().exists()


def test_the_simulator_brings_every_consignment_to_its_door(parties: dict[str, UUID]) -> None:
    rows = booked(parties, count=120)
    with CarrierSimulator() as simulator, simulator.gateway() as gateway:
        report = deliver_simulated([r.id for r in rows], actor="test", now=NOW, gateway=gateway)
        again = deliver_simulated([r.id for r in rows], actor="test", now=NOW, gateway=gateway)
        assert simulator.requests == {"/v1/shipments": 2, "/v1/events": 2}
    assert report.delivered == tuple(r.id for r in rows)
    assert report.milestones == 1200
    assert (again.delivered, again.milestones) == (report.delivered, 0)
    row = Consignment.objects.house().get(pk=rows[0].id)
    assert row.carrier_reference == f"SIM-{row.number}"
    assert row.ready_at < row.delivered_at <= row.ready_at + timedelta(days=row.offer["transit_days_max"])


def test_a_carrier_that_stumbles_is_asked_again(parties: dict[str, UUID]) -> None:
    (row,) = booked(parties)
    with CarrierSimulator() as simulator, simulator.gateway() as gateway:
        for fault in ("error", "silence", "garbage"):
            simulator.fail(fault)  # type: ignore[arg-type]
        report = deliver_simulated([row.id], actor="test", now=NOW, gateway=gateway)
    assert report.delivered == (row.id,)


def test_a_carrier_that_stays_silent_changes_nothing(parties: dict[str, UUID]) -> None:
    (row,) = booked(parties)
    with CarrierSimulator() as simulator, simulator.gateway() as gateway:
        simulator.fail("error", times=4)
        with pytest.raises(Unavailable):
            deliver_simulated([row.id], actor="test", now=NOW, gateway=gateway)
    assert not Milestone.objects.house().exists()
    assert Consignment.objects.house().get().state == "booked"


@pytest.mark.parametrize("fault", ["duplicates", "disorder"])
def test_repeats_and_disorder_come_to_the_same(parties: dict[str, UUID], fault: str) -> None:
    (row,) = booked(parties)
    with CarrierSimulator() as simulator, simulator.gateway() as gateway:
        deliver_first = simulator.gateway()
        deliver_first.close()
        gateway.book([])
        simulator.fail(fault)  # type: ignore[arg-type]
        simulator.fail(fault)  # type: ignore[arg-type]
        report = deliver_simulated([row.id], actor="test", now=NOW, gateway=gateway)
    assert report.delivered == (row.id,)
    assert report.milestones == 10


def test_a_failed_delivery_is_an_exception_and_waits(parties: dict[str, UUID]) -> None:
    (row,) = booked(parties)
    with CarrierSimulator(undelivered=frozenset({row.number})) as simulator, simulator.gateway() as gateway:
        report = deliver_simulated([row.id], actor="test", now=NOW, gateway=gateway)
    assert report.waiting == (row.id,)
    assert Consignment.objects.house().get().state == "exception"


def milestone(number: str, code: str, hours: int, *, vocabulary: str = "FONDACO") -> NewMilestone:
    at = datetime(2026, 9, 2, tzinfo=UTC) + timedelta(hours=hours)
    return NewMilestone(number, code, vocabulary, at, "test", f"{number}:{code}:{hours}")


def test_milestones_come_to_the_same_in_any_order(parties: dict[str, UUID]) -> None:
    rows = booked(parties, count=6)
    draw = random.Random(2)
    for row in rows:
        one, two = row.tracking_numbers
        told = [
            milestone(one, "accepted", 0), milestone(two, "accepted", 0), milestone(one, "import_held", 30),
            milestone(one, "import_released", 40), milestone(one, "delivered", 60), milestone(two, "delivered", 70),
        ]  # fmt: skip
        draw.shuffle(told)
        for each in told:
            record_milestones([each, each], actor="test", now=NOW)
    for row in Consignment.objects.house():
        assert row.state == "delivered"
        assert row.delivered_at == datetime(2026, 9, 4, 22, tzinfo=UTC)


def test_one_of_two_parcels_delivered_is_not_delivered(parties: dict[str, UUID]) -> None:
    (row,) = booked(parties)
    report = record_milestones([milestone(row.tracking_numbers[0], "delivered", 1)], actor="test", now=NOW)
    assert report.delivered == ()
    assert Consignment.objects.house().get().state == "in_transit"


def test_unknown_numbers_and_codes_are_told_and_lose_nothing(parties: dict[str, UUID]) -> None:
    (row,) = booked(parties)
    news = [milestone("RR473124829DK", "delivered", 1), milestone(row.number, "XYZ", 2, vocabulary="ACME")]
    report = record_milestones(news, actor="test", now=NOW)
    assert (report.recorded, report.unknown) == (1, ("RR473124829DK",))
    kept = Milestone.objects.house().get()
    assert (kept.code, kept.raw_code, kept.vocabulary) == ("unknown", "XYZ", "ACME")
    assert Consignment.objects.house().get().state == "booked"


def test_the_database_refuses_an_illegal_step(parties: dict[str, UUID]) -> None:
    booked(parties)
    Consignment.objects.house().update(state="cancelled")
    with pytest.raises(IntegrityError), transaction.atomic():
        Consignment.objects.house().update(state="in_transit")


def test_each_party_sees_its_own_and_nobody_else(parties: dict[str, UUID]) -> None:
    (row,) = booked(parties)
    for kind in (Kind.SELLER, Kind.BUYER, Kind.CARRIER):
        assert list_consignments(scope(parties[kind], kind)).rows == (row,)
        assert len(consignment_detail(scope(parties[kind], kind), row.id).parcels) == 2
        stranger = scope(new_id(), kind)
        assert list_consignments(stranger).rows == ()
        with pytest.raises(NotFound):
            consignment_detail(stranger, row.id)
    assert list_consignments(scope(parties[Kind.SELLER], Kind.BANK)).rows == ()


def test_lists_page_and_search_in_the_same_number_of_queries(parties: dict[str, UUID]) -> None:
    rows = booked(parties, count=7)
    seller = scope(parties[Kind.SELLER], Kind.SELLER)
    seen: list[UUID] = []
    cursor, queries = None, set()
    while True:
        with CaptureQueriesContext(connection) as captured:
            page = list_consignments(seller, cursor=cursor, size=3)
        queries.add(len(captured))
        seen += [r.id for r in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(r.id for r in rows)
    assert page.total == 7
    assert queries == {3}
    found = list_consignments(seller, search=rows[2].tracking_numbers[1].lower())
    assert [r.id for r in found.rows] == [rows[2].id]
    assert count_by_state(seller)["booked"] == 7


def test_anyone_may_track_and_learns_no_name(parties: dict[str, UUID]) -> None:
    (row,) = booked(parties)
    one, two = row.tracking_numbers
    record_milestones(
        [milestone(one, "accepted", 0), milestone(two, "import_held", 9)], actor="test", now=NOW
    )
    seen = track(f" {one.lower()} ")
    assert (seen.number, seen.state, seen.destination) == (one, "exception", "DE")
    assert [m.code for m in seen.milestones] == ["accepted"]
    assert not {"ship_to", "seller_id", "buyer_id"} & set(seen.__slots__)
    assert [m.code for m in track(row.number).milestones] == ["accepted", "import_held"]
    with pytest.raises(NotFound):
        track("RR473124829DK")
