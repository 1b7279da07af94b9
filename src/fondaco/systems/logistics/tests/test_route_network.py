"""The network: the demonstration one, own timetables, clocks that change, empty answers that say why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from fondaco.kernel.errors import FondacoError
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.domain.routing.demonstration import generate_demo_network
from fondaco.systems.logistics.domain.routing.network import Break, Hub, HubKind, Mode, Network, Service
from fondaco.systems.logistics.domain.routing.planning import plan_route
from fondaco.systems.logistics.domain.routing.rows import COLUMNS
from fondaco.systems.logistics.domain.routing.timetable import compile_timetable, instant_of, minute_of
from fondaco.systems.logistics.public import RouteRequest

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def hub(code: str, tz: str = "UTC", **more: object) -> Hub:
    return Hub(code, code, HubKind.PARK, "XX", 0, 0, tz, "XX", **more)  # type: ignore[arg-type]


def service(code: str, start: str, end: str, **more: object) -> Service:
    facts = {
        "breaks": (Break(0, 100_000),),
        "factor": "rail",
        "km": 100,
        "departs_min": 60,
        "arrives_min": 600,
        **more,
    }
    return Service(code, "P", Mode.RAIL, start, end, **facts)  # type: ignore[arg-type]


def asked(start: str, end: str, **more: object) -> RouteRequest:
    return RouteRequest("x", start, end, NOW, **{"mass_g": 100_000, **more})  # type: ignore[arg-type]


def answer(network: Network, request: RouteRequest) -> logistics.RouteAnswer:
    return plan_route(
        request, timetable=compile_timetable(network, first=date(2026, 11, 22), days=40), now=NOW
    )


def test_the_demonstration_has_real_places_and_well_formed_services() -> None:
    network = generate_demo_network()
    assert len(network.hubs) >= 400
    assert len(network.services) >= 2000
    assert generate_demo_network() == network
    assert network.synthetic
    assert {h.kind for h in network.hubs} == set(HubKind)
    codes = {h.code for h in network.hubs}
    assert all({s.origin, s.destination} <= codes and s.origin != s.destination for s in network.services)
    assert any(s.special_line.startswith("Zhengzhou–Luxembourg") for s in network.services)
    timetable = compile_timetable(network, first=date(2026, 11, 22), days=10)
    assert (timetable.arr > timetable.dep).all()


def test_a_service_keeps_its_local_times_when_the_clocks_change() -> None:
    network = Network(
        "t",
        "USD",
        (hub("A", "Europe/Berlin"), hub("B", "Asia/Shanghai")),
        (service("S", "A", "B", arrives_day=1),),
    )
    timetable = compile_timetable(network, first=date(2026, 3, 28), days=3)
    leaves = [instant_of(int(m)).strftime("%d %H:%M") for m in timetable.dep]
    assert leaves == ["28 00:00", "29 00:00", "29 23:00"]  # 01:00 in Berlin, before, on and after 29 March
    assert {int(m) % 1440 for m in timetable.arr} == {120}  # 10:00 in Shanghai every day


def test_items_of_all_legs_add_up_and_the_deadline_sets_the_chance() -> None:
    timetable = compile_timetable(generate_demo_network(), first=date(2026, 11, 16), days=85)
    request = RouteRequest("x", "CNZGZ-P", "DEFRA-P", NOW, 500_000, 2500, deadline=NOW + timedelta(days=30))
    found = plan_route(request, timetable=timetable, now=NOW)
    assert found.itineraries
    for plan in found.itineraries:
        assert plan.cost.minor == sum(
            leg.freight.minor + leg.handling.minor + leg.storage.minor for leg in plan.legs
        )
        assert plan.ready_at <= NOW + timedelta(days=30)
        assert 0 < plan.probability <= 1
        assert all(
            a.ready_at <= b.cutoff_at or b.on_demand for a, b in zip(plan.legs, plan.legs[1:], strict=False)
        )
        assert min(leg.storage.minor for leg in plan.legs) >= 0


@pytest.mark.parametrize(
    ("start", "end", "more", "code"),
    [
        ("D", "A", {}, "nothing-leaves"), ("A", "E", {}, "nothing-reaches"), ("A", "G", {}, "not-connected"),
        ("A", "C", {"mass_g": 5_000_000}, "too-large"), ("A", "C", {"max_legs": 1}, "too-many-legs"),
        ("A", "C", {"deadline": NOW + timedelta(hours=20)}, "after-deadline"),
    ],
)  # fmt: skip
def test_an_empty_answer_says_why(start: str, end: str, more: dict[str, object], code: str) -> None:
    hubs = tuple(hub(c) for c in "ABCDEFG")
    services = (
        service("1", "A", "B", capacity_kg=1000),
        service("2", "B", "C"),
        service("3", "F", "G"),
        service("4", "B", "D"),
    )
    found = answer(Network("t", "USD", hubs, services), asked(start, end, **more))
    assert found.itineraries == ()
    assert found.empty is not None
    assert found.empty.code == code


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"destination": "Z"}, "unknown-hub"), ({"destination": "A"}, "same-place"), ({"mass_g": 0}, "bad-load"),
        ({"deadline": NOW - timedelta(1)}, "deadline-past"), ({"regime": "0000"}, "unknown-regime"),
    ],
)  # fmt: skip
def test_a_bad_question_is_refused(more: dict[str, object], code: str) -> None:
    network = Network("t", "USD", (hub("A"), hub("B")), (service("1", "A", "B"),))
    facts = {"origin": "A", "destination": "B", "ready_at": NOW, "mass_g": 1000, **more}
    with pytest.raises(FondacoError) as refused:
        answer(network, RouteRequest("x", **facts))  # type: ignore[arg-type]
    assert refused.value.code == code


def test_goods_wait_where_storage_is_cheap_when_that_saves_money() -> None:
    # B stores for nothing, C dearly: the later train to C is the cheaper one for the same onward train.
    hubs = (hub("A"), hub("B"), hub("C", storage_per_t_day=500_000), hub("D"))
    services = (
        service("1", "A", "B"), service("2", "B", "C", departs_min=700, arrives_min=800),
        service("3", "C", "D", weekdays=64, departs_min=900, arrives_min=1000),
    )  # fmt: skip
    found = answer(Network("t", "USD", hubs, services), asked("A", "D"))
    cheapest = found.itineraries[found.named["cheapest"] - 1]
    assert cheapest.legs[2].storage.minor < 500_00
    assert cheapest.legs[1].wait_min > 1440


def timetable_file(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "own.csv"
    lines = [",".join(COLUMNS), *[",".join(row.get(name, "") for name in COLUMNS) for row in rows]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


GOOD = {
    "service": "OWN1", "provider": "Own Line", "mode": "air", "from": "CGO", "to": "LUX", "days": "135", "departs": "21:30",
    "arrives": "02:15", "arrives_day": "1", "price_per_kg": "2.10", "km": "8344", "on_time_pct": "92", "mean_delay_h": "3",
}  # fmt: skip


@pytest.mark.django_db
def test_an_own_timetable_is_published_and_a_bad_one_leaves_it_in_force(tmp_path: Path) -> None:
    logistics.ensure_demo_network(now=NOW)
    logistics.warm_routing(now=NOW)
    first = logistics.import_timetable(timetable_file(tmp_path, GOOD), actor="t", now=NOW)
    assert first.ok
    assert first.timetable is not None
    assert first.timetable.version == 1
    again = logistics.import_timetable(timetable_file(tmp_path, GOOD), actor="t", now=NOW)
    assert again.timetable is not None
    assert not again.timetable.created
    bad = (
        {**GOOD, "arrives_day": "0"}, {**GOOD, "service": "X", "to": "NOPE"}, {**GOOD, "service": "Y", "days": "9"},
        {**GOOD, "service": "Z", "to": "CGO"}, {**GOOD, "service": "W", "departs": "25:00"},
    )  # fmt: skip
    broken = logistics.import_timetable(timetable_file(tmp_path, *bad), actor="t", now=NOW)
    assert [e.code for e in broken.errors] == [
        "arrives-before-leaving",
        "unknown-hub",
        "no-days",
        "same-place",
        "no-time",
    ]
    assert broken.timetable is None
    assert [(t.code, t.version) for t in logistics.timetables_in_force()] == [("demo", 1), ("own", 1)]
    found = logistics.plan_routes([RouteRequest("x", "CGO", "LUX", NOW, 100_000)], now=NOW)[0]
    assert any(leg.service == "OWN1" for plan in found.itineraries for leg in plan.legs)


@pytest.mark.django_db
def test_a_closure_needs_a_known_target_and_can_be_lifted() -> None:
    logistics.ensure_demo_network(now=NOW)
    span = {
        "starts_at": NOW,
        "ends_at": NOW + timedelta(days=9),
        "note": "",
        "source": "",
        "actor": "t",
        "now": NOW,
    }
    with pytest.raises(logistics.BadClosure):
        logistics.record_closure(kind="hub", target="ATLANTIS", **span)
    made = logistics.record_closure(kind="passage", target="suez", **span)
    assert [one.id for one in logistics.list_closures(now=NOW)] == [made]
    logistics.lift_closure(made, actor="t", now=NOW)
    assert logistics.list_closures(now=NOW) == ()


def test_with_suez_closed_the_same_line_sails_round_the_cape() -> None:
    span = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC))
    shut = (logistics_closure("suez", *span),)
    sailed = {}
    for name, closures in (("open", ()), ("shut", shut)):
        timetable = compile_timetable(
            generate_demo_network(closures=closures), first=date(2026, 11, 22), days=20
        )
        runs = timetable.network.services
        sailed[name] = {runs[s].km for s in range(len(runs)) if runs[s].origin == "CNSHA" and runs[s].destination == "NLRTM"
                        and timetable.dep_ptr[s] < timetable.dep_ptr[s + 1]}  # fmt: skip
    assert sailed == {"open": {19610}, "shut": {25759}}
    assert minute_of(NOW) == int(NOW.timestamp()) // 60


def logistics_closure(target: str, start: datetime, end: datetime) -> object:
    from fondaco.systems.logistics.domain.routing.network import Closure, ClosureKind

    return Closure(ClosureKind.PASSAGE, target, start, end)
