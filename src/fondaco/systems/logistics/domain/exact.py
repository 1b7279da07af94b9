"""Exact packing of small orders: packvium's search, one carton size after another.

Trying the smallest carton that could hold everything first, and one at a time, is five times faster
here than giving the search the whole assortment, and finds the smallest size more often.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import packvium as pv

from fondaco.systems.logistics.domain.dto import Carton, PackedParcel, PackItem, UnitPlacement

# packvium wraps `dataclass`, which hides the constructors of these two from type checkers.
_Container: Any = pv.Container
_Item: Any = pv.Item
_TICK = pv.Length.of(1, "mm").ticks
# Cartons fuller than this are almost never packable by hand; trying them only costs time.
_FULLEST = 0.92
_TIME_LIMIT_MS = 2000


def fits(item: PackItem, carton: Carton) -> bool:
    """Whether one unit of `item` alone goes into `carton`, turned any way."""
    sides = zip(item.sides_mm, carton.inner_mm, strict=True)
    return item.mass_g <= carton.max_contents_g and all(side <= room for side, room in sides)


def pack_exactly(
    items: Sequence[PackItem], cartons: Sequence[Carton], *, most: int | None = None
) -> list[PackedParcel] | None:
    """Parcels with a place for every unit: one carton of the smallest size found, else several of the
    largest, `most` at most; None where the search places not all.
    """
    volume = sum(i.volume_mm3 * i.quantity for i in items)
    mass = sum(i.mass_g * i.quantity for i in items)
    for carton in cartons:
        roomy = carton.inner_volume_mm3 * _FULLEST >= volume and carton.max_contents_g >= mass
        if roomy and all(fits(i, carton) for i in items) and (found := _search(items, carton, most=1)):
            return found
    largest = cartons[-1]
    if most == 1 or not all(fits(i, largest) for i in items):
        return None
    return _search(items, largest, most=most)


def least_parcels(items: Sequence[PackItem], cartons: Sequence[Carton]) -> int:
    """No packing takes fewer parcels than this, by volume and by mass."""
    volume = sum(i.volume_mm3 * i.quantity for i in items)
    mass = sum(i.mass_g * i.quantity for i in items)
    room = int(max(c.inner_volume_mm3 for c in cartons) * _FULLEST)
    return max(-(-volume // room), -(-mass // max(c.max_contents_g for c in cartons)))


def _search(items: Sequence[PackItem], carton: Carton, *, most: int | None) -> list[PackedParcel] | None:
    config = pv.PackingConfig.fast(time_limit_ms=_TIME_LIMIT_MS, validate_result=False, max_containers=most)
    container = _Container(
        id=carton.code,
        inner_dimensions=pv.Dimensions.mm(*carton.inner_mm),
        max_payload=pv.Weight.of(carton.max_contents_g, "g"),
    )
    result = pv.Packer(config).pack([_item(i, place) for place, i in enumerate(items)], [container])
    if result.unpacked:
        return None
    return [_parcel(items, carton, packed) for packed in result.containers]


def _item(item: PackItem, place: int) -> Any:
    return _Item(
        id=str(place),
        dimensions=pv.Dimensions.mm(*item.sides_mm),
        weight=pv.Weight.of(item.mass_g, "g"),
        quantity=item.quantity,
    )


def _parcel(items: Sequence[PackItem], carton: Carton, packed: pv.PackedContainer) -> PackedParcel:
    placements = tuple(_placement(items, p) for p in packed.expand_placements())
    counts: dict[str, int] = {}
    mass = {i.sku: i.mass_g for i in items}
    for placement in placements:
        counts[placement.sku] = counts.get(placement.sku, 0) + 1
    return PackedParcel(
        carton.code,
        *carton.outer_mm,
        mass_g=carton.tare_g + sum(mass[sku] * count for sku, count in counts.items()),
        contents=tuple(counts.items()),
        method="exact",
        placements=placements,
    )


def _placement(items: Sequence[PackItem], placed: pv.Placement) -> UnitPlacement:
    at, size = placed.position, placed.dimensions
    return UnitPlacement(
        items[int(placed.instance.item.id)].sku,
        at.x // _TICK, at.y // _TICK, at.z // _TICK,
        size.length.ticks // _TICK, size.width.ticks // _TICK, size.height.ticks // _TICK,
    )  # fmt: skip
