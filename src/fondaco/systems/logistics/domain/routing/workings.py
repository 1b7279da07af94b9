"""How a leg's freight, handling and chance come about: the same figures that the search used, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain.routing.answer import Itinerary, RouteLeg, RouteRequest
from fondaco.systems.logistics.domain.routing.network import Break, Service
from fondaco.systems.logistics.domain.routing.planning import pose
from fondaco.systems.logistics.domain.routing.punctuality import GRADES, STEP_MIN, Grade
from fondaco.systems.logistics.domain.routing.query import MILLS, Query
from fondaco.systems.logistics.domain.routing.timetable import Timetable

_CENTS_PER_T = 1_000_000  # grams of a tonne: rates are cents for each


@dataclass(frozen=True, slots=True)
class FreightWorkings:
    """Chargeable mass in grams, the break that costs least (its rate for a tonne), and what is added to it."""

    chargeable_g: int
    kg_per_cbm: int
    from_kg: int
    per_tonne: Money
    by_mass: Money
    fixed: Money
    minimum: Money
    season: Money


@dataclass(frozen=True, slots=True)
class LegWorkings:
    """One leg of an itinerary with the figures behind it.

    `before` is the punctuality of what brought the goods (None: they were there), `slack_min` what is left until
    the leg closes. `hub_fee` and `hub_per_tonne` are of the hub where it ends, `border_fee` of entry there.
    """

    leg: RouteLeg
    mass_g: int
    volume_dm3: int
    freight: FreightWorkings
    hub_fee: Money
    hub_per_tonne: Money
    border_fee: Money
    before: Grade | None
    slack_min: int
    step_min: int
    network: str


def explain_leg(
    request: RouteRequest, plan: Itinerary, at: int, *, timetable: Timetable, now: datetime
) -> LegWorkings:
    """The figures behind leg `at` (from 0) of a plan that answered `request` on this timetable."""
    query = pose(request, timetable=timetable, now=now)
    places = {service.code: number for number, service in enumerate(timetable.network.services)}
    leg, currency = plan.legs[at], timetable.network.currency
    s = places[leg.service]
    hub = timetable.network.hubs[int(timetable.destination[s])]
    handled = hub.handling_fixed + _half_up(hub.handling_per_t * request.mass_g)
    earlier = [(places[one.service], one.on_demand) for one in plan.legs[:at]]
    since = plan.legs[at - 1].ready_at if at else leg.cutoff_at
    return LegWorkings(
        leg=leg,
        mass_g=request.mass_g,
        volume_dm3=request.volume_dm3,
        freight=_freight(query, s, request, leg),
        hub_fee=Money(hub.handling_fixed, currency),
        hub_per_tonne=Money(hub.handling_per_t, currency),
        border_fee=Money(int(query.handling[s]) // MILLS - handled, currency),
        before=_brought_by(timetable, earlier),
        slack_min=round((leg.cutoff_at - since).total_seconds() / 60),
        step_min=STEP_MIN,
        network=timetable.network.version,
    )


def _freight(query: Query, s: int, request: RouteRequest, leg: RouteLeg) -> FreightWorkings:
    service: Service = query.timetable.network.services[s]
    currency = query.timetable.network.currency
    chargeable = max(request.mass_g, request.volume_dm3 * service.kg_per_cbm)

    def cost(one: Break) -> int:
        return _half_up(max(chargeable, one.from_kg * 1000) * one.per_t)

    best = min(service.breaks, key=cost)
    return FreightWorkings(
        chargeable_g=max(chargeable, best.from_kg * 1000),
        kg_per_cbm=service.kg_per_cbm,
        from_kg=best.from_kg,
        per_tonne=Money(best.per_t, currency),
        by_mass=Money(cost(best), currency),
        fixed=Money(service.fixed, currency),
        minimum=Money(service.minimum, currency),
        season=leg.freight - Money(int(query.price[s]) // MILLS, currency),
    )


def _brought_by(timetable: Timetable, earlier: list[tuple[int, bool]]) -> Grade | None:
    """How late what brought the goods tends to be; what leaves on demand hands on the worse of two."""
    grade = -1
    for s, on_demand in earlier:
        own = int(timetable.grade[s])
        grade = max(own, grade) if on_demand else own
    return GRADES[grade] if grade >= 0 else None


def _half_up(cents_per_t_grams: int) -> int:
    return (cents_per_t_grams + _CENTS_PER_T // 2) // _CENTS_PER_T
