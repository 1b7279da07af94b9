"""The rate store: every lane and cell of every book in force, as columns.

Lanes are sorted by origin, destination and basis, so that what can carry a request is one slice;
cells by lane and upper weight, so that a band is one binary search.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Strings = NDArray[np.str_]
# A lane number and a mass in grams share one 64-bit key; 2**32 g is 4,295 tonnes.
KEY_BITS = 32
FOREVER = 3_652_059  # date.max.toordinal()

SERVICE_TEXT = ("id", "code", "name", "provider_code", "provider", "incoterm")
SERVICE_INTS = ("kind", "cargo", "features")
LANE_TEXT = ("origin", "destination", "zone")
LANE_INTS = (
    "id", "service", "starts", "ends", "basis", "transit_min", "transit_max", "divisor", "min_billable_g",
    "max_weight_g", "max_a", "max_b", "max_c", "max_girth_mm", "max_sum_mm", "fuel", "fuel_basis",
    "zone_area", "remote_area", "remote_fixed", "remote_per_kg", "clearance", "max_value", "insurance",
    "insurance_min", "cover",
)  # fmt: skip
CELL_INTS = (
    "lane", "from_g", "to_g", "pricing", "unit", "first_g", "step_g", "step", "registration", "increment",
)  # fmt: skip
FUEL_INTS = ("rule", "starts", "ends", "basis_points")


class Span(NamedTuple):
    """Lanes [start, middle) are priced per parcel, [middle, end) per consignment."""

    start: int
    middle: int
    end: int


@dataclass(frozen=True)
class RateStore:
    """Columns by name; see SERVICE_*, LANE_*, CELL_* and FUEL_INTS for what each table has."""

    version: str
    currency: str
    services: Mapping[str, Any]
    lanes: Mapping[str, Any]
    cells: Mapping[str, Any]
    fuel: Mapping[str, Any]
    areas: Strings
    keys: Ints = field(repr=False)
    spans: Mapping[tuple[str, str], Span] = field(repr=False)
    # What is worked out of the columns on first use: pairs of countries, cards of services, fuel by day.
    cache: dict[Any, Any] = field(repr=False, compare=False, default_factory=dict)

    @property
    def service_count(self) -> int:
        return len(self.services["code"])

    @cached_property
    def codes(self) -> list[str]:
        """The services' codes as plain words."""
        return [str(code) for code in self.services["code"].tolist()]

    @cached_property
    def prefixes(self) -> list[tuple[str, ...]]:
        """The postcode prefixes of each area."""
        return [tuple(text.split("|")) for text in self.areas.tolist()]

    @cached_property
    def origins(self) -> dict[str, NDArray[np.bool_]]:
        """Which services start in each origin at all."""
        found: dict[str, NDArray[np.bool_]] = {}
        for origin in np.unique(self.lanes["origin"]).tolist():
            mask = np.zeros(self.service_count, dtype=bool)
            mask[self.lanes["service"][self.lanes["origin"] == origin]] = True
            found[origin] = mask
        return found

    def fuel_on(self, day: int) -> Ints:
        """Each fuel rule's basis points on the ordinal `day`: -1 where none is in force; one 0 more, for
        lanes without a rule (-1).
        """
        known = self.cache.get(("fuel", day))
        if known is None:
            rules = max(self.lanes["fuel"].max(initial=-1), self.fuel["rule"].max(initial=-1)) + 1
            known = np.append(np.full(rules, -1, dtype=np.int64), 0)
            current = (self.fuel["starts"] <= day) & (day < self.fuel["ends"])
            known[self.fuel["rule"][current]] = self.fuel["basis_points"][current]
            self.cache["fuel", day] = known
        rates: Ints = known
        return rates

    def save(self, path: Path) -> None:
        """Write the columns to `path` so that another process need not ask the database."""
        tables = {"service": self.services, "lane": self.lanes, "cell": self.cells, "fuel": self.fuel}
        columns = {f"{t}.{name}": column for t, table in tables.items() for name, column in table.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            np.savez(file, areas=self.areas, head=np.array([self.version, self.currency]), **columns)
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> RateStore:
        """Read what `save` wrote."""
        tables: dict[str, dict[str, Any]] = {"service": {}, "lane": {}, "cell": {}, "fuel": {}}
        with np.load(path, allow_pickle=False) as kept:
            for key in kept.files:
                table, _, name = key.partition(".")
                if name:
                    tables[table][name] = kept[key]
            areas, (version, currency) = kept["areas"], kept["head"].tolist()
        return _indexed(version, currency, tables, areas)


def build_store(
    *,
    version: str,
    currency: str,
    services: Mapping[str, Sequence[Any]],
    lanes: Mapping[str, Sequence[Any]],
    cells: Mapping[str, Sequence[Any]],
    fuel: Mapping[str, Sequence[Any]],
    areas: Sequence[str],
) -> RateStore:
    """A store from columns in any order. `lane.service`, `cell.lane`, `lane.fuel` and the areas are
    places in the other tables (-1: none).
    """
    lane = _columns(lanes, LANE_TEXT, LANE_INTS)
    order = np.lexsort((lane["service"], lane["basis"], lane["destination"], lane["origin"]))
    lane = {name: column[order] for name, column in lane.items()}
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    cell = _columns(cells, (), CELL_INTS)
    cell["lane"] = rank[cell["lane"]]
    by_band = np.lexsort((cell["to_g"], cell["lane"]))
    tables = {
        "service": _columns(services, SERVICE_TEXT, SERVICE_INTS),
        "lane": lane,
        "cell": {name: column[by_band] for name, column in cell.items()},
        "fuel": _columns(fuel, (), FUEL_INTS),
    }
    return _indexed(version, currency, tables, np.array(areas, dtype=np.str_))


def code_of(name: str, names: Sequence[str]) -> int:
    """The small integer by which the store knows `name`."""
    return names.index(name)


def _columns(table: Mapping[str, Sequence[Any]], text: Sequence[str], ints: Sequence[str]) -> dict[str, Any]:
    columns: dict[str, Any] = {name: np.array(table[name], dtype=np.str_) for name in text}
    columns.update({name: np.array(table[name], dtype=np.int64) for name in ints})
    return columns


def _indexed(version: str, currency: str, tables: dict[str, dict[str, Any]], areas: Strings) -> RateStore:
    lane, cell = tables["lane"], tables["cell"]
    return RateStore(
        version=version,
        currency=currency,
        services=tables["service"],
        lanes=lane,
        cells=cell,
        fuel=tables["fuel"],
        areas=areas,
        keys=(cell["lane"] << KEY_BITS) + cell["to_g"],
        spans=_spans(lane),
    )


def _spans(lane: Mapping[str, Any]) -> dict[tuple[str, str], Span]:
    count = len(lane["origin"])
    if not count:
        return {}
    pair = np.char.add(lane["origin"], lane["destination"])
    starts = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]]).tolist()
    spans = {}
    for start, end in zip(starts, [*starts[1:], count], strict=True):
        middle = start + int(np.searchsorted(lane["basis"][start:end], 1))
        spans[(str(lane["origin"][start]), str(lane["destination"][start]))] = Span(start, middle, end)
    return spans
