"""From a question to an answer on a compiled timetable: check, search, replay each itinerary, name the few."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain.carbon.factors import factors
from fondaco.systems.logistics.domain.routing.answer import (
    HORIZON_DAYS,
    MOST_LEGS,
    BadLoad,
    DeadlinePast,
    Gases,
    Itinerary,
    NoRoute,
    RouteAnswer,
    RouteLeg,
    RouteRequest,
    SamePlace,
    Stop,
    UnknownHub,
    UnknownRegime,
)
from fondaco.systems.logistics.domain.routing.engine import (
    Found,
    Frontier,
    find_frontier,
    lower_bounds,
)
from fondaco.systems.logistics.domain.routing.network import Hub
from fondaco.systems.logistics.domain.routing.punctuality import STEP_MIN, probability, table
from fondaco.systems.logistics.domain.routing.query import FAR, MILLS, Ask, Load, Query, prepare
from fondaco.systems.logistics.domain.routing.rates import house_regimes
from fondaco.systems.logistics.domain.routing.timetable import Timetable, instant_of, minute_of

_MOST_G = 400_000_000
_MOST_DM3 = 2_000_000


def plan_route(request: RouteRequest, *, timetable: Timetable, now: datetime) -> RouteAnswer:
    """The frontier for `request`; UnknownHub, UnknownRegime, SamePlace, BadLoad or DeadlinePast where it is amiss."""
    query = pose(request, timetable=timetable, now=now)
    found = find_frontier(query)
    rides: Rides = {}
    plans = tuple(_replay(one, number, query, rides) for number, one in enumerate(found.points, 1))
    named = name_few(plans)
    plans = tuple(
        replace(plan, names=tuple(name for name, number in named.items() if number == plan.number))
        for plan in plans
    )
    return RouteAnswer(
        reference=request.reference,
        itineraries=plans,
        named=named,
        empty=None if plans else _why_empty(query, request),
        network=timetable.network.version,
        labels=timetable.network.labels,
        engine=found.engine,
        grain=request.grain,
        epsilon=request.epsilon,
        services=len(timetable.network.services),
        settled=found.settled,
    )


def pose(request: RouteRequest, *, timetable: Timetable, now: datetime) -> Query:
    """The question as arrays, once it is known to make sense."""
    if not 0 < request.mass_g <= _MOST_G or not 0 <= request.volume_dm3 <= _MOST_DM3:
        raise BadLoad(field="mass", value=f"{request.mass_g} g, {request.volume_dm3} dm3")
    if request.deadline and request.deadline <= max(request.ready_at, now):
        raise DeadlinePast(field="deadline", value=request.deadline.isoformat())
    if request.origin == request.destination:
        raise SamePlace(field="destination", value=request.destination)
    regime = house_regimes().get(request.regime)
    if regime is None:
        raise UnknownRegime(field="regime", value=request.regime)
    latest = request.ready_at + timedelta(days=HORIZON_DAYS)
    ask = Ask(
        origin=_place(timetable, request.origin, "origin"),
        destination=_place(timetable, request.destination, "destination"),
        ready=minute_of(request.ready_at) + regime.export_min,
        latest=minute_of(min(latest, request.deadline) if request.deadline else latest),
        deadline=minute_of(request.deadline) if request.deadline else -1,
        max_legs=min(request.max_legs or MOST_LEGS, MOST_LEGS),
        epsilon=request.epsilon,
        grain=request.grain,
    )
    load = Load(request.mass_g, request.volume_dm3)
    return prepare(timetable, ask=ask, load=load, regime=regime, factors=factors())


def _place(timetable: Timetable, code: str, field: str) -> int:
    try:
        return timetable.place[code]
    except KeyError:
        raise UnknownHub(field=field, value=code[:20]) from None


def name_few(plans: tuple[Itinerary, ...]) -> dict[str, int]:
    """The cheapest, fastest, greenest, surest and the best balance (nearest to the ideal of all four)."""
    if not plans:
        return {}
    keys = {
        "cheapest": lambda p: (p.cost.minor, p.minutes, p.co2_g),
        "fastest": lambda p: (p.minutes, p.cost.minor, p.co2_g),
        "greenest": lambda p: (p.co2_g, p.cost.minor, p.minutes),
        "surest": lambda p: (-p.probability, p.cost.minor, p.minutes),
    }
    few = {name: min(plans, key=key).number for name, key in keys.items()}
    few["balanced"] = plans[_knee(plans)].number
    return few


def _knee(plans: tuple[Itinerary, ...]) -> int:
    """The plan at the least Euclidean distance from the best of each criterion, each scaled to its own range."""
    rows = np.array([[p.minutes, p.cost.minor, p.co2_g, -p.probability] for p in plans], dtype=float)
    low, high = rows.min(axis=0), rows.max(axis=0)
    scaled = (rows - low) / np.where(high > low, high - low, 1.0)
    return int(np.argmin((scaled**2).sum(axis=1)))


def _replay(found: Found, number: int, query: Query, rides: Rides) -> Itinerary:
    """Ride the legs once more, keeping what each costs; the sums are those the search compared.

    Itineraries begin alike: what one has ridden, the next reads in `rides`.
    """
    on = _Goods(at=query.ask.ready, since=query.ask.ready, store=query.ask.origin)
    legs: list[RouteLeg] = []
    for service, run in found.legs:
        step = service, run, on
        if step not in rides:
            rides[step] = _ride(query, service, run, on=on)
        leg, on = rides[step]
        legs.append(leg)
    return Itinerary(
        number=number,
        legs=tuple(legs),
        leaves_at=legs[0].leaves_at,
        ready_at=legs[-1].ready_at,
        minutes=on.at - query.ask.ready,
        cost=Money((on.mills + 500) // MILLS, query.timetable.network.currency),
        co2_g=sum(leg.gases.ttw_g + leg.gases.wtt_g for leg in legs),
        probability=round(probability(found.nats), 3),
    )


@dataclass(frozen=True, slots=True)
class _Goods:
    """Where a replay stands: ready at, stored since and at which hub, thousandths of a cent, punctuality grade."""

    at: int
    since: int
    store: int
    mills: int = 0
    grade: int = -1


Rides = dict[tuple[int, int, _Goods], tuple[RouteLeg, _Goods]]


def _ride(query: Query, s: int, run: int, *, on: _Goods) -> tuple[RouteLeg, _Goods]:
    """One leg, and where it leaves the goods."""
    at, mills, grade = on.at, on.mills, on.grade
    t = query.timetable
    service = t.network.services[s]
    home, hub = int(t.origin[s]), int(t.destination[s])
    own = int(t.grade[s])
    if run < 0:
        leaves = t.next_open(home, at)
        arrives = leaves + int(t.transit[s])
        taken, addition, made = t.next_open(hub, arrives), 0, 1.0
        after_grade = max(own, grade)
    else:
        leaves, arrives, taken, addition = (int(a[run]) for a in (t.dep, t.arr, t.avail, t.addition))
        made = 1.0 if grade < 0 else probability(_missed(grade, leaves - service.cutoff_min - at))
        after_grade = own
    ready = taken + int(query.after[s])
    price = int(query.price[s])
    freight = price + (price // MILLS * addition + 5000) // 10_000 * MILLS
    stored, since, store = _storage(query, on, leaves), ready, hub
    if run < 0 and hub != query.ask.destination:
        stored, since, store = 0, on.since + int(t.transit[s]) + int(query.after[s]), on.store
    handling = int(query.handling[s])
    currency = t.network.currency
    fixed = (mills + 500) // MILLS
    total = mills + freight + stored + handling
    items = (freight // MILLS, handling // MILLS)
    leg = RouteLeg(
        service=service.code, provider=service.provider, mode=service.mode.value, special_line=service.special_line,
        start=_stop(t.network.hubs[home]), end=_stop(t.network.hubs[hub]),
        cutoff_at=instant_of(leaves - service.cutoff_min), leaves_at=instant_of(leaves),
        arrives_at=instant_of(arrives), ready_at=instant_of(ready), wait_min=leaves - at, km=service.km,
        freight=Money(items[0], currency), handling=Money(items[1], currency),
        # Storage takes what rounding the running total leaves, so that the items of all legs add up to the cost.
        storage=Money((total + 500) // MILLS - fixed - sum(items), currency),
        gases=_gases(query, s), made=round(made, 3), on_demand=run < 0,
    )  # fmt: skip
    return leg, _Goods(ready, since, store, total, after_grade)


def _storage(query: Query, on: _Goods, leaves: int) -> int:
    """What lying costs until the next service leaves: after the free minutes, at the hub where the goods came in."""
    return int(query.storage[on.store]) * max(0, leaves - on.since - int(query.free[on.store]))


def _missed(grade: int, slack: int) -> int:
    row = table()[grade]
    return int(row[min(slack // STEP_MIN, len(row) - 1)])


def _gases(query: Query, s: int) -> Gases:
    service = query.timetable.network.services[s]
    factor = factors()[service.factor]
    whole = int(query.co2[s])
    wtt = int(whole * factor.wtt / factor.wtw)
    return Gases(factor.key, factor.year, factor.source, service.km, whole - wtt, wtt)


def _stop(hub: Hub) -> Stop:
    return Stop(hub.code, hub.name, hub.kind.value, hub.country, hub.latitude, hub.longitude, hub.tz)


def _why_empty(query: Query, request: RouteRequest) -> NoRoute:
    """The first thing that keeps the goods from getting there."""
    t, ask = query.timetable, query.ask
    runs = t.span < FAR
    if not (runs & (t.origin == ask.origin)).any():
        return NoRoute("nothing-leaves", {"hub": request.origin})
    if not (runs & (t.destination == ask.destination)).any():
        return NoRoute("nothing-reaches", {"hub": request.destination})
    any_load = replace(query, usable=runs)
    legs = _least_legs(any_load)
    if legs >= FAR:
        return NoRoute("not-connected", {"origin": request.origin, "destination": request.destination})
    if _least_legs(query) >= FAR:
        return NoRoute(
            "too-large",
            {"mass_kg": f"{request.mass_g / 1000:g}", "volume_m3": f"{request.volume_dm3 / 1000:g}"},
        )
    if _least_legs(query) > ask.max_legs:
        return NoRoute("too-many-legs", {"needed": str(_least_legs(query)), "allowed": str(ask.max_legs)})
    if request.deadline:
        free = replace(ask, deadline=-1, latest=ask.ready + HORIZON_DAYS * 1440)
        later = _first(find_frontier(replace(query, ask=free)), query)
        if later:
            return NoRoute("after-deadline", {"earliest": later, "deadline": request.deadline.isoformat()})
    return NoRoute("not-in-time", {"days": str(HORIZON_DAYS)})


def _least_legs(query: Query) -> int:
    low: Any = lower_bounds(query)
    return int(low[3, query.ask.origin])


def _first(frontier: Frontier, query: Query) -> str:
    """When the fastest itinerary would be ready, as ISO; empty where there is none."""
    if not frontier.points:
        return ""
    rides: Rides = {}
    plans = [_replay(one, 1, query, rides) for one in frontier.points]
    return min(plan.ready_at for plan in plans).isoformat()
