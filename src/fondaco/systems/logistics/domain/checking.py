"""An independent check of packings: it shares no code with what packs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from fondaco.systems.logistics.domain.dto import Carton, PackedParcel, Packing, PackRequest, UnitPlacement


def faults(request: PackRequest, packing: Packing, cartons: Sequence[Carton]) -> list[str]:
    """Everything wrong with `packing` as an answer to `request`, in words; empty when it is sound."""
    by_code = {carton.code: carton for carton in cartons}
    found = _count_faults(request, packing)
    for place, parcel in enumerate(packing.parcels, 1):
        carton = by_code.get(parcel.box)
        if carton is None and parcel.method != "own":
            found.append(f"parcel {place}: no carton is called {parcel.box}")
        elif carton is not None:
            found += [f"parcel {place}: {fault}" for fault in _parcel_faults(request, parcel, carton)]
    return found


def _count_faults(request: PackRequest, packing: Packing) -> list[str]:
    wanted = Counter[str]()
    for item in request.items:
        wanted[item.sku] += item.quantity
    for bad in packing.unpackable:
        wanted[bad.sku] -= bad.quantity
    for parcel in packing.parcels:
        for sku, count in parcel.contents:
            wanted[sku] -= count
    return [f"{sku}: {count} units unaccounted for" for sku, count in wanted.items() if count]


def _parcel_faults(request: PackRequest, parcel: PackedParcel, carton: Carton) -> list[str]:
    mass = {item.sku: item.mass_g for item in request.items}
    contents_g = sum(mass[sku] * count for sku, count in parcel.contents)
    found = []
    if contents_g > carton.max_contents_g:
        found.append(f"holds {contents_g} g, may hold {carton.max_contents_g} g")
    if parcel.mass_g != contents_g + carton.tare_g:
        found.append(f"says {parcel.mass_g} g, weighs {contents_g + carton.tare_g} g")
    if parcel.method == "exact":
        found += _placement_faults(request, parcel, carton)
    return found


def _placement_faults(request: PackRequest, parcel: PackedParcel, carton: Carton) -> list[str]:
    sides = {i.sku: sorted((i.length_mm, i.width_mm, i.height_mm)) for i in request.items}
    upright = {i.sku: i.height_mm for i in request.items if i.keep_upright}
    found = []
    if Counter(p.sku for p in parcel.placements) != Counter(dict(parcel.contents)):
        found.append("places other units than it holds")
    for p in parcel.placements:
        if sorted((p.dx, p.dy, p.dz)) != sides[p.sku]:
            found.append(f"{p.sku} has changed its size")
        if upright.get(p.sku, p.dz) != p.dz:
            found.append(f"{p.sku} does not stand upright")
        if min(p.x, p.y, p.z) < 0 or any(_beyond(p, carton)):
            found.append(f"{p.sku} sticks out")
    found += [f"{a.sku} and {b.sku} overlap" for a, b in combinations(parcel.placements, 2) if _overlap(a, b)]
    return found


def _beyond(p: UnitPlacement, carton: Carton) -> tuple[bool, bool, bool]:
    length, width, height = carton.inner_mm
    return p.x + p.dx > length, p.y + p.dy > width, p.z + p.dz > height


def _overlap(a: UnitPlacement, b: UnitPlacement) -> bool:
    return (
        a.x < b.x + b.dx and b.x < a.x + a.dx
        and a.y < b.y + b.dy and b.y < a.y + a.dy
        and a.z < b.z + b.dz and b.z < a.z + a.dz
    )  # fmt: skip
