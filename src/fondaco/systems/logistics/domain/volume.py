"""The volume rule for wholesale orders of hundreds of units, where placing each one proves nothing.

A carton is full at 75 % of its inner volume or at its weight limit, whichever comes first. A unit that
is large for the carton counts as the share of it that a regular lattice of such units would leave it,
so that a carton which holds one of something never counts as holding two. Cartons of the largest size
that suits are filled in turn, largest units first; each is then exchanged for the smallest size
that its own contents would fill by the same rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from fondaco.systems.logistics.domain.dto import Carton, PackedParcel, PackItem
from fondaco.systems.logistics.domain.exact import fits

FILL_PERCENT = 75


def pack_by_volume(items: Sequence[PackItem], cartons: Sequence[Carton]) -> list[PackedParcel]:
    """Parcels by the volume rule. Every item must fit some carton alone. Work grows with lines and
    cartons, not with units.
    """
    left = sorted(items, key=lambda i: (-i.sides_mm[0], -i.volume_mm3, i.sku))
    parcels: list[PackedParcel] = []
    while left:
        carton = next(c for c in reversed(cartons) if fits(left[0], c))
        load, left = _fill(left, carton)
        parcels.append(_parcel(load, _smallest(load, cartons, carton)))
    return parcels


def room_mm3(carton: Carton) -> int:
    """How much a carton holds by the rule."""
    return carton.inner_volume_mm3 * FILL_PERCENT // 100


def space_mm3(item: PackItem, carton: Carton) -> int:
    """How much of `room_mm3` one unit takes: its volume, or its lattice share where that is more."""
    count = max(_lattice(sides, carton.inner_mm) for sides in set(permutations(item.sides_mm)))
    return max(item.volume_mm3, room_mm3(carton) // count)


def _lattice(sides: tuple[int, ...], inner: tuple[int, int, int]) -> int:
    return (inner[0] // sides[0]) * (inner[1] // sides[1]) * (inner[2] // sides[2])


def _fill(items: list[PackItem], carton: Carton) -> tuple[list[tuple[PackItem, int]], list[PackItem]]:
    """One carton's load, and what is left."""
    room, mass = room_mm3(carton), carton.max_contents_g
    load: list[tuple[PackItem, int]] = []
    left: list[PackItem] = []
    for item in items:
        count = 0
        if fits(item, carton):
            space = space_mm3(item, carton)
            count = min(item.quantity, room // space, mass // max(item.mass_g, 1))
            room, mass = room - count * space, mass - count * item.mass_g
        if count:
            load.append((item, count))
        if count < item.quantity:
            left.append(_with_quantity(item, item.quantity - count))
    return load, left


def _smallest(load: list[tuple[PackItem, int]], cartons: Sequence[Carton], filled: Carton) -> Carton:
    mass = sum(item.mass_g * count for item, count in load)
    for carton in cartons:
        if carton.max_contents_g < mass or not all(fits(item, carton) for item, _ in load):
            continue
        if sum(space_mm3(item, carton) * count for item, count in load) <= room_mm3(carton):
            return carton
    return filled


def _parcel(load: list[tuple[PackItem, int]], carton: Carton) -> PackedParcel:
    return PackedParcel(
        carton.code,
        *carton.outer_mm,
        mass_g=carton.tare_g + sum(item.mass_g * count for item, count in load),
        contents=tuple((item.sku, count) for item, count in load),
        method="volume",
    )


def _with_quantity(item: PackItem, quantity: int) -> PackItem:
    return PackItem(
        item.sku, quantity, item.mass_g, item.length_mm, item.width_mm, item.height_mm, item.cargo_classes
    )
