"""The watch opens troubles once, closes what passed, leaves what a person took; strays wait and are adopted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import IllegalTransition, installed_transitions
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.domain.dto import NewMilestone
from fondaco.systems.logistics.models import TROUBLES, ArrivalForecast, Consignment, StrayEvent, Trouble
from fondaco.systems.logistics.public import (
    adopt_strays,
    book_consignments,
    close_trouble,
    consignment_detail,
    count_strays,
    list_troubles,
    record_milestones,
    take_trouble,
    track,
    watch_consignments,
)
from fondaco.systems.logistics.tests.conftest import NOW, booked, new_consignment

pytestmark = pytest.mark.django_db


def told(
    number: str, code: str, *, days: float, vocabulary: str = "UPU", source: str = "test"
) -> NewMilestone:
    at = NOW + timedelta(days=days)
    return NewMilestone(number, code, vocabulary, at, source, f"{number}-{code}-{days}")


def clerk(parties, kind: Kind = Kind.SELLER, role: Role = Role.CLERK) -> Scope:
    return Scope(parties[kind], kind, role=role, actor="clerk@test")


def test_the_database_knows_the_machine(db) -> None:
    assert installed_transitions("logistics_trouble") == TROUBLES.edges


def test_a_hold_opens_one_trouble_and_its_release_closes_it(demo_book, parties) -> None:
    (moved,) = booked(parties)
    record_milestones([told(moved.number, "EME", days=1)], actor="t", now=NOW)
    later = NOW + timedelta(days=3)
    first = watch_consignments(actor="t", now=later)
    again = watch_consignments(actor="t", now=later)
    assert (first.opened, again.opened) == (1, 0)
    assert [one.kind for one in list_troubles(clerk(parties)).rows] == ["customs"]
    record_milestones([told(moved.number, "EDC", days=3)], actor="t", now=later)
    assert watch_consignments(actor="t", now=later).closed == 1
    assert list_troubles(clerk(parties)).rows == ()


def test_what_a_person_took_is_theirs(demo_book, parties) -> None:
    (moved,) = booked(parties)
    record_milestones([told(moved.number, "EME", days=1)], actor="t", now=NOW)
    later = NOW + timedelta(days=3)
    watch_consignments(actor="t", now=later)
    (row,) = list_troubles(clerk(parties)).rows
    take_trouble(row.id, scope=clerk(parties), now=later)
    record_milestones([told(moved.number, "EDC", days=3)], actor="t", now=later)
    assert watch_consignments(actor="t", now=later).closed == 0
    with pytest.raises(IllegalTransition):
        take_trouble(row.id, scope=clerk(parties), now=later)
    close_trouble(row.id, note="called customs", scope=clerk(parties), now=later)
    (closed,) = list_troubles(clerk(parties), closed=True).rows
    assert (closed.state, closed.taken_by, closed.note) == ("closed", "clerk@test", "called customs")


def test_troubles_are_their_parties_alone(demo_book, parties) -> None:
    (moved,) = booked(parties)
    record_milestones([told(moved.number, "EME", days=1)], actor="t", now=NOW)
    watch_consignments(actor="t", now=NOW + timedelta(days=3))
    (row,) = list_troubles(clerk(parties, Kind.CARRIER)).rows
    stranger = Scope(new_id(), Kind.SELLER, role=Role.OWNER, actor="x")
    assert list_troubles(stranger).rows == ()
    with pytest.raises(NotFound):
        take_trouble(row.id, scope=stranger, now=NOW)
    with pytest.raises(Forbidden):
        take_trouble(row.id, scope=clerk(parties, role=Role.VIEWER), now=NOW)
    with pytest.raises(Forbidden):
        take_trouble(row.id, scope=clerk(parties, Kind.BUYER), now=NOW)
    assert Trouble.objects.house().get().state == "open"


def test_silence_without_history_is_measured_by_the_promise(demo_book, parties) -> None:
    (moved,) = booked(parties)
    watch_consignments(actor="t", now=NOW)
    forecast = ArrivalForecast.objects.house().get(pk=moved.id)
    assert (forecast.basis, forecast.coverage, forecast.sample) == ("promise", 0.0, 0)
    assert forecast.high_at.date() == moved.due_on
    watch_consignments(actor="t", now=NOW + timedelta(days=40))
    detail = consignment_detail(clerk(parties), moved.id)
    assert {one.kind for one in detail.troubles} == {"silent"} or {one.kind for one in detail.troubles} == {
        "silent",
        "late",
    }
    assert detail.arrival is not None


def test_history_predicts_and_the_public_page_gets_the_interval(demo_book, parties) -> None:
    done = booked(parties, count=30, parcels=1)
    events = [told(one.number, "EMI", days=4 + place / 10) for place, one in enumerate(done)]
    record_milestones(events, actor="t", now=NOW + timedelta(days=8))
    (moved,) = booked(parties)
    report = watch_consignments(actor="t", now=NOW + timedelta(days=8))
    assert (report.watched, report.predicted) == (1, 0)  # booked at NOW: it has waited longer than any
    Consignment.objects.house().filter(pk=moved.id).update(ready_at=NOW + timedelta(days=8))
    assert watch_consignments(actor="t", now=NOW + timedelta(days=8)).predicted == 1
    arrival = track(moved.number).arrival
    assert arrival is not None
    assert (arrival.basis, arrival.sample) == ("service-lane", 30)
    assert NOW + timedelta(days=12) < arrival.low_at < arrival.high_at < NOW + timedelta(days=15)


def test_an_unknown_number_is_parked_and_taken_up_once_it_is_known(demo_book, parties) -> None:
    stray = told("C26-9999999", "EMA", days=0)
    report = record_milestones([stray, stray], actor="t", now=NOW)
    assert (report.recorded, report.parked, report.unknown) == (0, 1, ("C26-9999999",))
    assert record_milestones([stray], actor="t", now=NOW).parked == 0
    assert adopt_strays(actor="t", now=NOW) == 0
    (moved,) = book_consignments([new_consignment(parties)], actor="t", now=NOW)
    StrayEvent.objects.house().update(number=moved.number)
    assert adopt_strays(actor="t", now=NOW) == 1
    assert count_strays() == 0
    assert consignment_detail(clerk(parties), moved.id).milestones[0].code == "accepted"


def test_an_unknown_code_is_counted_and_kept(demo_book, parties) -> None:
    (moved,) = booked(parties)
    report = record_milestones([told(moved.number, "Q7", days=1, vocabulary="ACME")], actor="t", now=NOW)
    assert report.unknown_codes == {("ACME", "Q7"): 1}
    (kept,) = consignment_detail(clerk(parties), moved.id).milestones
    assert (kept.code, kept.raw_code, kept.vocabulary) == ("unknown", "Q7", "ACME")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(order=st.permutations(range(6)), doubled=st.sets(st.integers(0, 5)), cut=st.integers(1, 5))
def test_shuffled_repeated_and_split_reports_end_alike(demo_book, parties, order, doubled, cut) -> None:
    with transaction.atomic():
        point = transaction.savepoint()
        (moved,) = booked(parties)
        codes = ("EMA", "EXC", "EMC", "EMD", "EDC", "EMI")
        events = [told(moved.number, code, days=at) for at, code in enumerate(codes)]
        heard = [events[at] for at in order] + [events[at] for at in doubled]
        for batch in (heard[:cut], heard[cut:], heard):
            record_milestones(batch, actor="t", now=NOW + timedelta(days=9))
        detail = consignment_detail(clerk(parties), moved.id)
        assert [m.raw_code for m in detail.milestones] == list(codes)
        assert (detail.consignment.state, detail.consignment.delivered_at) == (
            "delivered",
            NOW + timedelta(days=5),
        )
        transaction.savepoint_rollback(point)
