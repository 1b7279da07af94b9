"""Pricing every lane of a pair for one shipment: a numba kernel, and the same in numpy where it is not warm.

Both fill the same two arrays with the same integers: the first reason against each lane (0: none) and, for
the others, the parts of the price. `test_kernel` holds them against each other and against Decimal.
Importing numba takes a second or two, so a process starts on numpy and `warm` changes it over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fondaco.systems.logistics.domain.store import Ints
from fondaco.systems.logistics.domain.why import Why

Bools = NDArray[np.bool_]
Reasons = NDArray[np.int8]

# Columns of a lane. Limits that do not exist are HUGE, a divisor that does not count too.
LANE = (
    "starts", "ends", "zone_area", "cargo", "features", "fuel", "insurance", "cover", "max_value", "max_weight_g",
    "max_a", "max_b", "max_c", "max_girth_mm", "max_sum_mm", "divisor", "min_billable_g", "fuel_on_fees",
    "remote_area", "remote_fixed", "remote_per_kg", "insurance_min", "clearance", "basis", "first", "last",
)  # fmt: skip
(
    STARTS, ENDS, ZONE, CARGO, FEATURES, FUEL, INSURANCE, COVER, MAX_VALUE, MAX_WEIGHT, MAX_A, MAX_B, MAX_C, GIRTH,
    SUM, DIVISOR, MIN_BILLABLE, ON_FEES, REMOTE, REMOTE_FIXED, REMOTE_KG, INSURANCE_MIN, CLEARANCE, BASIS, FIRST, LAST,
) = range(len(LANE))  # fmt: skip
# Columns of a cell: freight = fixed + half-up(rate x W / den) + ceil((W - first_g) / step_g) x step; den is the
# grams that a rate is for, a kilogram or a tonne.
CELL = ("to_g", "from_g", "increment", "fixed", "rate", "den", "first_g", "step_g", "step", "registration")
TO, FROM, INCREMENT, FIXED, RATE, DEN, FIRST_G, STEP_G, STEP, REGISTRATION = range(len(CELL))
# What is known of a shipment beside its parcels; a value of -1 is not known.
HEAD = (
    "day",
    "cargo",
    "wanted",
    "insured",
    "value",
    "heaviest_g",
    "a",
    "b",
    "c",
    "girth_mm",
    "sum_mm",
    "postcode",
)
(
    DAY, H_CARGO, WANTED, INSURED, VALUE, HEAVIEST, SIDE_A, SIDE_B, SIDE_C, H_GIRTH, H_SUM, POSTCODE,
) = range(len(HEAD))  # fmt: skip
# The parts of a price in minor units, and the grams it was charged on.
PARTS = ("freight", "registration", "remote", "fuel", "insurance", "clearance", "billable")
BILLABLE = len(PARTS) - 1
HUGE = 2**62

_NOT_IN_FORCE, _POSTCODE, _ZONE_NOT = (
    int(Why.NOT_IN_FORCE),
    int(Why.POSTCODE_NEEDED),
    int(Why.ZONE_NOT_SERVED),
)
_CARGO, _FEATURE, _FUEL_RATE = int(Why.CARGO_CLASS), int(Why.FEATURE_MISSING), int(Why.FUEL_RATE_MISSING)
_VALUE, _VALUE_HIGH, _COVER = int(Why.VALUE_NEEDED), int(Why.VALUE_TOO_HIGH), int(Why.COVER_TOO_LOW)
_HEAVY, _LARGE, _GIRTH, _SUM = int(Why.TOO_HEAVY), int(Why.TOO_LARGE), int(Why.GIRTH), int(Why.SUM_OF_SIDES)
_BAND = int(Why.WEIGHT_BAND)


class Cells(NamedTuple):
    """Cells by lane and upper weight: `rows` is cell x CELL; `upper` repeats TO, close together for the search."""

    upper: Ints
    rows: Ints


class Load(Protocol):
    """A shipment in numbers: see `shipment.Shipment`."""

    @property
    def head(self) -> Ints: ...
    @property
    def parcels(self) -> Ints: ...
    @property
    def whole(self) -> Ints: ...


@dataclass(frozen=True, slots=True)
class Prices:
    """For each lane its first reason (0: none) and its total in minor units, -1 where there is a reason."""

    why: Reasons
    totals: Ints
    parts: Ints


# head, parcels (mass, mm3, count down), the same as one, lanes, the cells' upper weights, cells, areas hit, fuel by
# rule; and what is filled: why, totals, parts
Engine = Callable[[Ints, Ints, Ints, Ints, Ints, Ints, Bools, Ints, Reasons, Ints, Ints], None]


def price_lanes(
    load: Load, *, lanes: Ints, cells: Cells, hit: Bools, fuel: Ints, itemise: bool = False
) -> Prices:
    """Price `load` on each row of `lanes` (lane x LANE) from `cells`.

    `hit` and `fuel` have one entry more than there are areas and rules, reached by -1: "none". `parts` is
    lane x PARTS with `itemise`, else it has no rows.
    """
    count = len(lanes)
    why, totals = np.zeros(count, dtype=np.int8), np.empty(count, dtype=np.int64)
    parts = np.zeros((count if itemise else 0, len(PARTS)), dtype=np.int64)
    upper, rows = cells
    _engine(load.head, load.parcels, load.whole, lanes, upper, rows, hit, fuel, why, totals, parts)
    return Prices(why, totals, parts)


def warm() -> bool:
    """Change this process over to the compiled kernel; False (and numpy stays) where numba is absent."""
    global _engine  # noqa: PLW0603 - one engine for the process, both with the same answers
    if _engine is price_numpy:
        compiled = _compile()
        if compiled is None:
            return False
        _engine = compiled
    return True


def is_warm() -> bool:
    """Whether the compiled kernel is at work."""
    return _engine is not price_numpy


def _compile() -> Engine | None:
    try:
        from fondaco.systems.logistics.domain import kernel_numba
    except ImportError:
        return None
    empty = np.zeros((0, len(LANE)), dtype=np.int64)
    args: Any = (
        np.zeros(len(HEAD), dtype=np.int64), np.ones((1, 3), dtype=np.int64), np.ones((1, 3), dtype=np.int64), empty,
        np.zeros(0, dtype=np.int64), np.zeros((0, len(CELL)), dtype=np.int64), np.zeros(1, dtype=np.bool_), np.zeros(1, dtype=np.int64),
        np.zeros(0, dtype=np.int8), np.zeros(0, dtype=np.int64), np.zeros((0, len(PARTS)), dtype=np.int64),
    )  # fmt: skip
    compiled: Engine = kernel_numba.price_all
    compiled(*args)
    return compiled


def price_numpy(  # noqa: PLR0917 - one array for each kind of number, as the compiled kernel takes them
    head: Ints, parcels: Ints, whole: Ints, lanes: Ints, upper: Ints, cells: Ints, hit: Bools, fuel: Ints,
    why: Reasons, totals: Ints, parts: Ints,
) -> None:  # fmt: skip
    """The same in numpy. Reasons are written from the last to the first: an earlier overwrites a later."""
    lane = lanes.T
    itemised = np.zeros((len(why), len(PARTS)), dtype=np.int64)
    rate = fuel[lane[FUEL]]
    _refuse_size(head, lane, why)
    _refuse_value(head, lane, why)
    why[rate < 0] = _FUEL_RATE
    why[(lane[FEATURES] & head[WANTED]) != head[WANTED]] = _FEATURE
    why[(lane[CARGO] & head[H_CARGO]) != head[H_CARGO]] = _CARGO
    why[(lane[ZONE] >= 0) & ~hit[lane[ZONE]]] = _ZONE_NOT if head[POSTCODE] else _POSTCODE
    why[(lane[STARTS] > head[DAY]) | (head[DAY] >= lane[ENDS])] = _NOT_IN_FORCE
    for basis, load in ((0, parcels), (1, whole)):
        able = np.flatnonzero((why == 0) & (lane[BASIS] == basis))
        if len(able):
            _price_some(head, load, able, lane, Cells(upper, cells), hit, rate, why, itemised)
    totals[:] = np.where(why == 0, itemised[:, :BILLABLE].sum(axis=1), -1)
    if len(parts):
        parts[:] = itemised


def _refuse_size(head: Ints, lane: Ints, why: Reasons) -> None:
    why[head[H_SUM] > lane[SUM]] = _SUM
    why[head[H_GIRTH] > lane[GIRTH]] = _GIRTH
    why[(head[SIDE_A] > lane[MAX_A]) | (head[SIDE_B] > lane[MAX_B]) | (head[SIDE_C] > lane[MAX_C])] = _LARGE
    why[head[HEAVIEST] > lane[MAX_WEIGHT]] = _HEAVY


def _refuse_value(head: Ints, lane: Ints, why: Reasons) -> None:
    if head[INSURED]:
        why[head[VALUE] > lane[COVER]] = _COVER
    why[head[VALUE] > lane[MAX_VALUE]] = _VALUE_HIGH
    if head[INSURED] and head[VALUE] < 0:
        why[lane[INSURANCE] > 0] = _VALUE


def _price_some(  # noqa: PLR0917 - as above
    head: Ints,
    load: Ints,
    able: Ints,
    lane: Ints,
    cells: Cells,
    hit: Bools,
    rate: Ints,
    why: Reasons,
    parts: Ints,
) -> None:
    """Prices of the lanes `able`, parcels down and lanes across; lanes without a band are refused in `why`."""
    mass, mm3, count = load.T
    # cm3 per kg equals mm3 per g, so a divisor needs no factor.
    volumetric = -(-mm3[:, None] // lane[DIVISOR][able])
    weight = np.maximum(np.maximum(mass[:, None], volumetric), lane[MIN_BILLABLE][able])
    place, found = bands_of(lane[FIRST][able], lane[LAST][able], weight, cells)
    banded = found.all(axis=0)
    why[able[~banded]] = _BAND
    able, weight, place = able[banded], weight[:, banded], place[:, banded]
    cell = cells.rows[place]
    step = cell[..., INCREMENT]
    billable = (weight + step - 1) // step * step
    beyond = np.maximum(billable - cell[..., FIRST_G], 0)
    den = cell[..., DEN]
    freight = cell[..., FIXED] + (2 * cell[..., RATE] * billable + den) // (2 * den)
    freight += (beyond + cell[..., STEP_G] - 1) // cell[..., STEP_G] * cell[..., STEP]
    per_kg = (2 * lane[REMOTE_KG][able] * billable + 1000) // 2000
    remote = np.where(hit[lane[REMOTE][able]], np.maximum(lane[REMOTE_FIXED][able], per_kg), 0)
    registration = cell[..., REGISTRATION]
    basis = freight + lane[ON_FEES][able] * (registration + remote)
    burnt = (2 * basis * rate[able] + 10_000) // 20_000
    for part, amount in enumerate((freight, registration, remote, burnt)):
        parts[able, part] = count @ amount
    parts[able, BILLABLE] = count @ billable
    parts[able, 4] = _premium(head, lane, able)
    parts[able, 5] = lane[CLEARANCE][able]


def _premium(head: Ints, lane: Ints, able: Ints) -> Ints | int:
    if not head[INSURED]:
        return 0
    rate = lane[INSURANCE][able]
    premium = (2 * head[VALUE] * rate + 10_000) // 20_000
    charged: Ints = np.where(rate > 0, np.maximum(premium, lane[INSURANCE_MIN][able]), 0)
    return charged


def bands_of(first: Ints, last: Ints, weight: Ints, cells: Cells) -> tuple[Ints, Bools]:
    """The first cell of each lane whose upper weight is not exceeded, and whether its band holds the weight."""
    low = np.broadcast_to(first, weight.shape).copy()
    high = np.broadcast_to(last, weight.shape).copy()
    upper = np.append(cells.upper, HUGE)
    while (open_ := low < high).any():
        middle = (low + high) // 2
        below = upper[middle] < weight
        low = np.where(open_ & below, middle + 1, low)
        high = np.where(open_ & ~below, middle, high)
    inside = low < last
    place = np.minimum(low, len(cells.upper) - 1)
    return place, inside & (cells.rows[place, FROM] < weight)


_engine: Engine = price_numpy
