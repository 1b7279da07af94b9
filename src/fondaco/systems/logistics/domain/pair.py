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
from fondaco.systems.logistics.domain.store import KEY_BITS, Ints, RateStore

TRACKED = feature_mask([Feature.TRACKED])
DDP = feature_mask([Feature.DDP])
_HUGE = 2**62
_FLAT, _PER_KG, _FIRST_STEP, _PER_CBM = (
    PRICINGS.index(name) for name in ("flat", "per_kg", "first_step", "per_cbm")
)


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
class Cells:
    """Rate cells sorted by lane and upper weight; `keys` joins the two."""

    keys: Ints
    lane: Ints
    from_g: Ints
    increment: Ints
    fixed: Ints
    rate: Ints
    den: Ints
    first_g: Ints
    step_g: Ints
    step: Ints
    registration: Ints
    has_steps: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Lanes of one origin and destination: the first `middle` per parcel, the others per consignment."""

    start: int
    middle: int
    service: Ints
    starts: Ints
    ends: Ints
    transit_max: Ints
    cargo: Ints
    features: Ints
    max_weight_g: Ints
    max_a: Ints
    max_b: Ints
    max_c: Ints
    max_girth_mm: Ints
    max_sum_mm: Ints
    divisor: Ints
    min_billable_g: Ints
    fuel: Ints
    fuel_on_fees: Ints
    zone_area: Ints
    remote_area: Ints
    remote_fixed: Ints
    remote_per_kg: Ints
    areas: tuple[int, ...]
    zoned: bool
    once: bool
    cells: Cells
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
    start, middle, end = store.spans.get((origin, destination), (0, 0, 0))
    lane = {name: column[start:end] for name, column in store.lanes.items()}
    service = lane["service"]
    limits = ("max_weight_g", "max_a", "max_b", "max_c", "max_girth_mm", "max_sum_mm", "divisor")
    plain = (
        "service", "starts", "ends", "transit_max", "min_billable_g", "fuel", "zone_area", "remote_area",
        "remote_fixed", "remote_per_kg",
    )  # fmt: skip
    areas = np.unique(np.concatenate((lane["zone_area"], lane["remote_area"])))
    present = len(np.unique(service))
    from_here = int(store.origins[origin].sum()) if origin in store.origins else 0
    return Pair(
        start=start,
        middle=middle - start,
        cargo=store.services["cargo"][service],
        features=store.services["features"][service],
        fuel_on_fees=lane["fuel_basis"],
        areas=tuple(areas[areas >= 0].tolist()),
        zoned=bool((lane["zone_area"] >= 0).any()),
        once=present == len(service),
        cells=_cells(store, start, end),
        elsewhere=(store.service_count - from_here, from_here - present),
        **{name: np.where(lane[name] > 0, lane[name], _HUGE) for name in limits},
        **{name: lane[name] for name in plain},
    )


def _cells(store: RateStore, start: int, end: int) -> Cells:
    first, last = np.searchsorted(store.keys, [start << KEY_BITS, end << KEY_BITS])
    cell = {name: column[first:last] for name, column in store.cells.items()}
    pricing, unit = cell["pricing"], cell["unit"]
    lane = cell["lane"] - start
    by_weight = (pricing == _PER_KG) | (pricing == _PER_CBM)
    stepped = pricing == _FIRST_STEP
    return Cells(
        keys=(lane << KEY_BITS) + cell["to_g"],
        lane=lane,
        from_g=cell["from_g"],
        increment=cell["increment"],
        fixed=np.where(by_weight, 0, unit),
        rate=np.where(by_weight, unit, 0),
        den=np.where(pricing == _PER_CBM, 1_000_000, 1_000),
        first_g=np.where(stepped, cell["first_g"], _HUGE),
        step_g=np.where(stepped, cell["step_g"], 1),
        step=cell["step"],
        registration=cell["registration"],
        has_steps=bool(stepped.any()),
    )


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
