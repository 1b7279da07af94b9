"""Why a service was refused: a code, and the numbers it was decided on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from fondaco.systems.logistics.domain.cargo import cargo_mask, cargo_names, feature_mask, feature_names
from fondaco.systems.logistics.domain.dto import QuoteRequest, Refusal
from fondaco.systems.logistics.domain.store import FOREVER, RateStore

if TYPE_CHECKING:
    from fondaco.systems.logistics.domain.quoting import Load


class Why(IntEnum):
    """Reasons in the order they are looked at: the higher, the nearer a service came to being offered."""

    OFFERED = 0
    NO_ORIGIN = 1
    NO_DESTINATION = 2
    NOT_IN_FORCE = 3
    POSTCODE_NEEDED = 4
    ZONE_NOT_SERVED = 5
    CARGO_CLASS = 6
    FEATURE_MISSING = 7
    FUEL_RATE_MISSING = 8
    TOO_HEAVY = 9
    TOO_LARGE = 10
    GIRTH = 11
    SUM_OF_SIDES = 12
    WEIGHT_BAND = 13

    @property
    def code(self) -> str:
        """The reason as it is stored and shown: "too-heavy"."""
        return self.name.lower().replace("_", "-")


_Numbers = Callable[[RateStore, QuoteRequest, "Load", int, int], dict[str, Any]]


def describe(
    store: RateStore, request: QuoteRequest, load: Load, why: Why, *, service: int, lane: int
) -> Refusal:
    """The refusal of `service` for `why`, with the numbers of `lane`."""
    numbers = _NUMBERS[why](store, request, load, service, lane)
    return Refusal(str(store.services["code"][service]), why.code, numbers)


def _pair(store: RateStore, request: QuoteRequest, load: Load, service: int, lane: int) -> dict[str, Any]:
    return {"origin": request.origin, "destination": request.destination}


def _dates(store: RateStore, request: QuoteRequest, load: Load, service: int, lane: int) -> dict[str, Any]:
    ends = int(store.lanes["ends"][lane])
    return {
        "on": request.on.isoformat(),
        "from": date.fromordinal(int(store.lanes["starts"][lane])).isoformat(),
        "to": None if ends >= FOREVER else date.fromordinal(ends).isoformat(),
    }


def _zone(store: RateStore, request: QuoteRequest, load: Load, service: int, lane: int) -> dict[str, Any]:
    return {"zone": str(store.lanes["zone"][lane]), "postcode": request.postcode}


def _cargo(store: RateStore, request: QuoteRequest, load: Load, service: int, lane: int) -> dict[str, Any]:
    missing = cargo_mask(request.cargo_classes) & ~int(store.services["cargo"][service])
    return {"not_carried": list(cargo_names(missing))}


def _features(store: RateStore, request: QuoteRequest, load: Load, service: int, lane: int) -> dict[str, Any]:
    missing = feature_mask(request.required) & ~int(store.services["features"][service])
    return {"missing": list(feature_names(missing))}


def _fuel(store: RateStore, request: QuoteRequest, load: Load, service: int, lane: int) -> dict[str, Any]:
    return {"on": request.on.isoformat()}


def _heavy(store: RateStore, request: QuoteRequest, load: Load, service: int, lane: int) -> dict[str, Any]:
    return {"mass_g": load.heaviest_g, "max_g": int(store.lanes["max_weight_g"][lane])}


def _large(store: RateStore, request: QuoteRequest, load: Load, service: int, lane: int) -> dict[str, Any]:
    limits = [int(store.lanes[name][lane]) for name in ("max_a", "max_b", "max_c")]
    return {"sides_mm": list(load.sides), "max_mm": limits}


def _girth(store: RateStore, request: QuoteRequest, load: Load, service: int, lane: int) -> dict[str, Any]:
    return {"length_plus_girth_mm": load.girth_mm, "max_mm": int(store.lanes["max_girth_mm"][lane])}


def _sum(store: RateStore, request: QuoteRequest, load: Load, service: int, lane: int) -> dict[str, Any]:
    return {"sum_of_sides_mm": load.sum_mm, "max_mm": int(store.lanes["max_sum_mm"][lane])}


def _band(store: RateStore, request: QuoteRequest, load: Load, service: int, lane: int) -> dict[str, Any]:
    divisor, whole = int(store.lanes["divisor"][lane]), int(store.lanes["basis"][lane]) == 1
    mass, mm3, _ = load.whole() if whole else (load.mass, load.mm3, load.count)
    weight = np.maximum(mass, -(-mm3 // divisor)) if divisor else mass
    heaviest = max(int(weight.max()), int(store.lanes["min_billable_g"][lane]))
    mine = store.cells["lane"] == lane
    bands = store.cells["from_g"][mine], store.cells["to_g"][mine]
    return {
        "weight_g": heaviest,
        "from_g": int(bands[0].min(initial=0)),
        "to_g": int(bands[1].max(initial=0)),
        "divisor": divisor,
    }


_NUMBERS: dict[Why, _Numbers] = {
    Why.NO_ORIGIN: _pair,
    Why.NO_DESTINATION: _pair,
    Why.NOT_IN_FORCE: _dates,
    Why.POSTCODE_NEEDED: _zone,
    Why.ZONE_NOT_SERVED: _zone,
    Why.CARGO_CLASS: _cargo,
    Why.FEATURE_MISSING: _features,
    Why.FUEL_RATE_MISSING: _fuel,
    Why.TOO_HEAVY: _heavy,
    Why.TOO_LARGE: _large,
    Why.GIRTH: _girth,
    Why.SUM_OF_SIDES: _sum,
    Why.WEIGHT_BAND: _band,
}
