"""Units and boxes as arrays for the search, and answers of the search as parcels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fondaco.systems.logistics.domain.dto import Carton, PackedParcel, PackItem, UnitPlacement

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Units:
    """One row per unit. `kind` is the place in `items` of what it is one of; `turns` as in the kernel."""

    items: tuple[PackItem, ...]
    sides: Ints
    turns: Ints
    mass: Ints
    kind: Ints

    def __len__(self) -> int:
        return len(self.mass)

    @property
    def volume_mm3(self) -> int:
        return int(self.sides.prod(axis=1).sum())

    @property
    def mass_g(self) -> int:
        return int(self.mass.sum())

    def only(self, rows: Ints) -> Units:
        """The units of those rows, with their kinds numbered anew from 0."""
        kinds, fresh = np.unique(self.kind[rows], return_inverse=True)
        items = tuple(self.items[int(kind)] for kind in kinds)
        return Units(items, self.sides[rows], self.turns[rows], self.mass[rows], fresh.astype(np.int64))


def units_of(items: Sequence[PackItem]) -> Units:
    """Every unit of `items`, in their order."""
    rows = [(place, item) for place, item in enumerate(items) for _ in range(item.quantity)]
    return Units(
        tuple(items),
        np.array([_sides(item) for _, item in rows], np.int64).reshape(-1, 3),
        np.array([2 if item.keep_upright else 6 for _, item in rows], np.int64),
        np.array([item.mass_g for _, item in rows], np.int64),
        np.array([place for place, _ in rows], np.int64),
    )


def boxes_of(cartons: Sequence[Carton]) -> Ints:
    """One row per carton: three inner sides, mass limit."""
    return np.array([(*c.inner_mm, c.max_contents_g) for c in cartons], np.int64)


def fits(item: PackItem, carton: Carton) -> bool:
    """Whether one unit of `item` alone goes into `carton`, turned as it may be."""
    if item.mass_g > carton.max_contents_g:
        return False
    if item.keep_upright:
        return item.height_mm <= carton.inner_mm[2] and _within(
            (item.length_mm, item.width_mm), carton.inner_mm[:2]
        )
    return _within(item.sides_mm, carton.inner_mm)


def parcels_of(units: Units, cartons: Sequence[Carton], where: Ints) -> list[PackedParcel]:
    """One parcel for each of `cartons` that holds something, from the search's `where`."""
    parcels = (_parcel(units, carton, where, box) for box, carton in enumerate(cartons))
    return [parcel for parcel in parcels if parcel.contents]


def _within(sides: Sequence[int], room: Sequence[int]) -> bool:
    return all(side <= space for side, space in zip(sorted(sides), sorted(room), strict=True))


def _sides(item: PackItem) -> tuple[int, int, int]:
    return item.length_mm, item.width_mm, item.height_mm


def _parcel(units: Units, carton: Carton, where: Ints, box: int) -> PackedParcel:
    rows = np.flatnonzero(where[:, 0] == box)
    kinds, places = units.kind[rows].tolist(), where[rows, 1:].tolist()
    placed = sorted(
        (z, y, x, kind, dx, dy, dz) for kind, (x, y, z, dx, dy, dz) in zip(kinds, places, strict=True)
    )
    counts = Counter(kinds)
    return PackedParcel(
        carton.code,
        *carton.outer_mm,
        mass_g=carton.tare_g + int(units.mass[rows].sum()),
        contents=tuple((units.items[kind].sku, counts[kind]) for kind in sorted(counts)),
        method="exact",
        placements=tuple(
            UnitPlacement(units.items[kind].sku, x, y, z, dx, dy, dz) for z, y, x, kind, dx, dy, dz in placed
        ),
    )
