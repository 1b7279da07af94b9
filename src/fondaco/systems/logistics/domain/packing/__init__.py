"""Packing orders into parcels: every unit placed and checked, except wholesale orders, which go by volume."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

from fondaco.kernel.errors import FondacoError, Refused
from fondaco.systems.logistics.domain.cartons import house_cartons
from fondaco.systems.logistics.domain.checking import faults
from fondaco.systems.logistics.domain.dto import (
    Carton,
    PackedParcel,
    Packing,
    PackItem,
    PackRequest,
    Unpackable,
)
from fondaco.systems.logistics.domain.packing.arranging import Effort, arrange
from fondaco.systems.logistics.domain.packing.units import fits
from fondaco.systems.logistics.domain.packing.volume import pack_by_volume

# What the flow of orders can afford (milliseconds), and what a person, a file or the API may ask for.
FLOW = Effort(tries=12, deep_tries=12, mixtures=3, exact_units=40)
THOROUGH = Effort(tries=60, deep_tries=300, mixtures=6, exact_units=200, prove_units=12, prove_ms=400)
# What one person can lift with help, and what a parcel network or a pallet truck still takes.
OWN_MAX_G = 70_000
OWN_MAX_SIDE_MM = 2_700
_OWN_WALL_MM = 20
_OWN_TARE_PERCENT = 5

__all__ = [
    "FLOW",
    "THOROUGH",
    "Effort",
    "ItemContradicted",
    "PackingUnsound",
    "pack",
    "pack_many",
]


class ItemContradicted(Refused):
    code = "item-contradicted"
    title = "One article is given with two sizes or masses."
    remedy = "Give each article one size and mass, or name the variants apart."


class PackingUnsound(FondacoError):
    code = "packing-unsound"
    title = "A packing did not pass its check and was not given out."
    remedy = "Report this order's articles and boxes: the fault is ours. Pack it by hand meanwhile."


def pack_many(
    requests: Sequence[PackRequest],
    *,
    boxes: Sequence[Carton] | None = None,
    effort: Effort = FLOW,
    processes: int = 1,
) -> list[Packing]:
    """Pack each request into `boxes` (our own cartons by default), in the order asked.

    Units that fit no box travel alone; units that may not travel at all are listed as `unpackable`
    and never dropped in silence. PackingUnsound if the independent checker finds a fault.
    """
    cartons = sorted(boxes or house_cartons(), key=lambda c: (c.inner_volume_mm3, c.code))
    work = partial(pack, cartons=cartons, effort=effort)
    if processes <= 1 or len(requests) < 2 * processes:
        return [work(request) for request in requests]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(work, requests, chunksize=16))


def pack(request: PackRequest, *, cartons: Sequence[Carton], effort: Effort = FLOW) -> Packing:
    """Pack one request into `cartons` (smallest first); only what the checker passes is returned."""
    items = _merged(request.items)
    unpackable = [bad for item in items if (bad := _refuse(item))]
    refused = {bad.sku for bad in unpackable}
    sound = [item for item in items if item.sku not in refused]
    boxed = [item for item in sound if any(fits(item, carton) for carton in cartons)]
    own = [_own_parcel(item) for item in sound if item not in boxed for _ in range(item.quantity)]
    packing = _pack_boxed(request.reference, boxed, cartons, effort)
    packing = replace(packing, parcels=(*packing.parcels, *own), unpackable=tuple(unpackable))
    if found := faults(replace(request, items=tuple(items)), packing, cartons):
        raise PackingUnsound("; ".join(found[:5]), field="reference", value=request.reference)
    return packing


def _pack_boxed(reference: str, items: list[PackItem], cartons: Sequence[Carton], effort: Effort) -> Packing:
    if not items:
        return Packing(reference, ())
    if sum(item.quantity for item in items) > effort.exact_units:
        return Packing(reference, tuple(pack_by_volume(items, cartons)), proof="volume")
    arranged = arrange(items, cartons, effort=effort)
    return Packing(reference, tuple(arranged.parcels), least=arranged.least, proof=arranged.proof)


def _merged(items: Sequence[PackItem]) -> list[PackItem]:
    """One item per SKU: a file may name an article on two lines. ItemContradicted where they differ."""
    merged: dict[str, PackItem] = {}
    for item in items:
        seen = merged.get(item.sku)
        if seen and replace(item, quantity=seen.quantity) != seen:
            raise ItemContradicted(field="sku", value=item.sku)
        quantity = item.quantity + (seen.quantity if seen else 0)
        merged[item.sku] = replace(item, quantity=quantity)
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
