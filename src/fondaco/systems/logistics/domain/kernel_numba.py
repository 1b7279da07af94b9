"""The compiled kernel. Imported only when a process warms up: importing numba takes a second or two."""

from __future__ import annotations

from typing import Any

from fondaco.systems.logistics.domain import kernel as k
from fondaco.systems.logistics.domain.compiling import compiled

# numba freezes module constants; a local alias for each keeps the loops readable.
_STARTS, _ENDS, _ZONE, _CARGO, _FEATURES, _FUEL = k.STARTS, k.ENDS, k.ZONE, k.CARGO, k.FEATURES, k.FUEL
_INSURANCE, _COVER, _MAX_VALUE, _INSURANCE_MIN = k.INSURANCE, k.COVER, k.MAX_VALUE, k.INSURANCE_MIN
_MAX_WEIGHT, _MAX_A, _MAX_B, _MAX_C, _GIRTH, _SUM = k.MAX_WEIGHT, k.MAX_A, k.MAX_B, k.MAX_C, k.GIRTH, k.SUM
_DIVISOR, _MIN_BILLABLE, _ON_FEES, _BASIS, _FIRST, _LAST = (
    k.DIVISOR, k.MIN_BILLABLE, k.ON_FEES, k.BASIS, k.FIRST, k.LAST,
)  # fmt: skip
_REMOTE, _REMOTE_FIXED, _REMOTE_KG, _CLEARANCE = k.REMOTE, k.REMOTE_FIXED, k.REMOTE_KG, k.CLEARANCE
_FROM, _INCREMENT, _FIXED, _RATE, _DEN = k.FROM, k.INCREMENT, k.FIXED, k.RATE, k.DEN
_FIRST_G, _STEP_G, _STEP, _REGISTRATION = k.FIRST_G, k.STEP_G, k.STEP, k.REGISTRATION
_DAY, _H_CARGO, _WANTED, _INSURED, _VALUE, _POSTCODE = (
    k.DAY, k.H_CARGO, k.WANTED, k.INSURED, k.VALUE, k.POSTCODE,
)  # fmt: skip
_HEAVIEST, _A, _B, _C, _H_GIRTH, _H_SUM = k.HEAVIEST, k.SIDE_A, k.SIDE_B, k.SIDE_C, k.H_GIRTH, k.H_SUM
_W_DATES, _W_POSTCODE, _W_ZONE, _W_CARGO, _W_FEATURE, _W_FUEL = (
    k._NOT_IN_FORCE, k._POSTCODE, k._ZONE_NOT, k._CARGO, k._FEATURE, k._FUEL_RATE,
)  # fmt: skip
_W_VALUE, _W_HIGH, _W_COVER, _W_HEAVY, _W_LARGE, _W_GIRTH, _W_SUM, _W_BAND = (
    k._VALUE, k._VALUE_HIGH, k._COVER, k._HEAVY, k._LARGE, k._GIRTH, k._SUM, k._BAND,
)  # fmt: skip
_HUGE = k.HUGE


@compiled  # type: ignore[untyped-decorator]
def _reason(h: Any, lanes: Any, i: int, hit: Any, rate: int) -> int:  # noqa: C901, PLR0911
    """The first reason against lane `i` before its bands are looked at; `rate` is its fuel in basis points."""
    if lanes[i, _STARTS] > h[_DAY] or h[_DAY] >= lanes[i, _ENDS]:
        return _W_DATES
    if lanes[i, _ZONE] >= 0 and not hit[lanes[i, _ZONE]]:
        return _W_ZONE if h[_POSTCODE] else _W_POSTCODE
    if (lanes[i, _CARGO] & h[_H_CARGO]) != h[_H_CARGO]:
        return _W_CARGO
    if (lanes[i, _FEATURES] & h[_WANTED]) != h[_WANTED]:
        return _W_FEATURE
    if rate < 0:
        return _W_FUEL
    if h[_INSURED] and h[_VALUE] < 0 and lanes[i, _INSURANCE] > 0:
        return _W_VALUE
    if h[_VALUE] > lanes[i, _MAX_VALUE]:
        return _W_HIGH
    if h[_INSURED] and h[_VALUE] > lanes[i, _COVER]:
        return _W_COVER
    if h[_HEAVIEST] > lanes[i, _MAX_WEIGHT]:
        return _W_HEAVY
    if h[_A] > lanes[i, _MAX_A] or h[_B] > lanes[i, _MAX_B] or h[_C] > lanes[i, _MAX_C]:
        return _W_LARGE
    if h[_H_GIRTH] > lanes[i, _GIRTH]:
        return _W_GIRTH
    if h[_H_SUM] > lanes[i, _SUM]:
        return _W_SUM
    return 0


