"""Reading the network and planning routes on it. Compiled timetables are kept in the process by what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Max

from fondaco.kernel.errors import Unavailable
from fondaco.systems.logistics.domain.routing.answer import (
    HORIZON_DAYS,
    Itinerary,
    RouteAnswer,
    RouteRequest,
)
from fondaco.systems.logistics.domain.routing.engine import warm
from fondaco.systems.logistics.domain.routing.network import (
    Break,
    Closure,
    ClosureKind,
    Hub,
    HubKind,
    Mode,
    Network,
    Service,
    Surcharge,
)
from fondaco.systems.logistics.domain.routing.planning import plan_route
from fondaco.systems.logistics.domain.routing.timetable import Timetable, compile_timetable
from fondaco.systems.logistics.domain.routing.workings import LegWorkings, explain_leg
from fondaco.systems.logistics.models import RouteClosure, RouteHub, RouteService, RouteTimetable

_HUB = tuple(f.name for f in fields(Hub))
_SERVICE = tuple(f.name for f in fields(Service))
_COLUMNS = tuple(
    {"origin": "origin_id", "destination": "destination_id"}.get(name, name) for name in _SERVICE
)

Signature = tuple[tuple[UUID, ...], int, str]


class NoNetwork(Unavailable):
    code = "no-network"
    title = "No timetable is in force."
    remedy = "Run `fondaco demo`, or import a timetable."


@dataclass(frozen=True, slots=True)
class HubView:
    """A hub as a form offers it."""

    code: str
    name: str
    kind: str
    country: str
    main: bool


@dataclass(frozen=True, slots=True)
class TimetableView:
    """A timetable in force."""

    id: UUID
    code: str
    version: int
    currency: str
    services: int
    synthetic: bool
    label: str
    source_file: str
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, slots=True)
class ClosureView:
    """A closure that is not over."""

    id: UUID
    kind: str
    target: str
    starts_at: datetime
    ends_at: datetime
    note: str
    source: str


def plan_routes(requests: Sequence[RouteRequest], *, now: datetime) -> list[RouteAnswer]:
    """The frontier for each request on the timetables in force.

    NoNetwork where there are none; UnknownHub, UnknownRegime, SamePlace, BadLoad or DeadlinePast for the first
    request that is amiss. An answer without itineraries says why.
    """
    signature = _signature()
    return [
        plan_route(request, timetable=_timetable(signature, _first_day(request.ready_at)), now=now)
        for request in requests
    ]


def work_out_leg(request: RouteRequest, plan: Itinerary, at: int, *, now: datetime) -> LegWorkings:
    """The figures behind leg `at` (from 0) of a plan that answered `request` on the timetables in force."""
    timetable = _timetable(_signature(), _first_day(request.ready_at))
    return explain_leg(request, plan, at, timetable=timetable, now=now)


def list_hubs() -> tuple[HubView, ...]:
    """All hubs, parks first, by country and name."""
    order = {"park": 0, "airport": 1, "rail": 2, "port": 3, "border": 4}
    rows = RouteHub.objects.values_list("code", "name", "kind", "country", "main")
    views = [HubView(*row) for row in rows]
    return tuple(sorted(views, key=lambda hub: (order.get(hub.kind, 9), hub.country, hub.name)))


def known_hubs() -> dict[str, Hub]:
    """Every hub by code."""
    return {hub.code: hub for hub in _hubs()}


def timetables_in_force() -> tuple[TimetableView, ...]:
    """What routes rest on."""
    names = [f.name for f in fields(TimetableView)]
    rows = RouteTimetable.objects.filter(replaced_at=None).order_by("code").values_list(*names)
    return tuple(TimetableView(*row) for row in rows)


def list_closures(*, now: datetime) -> tuple[ClosureView, ...]:
    """Closures that are not over, the next first."""
    names = [f.name for f in fields(ClosureView)]
    rows = (
        RouteClosure.objects.filter(lifted_at=None, ends_at__gt=now).order_by("starts_at").values_list(*names)
    )
    return tuple(ClosureView(*row) for row in rows)


def main_hubs() -> dict[str, str]:
    """Where each country's consignments begin and end: country to hub, its main park or else its first airport."""
    found: dict[str, str] = {}
    for hub in sorted(list_hubs(), key=lambda hub: not hub.main):
        if hub.main or hub.kind in ("park", "airport"):
            found.setdefault(hub.country, hub.code)
    return found


def warm_routing(*, now: datetime) -> bool:
    """Load the compiled search and this week's timetable, so that the next question is answered fast."""
    if not warm():
        return False
    try:
        signature = _signature()
    except NoNetwork:
        return False
    hubs = list(main_hubs().values())
    if len(hubs) > 1:
        request = RouteRequest("warm", hubs[0], hubs[-1], now, 1_000_000)
        plan_route(request, timetable=_timetable(signature, _first_day(now)), now=now)
    return True


def _first_day(ready_at: datetime) -> date:
    """The Monday on or before the day, a day early for the west of the date line: one compilation serves a week."""
    day = ready_at.astimezone(UTC).date() - timedelta(days=1)
    return day - timedelta(days=day.weekday())


def _signature() -> Signature:
    """What the answer rests on: the timetables in force and the closures recorded or lifted so far."""
    ids = tuple(RouteTimetable.objects.filter(replaced_at=None).order_by("code").values_list("id", flat=True))
    if not ids:
        raise NoNetwork
    closures = RouteClosure.objects.aggregate(made=Max("recorded_at"), lifted=Max("lifted_at"))
    number = RouteClosure.objects.filter(lifted_at=None).count()
    return ids, number, f"{closures['made']} {closures['lifted']}"


@lru_cache(maxsize=6)
def _timetable(signature: Signature, first: date) -> Timetable:
    return compile_timetable(_network(signature), first=first, days=HORIZON_DAYS + 10)


@lru_cache(maxsize=2)
def _network(signature: Signature) -> Network:
    ids = signature[0]
    heads = RouteTimetable.objects.in_bulk(ids)
    rows = (
        RouteService.objects.filter(timetable__in=ids)
        .order_by("timetable__code", "code")
        .values_list(*_COLUMNS)
    )
    return Network(
        version=" + ".join(f"{heads[one].code} v{heads[one].version}" for one in ids),
        currency=heads[ids[0]].currency,
        hubs=tuple(_hubs()),
        services=tuple(
            _service(dict(zip(_SERVICE, row, strict=True))) for row in rows.iterator(chunk_size=2000)
        ),
        closures=tuple(
            Closure(ClosureKind(c.kind), c.target, c.starts_at, c.ends_at, c.note, c.source)
            for c in RouteClosure.objects.filter(lifted_at=None)
        ),
        synthetic=any(head.synthetic for head in heads.values()),
        labels=tuple(head.label for head in heads.values() if head.label),
    )


def _hubs() -> list[Hub]:
    rows = RouteHub.objects.order_by("code").values_list(*_HUB)
    named = (dict(zip(_HUB, row, strict=True)) for row in rows)
    return [Hub(**{**row, "kind": HubKind(row["kind"])}) for row in named]


def _service(row: dict[str, Any]) -> Service:
    row["mode"] = Mode(row["mode"])
    row["breaks"] = tuple(Break(*cell) for cell in row["breaks"])
    row["surcharges"] = tuple(
        Surcharge(date.fromisoformat(a), date.fromisoformat(b), points) for a, b, points in row["surcharges"]
    )
    row["passages"], row["not_on"] = tuple(row["passages"]), tuple(row["not_on"])
    return Service(**row)
