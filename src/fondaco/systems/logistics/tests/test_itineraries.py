"""The way a consignment is planned to go: chosen for its service, frozen, shared, kept once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.logistics.domain.routing.answer import RouteRequest
from fondaco.systems.logistics.domain.routing.frozen import freeze, thaw
from fondaco.systems.logistics.domain.routing.suiting import mass_class, suit
from fondaco.systems.logistics.models import ConsignmentItinerary, RouteTimetable, StoredItinerary
from fondaco.systems.logistics.public import (
    consignment_detail,
    ensure_demo_network,
    itinerary_of,
    main_hubs,
    plan_itineraries,
    plan_routes,
)
from fondaco.systems.logistics.tests.conftest import NOW, booked, scope

pytestmark = pytest.mark.usefixtures("demo_book")


@pytest.mark.parametrize(
    ("mass", "planned"), [(1, 1_000), (1_000, 1_000), (1_001, 4_000), (17_000, 64_000), (10**9, 10**9)]
)
def test_loads_of_one_class_are_planned_alike(mass: int, planned: int) -> None:
    assert mass_class(mass) == planned


def test_without_a_timetable_nothing_is_planned(parties: dict[str, UUID]) -> None:
    booked(parties)
    assert plan_itineraries(now=NOW).planned == 0
    assert not ConsignmentItinerary.objects.house().exists()


def test_a_plan_is_frozen_shared_and_made_once(parties: dict[str, UUID]) -> None:
    """Two alike share one itinerary; what a timetable says later changes nothing; strangers see none."""
    ensure_demo_network(now=NOW)
    one, two = booked(parties, count=2)
    report = plan_itineraries([one.id, two.id], now=NOW)
    assert (report.seen, report.planned, report.searches) == (2, 2, 1)
    assert StoredItinerary.objects.count() == 1
    before = itinerary_of(scope(parties[Kind.SELLER], Kind.SELLER), one.id)
    RouteTimetable.objects.update(replaced_at=NOW)
    assert plan_itineraries([one.id, two.id], now=NOW + timedelta(days=1)).planned == 0
    after = consignment_detail(scope(parties[Kind.SELLER], Kind.SELLER), one.id).planned
    assert after == before is not None
    assert after.numbers["mass_g"] == mass_class(one.mass_g)
    assert itinerary_of(Scope(one.id, Kind.SELLER), one.id) is None


def test_the_cheapest_in_time_by_the_vehicle_is_chosen_else_the_fastest(demo_book: None) -> None:
    ensure_demo_network(now=NOW)
    hubs = main_hubs()
    request = RouteRequest("A", hubs["GB"], hubs["DE"], NOW, 4_000)
    answer = plan_routes([request], now=NOW)[0]
    assert answer.itineraries
    plan = answer.itineraries[-1]
    assert thaw(freeze(plan)) == plan
    late = suit(answer, kind="express", due_at=NOW)
    assert late is not None
    assert (late.reason, late.itinerary.number) == ("late", answer.named["fastest"])
    free = suit(answer, kind="post", due_at=NOW + timedelta(days=75))
    assert free is not None
    assert free.reason == "in-time"
    assert free.itinerary.cost == min(one.cost for one in answer.itineraries)
    for vehicle, kind in (("air", "air_gen"), ("road", "truck")):
        found = suit(answer, kind=kind, due_at=NOW + timedelta(days=75))
        assert found is not None
        assert found.reason == "in-time" or vehicle in found.itinerary.modes
    assert suit(replace(answer, itineraries=(), named={}), kind="post", due_at=NOW) is None
