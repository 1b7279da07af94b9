"""Filling cartons by the volume rule: one loop, compiled by numba where it is there, else run as it stands."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from fondaco.systems.logistics.domain.store import Ints

# lines in filling order, their units, mass, volume, space by carton (0: does not fit); cartons' room, most mass and
# tare; place of the largest carton to use; gross cap (0: none) -> carton and contents of each parcel
Filler = Callable[[Ints, Ints, Ints, Ints, Ints, Ints, Ints, Ints, int, int], tuple[Ints, Ints]]


@cache
def filler() -> Filler:
    """The loop of this process."""
    try:
        from numba import njit
    except ImportError:
        return fill
    compiled: Any = njit(cache=True)(fill)
    return compiled  # type: ignore[no-any-return]


def fill(  # noqa: C901, PLR0912, PLR0915, PLR0917 - one loop over arrays, for the compiler
    lines: Ints, units: Ints, mass: Ints, volume: Ints, space: Ints, room: Ints, most: Ints, tare: Ints,
    top: int, cap: int,
) -> tuple[Ints, Ints]:  # fmt: skip
    """All units of `lines` in parcels: (place of the carton, by parcel), (units, by parcel and line of the order).

    Cartons of the largest size up to `top` that suits the first line left are filled in turn, lines in their
    order; then each is exchanged for the smallest that its contents fill by the same rule. A unit that is
    over the cap by itself travels alone.
    """
    count, sizes = len(lines), len(room)
    left = units.copy()
    boxes = np.zeros(64, dtype=np.int64)
    inside = np.zeros((64, len(units)), dtype=np.int64)
    made, first = 0, 0
    while True:
        while first < count and left[lines[first]] == 0:
            first += 1
        if first == count:
            break
        if made == len(boxes):
            more_boxes = np.zeros(2 * made, dtype=np.int64)
            more_boxes[:made] = boxes
            more_inside = np.zeros((2 * made, len(units)), dtype=np.int64)
            more_inside[:made] = inside
            boxes, inside = more_boxes, more_inside
        head, place = lines[first], -1
        for p in range(sizes):
            if space[head, p] > 0 and (p <= top or place < 0):
                place = p
        free, bear, taken_mm3, taken_g = room[place], most[place], 0, 0
        if cap > 0:
            bear = min(bear, cap - tare[place])
        for k in range(first, count):
            line = lines[k]
            each = space[line, place]
            if left[line] == 0 or each == 0:
                continue
            n = max(min(left[line], free // each, bear // mass[line]), 0)
            if n == 0 and k == first:
                n = 1
            if n > 0:
                inside[made, line] = n
                left[line] -= n
                free -= n * each
                bear -= n * mass[line]
                taken_mm3 += n * volume[line]
                taken_g += n * mass[line]
        for p in range(place):
            if most[p] < taken_g or room[p] < taken_mm3:
                continue
            need, fits = 0, True
            for k in range(first, count):
                line = lines[k]
                n = inside[made, line]
                if n > 0:
                    if space[line, p] == 0:
                        fits = False
                        break
                    need += n * space[line, p]
            if fits and need <= room[p]:
                place = p
                break
        boxes[made] = place
        made += 1
    return boxes[:made], inside[:made]
