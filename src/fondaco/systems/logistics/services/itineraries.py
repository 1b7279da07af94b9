"""Planning consignments through the network: one search for a lane, a day and a class of mass, kept frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max

from fondaco.kernel.bulk import insert_many
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.ids import new_id
from fondaco.systems.logistics.domain.routing.answer import RouteAnswer, RouteRequest
from fondaco.systems.logistics.domain.routing.engine import warm
from fondaco.systems.logistics.domain.routing.frozen import freeze
from fondaco.systems.logistics.domain.routing.suiting import Suited, mass_class, suit
from fondaco.systems.logistics.models import (
    Consignment,
    ConsignmentItinerary,
    RouteTimetable,
    StoredItinerary,
)
from fondaco.systems.logistics.selectors.routing import main_hubs, plan_routes

# What left longer ago needs no plan any more.
LATELY = timedelta(days=14)
_G_PER_DM3 = 200  # 200 kg per cubic metre, as mixed parcels are: an assumption
_WORTH_COMPILING = 8  # searches: below, reading in the compiler takes longer than the plain search
_Lane = tuple[str, str, datetime, int]


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What a planning did: consignments looked at, planned, and searches that this took."""

    seen: int
    planned: int
    searches: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    pk: UUID
    lane: _Lane
    kind: str
    due_at: datetime


def plan_itineraries(
    consignment_ids: Sequence[UUID] | None = None,
    *,
    now: datetime,
    most: int = 5_000,
) -> PlanReport:
    """Plan each of these consignments that left within two weeks of `now` and has no itinerary; again, nothing changes.

    Without `consignment_ids` the newest of all are taken, up to two weeks before the very newest.

    Without a timetable in force, or a hub at either end, a consignment goes without. Goods are taken to be
    ready at the first hub at the end of their day (UTC); loads of one class of mass are planned alike.
    """
    if not RouteTimetable.objects.filter(replaced_at=None).exists():
        return PlanReport(0, 0, 0)
    waiting = _waiting(consignment_ids, now=now, most=most)
    lanes = sorted(
        {one.lane for one in waiting}, key=lambda lane: lane[2]
    )  # by day: a week's timetable at a time
    if len(lanes) >= _WORTH_COMPILING:
        warm()
    answers = {lane: _search(lane, now) for lane in lanes}
    suited: dict[UUID, tuple[Suited, str]] = {}
    for one in waiting:
        answer = answers[one.lane]
        if answer and (found := suit(answer, kind=one.kind, due_at=one.due_at)):
            suited[one.pk] = found, answer.network
    _keep(suited, {one.pk: one.lane[3] for one in waiting}, now=now)
    return PlanReport(len(waiting), len(suited), len(answers))


def _waiting(ids: Sequence[UUID] | None, *, now: datetime, most: int) -> list[_Waiting]:
    planned = ConsignmentItinerary.objects.house().values("consignment_id")
    newest = Consignment.objects.house().aggregate(at=Max("ready_at"))["at"] if ids is None else now
    since = min(now, newest or now) - LATELY
    rows = Consignment.objects.house().filter(ready_at__gte=since).exclude(state="cancelled")
    rows = rows.exclude(pk__in=planned) if ids is None else rows.filter(pk__in=ids).exclude(pk__in=planned)
    hubs: Mapping[str, str] = {}
    found: list[_Waiting] = []
    fields = ("pk", "origin", "destination", "ready_at", "mass_g", "offer__kind", "offer__transit_days_max")
    for pk, origin, destination, ready, mass_g, kind, days in rows.order_by("-ready_at", "pk").values_list(
        *fields
    )[:most]:
        hubs = hubs or main_hubs()
        start, end = hubs.get(origin), hubs.get(destination)
        if start and end and start != end:
            at = ready.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            lane = (start, end, at, mass_class(mass_g))
            found.append(_Waiting(pk, lane, kind, at + timedelta(days=days)))
    return found


def _search(lane: _Lane, now: datetime) -> RouteAnswer | None:
    start, end, ready, mass_g = lane
    request = RouteRequest("consignment", start, end, ready, mass_g, mass_g // _G_PER_DM3)
    try:
        return plan_routes([request], now=min(now, ready))[0]
    except FondacoError:
        return None


def _keep(suited: Mapping[UUID, tuple[Suited, str]], masses: Mapping[UUID, int], *, now: datetime) -> None:
    texts = {pk: json.dumps(freeze(one.itinerary), sort_keys=True) for pk, (one, _) in suited.items()}
    digests = {pk: hashlib.sha256(text.encode()).hexdigest() for pk, text in texts.items()}
    rows: dict[str, tuple[Any, ...]] = {
        digests[pk]: (new_id(), digests[pk], network[:200], json.loads(texts[pk]), now)
        for pk, (_, network) in suited.items()
    }
    insert_many("logistics_storeditinerary", _STORED, list(rows.values()), skip_existing=True)
    known = dict(StoredItinerary.objects.filter(digest__in=rows).values_list("digest", "pk"))
    links = [
        (pk, known[digests[pk]], one.reason, {**one.numbers, "mass_g": masses[pk]}, now)
        for pk, (one, _) in suited.items()
    ]
    insert_many("logistics_consignmentitinerary", _LINK, links, skip_existing=True)


_STORED = ("id", "digest", "network", "itinerary", "made_at")
_LINK = ("consignment_id", "itinerary_id", "reason", "numbers", "planned_at")  # fmt: skip
