"""Orders in parts, and batches of collective clearance."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import IllegalTransition, installed_transitions
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.models import Organisation
from fondaco.systems.logistics.models import CLEARANCES, ClearanceBatch, ClearanceEntry, Consignment
from fondaco.systems.logistics.public import (
    NewReceipt,
    NewStore,
    Want,
    book_consignments,
    clearance_detail,
    collect_clearances,
    consignments_for,
    ensure_stores,
    list_clearances,
    move_clearance,
    parts_for,
    receive_goods,
    reserve_orders,
)
from fondaco.systems.logistics.tests.conftest import NOW, booked, new_consignment

pytestmark = pytest.mark.usefixtures("demo_book")
HOUSE = Scope(new_id(), Kind.PLATFORM, role=Role.CLERK, actor="test")
OFFICE = new_id()


def test_an_order_goes_in_parts_and_is_read_as_one(parties: dict[str, UUID]) -> None:
    first = new_consignment(parties, parcels=2)
    second = replace(new_consignment(parties, parcels=3, order_id=first.order_id), part=2)
    one, two = book_consignments([first, second], actor="test", now=NOW)
    assert (one.part, two.part) == (1, 2)
    whole = consignments_for([first.order_id])[first.order_id]
    assert whole.id == one.id
    assert whole.price.minor == one.price.minor + two.price.minor
    assert whole.parcel_count == 5
    assert whole.tracking_numbers == one.tracking_numbers + two.tracking_numbers
    assert whole.delivered_at is None


def test_an_order_that_is_booked_gets_no_further_parts(parties: dict[str, UUID]) -> None:
    first = new_consignment(parties)
    (before,) = book_consignments([first], actor="test", now=NOW)
    again = book_consignments([first, replace(first, part=2)], actor="test", now=NOW)
    assert [one.id for one in again] == [before.id, before.id]
    assert len(parts_for([first.order_id])[first.order_id]) == 1


def test_two_consignments_cannot_be_the_same_part(parties: dict[str, UUID]) -> None:
    one, two = booked(parties, count=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consignment.objects.house().filter(pk=two.id).update(order_id=one.order_id)
    assert Consignment.objects.house().get(pk=two.id).order_id == two.order_id


def _collected(parties: dict[str, UUID], count: int = 3) -> ClearanceBatch:
    booked(parties, count=count)
    collect_clearances(NOW.date(), authorities={"DE": OFFICE}, actor="test", now=NOW)
    batch: ClearanceBatch = ClearanceBatch.objects.house().get()
    return batch


def test_a_day_is_collected_once(parties: dict[str, UUID]) -> None:
    batch = _collected(parties)
    assert (batch.consignments, batch.parcels, batch.state) == (3, 6, "open")
    again = collect_clearances(NOW.date(), authorities={"DE": OFFICE}, actor="test", now=NOW)
    assert again.added == 0
    booked(parties, count=1)
    more = collect_clearances(NOW.date(), authorities={"DE": OFFICE}, actor="test", now=NOW)
    assert (more.added, more.batches) == (1, (batch.pk,))
    assert len(clearance_detail(HOUSE, batch.pk).consignments) == 4


def test_a_closed_batch_is_followed_by_another(parties: dict[str, UUID]) -> None:
    first = _collected(parties)
    assert move_clearance(HOUSE, first.pk, "close", now=NOW) == "closed"
    booked(parties, count=1)
    more = collect_clearances(NOW.date(), authorities={"DE": OFFICE}, actor="test", now=NOW)
    assert first.pk not in more.batches
    assert {view.consignments for view in list_clearances(HOUSE)} == {3, 1}


def test_a_cancelled_batch_lets_its_consignments_go(parties: dict[str, UUID]) -> None:
    batch = _collected(parties)
    move_clearance(HOUSE, batch.pk, "cancel", now=NOW)
    assert not ClearanceEntry.objects.house().exists()


def test_a_step_that_is_not_possible_changes_nothing(parties: dict[str, UUID]) -> None:
    batch = _collected(parties)
    with pytest.raises(IllegalTransition):
        move_clearance(HOUSE, batch.pk, "clear", now=NOW)
    batch.refresh_from_db()
    assert batch.state == "open"


def test_another_authority_does_not_see_the_batch(parties: dict[str, UUID]) -> None:
    batch = _collected(parties)
    stranger = Scope(new_id(), Kind.CUSTOMS, role=Role.OWNER)
    assert list_clearances(stranger) == ()
    with pytest.raises(NotFound):
        clearance_detail(stranger, batch.pk)
    assert len(list_clearances(Scope(OFFICE, Kind.CUSTOMS))) == 1


def _kept(seller: UUID, operator: UUID, code: str, orders: list[UUID]) -> None:
    """A store of the seller's that `operator` runs, and a mug in it for each order."""
    owner = Scope(seller, Kind.SELLER, role=Role.CLERK, actor="t")
    (store,) = ensure_stores([NewStore(seller, operator, code, code, "park", "GB")], aisles=1, bays=2)
    rows = [NewReceipt(f"{code}-mug", 9, "L1", "CN", key=code, title="A mug")]
    receive_goods(owner, store.pk, rows, now=NOW, actor="t")
    wants = [Want(order, str(n), seller, "GB", ((f"{code}-mug", 1),)) for n, order in enumerate(orders)]
    assert len(reserve_orders(wants, now=NOW, actor="t")) == len(orders)


def test_what_lies_in_one_parks_stores_is_that_parks_to_clear(parties: dict[str, UUID]) -> None:
    mine, both, own = booked(parties, count=3)
    park = Organisation.objects.create(kind=Kind.PARK, name="Park", slug="park-a", country="GB").pk
    _kept(parties["seller"], park, "a", [mine.order_id, both.order_id])
    _kept(parties["seller"], parties["seller"], "b", [both.order_id, own.order_id])
    made = collect_clearances(NOW.date(), authorities={"DE": OFFICE}, actor="test", now=NOW)
    scope = Scope(park, Kind.PARK, role=Role.CLERK, actor="keeper")
    (seen,) = list_clearances(scope)
    assert (made.added, len(made.batches), seen.park_id, seen.consignments) == (3, 2, park, 1)
    assert [one.id for one in clearance_detail(scope, seen.id).consignments] == [mine.id]
    again = collect_clearances(NOW.date(), authorities={"DE": OFFICE}, actor="test", now=NOW)
    assert again.added == 0
    assert move_clearance(scope, seen.id, "close", now=NOW) == "closed"
    assert clearance_detail(scope, seen.id).batch.steps == ("reopen", "cancel")
    with pytest.raises(Forbidden):
        move_clearance(scope, seen.id, "declare", now=NOW)
    with pytest.raises(NotFound):
        move_clearance(Scope(new_id(), Kind.PARK, role=Role.OWNER), seen.id, "reopen", now=NOW)
    assert [one.state for one in list_clearances(scope)] == ["closed"]


def test_the_database_guards_the_transitions() -> None:
    assert installed_transitions("logistics_clearancebatch") == CLEARANCES.edges


def test_one_batch_and_fifty_are_read_by_as_many_queries() -> None:
    counts = []
    for more in (1, 49):
        ClearanceBatch.objects.bulk_create(
            ClearanceBatch(
                number=f"T{len(counts)}-{n:05d}", authority_id=new_id(), origin="GB", destination="DE",
                regime="standard", ready_on=NOW.date(), opened_at=NOW, changed_at=NOW,
            )
            for n in range(more)
        )  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            counts.append((len(list_clearances(HOUSE)), len(asked)))
    assert counts == [(1, 1), (50, 1)]
