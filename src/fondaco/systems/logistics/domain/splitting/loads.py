"""Loads: how an order's goods lie in cartons under a mass limit, by the volume rule of the packing room.

Each load is a list of boxed patterns; what two loads share is one pattern. A unit that fits no carton
travels alone in its own wrapping.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from fondaco.systems.logistics.domain.dto import Carton, PackItem, ParcelSpec
from fondaco.systems.logistics.domain.packing import OWN_MAX_G, OWN_MAX_SIDE_MM
from fondaco.systems.logistics.domain.packing.units import fits
from fondaco.systems.logistics.domain.packing.volume import room_mm3, space_mm3
from fondaco.systems.logistics.domain.splitting.filling import filler
from fondaco.systems.logistics.domain.splitting.types import SplitItem
from fondaco.systems.logistics.domain.store import Ints

_OWN_WALL_MM, _OWN_TARE_PERCENT = 20, 5
_OWN = -1  # the place of no carton


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A closed parcel: `contents` are (place of the line, units). A shelf has each only once: equal ones are the same."""

    contents: tuple[tuple[int, int], ...]
    box: str
    spec: ParcelSpec


@dataclass(slots=True)
class Shelf:
    """The goods of an order measured against every carton once. `cartons` ascend by inner volume."""

    items: Sequence[SplitItem]
    cartons: Sequence[Carton]
    rooms: list[int]
    spaces: list[list[int]]  # by line, by carton: what a unit takes; 0 where it does not fit
    volumes: list[int]
    order: list[int]  # lines, largest units first
    table: tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints]  # the same as `filling.fill` takes it
    known: dict[tuple[tuple[tuple[int, int], ...], int], Pattern] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Sequence[SplitItem], cartons: Sequence[Carton]) -> Shelf:
        """The measures of `items`."""
        boxes = sorted(cartons, key=lambda c: (c.inner_volume_mm3, c.code))
        key = tuple(boxes)
        spaces = [list(_spaces(_sides(item), key)) for item in items]
        volumes = [item.length_mm * item.width_mm * item.height_mm for item in items]
        order = sorted(range(len(items)), key=lambda i: (-_sides(items[i])[0], -volumes[i], items[i].sku))
        rooms = [room_mm3(c) for c in boxes]
        table = (
            _ints([item.quantity for item in items]),
            _ints([item.mass_g for item in items]),
            _ints(volumes),
            _ints(spaces),
            _ints(rooms),
            _ints([c.max_contents_g for c in boxes]),
            _ints([c.tare_g for c in boxes]),
        )
        return cls(items, boxes, rooms, spaces, volumes, order, table)

    def boxed(self, line: int) -> bool:
        """Whether some carton holds a unit of the line."""
        return any(self.spaces[line])

    def density(self, line: int) -> float:
        """Grams in a cubic millimetre of the line's units."""
        return self.items[line].mass_g / self.volumes[line]

    def smallest(self, contents: Sequence[tuple[int, int]], *, below: int | None = None) -> int | None:
        """The place of the smallest carton (before `below`) that holds `contents` by the rule."""
        mass = sum(self.items[i].mass_g * n for i, n in contents)
        volume = sum(self.volumes[i] * n for i, n in contents)
        for place in range(len(self.cartons) if below is None else below):
            room = self.rooms[place]
            if self.cartons[place].max_contents_g < mass or room < volume:
                continue
            taken = 0
            for i, n in contents:
                space = self.spaces[i][place]
                taken += space * n if space else room + 1
            if taken <= room:
                return place
        return None

    def pattern(self, contents: Sequence[tuple[int, int]], place: int) -> Pattern:
        """`contents` in the carton at `place`."""
        key = tuple(sorted(contents)), place
        return self.known.get(key) or self._close(key)

    def _close(self, key: tuple[tuple[tuple[int, int], ...], int]) -> Pattern:
        contents, place = key
        carton = self.cartons[place]
        mass = carton.tare_g + sum(self.items[i].mass_g * n for i, n in contents)
        self.known[key] = Pattern(contents, carton.code, ParcelSpec(*carton.outer_mm, mass))
        return self.known[key]

    def own(self, line: int) -> Pattern:
        """One unit in its own wrapping, as the packing room wraps it."""
        key = ((line, 1),), _OWN
        if key not in self.known:
            item = self.items[line]
            a, b, c = (side + 2 * _OWN_WALL_MM for side in _sides(item))
            mass = item.mass_g + item.mass_g * _OWN_TARE_PERCENT // 100
            self.known[key] = Pattern(key[0], "own", ParcelSpec(a, b, c, mass))
        return self.known[key]

    def load(self, lines: Sequence[int], *, cap_g: int = 0, largest: int | None = None) -> list[Pattern]:
        """All units of `lines` (in the order to fill in) in parcels of at most `cap_g` gross (0: no cap).

        `largest` is the place of the largest carton to use; a line that needs more gets it.
        """
        wrapped = [self.own(i) for i in lines if not self.boxed(i) for _ in range(self.items[i].quantity)]
        inner = np.array([i for i in lines if self.boxed(i)], dtype=np.int64)
        if not len(inner):
            return wrapped
        top = len(self.cartons) - 1 if largest is None else largest
        boxes, inside = filler()(inner, *self.table, top, cap_g)
        contents: list[list[tuple[int, int]]] = [[] for _ in boxes]
        parcels, held = inside.nonzero()
        units = inside[parcels, held].tolist()
        for parcel, line, count in zip(parcels.tolist(), held.tolist(), units, strict=True):
            contents[parcel].append((line, count))
        return [*map(self.pattern, contents, boxes.tolist()), *wrapped]


def unsendable(item: SplitItem) -> str:
    """Why no parcel may hold a unit of `item`: a code, or nothing."""
    sides = _sides(item)
    if sides[2] <= 0 or item.mass_g <= 0 or item.quantity <= 0:
        return "bad-item"
    if item.mass_g > OWN_MAX_G:
        return "item-too-heavy"
    return "item-too-large" if sides[0] > OWN_MAX_SIDE_MM else ""


def _sides(item: SplitItem) -> tuple[int, int, int]:
    a, b, c = sorted((item.length_mm, item.width_mm, item.height_mm), reverse=True)
    return a, b, c


@lru_cache(maxsize=65_536)
def _spaces(sides: tuple[int, int, int], cartons: tuple[Carton, ...]) -> tuple[int, ...]:
    """What a unit of `sides` takes in each carton: 0 where it does not fit."""
    unit = PackItem("", 1, 1, *sides)
    return tuple(space_mm3(unit, c) if fits(unit, c) else 0 for c in cartons)


def _ints(values: Sequence[int] | Sequence[Sequence[int]]) -> Ints:
    return np.array(values, dtype=np.int64)
