"""The compiled kernel. Imported only when a process warms up: importing numba takes a second or two."""

from __future__ import annotations

from typing import Any

import numba

from fondaco.systems.logistics.domain import kernel as k

# numba freezes module constants; a local alias for each keeps the loops readable.
_STARTS, _ENDS, _ZONE, _CARGO, _FEATURES, _FUEL = k.STARTS, k.ENDS, k.ZONE, k.CARGO, k.FEATURES, k.FUEL
_INSURANCE, _COVER, _MAX_VALUE, _INSURANCE_MIN = k.INSURANCE, k.COVER, k.MAX_VALUE, k.INSURANCE_MIN
_MAX_WEIGHT, _MAX_A, _MAX_B, _MAX_C, _GIRTH, _SUM = k.MAX_WEIGHT, k.MAX_A, k.MAX_B, k.MAX_C, k.GIRTH, k.SUM
_DIVISOR, _MIN_BILLABLE, _ON_FEES, _BASIS, _FIRST, _LAST = (
    k.DIVISOR, k.MIN_BILLABLE, k.ON_FEES, k.BASIS, k.FIRST, k.LAST,
)  # fmt: skip
_REMOTE, _REMOTE_FIXED, _REMOTE_KG, _CLEARANCE = k.REMOTE, k.REMOTE_FIXED, k.REMOTE_KG, k.CLEARANCE
_TO, _FROM, _INCREMENT, _FIXED, _RATE, _DEN = k.TO, k.FROM, k.INCREMENT, k.FIXED, k.RATE, k.DEN
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
_jit: Any = numba.njit(cache=True, nogil=True, error_model="numpy")


@_jit  # type: ignore[untyped-decorator]
def _reason(h: Any, lane: Any, hit: Any, fuel: Any) -> int:  # noqa: C901, PLR0911
    """The first reason against a lane before its bands are looked at."""
    if lane[_STARTS] > h[_DAY] or h[_DAY] >= lane[_ENDS]:
        return _W_DATES
    if lane[_ZONE] >= 0 and not hit[lane[_ZONE]]:
        return _W_ZONE if h[_POSTCODE] else _W_POSTCODE
    if (lane[_CARGO] & h[_H_CARGO]) != h[_H_CARGO]:
        return _W_CARGO
    if (lane[_FEATURES] & h[_WANTED]) != h[_WANTED]:
        return _W_FEATURE
    if fuel[lane[_FUEL]] < 0:
        return _W_FUEL
    if h[_INSURED] and h[_VALUE] < 0 and lane[_INSURANCE] > 0:
        return _W_VALUE
    if h[_VALUE] > lane[_MAX_VALUE]:
        return _W_HIGH
    if h[_INSURED] and h[_VALUE] > lane[_COVER]:
        return _W_COVER
    if h[_HEAVIEST] > lane[_MAX_WEIGHT]:
        return _W_HEAVY
    if h[_A] > lane[_MAX_A] or h[_B] > lane[_MAX_B] or h[_C] > lane[_MAX_C]:
        return _W_LARGE
    if h[_H_GIRTH] > lane[_GIRTH]:
        return _W_GIRTH
    if h[_H_SUM] > lane[_SUM]:
        return _W_SUM
    return 0


@_jit  # type: ignore[untyped-decorator]
def _band(cells: Any, low: int, high: int, weight: int) -> int:
    """The cell in [low, high) whose band holds `weight`, or -1."""
    end = high
    while low < high:
        middle = (low + high) // 2
        if cells[middle, _TO] < weight:
            low = middle + 1
        else:
            high = middle
    return low if low < end and cells[low, _FROM] < weight else -1


@_jit  # type: ignore[untyped-decorator]
def _price(h: Any, load: Any, lane: Any, cells: Any, remote_hit: bool, rate: int, parts: Any) -> bool:
    """Fill one lane's parts; False where a parcel has no band."""
    for part in range(parts.shape[0]):
        parts[part] = 0
    for kind in range(load.shape[0]):
        # Divisions are the dearest step here, so each is only made where it changes something.
        weight = max(load[kind, 0], lane[_MIN_BILLABLE])
        if lane[_DIVISOR] < _HUGE:
            weight = max(weight, (load[kind, 1] + lane[_DIVISOR] - 1) // lane[_DIVISOR])
        place = _band(cells, lane[_FIRST], lane[_LAST], weight)
        if place < 0:
            return False
        cell, count = cells[place], load[kind, 2]
        billable, freight, remote = weight, cell[_FIXED], 0
        if cell[_INCREMENT] > 1:
            billable = (weight + cell[_INCREMENT] - 1) // cell[_INCREMENT] * cell[_INCREMENT]
        if cell[_RATE] > 0:
            doubled = 2 * cell[_RATE] * billable
            freight += (doubled + 1000) // 2000 if cell[_DEN] == 1000 else (doubled + 1_000_000) // 2_000_000
        if billable > cell[_FIRST_G]:
            freight += (billable - cell[_FIRST_G] + cell[_STEP_G] - 1) // cell[_STEP_G] * cell[_STEP]
        if remote_hit:
            remote = max(lane[_REMOTE_FIXED], (2 * lane[_REMOTE_KG] * billable + 1000) // 2000)
        basis = freight + lane[_ON_FEES] * (cell[_REGISTRATION] + remote)
        parts[0] += count * freight
        parts[1] += count * cell[_REGISTRATION]
        parts[2] += count * remote
        parts[3] += count * ((2 * basis * rate + 10_000) // 20_000)
        parts[6] += count * billable
    if h[_INSURED] and lane[_INSURANCE] > 0:
        parts[4] = max((2 * h[_VALUE] * lane[_INSURANCE] + 10_000) // 20_000, lane[_INSURANCE_MIN])
    parts[5] = lane[_CLEARANCE]
    return True


@_jit  # type: ignore[untyped-decorator]
def price_all(
    h: Any, parcels: Any, whole: Any, lanes: Any, cells: Any, hit: Any, fuel: Any, why: Any, parts: Any
) -> None:
    """See `kernel.price_lanes`."""
    for i in range(lanes.shape[0]):
        lane = lanes[i]
        why[i] = _reason(h, lane, hit, fuel)
        if why[i] == 0:
            load = whole if lane[_BASIS] == 1 else parcels
            # `hit` and `fuel` end with an entry for "none", which -1 reaches.
            if not _price(h, load, lane, cells, hit[lane[_REMOTE]], fuel[lane[_FUEL]], parts[i]):
                why[i] = _W_BAND
