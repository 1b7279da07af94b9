"""Why a service was refused: a code, and the numbers it was decided on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from fondaco.systems.logistics.domain.cargo import cargo_mask, cargo_names, feature_mask, feature_names
from fondaco.systems.logistics.domain.dto import QuoteRequest, Refusal
from fondaco.systems.logistics.domain.store import FOREVER, KEY_BITS, RateStore

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


@dataclass(frozen=True, slots=True)
class Case:
    """A refused service: `lane` is the lane that came furthest, -1 where it has none between the two."""

    store: RateStore
    request: QuoteRequest
    load: Load
    service: int
    lane: int

    def lane_number(self, name: str) -> int:
        """A figure of the lane."""
        return int(self.store.lanes[name][self.lane])

    def lane_text(self, name: str) -> str:
        """A word of the lane."""
        return str(self.store.lanes[name][self.lane])

    def service_mask(self, name: str) -> int:
        """The service's cargo classes or features."""
        return int(self.store.services[name][self.service])


def describe(case: Case, why: Why) -> Refusal:
    """The refusal of `case` for `why`, with its numbers."""
    return Refusal(str(case.store.services["code"][case.service]), why.code, _NUMBERS[why](case))


def _pair(case: Case) -> dict[str, Any]:
    return {"origin": case.request.origin, "destination": case.request.destination}


def _dates(case: Case) -> dict[str, Any]:
    ends = case.lane_number("ends")
    return {
        "on": case.request.on.isoformat(),
        "from": date.fromordinal(case.lane_number("starts")).isoformat(),
        "to": None if ends >= FOREVER else date.fromordinal(ends).isoformat(),
    }


def _zone(case: Case) -> dict[str, Any]:
    return {"zone": case.lane_text("zone"), "postcode": case.request.postcode}


def _cargo(case: Case) -> dict[str, Any]:
    missing = cargo_mask(case.request.cargo_classes) & ~case.service_mask("cargo")
    return {"not_carried": list(cargo_names(missing))}


def _features(case: Case) -> dict[str, Any]:
    missing = feature_mask(case.request.required) & ~case.service_mask("features")
    return {"missing": list(feature_names(missing))}


def _fuel(case: Case) -> dict[str, Any]:
    return {"on": case.request.on.isoformat()}


def _heavy(case: Case) -> dict[str, Any]:
    return {"mass_g": case.load.heaviest_g, "max_g": case.lane_number("max_weight_g")}


def _large(case: Case) -> dict[str, Any]:
    limits = [case.lane_number(name) for name in ("max_a", "max_b", "max_c")]
    return {"sides_mm": list(case.load.sides), "max_mm": limits}


def _girth(case: Case) -> dict[str, Any]:
    return {"length_plus_girth_mm": case.load.girth_mm, "max_mm": case.lane_number("max_girth_mm")}


def _sum(case: Case) -> dict[str, Any]:
    return {"sum_of_sides_mm": case.load.sum_mm, "max_mm": case.lane_number("max_sum_mm")}


def _band(case: Case) -> dict[str, Any]:
    """The greatest weight charged, and the ends of the lane's bands (which may leave a gap between)."""
    divisor = case.lane_number("divisor")
    whole = case.lane_number("basis") == 1
    mass, mm3, _ = case.load.whole() if whole else (case.load.mass, case.load.mm3, case.load.count)
    weight = np.maximum(mass, -(-mm3 // divisor)) if divisor else mass
    store, lane = case.store, case.lane
    first, last = np.searchsorted(store.keys, [lane << KEY_BITS, (lane + 1) << KEY_BITS])
    return {
        "weight_g": max(int(weight.max()), case.lane_number("min_billable_g")),
        "from_g": int(store.cells["from_g"][first]) if first < last else 0,
        "to_g": int(store.cells["to_g"][last - 1]) if first < last else 0,
        "divisor": divisor,
    }


_NUMBERS: dict[Why, Callable[[Case], dict[str, Any]]] = {
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
