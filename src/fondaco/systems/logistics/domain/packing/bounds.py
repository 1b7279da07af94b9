"""How few boxes an order can take at all: bounds that need no search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, permutations
from math import comb

import numpy as np
from numpy.typing import NDArray

from fondaco.systems.logistics.domain.dto import Carton, PackItem
from fondaco.systems.logistics.domain.packing.units import Units, fits

# More mixtures of sizes than this are not enumerated; the plain bound by the roomiest carton stands then.
_MIXTURES = 2_000


def useful(cartons: Sequence[Carton]) -> list[Carton]:
    """Cartons that no other one replaces (at least as long, wide, high and strong), roomiest first."""
    roomy = sorted(cartons, key=lambda c: (-c.inner_volume_mm3, c.code))
    kept: list[Carton] = []
    for carton in roomy:
        if not any(_replaces(other, carton) for other in kept):
            kept.append(carton)
    return kept


def mixtures(units: Units, cartons: Sequence[Carton], count: int) -> Iterator[tuple[Carton, ...]]:
    """Every mixture of `count` of `cartons` with room and strength for all, in which each unit fits some box."""
    if comb(len(cartons) + count - 1, count) > _MIXTURES:
        return
    volume, mass = units.volume_mm3, units.mass_g
    for mixture in combinations_with_replacement(cartons, count):
        room = sum(c.inner_volume_mm3 for c in mixture)
        strength = sum(c.max_contents_g for c in mixture)
        if (
            room >= volume
            and strength >= mass
            and all(any(fits(i, c) for c in set(mixture)) for i in units.items)
        ):
            yield mixture


def least_by_room(units: Units, cartons: Sequence[Carton]) -> int:
    """No packing takes fewer boxes than this, by volume and mass over every mixture of sizes."""
    room = max(c.inner_volume_mm3 for c in cartons)
    strength = max(c.max_contents_g for c in cartons)
    least = max(1, -(-units.volume_mm3 // room), -(-units.mass_g // strength))
    while comb(len(cartons) + least - 1, least) <= _MIXTURES and not any(mixtures(units, cartons, least)):
        least += 1
    return least


def least_by_conflict(items: Sequence[PackItem], cartons: Sequence[Carton]) -> int:
    """No packing takes fewer boxes than there are units of which no two can share a box."""
    apart: list[PackItem] = []
    count = 0
    for item in sorted(items, key=lambda i: (-i.volume_mm3, i.sku)):
        if any(_can_share(item, other, carton) for other in apart for carton in cartons):
            continue
        shares = any(_can_share(item, item, carton) for carton in cartons)
        count += 1 if shares else item.quantity
        apart.append(item)
    return count


def cannot_hold(units: Units, carton: Carton) -> bool:
    """Whether `carton` can be proved too small for `units` by weighing sides: True is a proof, False says nothing.

    Dual feasible functions (Fekete and Schepers 2004, Math. Methods of Operations Research 60) stretch long
    sides and drop short ones so that what fitted still fits; then volumes are compared, each unit in its
    most favourable way round. Two pieces longer than half the box, for example, count its whole length.
    """
    ways = _ways(units, carton)
    fitting = (ways <= np.array(carton.inner_mm)).all(axis=2)
    if not np.all(np.any(fitting, axis=1)):
        return True
    x, y, z = (_weights(ways[:, :, axis] / carton.inner_mm[axis]) for axis in range(3))
    shares = x[:, None, None] * y[None, :, None] * z[None, None, :]
    least = np.where(fitting, shares, np.inf).min(axis=-1).sum(axis=-1)
    return bool(np.any(least > 1 + 1e-9))


def _ways(units: Units, carton: Carton) -> NDArray[np.int64]:
    """Each unit's sides in each of six ways round; ways that it may not be turned are longer than the carton."""
    ways = np.stack([units.sides[:, way] for way in permutations(range(3))], axis=1)
    tipped = [way[2] != 2 for way in permutations(range(3))]
    ways[np.ix_(units.turns == 2, np.array(tipped))] = max(carton.inner_mm) + 1
    return ways


def _weights(sides: NDArray[np.float64]) -> NDArray[np.float64]:
    """Six dual feasible functions of sides given as shares of the box: itself, U(1) to U(3), two cut-offs."""
    rows = [sides]
    for k in (1, 2, 3):
        parts = (k + 1) * sides
        whole = np.abs(parts - np.round(parts)) < 1e-9
        rows.append(np.where(whole, sides, np.floor(parts) / k))
    rows += [
        np.where(sides > 1 - cut + 1e-9, 1.0, np.where(sides < cut - 1e-9, 0.0, sides))
        for cut in (1 / 3, 1 / 4)
    ]
    return np.stack(rows)


def _can_share(a: PackItem, b: PackItem, carton: Carton) -> bool:
    """Whether two units might lie in one carton: along some axis they must follow one another."""
    if a.mass_g + b.mass_g > carton.max_contents_g or not (fits(a, carton) and fits(b, carton)):
        return False
    return any(
        x + y <= room
        for x, y, room in zip(_thinnest(a, carton), _thinnest(b, carton), carton.inner_mm, strict=True)
    )


def _thinnest(item: PackItem, carton: Carton) -> tuple[int, int, int]:
    """The least that a unit takes along each axis of `carton`, over the ways it may be turned and fits."""
    sides = item.length_mm, item.width_mm, item.height_mm
    ways = [way for way in permutations(sides) if way[2] == sides[2] or not item.keep_upright]
    fit = [way for way in ways if all(s <= room for s, room in zip(way, carton.inner_mm, strict=True))]
    x, y, z = (min(way[axis] for way in fit) for axis in range(3))
    return x, y, z


def _replaces(a: Carton, b: Carton) -> bool:
    """Whether whatever goes into `b` goes into `a`: also upright, so the heights are compared on their own."""
    flat = all(x >= y for x, y in zip(sorted(a.inner_mm[:2]), sorted(b.inner_mm[:2]), strict=True))
    return flat and a.inner_mm[2] >= b.inner_mm[2] and a.max_contents_g >= b.max_contents_g
