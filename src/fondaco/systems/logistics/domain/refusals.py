"""Why services were refused: a code for each, and the numbers it was decided on, one reason at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fondaco.systems.logistics.domain import kernel as k
from fondaco.systems.logistics.domain.cargo import cargo_names, feature_names
from fondaco.systems.logistics.domain.dto import QuoteRequest, Refusal
from fondaco.systems.logistics.domain.pair import Pair
from fondaco.systems.logistics.domain.shipment import Shipment
from fondaco.systems.logistics.domain.store import FOREVER, Ints, RateStore
from fondaco.systems.logistics.domain.why import CODES, Why

# What of the shipment a reason measures, and which column of the lane is its limit.
_MEASURED = {
    Why.NOT_IN_FORCE: (k.DAY, k.STARTS), Why.POSTCODE_NEEDED: (k.POSTCODE, k.ZONE),
    Why.ZONE_NOT_SERVED: (k.POSTCODE, k.ZONE), Why.CARGO_CLASS: (k.H_CARGO, k.CARGO),
    Why.FEATURE_MISSING: (k.WANTED, k.FEATURES), Why.FUEL_RATE_MISSING: (k.DAY, k.FUEL),
    Why.VALUE_NEEDED: (k.VALUE, k.INSURANCE), Why.VALUE_TOO_HIGH: (k.VALUE, k.MAX_VALUE),
    Why.COVER_TOO_LOW: (k.VALUE, k.COVER), Why.TOO_HEAVY: (k.HEAVIEST, k.MAX_WEIGHT),
    Why.TOO_LARGE: (k.SIDE_A, k.MAX_A), Why.GIRTH: (k.H_GIRTH, k.GIRTH), Why.SUM_OF_SIDES: (k.H_SUM, k.SUM),
}  # fmt: skip
_HAVE = np.zeros(len(Why), dtype=np.int64)
_LIMIT = np.zeros(len(Why), dtype=np.int64)
for _why, (_have, _limit) in _MEASURED.items():
    _HAVE[_why], _LIMIT[_why] = _have, _limit


def figures(pair: Pair, load: Shipment, why: NDArray[np.int8]) -> Ints:
    """What was measured and the limit it broke, lane x 2; 0, 0 for lanes that are offered.

    A band's limit is the end of the lane's last band; for sides it is the longest one's.
    """
    found = np.zeros((len(why), 2), dtype=np.int64)
    refused = np.flatnonzero(why)
    reason = why[refused]
    found[refused, 0] = load.head[_HAVE[reason]]
    found[refused, 1] = pair.lanes[refused, _LIMIT[reason]]
    bandless = refused[reason == Why.WEIGHT_BAND]
    if len(bandless):
        found[bandless, 0], _, found[bandless, 1] = _bands(pair, load, bandless)
    return found


def _bands(pair: Pair, load: Shipment, lanes: Ints) -> tuple[Ints, Ints, Ints]:
    """The first weight that has no band, and where the lane's bands begin and end."""
    lane, rows = pair.lanes[lanes], pair.cells.rows
    each, whole = (_first_bandless(pair.cells, lane, kinds) for kinds in (load.parcels, load.whole))
    weight = np.where(lane[:, k.BASIS] == 1, whole, each)
    some = lane[:, k.FIRST] < lane[:, k.LAST]
    begin = np.where(some, rows[np.minimum(lane[:, k.FIRST], len(rows) - 1), k.FROM], 0)
    end = np.where(some, pair.cells.upper[np.maximum(lane[:, k.LAST] - 1, 0)], 0)
    return weight, begin, end