@compiled  # type: ignore[untyped-decorator]
def _band(upper: Any, cells: Any, low: int, high: int, weight: int) -> int:
    """The cell in [low, high) whose band holds `weight`, or -1; `upper` is the cells' TO, close together."""
    end = high
    while low < high:
        middle = (low + high) >> 1
        if upper[middle] < weight:
            low = middle + 1
        else:
            high = middle
    return low if low < end and cells[low, _FROM] < weight else -1


@compiled  # type: ignore[untyped-decorator]
def _freight(cells: Any, c: int, billable: int) -> Any:
    freight = cells[c, _FIXED]
    if cells[c, _RATE] > 0:
        doubled = 2 * cells[c, _RATE] * billable
        freight += (doubled + 1000) // 2000 if cells[c, _DEN] == 1000 else (doubled + 1_000_000) // 2_000_000
    if billable > cells[c, _FIRST_G]:
        steps = (billable - cells[c, _FIRST_G] + cells[c, _STEP_G] - 1) // cells[c, _STEP_G]
        freight += steps * cells[c, _STEP]
    return freight


@compiled  # type: ignore[untyped-decorator]
def _price(  # noqa: PLR0917 - compiled code takes places, not names
    h: Any, load: Any, lanes: Any, i: int, upper: Any, cells: Any, remote_hit: bool, rate: int, p: Any
) -> Any:
    """The price of lane `i`, -1 where a parcel has no band; the parts go to `p` if it has a row for them.

    Divisions are the dearest step here, so each is only made where it changes something.
    """
    total = 0
    for kind in range(load.shape[0]):
        weight, count = max(load[kind, 0], lanes[i, _MIN_BILLABLE]), load[kind, 2]
        if lanes[i, _DIVISOR] < _HUGE:
            weight = max(weight, (load[kind, 1] + lanes[i, _DIVISOR] - 1) // lanes[i, _DIVISOR])
        c = _band(upper, cells, lanes[i, _FIRST], lanes[i, _LAST], weight)
        if c < 0:
            return -1
        billable, remote, burnt = weight, 0, 0
        if cells[c, _INCREMENT] > 1:
            billable = (weight + cells[c, _INCREMENT] - 1) // cells[c, _INCREMENT] * cells[c, _INCREMENT]
        freight, registration = _freight(cells, c, billable), cells[c, _REGISTRATION]
        if remote_hit:
            remote = max(lanes[i, _REMOTE_FIXED], (2 * lanes[i, _REMOTE_KG] * billable + 1000) // 2000)
        if rate > 0:
            burnt = (2 * (freight + lanes[i, _ON_FEES] * (registration + remote)) * rate + 10_000) // 20_000
        total += count * (freight + registration + remote + burnt)
        if p.shape[0]:
            p[i, 0] += count * freight
            p[i, 1] += count * registration
            p[i, 2] += count * remote
            p[i, 3] += count * burnt
            p[i, 6] += count * billable
    premium = 0
    if h[_INSURED] and lanes[i, _INSURANCE] > 0:
        premium = max((2 * h[_VALUE] * lanes[i, _INSURANCE] + 10_000) // 20_000, lanes[i, _INSURANCE_MIN])
    if p.shape[0]:
        p[i, 4], p[i, 5] = premium, lanes[i, _CLEARANCE]
    return total + premium + lanes[i, _CLEARANCE]


@compiled  # type: ignore[untyped-decorator]
def price_all(  # noqa: PLR0917 - see `kernel.price_lanes`
    h: Any, parcels: Any, whole: Any, lanes: Any, upper: Any, cells: Any, hit: Any, fuel: Any, why: Any, totals: Any,
    parts: Any,
) -> None:  # fmt: skip
    """See `kernel.price_lanes`."""
    for i in range(lanes.shape[0]):
        # `hit` and `fuel` end with an entry for "none", which -1 reaches.
        rate = fuel[lanes[i, _FUEL]]
        why[i] = _reason(h, lanes, i, hit, rate)
        totals[i] = -1
        if why[i] == 0:
            load = whole if lanes[i, _BASIS] == 1 else parcels
            totals[i] = _price(h, load, lanes, i, upper, cells, hit[lanes[i, _REMOTE]], rate, parts)
            if totals[i] < 0:
                why[i] = _W_BAND
