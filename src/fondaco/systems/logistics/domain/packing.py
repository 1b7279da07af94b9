"""Packing orders into parcels: exactly where the order is small or that saves a parcel, else by volume."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from fondaco.kernel.errors import Refused
from fondaco.systems.logistics.domain.cartons import house_cartons
from fondaco.systems.logistics.domain.dto import (
    Carton,
    PackedParcel,
    Packing,
    PackItem,
    PackRequest,
    Unpackable,
)
from fondaco.systems.logistics.domain.exact import fits, least_parcels, pack_exactly
from fondaco.systems.logistics.domain.volume import pack_by_volume

# Up to here every unit gets its place; the search costs milliseconds and grows fast with the units.
EXACT_UNITS, EXACT_LINES = 8, 4
# Up to here it is tried where the volume rule needs several parcels; it rarely saves one beyond.
SAVING_UNITS, SAVING_LINES = 40, 12
# What one person can lift with help, and what a parcel network or a pallet truck still takes.
OWN_MAX_G = 70_000
OWN_MAX_SIDE_MM = 2_700
_OWN_WALL_MM = 20
_OWN_TARE_PERCENT = 5


class ItemTooLarge(Refused):
    code = "item-too-large"
    title = "No parcel can hold this article."
    remedy = "Check its mass and sides; send it as freight on a pallet, or in parts."


def pack_many(
    requests: Sequence[PackRequest], *, boxes: Sequence[Carton] | None = None, processes: int = 1
) -> list[Packing]:
    """Pack each request into `boxes` (our own cartons by default), in the order asked.

    Units that fit no box travel alone; units that may not travel at all are listed as `unpackable`
    and never dropped in silence.
    """
    cartons = sorted(boxes or house_cartons(), key=lambda c: (c.inner_volume_mm3, c.code))
    if processes <= 1 or len(requests) < 2 * processes:
        return [pack(request, cartons=cartons) for request in requests]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(partial(_pack, cartons=cartons), requests, chunksize=16))


def pack(request: PackRequest, *, cartons: Sequence[Carton]) -> Packing:
    """Pack one request into `cartons` (smallest first)."""
    items = _merged(request.items)
    unpackable = [bad for item in items if (bad := _refuse(item))]
    refused = {bad.sku for bad in unpackable}
    sound = [item for item in items if item.sku not in refused]
    boxed = [item for item in sound if any(fits(item, carton) for carton in cartons)]
    own = [_own_parcel(item) for item in sound if item not in boxed for _ in range(item.quantity)]
    return Packing(request.reference, (*_pack_boxed(boxed, cartons), *own), tuple(unpackable))


def require_packed(packing: Packing) -> Packing:
    """`packing` itself; ItemTooLarge where it left units out."""
    for bad in packing.unpackable:
        raise ItemTooLarge(field="sku", value=bad.sku, reason=bad.code, numbers=dict(bad.numbers))
    return packing


def _pack(request: PackRequest, cartons: Sequence[Carton]) -> Packing:
    return pack(request, cartons=cartons)


def _pack_boxed(items: list[PackItem], cartons: Sequence[Carton]) -> list[PackedParcel]:
    if not items:
        return []
    if _within(items, EXACT_UNITS, EXACT_LINES) and (exact := pack_exactly(items, cartons)):
        return exact
    parcels = pack_by_volume(items, cartons)
    fewer = len(parcels) - 1
    if fewer >= least_parcels(items, cartons) and _within(items, SAVING_UNITS, SAVING_LINES):
        return pack_exactly(items, cartons, most=fewer) or parcels
    return parcels


def _within(items: Sequence[PackItem], units: int, lines: int) -> bool:
    return len(items) <= lines and sum(i.quantity for i in items) <= units


def _merged(items: Sequence[PackItem]) -> list[PackItem]:
    """One item per SKU: a file may name an article on two lines."""
    merged: dict[str, PackItem] = {}
    for item in items:
        seen = merged.get(item.sku)
        quantity = item.quantity + (seen.quantity if seen else 0)
        merged[item.sku] = PackItem(
            item.sku, quantity, item.mass_g, item.length_mm, item.width_mm, item.height_mm, item.cargo_classes
        )
    return list(merged.values())


def _refuse(item: PackItem) -> Unpackable | None:
    longest, _, shortest = item.sides_mm
    if shortest <= 0 or item.mass_g <= 0 or item.quantity <= 0:
        numbers = {"mass_g": item.mass_g, "shortest_mm": shortest, "quantity": item.quantity}
        return Unpackable("bad-item", item.sku, item.quantity, numbers)
    if item.mass_g > OWN_MAX_G:
        return Unpackable(
            "item-too-heavy", item.sku, item.quantity, {"mass_g": item.mass_g, "max_g": OWN_MAX_G}
        )
    if longest > OWN_MAX_SIDE_MM:
        numbers = {"longest_mm": longest, "max_mm": OWN_MAX_SIDE_MM}
        return Unpackable("item-too-large", item.sku, item.quantity, numbers)
    return None


def _own_parcel(item: PackItem) -> PackedParcel:
    a, b, c = (side + 2 * _OWN_WALL_MM for side in item.sides_mm)
    mass = item.mass_g + item.mass_g * _OWN_TARE_PERCENT // 100
    return PackedParcel("own", a, b, c, mass_g=mass, contents=((item.sku, 1),), method="own")
