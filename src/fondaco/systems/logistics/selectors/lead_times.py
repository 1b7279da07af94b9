"""How long it takes to refill a store: by the router where it knows a way, else by the store's own figures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count

from fondaco.kernel.errors import FondacoError
from fondaco.systems.logistics.domain.routing.answer import Itinerary, RouteAnswer, RouteRequest
from fondaco.systems.logistics.domain.stock.lead import LeadTime, Plan, Ride, lead_of
from fondaco.systems.logistics.models import Lot, RouteService, Store, StoreKind
from fondaco.systems.logistics.selectors.routing import main_hubs, plan_routes

_DEPARTURES = 8
_APART = timedelta(hours=42)  # so that eight fall on each day of two weeks about once
_MASS_G, _VOLUME_DM3 = 1_000_000, 5_000  # a tonne on a few pallets: an assumption
_REGIME = "9710"
_MOST_RIDES = 4  # a longer chain saves little and takes the search ten times as long


def lead_time_of(store: Store, *, now: datetime) -> LeadTime:
    """Days to refill a store: the cheapest way of at most four rides from where its goods come, over two weeks' departures.

    An overseas store is filled from its seller's country, another from where most of its lots come from. Where the
    network knows no way (no timetable, no hub, one country) it is what the store itself states.
    """
    source = _filled_from(store)
    hubs = main_hubs()
    start, end = hubs.get(source), hubs.get(store.country)
    own = LeadTime(store.lead_mean_days, store.lead_sd_days, store.lead_source, "store")
    if not start or not end or start == end:
        return own
    try:
        answers = plan_routes([_question(start, end, now + n * _APART) for n in range(_DEPARTURES)], now=now)
    except FondacoError:
        return own
    ways = [way for answer in answers if (way := _cheapest(answer))]
    if not ways:
        return own
    return lead_of(_plans(ways), source=_told(ways[0], start, end, network=answers[0].network))


def _filled_from(store: Store) -> str:
    if store.kind == StoreKind.OVERSEAS and store.seller.country != store.country:
        return str(store.seller.country)
    lots = Lot.objects.house().filter(store=store).values_list("origin")
    most = lots.annotate(n=Count("pk")).order_by("-n", "origin").first()
    return str(most[0]) if most else ""


def _question(start: str, end: str, ready_at: datetime) -> RouteRequest:
    return RouteRequest(
        "lead-time",
        start,
        end,
        ready_at,
        _MASS_G,
        _VOLUME_DM3,
        regime=_REGIME,
        epsilon=0.02,
        max_legs=_MOST_RIDES,
    )


def _cheapest(answer: RouteAnswer) -> Itinerary | None:
    number = answer.named.get("cheapest")
    return next((one for one in answer.itineraries if one.number == number), None)


def _plans(ways: Iterable[Itinerary]) -> list[Plan]:
    found = list(ways)
    codes = {leg.service for way in found for leg in way.legs}
    rows = RouteService.objects.filter(code__in=codes, timetable__replaced_at=None)
    known = {
        code: Ride(on_time, late) for code, on_time, late in rows.values_list("code", "on_time", "late_min")
    }
    return [
        Plan(way.minutes, tuple(known[leg.service] for leg in way.legs if leg.service in known))
        for way in found
    ]


def _told(way: Itinerary, start: str, end: str, *, network: str) -> str:
    """Like "CNZGZ-P → GBLON-P by rail, road (cheapest of network v1)": names, so in no language."""
    return f"{start} → {end}: {', '.join(way.modes)} · {network}"[:160]
