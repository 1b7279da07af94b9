"""The rate store of this process: read once per set of published books, kept in memory and on disk."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection

from fondaco.kernel.errors import Conflict
from fondaco.systems.logistics.domain.book import BASES, FUEL_BASES, KINDS, PRICINGS
from fondaco.systems.logistics.domain.cargo import cargo_mask, feature_mask
from fondaco.systems.logistics.domain.draft_store import limits_of
from fondaco.systems.logistics.domain.store import FOREVER, RateStore, build_store

# Raise when the columns change, so that files of an older shape are not read.
_SHAPE = 2
_LOCK = threading.Lock()
_stores: dict[str, RateStore] = {}
_held: ContextVar[dict[str, RateStore] | None] = ContextVar("held_prices", default=None)


class NoPrices(Conflict):
    code = "no-prices"
    title = "No price book in this currency is in force."
    remedy = "Import a price book, or make the demonstration book: fondaco demo."


def rate_store(currency: str = "GBP") -> RateStore:
    """The store of all published books in `currency`; NoPrices where there is none."""
    held = _held.get()
    if held is None:
        return _current(currency)
    if currency not in held:
        held[currency] = _current(currency)
    return held[currency]


@contextmanager
def same_prices() -> Iterator[None]:
    """Within it every answer rests on the same books, those published when a currency is first asked for."""
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def _current(currency: str) -> RateStore:
    version = _version(currency)
    store = _stores.get(version)
    if store is None:
        with _LOCK:
            store = _stores.get(version) or _open(version, currency)
            for stale in [key for key in _stores if key.startswith(currency)]:
                del _stores[stale]
            _stores[version] = store
    return store


def _version(currency: str) -> str:
    """A name for exactly the prices that count now: books, ranges and fuel rates."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(id::text || sha256, ',' ORDER BY id), (SELECT coalesce(max(id), 0)::text || ':' ||"
            " count(*) FROM logistics_fuelrate) FROM logistics_pricebook WHERE state = 'published' AND currency = %s",
            [currency],
        )
        books, fuel = cursor.fetchone()
    if not books:
        raise NoPrices(field="currency", value=currency)
    digest = hashlib.sha256(f"{_SHAPE}|{books}|{fuel}".encode()).hexdigest()[:24]
    return f"{currency}-{digest}"


def _open(version: str, currency: str) -> RateStore:
    path = settings.HOME / "cache" / f"rates-{version}.npz"
    if path.exists():
        return RateStore.load(path)
    store = read_store(version, currency)
    for old in path.parent.glob(f"rates-{currency}-*.npz"):
        old.unlink(missing_ok=True)
    store.save(path)
    return store


def read_store(version: str, currency: str) -> RateStore:
    """Read every published price in `currency` from the database."""
    services = _rows(_SERVICES, [])
    lanes = _rows(_LANES, [currency])
    cells = _rows(_CELLS, [currency])
    fuel = _rows("SELECT provider_id::text, rule, effective, basis_points FROM logistics_fuelrate", [])
    areas = _rows("SELECT id, array_to_string(prefixes, '|') FROM logistics_postcodearea ORDER BY id", [])
    used = {row[1] for row in lanes}
    services = [row for row in services if row[0] in used]
    service_at = {row[0]: place for place, row in enumerate(services)}
    area_at = {row[0]: place for place, row in enumerate(areas)}
    provider_of = {row[0]: row[6] for row in services}
    rules = _numbered((row[0], row[1]) for row in fuel)
    lane_at = {row[0]: place for place, row in enumerate(lanes)}
    return build_store(
        version=version,
        currency=currency,
        services=_service_columns(services),
        lanes=_lane_columns(lanes, service_at, area_at, rules, provider_of),
        cells=_cell_columns(cells, lane_at),
        fuel=_fuel_columns(fuel, rules),
        areas=[row[1] for row in areas],
    )


