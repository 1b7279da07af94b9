"""A rate store straight from a book in memory: to try a book before it is published, and for benches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fondaco.systems.logistics.domain.book import (
    BASES,
    FUEL_BASES,
    KINDS,
    PRICINGS,
    BookDraft,
    LaneDraft,
    ServiceDraft,
)
from fondaco.systems.logistics.domain.cargo import cargo_mask, feature_mask
from fondaco.systems.logistics.domain.store import FOREVER, RateStore, build_store

_NIL = "00000000-0000-0000-0000-000000000000"


def store_of(draft: BookDraft, *, starts_on: date, version: str = "draft") -> RateStore:
    """A store with the prices of `draft` in force from `starts_on`."""
    provider = {p.code: p.name for p in draft.providers}
    service_at = {s.code: place for place, s in enumerate(draft.services)}
    provider_of = {s.code: s.provider for s in draft.services}
    area_at = {(a.provider, a.destination, a.name): place for place, a in enumerate(draft.areas)}
    rules: dict[tuple[str, str], int] = {}
    for rate in draft.fuel:
        rules.setdefault((rate.provider, rate.rule), len(rules))
    rows = [_lane_row(lane, provider_of[lane.service], area_at, rules) for lane in draft.lanes]
    lanes = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
    lanes |= {
        "id": list(range(len(rows))),
        "service": [service_at[lane.service] for lane in draft.lanes],
        "starts": [starts_on.toordinal()] * len(rows),
        "ends": [FOREVER] * len(rows),
    }
    return build_store(
        version=version,
        currency=draft.currency,
        services=_service_columns(draft.services, provider),
        lanes=lanes,
        cells=_cell_columns(draft.lanes),
        fuel=_fuel_columns(draft, rules),
        areas=["|".join(a.prefixes) for a in draft.areas],
    )


def limits_of(sides: Sequence[int]) -> tuple[int, int, int]:
    """A lane's side limits, longest first; 0 (no limit) counts as longest and stays 0."""
    a, b, c = sorted((side or 10**9 for side in sides), reverse=True)
    return a % 10**9, b % 10**9, c % 10**9


def _service_columns(services: Sequence[ServiceDraft], provider: Mapping[str, str]) -> dict[str, list[Any]]:
    return {
        "id": [_NIL] * len(services),
        "code": [s.code for s in services],
        "name": [s.name for s in services],
        "provider_code": [s.provider for s in services],
        "provider": [provider.get(s.provider, s.provider) for s in services],
        "incoterm": [s.incoterm for s in services],
        "kind": [KINDS.index(s.kind) for s in services],
        "cargo": [cargo_mask(s.cargo_classes) for s in services],
        "features": [feature_mask(s.features) for s in services],
    }


def _lane_row(
    lane: LaneDraft,
    provider: str,
    area_at: Mapping[tuple[str, str, str], int],
    rules: dict[tuple[str, str], int],
) -> dict[str, Any]:
    def area(name: str) -> int:
        return area_at[provider, lane.destination, name] if name else -1

    max_a, max_b, max_c = limits_of(lane.max_mm)
    return {
        "origin": lane.origin, "destination": lane.destination, "zone": lane.zone,
        "basis": BASES.index(lane.basis), "transit_min": lane.transit_min, "transit_max": lane.transit_max,
        "divisor": lane.divisor, "min_billable_g": lane.min_billable_g, "max_weight_g": lane.max_weight_g,
        "max_a": max_a, "max_b": max_b, "max_c": max_c, "max_girth_mm": lane.max_girth_mm,
        "max_sum_mm": lane.max_sum_mm, "fuel_basis": FUEL_BASES.index(lane.fuel_basis),
        "fuel": rules.setdefault((provider, lane.fuel_rule), len(rules)) if lane.fuel_rule else -1,
        "zone_area": area(lane.zone), "remote_area": area(lane.remote_area),
        "remote_fixed": lane.remote_fixed_minor, "remote_per_kg": lane.remote_per_kg_minor,
        "clearance": lane.clearance_minor, "max_value": lane.max_value_minor,
        "insurance": lane.insurance_basis_points, "insurance_min": lane.insurance_min_minor,
        "cover": lane.cover_minor,
    }  # fmt: skip


def _cell_columns(lanes: Sequence[LaneDraft]) -> dict[str, list[Any]]:
    cells = [(place, cell) for place, lane in enumerate(lanes) for cell in lane.cells]
    return {
        "lane": [place for place, _ in cells],
        "from_g": [c.from_g for _, c in cells],
        "to_g": [c.to_g for _, c in cells],
        "pricing": [PRICINGS.index(c.pricing) for _, c in cells],
        "unit": [c.unit_minor for _, c in cells],
        "first_g": [c.first_g for _, c in cells],
        "step_g": [c.step_g for _, c in cells],
        "step": [c.step_minor for _, c in cells],
        "registration": [c.registration_minor for _, c in cells],
        "increment": [c.increment_g for _, c in cells],
    }


def _fuel_columns(draft: BookDraft, rules: Mapping[tuple[str, str], int]) -> dict[str, list[Any]]:
    return {
        "rule": [rules[f.provider, f.rule] for f in draft.fuel],
        "starts": [f.starts_on.toordinal() for f in draft.fuel],
        "ends": [f.ends_on.toordinal() if f.ends_on else FOREVER for f in draft.fuel],
        "basis_points": [f.basis_points for f in draft.fuel],
    }
