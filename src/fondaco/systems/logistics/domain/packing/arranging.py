"""As few boxes as can be found for an order, then each as small as can be found.

1. A greedy answer: the box that takes most, again and again. It always exists and is never the last word.
2. One box fewer, in mixtures of sizes, all open at once; again until that fails or a lower bound is met.
3. Where a bound leaves a doubt and the order is small, CP-SAT finds one box fewer or proves that there is none.
4. Each box is exchanged for the smallest size into which its contents go, by the search and then by CP-SAT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fondaco.systems.logistics.domain.dto import Carton, PackedParcel, PackItem
from fondaco.systems.logistics.domain.packing.bounds import (
    cannot_hold,
    least_by_conflict,
    least_by_room,
    mixtures,
    useful,
)
from fondaco.systems.logistics.domain.packing.units import Ints, Units, boxes_of, fits, parcels_of, units_of

_SEED = 20_261_122
_FIRST_TRIES = 8
_GREEDY_TRIES = 6
_FULL_TRIES_UNITS = 40
# Sizes that leave less air than this are worth CP-SAT's time when the search has failed on them.
_TIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look: `tries` in one box, `deep_tries` where fewer boxes are at stake, over so many `mixtures`
    of sizes. Orders of more than `exact_units` go by the volume rule; up to `prove_units` CP-SAT
    looks too, for `prove_ms` at most per question (0: never).
    """

    tries: int
    deep_tries: int
    mixtures: int
    exact_units: int
    prove_units: int = 0
    prove_ms: int = 0


@dataclass(frozen=True, slots=True)
class Arranged:
    """Parcels with a place for every unit. `proof` is "proved" (no packing takes fewer than `least`, and these are
    as few) or "search" (fewer was looked for and not found).
    """

    parcels: list[PackedParcel]
    least: int
    proof: str


_Found = tuple[tuple[Carton, ...], Ints]


def arrange(items: Sequence[PackItem], cartons: Sequence[Carton], *, effort: Effort) -> Arranged:
    """Pack `items`, each of which fits one of `cartons` (smallest first) alone."""
    units = units_of(items)
    single, refuted = _one_box(units, cartons, effort)
    if single:
        return Arranged(parcels_of(units, *single), 1, "proved")
    found, least = _fewest(units, useful(cartons), 2 if refuted else 1, effort)
    parcels = [parcel for part in _split(units, found) for parcel in _shrunk(*part, cartons, effort)]
    return Arranged(parcels, least, "proved" if len(parcels) == least else "search")


def _one_box(units: Units, cartons: Sequence[Carton], effort: Effort) -> tuple[_Found | None, bool]:
    """The smallest carton that holds everything; else None, and whether that is proved."""
    volume, mass = units.volume_mm3, units.mass_g
    refuted = True
    for carton in cartons:
        if carton.inner_volume_mm3 < volume or carton.max_contents_g < mass:
            continue
        if all(fits(item, carton) for item in units.items):
            where, sure = _holds(units, carton, effort, tight=volume >= _TIGHT * carton.inner_volume_mm3)
            if where is not None:
                return ((carton,), where), True
            refuted = refuted and sure
    return None, refuted


def _holds(units: Units, carton: Carton, effort: Effort, *, tight: bool) -> tuple[Ints | None, bool]:
    """Places for all in `carton`, else None and whether that is proved. Cheap answers come first."""
    where = _search(units, (carton,), min(_FIRST_TRIES, effort.tries))
    if where is not None:
        return where, True
    if cannot_hold(units, carton):
        return None, True
    if effort.tries > _FIRST_TRIES:
        where = _search(units, (carton,), effort.tries)
    if where is None and tight:
        return _prove(units, (carton,), effort)
    return where, where is not None


def _fewest(units: Units, cartons: Sequence[Carton], known: int, effort: Effort) -> tuple[_Found, int]:
    """The fewest boxes found, and the least there can be: at least `known`."""
    least = max(known, least_by_room(units, cartons))
    best = _greedy(units, cartons)
    if len(best[0]) > least:
        least = max(least, least_by_conflict(units.items, cartons))
    while len(best[0]) > least and (fewer := _mixed(units, cartons, len(best[0]) - 1, effort)):
        best = fewer
    return _proved(units, cartons, best, least, effort)