_SERVICES = """
SELECT s.id::text, s.code, s.name, p.code, p.name, s.incoterm, p.id::text, s.kind, s.cargo_classes, s.features
FROM logistics_service s JOIN logistics_provider p ON p.id = s.provider_id ORDER BY s.code
"""
_LANES = """
SELECT l.id, v.service_id::text, l.origin, l.destination, l.zone, lower(v.effective), upper(v.effective), l.basis,
       l.transit_days_min, l.transit_days_max, l.divisor, l.min_billable_g, l.max_weight_g, l.max_length_mm,
       l.max_width_mm, l.max_height_mm, l.max_girth_mm, l.max_sum_mm, l.fuel_rule, l.fuel_basis, l.zone_area_id,
       l.remote_area_id, l.remote_fixed_minor, l.remote_per_kg_minor, l.clearance_minor, l.max_value_minor,
       l.insurance_basis_points, l.insurance_min_minor, l.cover_minor
FROM logistics_lane l JOIN logistics_serviceversion v ON v.id = l.version_id
JOIN logistics_pricebook b ON b.id = v.book_id
WHERE b.state = 'published' AND b.currency = %s AND NOT isempty(v.effective) ORDER BY l.id
"""
_CELLS = """
SELECT c.lane_id, lower(c.weight_g) - 1, upper(c.weight_g) - 1, c.pricing, c.unit_minor, c.first_g, c.step_g,
       c.step_minor, c.registration_minor, c.increment_g
FROM logistics_ratecell c JOIN logistics_lane l ON l.id = c.lane_id
JOIN logistics_serviceversion v ON v.id = l.version_id JOIN logistics_pricebook b ON b.id = v.book_id
WHERE b.state = 'published' AND b.currency = %s AND NOT isempty(v.effective)
"""


def _rows(statement: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def _numbered(keys: Any) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for key in keys:
        found.setdefault(key, len(found))
    return found


def _service_columns(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    names = ("id", "code", "name", "provider_code", "provider", "incoterm")
    columns: dict[str, list[Any]] = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    columns["kind"] = [KINDS.index(row[7]) for row in rows]
    columns["cargo"] = [cargo_mask(row[8]) for row in rows]
    columns["features"] = [feature_mask(row[9]) for row in rows]
    return columns


def _lane_columns(
    rows: Sequence[tuple[Any, ...]],
    service_at: dict[str, int],
    area_at: dict[int, int],
    rules: dict[tuple[str, str], int],
    provider_of: dict[str, str],
) -> dict[str, list[Any]]:
    plain = {
        "id": 0, "origin": 2, "destination": 3, "zone": 4, "transit_min": 8, "transit_max": 9, "divisor": 10,
        "min_billable_g": 11, "max_weight_g": 12, "max_girth_mm": 16, "max_sum_mm": 17, "remote_fixed": 22,
        "remote_per_kg": 23, "clearance": 24, "max_value": 25, "insurance": 26, "insurance_min": 27, "cover": 28,
    }  # fmt: skip
    columns: dict[str, list[Any]] = {name: [row[i] for row in rows] for name, i in plain.items()}
    sides = [limits_of(row[13:16]) for row in rows]
    for place, name in enumerate(("max_a", "max_b", "max_c")):
        columns[name] = [side[place] for side in sides]
    columns["service"] = [service_at[row[1]] for row in rows]
    columns["starts"] = [_ordinal(row[5], 1) for row in rows]
    columns["ends"] = [_ordinal(row[6], FOREVER) for row in rows]
    columns["basis"] = [BASES.index(row[7]) for row in rows]
    columns["fuel_basis"] = [FUEL_BASES.index(row[19]) for row in rows]
    columns["fuel"] = [_rule(row, rules, provider_of) for row in rows]
    columns["zone_area"] = [area_at.get(row[20], -1) for row in rows]
    columns["remote_area"] = [area_at.get(row[21], -1) for row in rows]
    return columns


def _rule(row: tuple[Any, ...], rules: dict[tuple[str, str], int], provider_of: dict[str, str]) -> int:
    """The place of the lane's fuel rule; a rule that never had a rate gets a place of its own, without rates."""
    return rules.setdefault((provider_of[row[1]], row[18]), len(rules)) if row[18] else -1


def _cell_columns(rows: Sequence[tuple[Any, ...]], lane_at: dict[int, int]) -> dict[str, list[Any]]:
    names = ("from_g", "to_g", "pricing", "unit", "first_g", "step_g", "step", "registration", "increment")
    columns: dict[str, list[Any]] = {name: [row[i] for row in rows] for i, name in enumerate(names, 1)}
    columns["pricing"] = [PRICINGS.index(name) for name in columns["pricing"]]
    columns["lane"] = [lane_at[row[0]] for row in rows]
    return columns


def _fuel_columns(rows: Sequence[tuple[Any, ...]], rules: dict[tuple[str, str], int]) -> dict[str, list[Any]]:
    return {
        "rule": [rules[row[0], row[1]] for row in rows],
        "starts": [_ordinal(row[2].lower, 1) for row in rows],
        "ends": [_ordinal(row[2].upper, FOREVER) for row in rows],
        "basis_points": [row[3] for row in rows],
    }


def _ordinal(day: date | None, default: int) -> int:
    return day.toordinal() if day else default
