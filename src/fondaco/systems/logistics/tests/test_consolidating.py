"""Consolidation: equal to brute force on small cases, within capacity and time always, bounded from below."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.statemachine import IllegalTransition, installed_transitions
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.models import Organisation
from fondaco.systems.logistics.domain.consolidating.generate import consolidate
from fondaco.systems.logistics.domain.consolidating.trunks import PIECE, STEPS, trunks_of
from fondaco.systems.logistics.domain.consolidating.types import BadConsolidation, Break, Route, Shipment
from fondaco.systems.logistics.models import CONSOLIDATIONS, Consolidation, ConsolidationEntry
from fondaco.systems.logistics.public import (
    LoadChanged,
    NewMilestone,
    NothingTogether,
    Offer,
    answer_consolidation,
    consignment_detail,
    consolidation_detail,
    lanes_waiting,
    list_consolidations,
    parts_for,
    propose_consolidations,
    record_milestones,
    track,
)
from fondaco.systems.logistics.services.consignments import set_carrier_references
from fondaco.systems.logistics.tests.conftest import NOW, booked

START = datetime(2026, 11, 1, tzinfo=UTC)
AIR = Route("air", "ULD", START + timedelta(days=2), START + timedelta(days=4), 900_000, 5_000_000_000, 1, 9_000,
            (Break(0, 250), Break(300_000, 180)), 12_000, 6_000)  # fmt: skip
SEA = Route(
    "sea",
    "20ft",
    START + timedelta(days=3),
    START + timedelta(days=33),
    20_000_000,
    30_000_000_000,
    1,
    60_000,
)


def some(count: int, seed: int = 1) -> list[Shipment]:
    draw = random.Random(seed)
    return [
        Shipment(f"s{n}", mass := draw.randint(20, 500) * 1000, mass * draw.randint(2000, 8000),
                 START + timedelta(days=draw.choice((0, 1, 5))), START + timedelta(days=draw.choice((6, 40, 60))),
                 3_000 + mass // 1000 * 120)
        for n in range(count)
    ]  # fmt: skip


def test_the_charge_may_be_that_of_the_next_break() -> None:
    assert AIR.charge(250_000, 1) == 9_000 + 54_000  # 300 kg at 180, not 250 kg at 250
    assert AIR.charge(1_000, 1) == 9_000 + 12_000
    assert AIR.charge(100_000, 1_200_000_000) == 9_000 + 50_000  # 200 kg by volume


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_small_plan_lies_between_its_bound_and_brute_force(seed: int) -> None:
    shipments, routes = some(6, seed), [AIR, SEA]
    plan = consolidate(shipments, routes, seconds=8)
    best = min(
        value
        for way in product((-1, 0, 1), repeat=6)
        if (value := _value(shipments, routes, way)) is not None
    )
    assert plan.bound_minor <= best <= plan.cost_minor
    assert plan.cost_minor <= best * 1.02


def _value(shipments: list[Shipment], routes: list[Route], way: tuple[int, ...]) -> int | None:
    total = sum(s.alone_minor for s, w in zip(shipments, way, strict=True) if w < 0)
    for r, route in enumerate(routes):
        held = [s for s, w in zip(shipments, way, strict=True) if w == r]
        mass, volume = sum(s.mass_g for s in held), sum(s.volume_mm3 for s in held)
        if mass > route.capacity_g or volume > route.capacity_mm3 or not all(s.fits(route) for s in held):
            return None
        total += route.charge(mass, volume) if held else 0
    return total


def test_every_shipment_travels_once_and_in_time() -> None:
    shipments, routes = some(14), [replace(AIR, most_units=2), SEA]
    plan = consolidate(shipments, routes, seconds=2)
    carried = [one for unit in plan.units for one in unit.shipments]
    assert sorted([*carried, *plan.alone]) == sorted(s.id for s in shipments)
    by = {s.id: s for s in shipments}
    for unit in plan.units:
        route = next(r for r in routes if r.id == unit.route)
        assert all(by[one].fits(route) for one in unit.shipments)
        assert unit.mass_g <= route.capacity_g
        assert unit.volume_mm3 <= route.capacity_mm3
        assert unit.cost_minor == route.charge(unit.mass_g, unit.volume_mm3)
    assert plan.bound_minor <= plan.cost_minor <= plan.alone_minor


@pytest.mark.parametrize("route", [replace(AIR, breaks=(Break(5, 1),)), replace(AIR, arrives_at=START)])
def test_an_unsound_route_is_refused(route: Route) -> None:
    with pytest.raises(BadConsolidation) as refused:
        consolidate(some(2), [route])
    assert refused.value.code == "bad-consolidation"


def offer(code: str, minor: int, days: int, basis: str = "consignment") -> Offer:
    return Offer(
        new_id(), code, "p", "P", code, "truck", Money(minor, "GBP"), (), days, days, "DAP", (), tracked=True,
        billable_g=1, basis=basis,
    )  # fmt: skip


def test_trunks_are_read_off_the_cards_and_only_those_that_nothing_beats() -> None:
    """Slow and cheap, fast and dear; not the one that is slow and dear, nor what is priced by the parcel."""
    rows = [
        [offer("slow", 1_000 + n * 1_000, 9), offer("fast", 2_000 + n * 2_000, 3), offer("poor", 9_000 * n, 9),
         offer("post", 1, 1, "parcel")]
        for n in STEPS
    ]  # fmt: skip
    trunks = trunks_of(rows, leaves_at=START)
    assert list(trunks) == ["slow", "fast"]
    route = trunks["slow"][0]
    assert (route.minimum_minor, route.breaks[0].per_kg_minor) == (3_000, 60)
    for pieces, row in zip(STEPS, rows, strict=True):
        card = row[0].price.minor
        assert card <= route.charge(pieces * PIECE.mass_g, 1) <= card * 1.02
    assert route.arrives_at == START + timedelta(days=9)


TRUNK = offer("S", 100, 5)


def load_of(parties: dict[str, UUID], ids: list[UUID], number: str) -> UUID:
    head = Consolidation.objects.create(
        owner_id=parties[Kind.SELLER], number=number, origin="GB", destination="DE", service_code="S",
        service_name="S", leaves_on=NOW.date(), arrives_on=NOW.date(), currency="GBP", trunk_minor=100,
        last_mile_minor=100, alone_minor=900, mass_g=1, facts={"offer": TRUNK.as_json()}, proposed_at=NOW,
    )  # fmt: skip
    for one in ids:
        ConsolidationEntry.objects.create(
            consolidation=head, consignment_id=one, alone_minor=450, last_mile_minor=50, last_mile_service="L",
            last_mile_days=3,
        )  # fmt: skip
    return head.pk


def test_a_consignment_is_in_one_accepted_load(demo_book: None, parties: dict[str, UUID]) -> None:
    assert installed_transitions("logistics_consolidation") == CONSOLIDATIONS.edges
    seller = Scope(parties[Kind.SELLER], Kind.SELLER, role=Role.CLERK, actor="test")
    ids = [one.id for one in booked(parties, count=3)]
    first, second = load_of(parties, ids[:2], "K1"), load_of(parties, ids[1:], "K2")
    assert answer_consolidation(seller, first, "accept", now=NOW) == "accepted"
    assert answer_consolidation(seller, first, "accept", now=NOW) == "accepted"
    with pytest.raises(LoadChanged):
        answer_consolidation(seller, second, "accept", now=NOW)
    assert consolidation_detail(seller, second).load.state == "proposed"
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsolidationEntry.objects.house().filter(consolidation_id=second).update(accepted=True)
    with pytest.raises(NotFound):
        answer_consolidation(replace(seller, organisation_id=new_id()), second, "dismiss", now=NOW)
    with pytest.raises(Forbidden):
        answer_consolidation(replace(seller, role=Role.VIEWER), second, "dismiss", now=NOW)
    assert answer_consolidation(seller, second, "dismiss", now=NOW) == "dismissed"
    with pytest.raises(IllegalTransition):
        answer_consolidation(seller, second, "accept", now=NOW)
    assert [one.saved.minor for one in list_consolidations(seller)] == [700, 700]


def test_accepting_books_the_consignments_into_the_load(demo_book: None, parties: dict[str, UUID]) -> None:
    """Together they cost what the load does, to the penny; its carrier carries them and its number tracks them."""
    seller = Scope(parties[Kind.SELLER], Kind.SELLER, role=Role.CLERK, actor="test")
    before = booked(parties, count=3)
    load = load_of(parties, [one.id for one in before], "K7")
    trucker = Organisation.objects.create(kind=Kind.CARRIER, name="T", slug="carrier-p", country="GB").pk
    for _ in range(2):
        answer_consolidation(seller, load, "accept", now=NOW, carriers={"p": trucker})
    after = parts_for([one.order_id for one in before])
    shares = [entry.share for entry in consolidation_detail(seller, load).entries]
    assert sum(share.minor for share in shares if share) == 100
    for old in before:
        (new,) = after[old.order_id]
        assert (new.price.minor in (83, 84), new.carrier_id, new.service_code) == (True, trucker, "S")
        assert new.due_on == NOW.date() + timedelta(days=3)
        assert new.tracking_numbers == old.tracking_numbers
        detail = consignment_detail(seller, old.id)
        assert detail.offer["breakdown"] == [["trunk", new.price.minor - 50], ["last_mile", 50]]
        assert (
            detail.alternatives[0]["service_code"] == old.service_code
        )  # what it was booked on before is kept
        assert detail.load is not None
        assert detail.load.number == "K7"
    assert sum(after[one.order_id][0].price.minor for one in before) == 100 + 3 * 50
    told = [
        NewMilestone(
            number="K7", raw_code="EMC", vocabulary="UPU", event_at=NOW, source="trucker", source_id="1"
        )
    ]
    assert [record_milestones(told, actor="t", now=NOW).recorded for _ in range(2)] == [3, 0]
    assert [len(track(one.tracking_numbers[0]).milestones) for one in before] == [1, 1, 1]


def test_what_its_carrier_knows_of_is_not_booked_anew(demo_book: None, parties: dict[str, UUID]) -> None:
    seller = Scope(parties[Kind.SELLER], Kind.SELLER, role=Role.CLERK, actor="test")
    one, two = booked(parties, count=2)
    load = load_of(parties, [one.id, two.id], "K8")
    set_carrier_references({one.id: "SIM-1"})
    with pytest.raises(LoadChanged):
        answer_consolidation(seller, load, "accept", now=NOW)
    assert parts_for([one.order_id, two.order_id]) == {one.order_id: (one,), two.order_id: (two,)}
    assert consolidation_detail(seller, load).load.state == "proposed"


def test_a_lane_waits_where_two_of_a_week_do(demo_book: None, parties: dict[str, UUID]) -> None:
    seller = Scope(parties[Kind.SELLER], Kind.SELLER, role=Role.CLERK, actor="test")
    booked(parties)
    assert lanes_waiting(seller) == ()
    known = booked(parties, count=2)[0]
    (lane,) = lanes_waiting(seller)
    assert (lane.origin, lane.destination, lane.on, lane.consignments) == ("GB", "DE", NOW.date(), 3)
    set_carrier_references({known.id: "SIM-2"})
    assert [one.consignments for one in lanes_waiting(seller)] == [2]


def test_nothing_booked_is_nothing_together(demo_book: None, parties: dict[str, UUID]) -> None:
    seller = Scope(parties[Kind.SELLER], Kind.SELLER, role=Role.CLERK, actor="test")
    with pytest.raises(NothingTogether):
        propose_consolidations(seller, origin="GB", destination="DE", on=NOW.date(), now=NOW)
    assert list_consolidations(seller) == ()