def _first_bandless(cells: k.Cells, lane: Ints, kinds: Ints) -> Ints:
    """The weight of the first kind of parcel that no band of the lane holds (of the last if all have one)."""
    found = np.zeros(len(lane), dtype=np.int64)
    for mass, mm3, _ in kinds[::-1].tolist():
        weight = np.maximum(np.maximum(mass, -(-mm3 // lane[:, k.DIVISOR])), lane[:, k.MIN_BILLABLE])
        _, held = k.bands_of(lane[:, k.FIRST], lane[:, k.LAST], weight, cells)
        found = np.where(held & (found > 0), found, weight)
    return found


@dataclass(frozen=True, slots=True)
class Group:
    """Services refused for one reason: their lanes' places in the pair (-1 where there is none)."""

    store: RateStore
    pair: Pair
    request: QuoteRequest
    load: Shipment
    services: Ints
    lanes: Ints

    def column(self, place: int) -> list[int]:
        """A column of the lanes."""
        numbers: list[int] = self.pair.lanes[self.lanes, place].tolist()
        return numbers

    def words(self, name: str) -> list[str]:
        """A column of words of the lanes."""
        words: list[str] = self.store.lanes[name][self.lanes + self.pair.start].tolist()
        return words

    def head(self, place: int) -> int:
        """A measure of the shipment."""
        return int(self.load.head[place])


@dataclass(frozen=True, slots=True)
class Refusals:
    """Every refused service of a quote. Nothing is worked out before it is asked for."""

    store: RateStore
    pair: Pair
    request: QuoteRequest
    load: Shipment
    reasons: NDArray[np.int8]
    lane_of: Ints

    def all(self) -> tuple[Refusal, ...]:
        """All of them, by service."""
        found: list[Refusal | None] = [None] * len(self.reasons)
        for why in Why:
            if why:
                group = self._group(why)
                for service, refusal in zip(group.services.tolist(), _described(group, why), strict=True):
                    found[service] = refusal
        return tuple(one for one in found if one is not None)

    def of(self, why: Why, *, most: int = 50) -> tuple[Refusal, ...]:
        """The first `most` that were refused for `why`."""
        return tuple(_described(self._group(why, most=most), why))

    def one(self, service: int) -> Refusal | None:
        """Why the service at a place of the store refuses; None where it offers."""
        why, place = Why(int(self.reasons[service])), np.array([service])
        group = Group(self.store, self.pair, self.request, self.load, place, self.lane_of[place])
        return next(_described(group, why)) if why else None

    def _group(self, why: Why, *, most: int | None = None) -> Group:
        services = np.flatnonzero(self.reasons == why)[:most]
        return Group(self.store, self.pair, self.request, self.load, services, self.lane_of[services])


def _described(group: Group, why: Why) -> Iterator[Refusal]:
    codes, code = group.store.codes, CODES[why]
    for service, numbers in zip(group.services.tolist(), _NUMBERS[why](group), strict=True):
        yield Refusal(codes[service], code, numbers)


Numbers = Iterable[Mapping[str, Any]]


def _elsewhere(group: Group) -> Numbers:
    """One mapping for all: they are refused for the same."""
    return [{"origin": group.request.origin, "destination": group.request.destination}] * len(group.services)


def _dates(group: Group) -> Numbers:
    on = group.request.on.isoformat()
    for starts, ends in zip(group.column(k.STARTS), group.column(k.ENDS), strict=True):
        until = None if ends >= FOREVER else date.fromordinal(ends).isoformat()
        yield {"on": on, "from": date.fromordinal(starts).isoformat(), "to": until}


def _zone(group: Group) -> Numbers:
    postcode = group.request.postcode
    return [{"zone": zone, "postcode": postcode} for zone in group.words("zone")]


def _cargo(group: Group) -> Numbers:
    wanted = group.head(k.H_CARGO)
    return [{"not_carried": list(cargo_names(wanted & ~takes))} for takes in group.column(k.CARGO)]


def _features(group: Group) -> Numbers:
    wanted = group.head(k.WANTED)
    return [{"missing": list(feature_names(wanted & ~has))} for has in group.column(k.FEATURES)]


def _fuel(group: Group) -> Numbers:
    return [{"on": group.request.on.isoformat()}] * len(group.services)


def _no_value(group: Group) -> Numbers:
    return [{"currency": group.store.currency}] * len(group.services)


def _value(limit: int) -> Callable[[Group], Numbers]:
    def numbers(group: Group) -> Numbers:
        value, currency = group.head(k.VALUE), group.store.currency
        return [
            {"value_minor": value, "max_minor": most, "currency": currency} for most in group.column(limit)
        ]

    return numbers


def _simple(name: str, measure: int, limit: int, limit_name: str) -> Callable[[Group], Numbers]:
    """One measure against one limit."""

    def numbers(group: Group) -> Numbers:
        value = group.head(measure)
        return [{name: value, limit_name: most} for most in group.column(limit)]

    return numbers


def _large(group: Group) -> Numbers:
    sides = [group.head(place) for place in (k.SIDE_A, k.SIDE_B, k.SIDE_C)]
    limits = zip(*(group.column(place) for place in (k.MAX_A, k.MAX_B, k.MAX_C)), strict=True)
    return [
        {"sides_mm": sides, "max_mm": [most if most < k.HUGE else 0 for most in three]} for three in limits
    ]


def _band(group: Group) -> Numbers:
    """The first weight without a band, and the ends of the lane's bands (which may leave a gap between)."""
    weights, begins, ends = (x.tolist() for x in _bands(group.pair, group.load, group.lanes))
    divisors = [one if one < k.HUGE else 0 for one in group.column(k.DIVISOR)]
    return [
        {"weight_g": weight, "from_g": begin, "to_g": end, "divisor": divisor}
        for weight, begin, end, divisor in zip(weights, begins, ends, divisors, strict=True)
    ]


_NUMBERS: dict[Why, Callable[[Group], Numbers]] = {
    Why.NO_ORIGIN: _elsewhere,
    Why.NO_DESTINATION: _elsewhere,
    Why.NOT_IN_FORCE: _dates,
    Why.POSTCODE_NEEDED: _zone,
    Why.ZONE_NOT_SERVED: _zone,
    Why.CARGO_CLASS: _cargo,
    Why.FEATURE_MISSING: _features,
    Why.FUEL_RATE_MISSING: _fuel,
    Why.VALUE_NEEDED: _no_value,
    Why.VALUE_TOO_HIGH: _value(k.MAX_VALUE),
    Why.COVER_TOO_LOW: _value(k.COVER),
    Why.TOO_HEAVY: _simple("mass_g", k.HEAVIEST, k.MAX_WEIGHT, "max_g"),
    Why.TOO_LARGE: _large,
    Why.GIRTH: _simple("length_plus_girth_mm", k.H_GIRTH, k.GIRTH, "max_mm"),
    Why.SUM_OF_SIDES: _simple("sum_of_sides_mm", k.H_SUM, k.SUM, "max_mm"),
    Why.WEIGHT_BAND: _band,
}