def _proved(
    units: Units, cartons: Sequence[Carton], best: _Found, least: int, effort: Effort
) -> tuple[_Found, int]:
    """CP-SAT's word on one box fewer, again and again while it finds one."""
    while least < len(best[0]) and len(units) <= effort.prove_units:
        fewer, refuted = _fewer(units, cartons, len(best[0]) - 1, effort)
        if fewer is None:
            return best, len(best[0]) if refuted else least
        best = fewer
    return best, least


def _fewer(units: Units, cartons: Sequence[Carton], count: int, effort: Effort) -> tuple[_Found | None, bool]:
    """CP-SAT's placement in any mixture of `count` boxes, else None and whether every mixture is refuted."""
    refuted = True
    for mixture in mixtures(units, cartons, count):
        if count == 1 and cannot_hold(units, mixture[0]):
            continue
        where, sure = _prove(units, mixture, effort)
        if where is not None:
            return (mixture, where), True
        refuted = refuted and sure
    return None, refuted


def _mixed(units: Units, cartons: Sequence[Carton], count: int, effort: Effort) -> _Found | None:
    """`count` boxes that hold everything, over the roomiest mixtures of sizes in either order."""
    by_room = sorted(mixtures(units, cartons, count), key=lambda m: -sum(c.inner_volume_mm3 for c in m))
    for mixture in by_room[: effort.mixtures]:
        for boxes in dict.fromkeys((mixture, mixture[::-1])):
            where = _search(units, boxes, effort.deep_tries)
            if where is not None:
                return boxes, where
    return None


def _greedy(units: Units, cartons: Sequence[Carton]) -> _Found:
    """Boxes filled one after another, each time the size that takes the largest volume."""
    where = np.full((len(units), 7), -1, np.int64)
    chosen: list[Carton] = []
    rows = np.arange(len(units))
    while len(rows):
        part = units.only(rows)
        volumes = part.sides.prod(axis=1)
        tried = [(carton, _try(part, (carton,), _GREEDY_TRIES)) for carton in cartons]
        carton, placed = max(tried, key=lambda pair: int(volumes[pair[1][:, 0] == 0].sum()))
        inside = placed[:, 0] == 0
        placed[inside, 0] = len(chosen)
        where[rows[inside]] = placed[inside]
        chosen.append(carton)
        rows = rows[~inside]
    return tuple(chosen), where


def _split(units: Units, found: _Found) -> list[tuple[Units, Carton, Ints]]:
    """Each box of an answer on its own: its units, its carton and their places."""
    cartons, where = found
    parts = []
    for box, carton in enumerate(cartons):
        rows = np.flatnonzero(where[:, 0] == box)
        if len(rows):
            places = where[rows].copy()
            places[:, 0] = 0
            parts.append((units.only(rows), carton, places))
    return parts


def _shrunk(
    units: Units, carton: Carton, where: Ints, cartons: Sequence[Carton], effort: Effort
) -> list[PackedParcel]:
    """The box's contents in the smallest carton found, at most `carton`."""
    smaller = [c for c in cartons if c.inner_volume_mm3 < carton.inner_volume_mm3]
    found, _ = _one_box(units, smaller, effort)
    return parcels_of(units, *(found or ((carton,), where)))


def _search(units: Units, boxes: Sequence[Carton], tries: int) -> Ints | None:
    where = _try(units, boxes, tries)
    return None if (where[:, 0] < 0).any() else where


def _try(units: Units, boxes: Sequence[Carton], tries: int) -> Ints:
    # The kernel compiles, or loads what was compiled, on first use: a second that imports must not cost.
    from fondaco.systems.logistics.domain.packing.kernel import search

    where = np.full((len(units), 7), -1, np.int64)
    # One try takes time with the square of the units; large orders get fewer, so that no answer takes long.
    fair = max(min(tries, _FIRST_TRIES), tries * _FULL_TRIES_UNITS // max(len(units), _FULL_TRIES_UNITS))
    search(boxes_of(boxes), units.sides, units.turns, units.mass, units.kind, fair, _SEED, where)
    return where


def _prove(units: Units, boxes: Sequence[Carton], effort: Effort) -> tuple[Ints | None, bool]:
    """CP-SAT's placement, or None; and whether None is a proof."""
    if len(units) > effort.prove_units:
        return None, False
    from fondaco.systems.logistics.domain.packing.proving import place_or_refute

    return place_or_refute(units, boxes, limit_ms=effort.prove_ms)
