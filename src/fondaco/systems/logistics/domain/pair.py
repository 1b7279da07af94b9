"""What can carry from one country to another: the store's columns for that pair, ready for arithmetic.

"No limit" becomes a limit that nothing reaches, "volume does not count" a divisor so large that it
does not; every pricing becomes one formula

    freight = fixed + half-up(rate x W / den) + ceil((W - first) / step_g) x step

so that a quote needs no branches.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from fondaco.systems.logistics.domain.book import KINDS, PRICINGS
from fondaco.systems.logistics.domain.cargo import Feature, feature_mask, feature_names
from fondaco.systems.logistics.domain.kernel import CELL, HUGE, LANE, Cells
from fondaco.systems.logistics.domain.store import KEY_BITS, Ints, RateStore
from fondaco.systems.logistics.domain.why import Why

TRACKED = feature_mask([Feature.TRACKED])
DDP = feature_mask([Feature.DDP])
INSURED = feature_mask([Feature.INSURED])
# Room for a lane's place among ties, below a price, in one number that sorts as both.
TIE_BITS = 20
_PER_KG, _FIRST_STEP, _PER_CBM = (PRICINGS.index(name) for name in ("per_kg", "first_step", "per_cbm"))
_LIMITS = (
    "max_weight_g", "max_a", "max_b", "max_c", "max_girth_mm", "max_sum_mm", "divisor", "max_value", "cover",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """What an offer says of its service."""

    id: UUID
    code: str
    name: str
    provider_code: str
    provider: str
    kind: str
    incoterm: str
    features: tuple[str, ...]
    tracked: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Lanes of one origin and destination, from `start` in the store.

    `lanes` and `cells` are the kernel's matrices. `tie` ranks lanes by time and name, for equal prices; `reasons`
    has a reason for every service that has no lane here; `once` says that no service has two lanes. `days` is the
    longest transit time of a tracked lane, HUGE of any other.
    """

    start: int
    service: Ints
    tie: Ints
    tracked: NDArray[np.bool_]
    tracked_ddp: NDArray[np.bool_]
    days: Ints
    lanes: Ints
    cells: Cells
    areas: tuple[int, ...]
    limited: NDArray[np.bool_]
    once: bool
    reasons: NDArray[np.int8]
    elsewhere: tuple[int, int]


def pair_of(store: RateStore, origin: str, destination: str) -> Pair:
    """The pair's columns, made on the first request for it."""
    known = store.cache.get((origin, destination))
    if not isinstance(known, Pair):
        known = store.cache[(origin, destination)] = _make(store, origin, destination)
    return known


def card_of(store: RateStore, service: int) -> Card:
    """The card of a service, made on the first offer of it."""
    known = store.cache.get(service)
    if not isinstance(known, Card):
        known = store.cache[service] = _card(store, service)
    return known


def _make(store: RateStore, origin: str, destination: str) -> Pair:
    start, _, end = store.spans.get((origin, destination), (0, 0, 0))
    lane = {name: column[start:end] for name, column in store.lanes.items()}
    service = lane["service"]
    areas = np.unique(np.concatenate((lane["zone_area"], lane["remote_area"])))
    reasons = _elsewhere(store, origin, service)
    features = store.services["features"][service]
    tracked = (features & TRACKED) > 0
    tie = np.empty(len(service), dtype=np.int64)
    tie[np.lexsort((service, lane["transit_max"]))] = np.arange(len(service))
    first, last = np.searchsorted(store.keys, [start << KEY_BITS, end << KEY_BITS])
    return Pair(
        start=start,
        service=service,
        tie=tie,
        tracked=tracked,
        tracked_ddp=tracked & ((features & DDP) > 0),
        days=np.where(tracked, lane["transit_max"], HUGE),
        lanes=_lanes(store, lane, start, int(first)),
        cells=_cells(store, int(first), int(last)),
        areas=tuple(areas[areas >= 0].tolist()),
        limited=lane["max_value"] > 0,
        once=len(np.unique(service)) == len(service),
        reasons=reasons,
        elsewhere=(int((reasons == Why.NO_ORIGIN).sum()), int((reasons == Why.NO_DESTINATION).sum())),
    )


def _elsewhere(store: RateStore, origin: str, service: Ints) -> NDArray[np.int8]:
    """Every service's reason as far as it has no lane between the two; 0 for those that have."""
    reasons = np.full(store.service_count, Why.NO_ORIGIN, dtype=np.int8)
    if (here := store.origins.get(origin)) is not None:
        reasons[here] = Why.NO_DESTINATION
    reasons[service] = 0
    return reasons


def _lanes(store: RateStore, lane: dict[str, Ints], start: int, first_cell: int) -> Ints:
    """The kernel's lanes, one row each."""
    service, numbers = lane["service"], np.arange(len(lane["service"]) + 1) + start
    bounds = np.searchsorted(store.keys, numbers << KEY_BITS) - first_cell
    columns = lane | {name: np.where(lane[name] > 0, lane[name], HUGE) for name in _LIMITS}
    columns |= {
        "cargo": store.services["cargo"][service], "features": store.services["features"][service],
        "fuel_on_fees": lane["fuel_basis"], "first": bounds[:-1], "last": bounds[1:],
    }  # fmt: skip
    return np.ascontiguousarray(np.stack([columns[name].astype(np.int64) for name in LANE], axis=1))


def _cells(store: RateStore, first: int, last: int) -> Cells:
    """The kernel's cells, one row each, by lane and upper weight; never none, so that a place 0 can be read."""
    if first == last:
        return Cells(np.ones(1, dtype=np.int64), np.ones((1, len(CELL)), dtype=np.int64))
    cell = {name: column[first:last] for name, column in store.cells.items()}
    pricing, unit = cell["pricing"], cell["unit"]
    by_weight = (pricing == _PER_KG) | (pricing == _PER_CBM)
    stepped = pricing == _FIRST_STEP
    columns = cell | {
        "fixed": np.where(by_weight, 0, unit),
        "rate": np.where(by_weight, unit, 0),
        "den": np.where(pricing == _PER_CBM, 1_000_000, 1_000),
        "first_g": np.where(stepped, cell["first_g"], HUGE),
        "step_g": np.where(stepped, cell["step_g"], 1),
    }
    rows = np.stack([columns[name].astype(np.int64) for name in CELL], axis=1)
    return Cells(np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows))


def _card(store: RateStore, service: int) -> Card:
    text = {
        name: str(store.services[name][service])
        for name in ("code", "name", "provider_code", "provider", "incoterm")
    }
    features = int(store.services["features"][service])
    return Card(
        id=UUID(str(store.services["id"][service])),
        kind=KINDS[int(store.services["kind"][service])],
        features=feature_names(features),
        tracked=bool(features & TRACKED),
        **text,
    )


def areas_hit(store: RateStore, pair: Pair, postcode: str) -> NDArray[np.bool_]:
    """Which areas hold `postcode`; one more False stands for "no area" (-1)."""
    hit = np.zeros(len(store.areas) + 1, dtype=bool)
    text = postcode.upper().replace(" ", "")
    if text:
        for area in pair.areas:
            hit[area] = text.startswith(store.prefixes[area])
    return hit
