"""Routes for what the house carries: a question to the network, lines over the sea, alternatives for an order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    ClosureView,
    HubView,
    Itinerary,
    LegWorkings,
    RouteAnswer,
    RouteRequest,
    TimetableView,
)


@dataclass(frozen=True, slots=True)
class RouteDesk:
    """What the route page needs: hubs to choose from, the answer, and on what it rests."""

    hubs: tuple[HubView, ...]
    timetables: tuple[TimetableView, ...]
    closures: tuple[ClosureView, ...]
    answer: RouteAnswer | None
    problem: FondacoError | None


def route_desk(ask: Callable[[tuple[HubView, ...]], RouteRequest | None], *, now: datetime) -> RouteDesk:
    """The page's facts and, where `ask` makes a question of the hubs, its answer or the reason why there is none."""
    hubs = logistics.list_hubs()
    answer = problem = None
    if hubs and (request := ask(hubs)):
        try:
            answer = plan_routes([request], now=now)[0]
        except FondacoError as refused:
            problem = refused
    return RouteDesk(hubs, logistics.timetables_in_force(), logistics.list_closures(now=now), answer, problem)


def plan_routes(requests: Sequence[RouteRequest], *, now: datetime) -> list[RouteAnswer]:
    """The whole frontier for each request; see logistics.plan_routes."""
    return logistics.plan_routes(requests, now=now)


def work_out_leg(request: RouteRequest, plan: Itinerary, at: int, *, now: datetime) -> LegWorkings:
    """The figures behind one leg of a plan; see logistics.work_out_leg."""
    return logistics.work_out_leg(request, plan, at, now=now)


def lines_of(itinerary: Itinerary) -> list[list[tuple[float, float]]]:
    """Each leg as (longitude, latitude) points: by sea along the lanes, else from end to end."""
    return [_line(leg.mode, leg.start, leg.end) for leg in itinerary.legs]


def _line(mode: str, start: logistics.Stop, end: logistics.Stop) -> list[tuple[float, float]]:
    ends = [(start.longitude, start.latitude), (end.longitude, end.latitude)]
    if mode != "sea" or "-" in start.code + end.code:
        return ends
    try:
        found = logistics.sea_voyage(start.code, end.code)
    except FondacoError:
        return ends
    return [ends[0], *[(float(x), float(y)) for x, y in found.line], ends[1]]


def question_for(scope: Scope, consignment_id: UUID, *, now: datetime) -> RouteRequest | None:
    """The question for a consignment of the reader's: main hub to main hub; None where a country has no hub."""
    found = logistics.consignment_detail(scope, consignment_id).consignment
    hubs = logistics.main_hubs()
    origin, destination = hubs.get(found.origin), hubs.get(found.destination)
    if not origin or not destination or origin == destination:
        return None
    ready = now + timedelta(hours=12)
    return RouteRequest(found.number, origin, destination, ready, max(found.mass_g, 1), found.mass_g // 200)


def sample_routes(*, now: datetime) -> RouteAnswer:
    """Zhengzhou to Frankfurt, half a tonne: the question that the demonstration answers."""
    request = RouteRequest("demonstration", "CNZGZ-P", "DEFRA-P", now, 500_000, 2_500, regime="9710")
    return plan_routes([request], now=now)[0]
