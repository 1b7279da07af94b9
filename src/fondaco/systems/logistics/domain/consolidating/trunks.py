"""Departures to consolidate onto, read off a price book: what a service asks of loads of growing mass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from fondaco.systems.logistics.domain.consolidating.types import Break, Route
from fondaco.systems.logistics.domain.dto import Offer, ParcelSpec

# Loads that a service is asked about: dense parcels of 25 kg, so that mass decides and not room.
STEPS = (2, 4, 8, 16, 40, 80)
PIECE = ParcelSpec(400, 300, 250, 25_000)
# Cubic millimetres that count as a gram, by kind: IATA's 6,000 cm3 a kilogram, road's 3,000, sea's 1,000 (a tonne a m3).
DIVISORS: Mapping[str, int] = {
    "air_gen": 6_000,
    "express": 5_000,
    "truck": 3_000,
    "rail": 3_000,
    "lcl": 1_000,
    "fcl": 1_290,
}
_ROOM_G, _ROOM_MM3 = 10_000_000, 40_000_000_000


def trunks_of(
    offers: Sequence[Sequence[Offer]], *, leaves_at: datetime, most: int = 6
) -> dict[str, tuple[Route, Offer]]:
    """A route for each service that prices whole consignments, by code: of those that no other beats in both time and
    price of the largest load the cheapest `most`.

    `offers` are those for each of STEPS. A break's rate is rounded up, so that the estimate is never below the card.
    """
    by_code: dict[str, list[tuple[int, Offer]]] = {}
    for pieces, row in zip(STEPS, offers, strict=True):
        for offer in row:
            if offer.basis == "consignment":
                by_code.setdefault(offer.service_code, []).append((pieces * PIECE.mass_g, offer))
    ranked = sorted(by_code.items(), key=lambda item: (_rate(item[1]), item[0]))
    kept: dict[str, tuple[Route, Offer]] = {}
    fastest = 1_000
    for code, rows in ranked:
        days = rows[0][1].transit_days_max
        if days < fastest and len(kept) < most:
            kept[code], fastest = (_route(code, rows, leaves_at), rows[-1][1]), days
    return kept


def _rate(rows: Sequence[tuple[int, Offer]]) -> float:
    mass, offer = rows[-1]
    return offer.price.minor / mass


def _route(code: str, rows: Sequence[tuple[int, Offer]], leaves_at: datetime) -> Route:
    rates = [(mass, -(-offer.price.minor * 1000 // mass)) for mass, offer in rows]
    breaks = (Break(0, rates[0][1]), *(Break(mass, rate) for mass, rate in rates[1:]))
    first = rows[0][1]
    return Route(
        id=code,
        unit=first.kind,
        departs_at=leaves_at,
        arrives_at=leaves_at + timedelta(days=max(first.transit_days_max, 1)),
        capacity_g=_ROOM_G,
        capacity_mm3=_ROOM_MM3,
        most_units=1,
        fixed_minor=0,
        breaks=breaks,
        minimum_minor=first.price.minor,
        divisor=DIVISORS.get(first.kind, 0),
    )
