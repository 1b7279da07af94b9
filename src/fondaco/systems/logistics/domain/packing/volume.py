"""The volume rule for wholesale orders of hundreds of units, where placing each one proves nothing.

A carton is full at 75 % of its inner volume or at its weight limit, whichever comes first. A unit that
is large for the carton counts as the share of it that a regular lattice of such units would leave it,
so that a carton which holds one of something never counts as holding two. Cartons of the largest size
that suits are filled in turn, largest units first; each is then exchanged for the smallest size
that its own contents would fill by the same rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from fondaco.systems.logistics.domain.dto import Carton, PackedParcel, PackItem
from fondaco.systems.logistics.domain.packing.units import fits

FILL_PERCENT = 75


@dataclass(slots=True)
class _Line:
    """Units of one article still to pack, and what one takes in each carton (None: it does not fit)."""

    item: PackItem
    left: int
    spaces: list[int | None]


_Load = list[tuple[_Line, int]]


def pack_by_volume(items: Sequence[PackItem], cartons: Sequence[Carton]) -> list[PackedParcel]:
    """Parcels by the volume rule. Every item must fit some carton alone. Work grows with lines and
    cartons, not with units.
    """
    ordered = sorted(items, key=lambda i: (-i.sides_mm[0], -i.volume_mm3, i.sku))
    lines = [
        _Line(i, i.quantity, [space_mm3(i, c) if fits(i, c) else None for c in cartons]) for i in ordered
    ]
    rooms = [room_mm3(c) for c in cartons]
    parcels: list[PackedParcel] = []
    while lines:
        place = max(p for p, space in enumerate(lines[0].spaces) if space is not None)
        load = _fill(lines, place, rooms[place], cartons[place].max_contents_g)
        parcels.append(_parcel(load, cartons[_smallest(load, cartons, rooms, place)]))
        lines = [line for line in lines if line.left]
    return parcels


def room_mm3(carton: Carton) -> int:
    """How much a carton holds by the rule."""
    return carton.inner_volume_mm3 * FILL_PERCENT // 100


def space_mm3(item: PackItem, carton: Carton) -> int:
    """How much of `room_mm3` one unit takes: its volume, or its lattice share where that is more."""
    count = max(_lattice(sides, carton.inner_mm) for sides in permutations(item.sides_mm))
    return max(item.volume_mm3, room_mm3(carton) // count)


def _lattice(sides: tuple[int, ...], inner: tuple[int, int, int]) -> int:
    return (inner[0] // sides[0]) * (inner[1] // sides[1]) * (inner[2] // sides[2])


def _fill(lines: Sequence[_Line], place: int, room: int, mass: int) -> _Load:
    """One carton's load, taken from `lines`."""
    load: _Load = []
    for line in lines:
        space = line.spaces[place]
        if space is None or space > room:
            continue
        count = min(line.left, room // space, mass // line.item.mass_g)
        if count:
            load.append((line, count))
            line.left -= count
            room -= count * space
            mass -= count * line.item.mass_g
    return load


def _smallest(load: _Load, cartons: Sequence[Carton], rooms: Sequence[int], filled: int) -> int:
    """The place of the smallest carton that holds `load` by the rule."""
    mass = sum(line.item.mass_g * count for line, count in load)
    volume = sum(line.item.volume_mm3 * count for line, count in load)
    for place in range(filled):
        if cartons[place].max_contents_g >= mass and rooms[place] >= volume:
            spaces = [(line.spaces[place], count) for line, count in load]
            taken = sum(rooms[place] + 1 if space is None else space * count for space, count in spaces)
            if taken <= rooms[place]:
                return place
    return filled


def _parcel(load: _Load, carton: Carton) -> PackedParcel:
    return PackedParcel(
        carton.code,
        *carton.outer_mm,
        mass_g=carton.tare_g + sum(line.item.mass_g * count for line, count in load),
        contents=tuple((line.item.sku, count) for line, count in load),
        method="volume",
    )
