"""The search's inner loop: one unit after another into the best maximal empty space of any open box.

Maximal empty spaces and the squeaky-wheel restarts follow Parreño, Alvarez-Valdes, Oliveira & Tamarit (2008,
INFORMS J. Computing 20) and Gonçalves & Resende (2013, Int. J. Production Economics 145): a unit goes
to the corner of an empty space, every space that it meets is cut into what is left on its six sides, and
a try that leaves units out is repeated with those units earlier in the order.

Compiled with numba (and kept on disk); without numba the same code runs in Python, slower.
All lengths are integers in millimetres, masses in grams. Compiled functions take no keywords, hence the
positional arguments.
"""

# ruff: noqa: PLR0917
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

try:
    from numba import njit
except ImportError:  # the same answers, slower

    def njit(*_: Any, **__: Any) -> Callable[[Any], Any]:  # type: ignore[no-redef]
        return lambda function: function


_SPACES = 900
_RULES = 10
_MEASURES = 6
_FAR = 1 << 62


@njit(cache=True)  # type: ignore[misc]
def _score(rule: int, spaces: Ints, s: int, dx: int, dy: int, dz: int, boxes: Ints) -> int:  # noqa: PLR0911
    """How badly a unit so turned suits the corner of a space: 0 to 5 corner orders, then fits, then distance."""
    x, y, z = spaces[s, 0], spaces[s, 1], spaces[s, 2]
    if rule == 0:
        return (z << 40) | (y << 20) | x
    if rule == 1:
        return (z << 40) | (x << 20) | y
    if rule == 2:
        return (y << 40) | (z << 20) | x
    if rule == 3:
        return (y << 40) | (x << 20) | z
    if rule == 4:
        return (x << 40) | (z << 20) | y
    if rule == 5:
        return (x << 40) | (y << 20) | z
    a, b, c = spaces[s, 3] - x - dx, spaces[s, 4] - y - dy, spaces[s, 5] - z - dz
    if rule == 6:
        return (min(a, b, c) << 40) | ((a + b + c) << 20) | (x + y + z)
    if rule == 7:
        return (max(a, b, c) << 40) | (min(a, b, c) << 20) | (x + y + z)
    if rule == 8:
        box = spaces[s, 6]
        far_x, far_y, far_z = boxes[box, 0] - x - dx, boxes[box, 1] - y - dy, boxes[box, 2] - z - dz
        return (_FAR >> 2) - (far_x * far_x + far_y * far_y + far_z * far_z)
    return (a + 1) * (b + 1) * (c + 1)


@njit(cache=True)  # type: ignore[misc]
def _best_place(
    spaces: Ints, count: int, sides: Ints, turns: Ints, mass: Ints, u: int, boxes: Ints, room_g: Ints,
    rule: int, in_turn: bool,
) -> tuple[int, int, int, int]:  # fmt: skip
    """The space (-1: none) and the turned sides of the best place for one unit; two turns keep it upright."""
    best, best_space, best_box = _FAR, -1, _FAR
    best_x, best_y, best_z = 0, 0, 0
    for s in range(count):
        box = spaces[s, 6]
        if room_g[box] < mass[u] or (in_turn and box > best_box):
            continue
        for turn in range(turns[u]):
            up = 2 - turn // 2
            lower = 1 if up == 0 else 0
            first = lower if turn % 2 == 0 else 3 - up - lower
            dx, dy, dz = sides[u, first], sides[u, 3 - up - first], sides[u, up]
            if (
                dx > spaces[s, 3] - spaces[s, 0]
                or dy > spaces[s, 4] - spaces[s, 1]
                or dz > spaces[s, 5] - spaces[s, 2]
            ):
                continue
            score = _score(rule, spaces, s, dx, dy, dz, boxes)
            # Of two ways at one corner the one with the larger base stands better and leaves less beside it.
            tie = rule < 2 and score == best and dx * dy > best_x * best_y
            if score < best or tie or (in_turn and box < best_box):
                best, best_space, best_box = score, s, box
                best_x, best_y, best_z = dx, dy, dz
    return best_space, best_x, best_y, best_z


@njit(cache=True)  # type: ignore[misc]
def _copy(target: Ints, t: int, source: Ints, s: int) -> None:
    for c in range(7):
        target[t, c] = source[s, c]


@njit(cache=True)  # type: ignore[misc]
def _cut(spaces: Ints, count: int, fresh: Ints, where: Ints, u: int, least: int) -> int:
    """Take the unit just placed out of every space of its box that it meets; how many spaces are left."""
    kept, made = 0, 0
    for s in range(count):
        meets = spaces[s, 6] == where[u, 0]
        for axis in range(3):
            start = where[u, 1 + axis]
            meets = meets and spaces[s, axis] < start + where[u, 4 + axis] and start < spaces[s, axis + 3]
        if not meets:
            if kept != s:
                _copy(spaces, kept, spaces, s)
            kept += 1
            continue
        for axis in range(3):
            start, end = where[u, 1 + axis], where[u, 1 + axis] + where[u, 4 + axis]
            if start - spaces[s, axis] >= least and made < _SPACES:
                _copy(fresh, made, spaces, s)
                fresh[made, axis + 3] = start
                made += 1
            if spaces[s, axis + 3] - end >= least and made < _SPACES:
                _copy(fresh, made, spaces, s)
                fresh[made, axis] = end
                made += 1
    for f in range(made):
        if kept < _SPACES and not _covered(spaces, kept, fresh, made, f):
            _copy(spaces, kept, fresh, f)
            kept += 1
    return kept


@njit(cache=True)  # type: ignore[misc]
def _covered(spaces: Ints, kept: int, fresh: Ints, made: int, f: int) -> bool:
    """Whether another space holds all of fresh[f]; of equal ones the first stays."""
    for s in range(kept):
        if _inside(fresh, f, spaces, s):
            return True
    for other in range(made):
        if (
            other != f
            and _inside(fresh, f, fresh, other)
            and (other < f or not _inside(fresh, other, fresh, f))
        ):
            return True
    return False


@njit(cache=True)  # type: ignore[misc]
def _inside(one: Ints, i: int, other: Ints, j: int) -> bool:
    if one[i, 6] != other[j, 6]:
        return False
    for axis in range(3):
        if one[i, axis] < other[j, axis] or one[i, axis + 3] > other[j, axis + 3]:
            return False
    return True


@njit(cache=True)  # type: ignore[misc]
def _fill(
    boxes: Ints, sides: Ints, turns: Ints, mass: Ints, order: Ints, rule: int, in_turn: bool,
    spaces: Ints, fresh: Ints, room_g: Ints, where: Ints,
) -> int:  # fmt: skip
    """Place units in `order`; `where` gets box, corner and turned sides of each (box -1: left out).

    Returns how many were left out. `spaces`, `fresh` and `room_g` are working memory.
    """
    count = boxes.shape[0]
    for b in range(count):
        room_g[b] = boxes[b, 3]
        spaces[b, 6] = b
        for axis in range(3):
            spaces[b, axis] = 0
            spaces[b, axis + 3] = boxes[b, axis]
    least = _FAR
    for u in range(sides.shape[0]):
        least = min(least, sides[u, 0], sides[u, 1], sides[u, 2])
    left = 0
    for place in range(order.shape[0]):
        u = order[place]
        s, dx, dy, dz = _best_place(spaces, count, sides, turns, mass, u, boxes, room_g, rule, in_turn)
        if s < 0:
            where[u, 0] = -1
            left += 1
            continue
        where[u, 0] = spaces[s, 6]
        for axis in range(3):
            where[u, 1 + axis] = spaces[s, axis]
        where[u, 4], where[u, 5], where[u, 6] = dx, dy, dz
        room_g[where[u, 0]] -= mass[u]
        count = _cut(spaces, count, fresh, where, u, least)
    return left


@njit(cache=True)  # type: ignore[misc]
def _random(state: Ints) -> float:
    """The next of a fixed series of numbers in [0, 1): Lehmer's, with Park and Miller's constants."""
    state[0] = state[0] * 48271 % 2147483647
    return state[0] / 2147483647


@njit(cache=True)  # type: ignore[misc]
def _measure(which: int, sides: Ints, mass: Ints, keys: Floats) -> None:
    """What units are ordered by, largest first: volume, longest side, largest face, sum, mass, shortest side."""
    for u in range(keys.shape[0]):
        a = max(sides[u, 0], sides[u, 1], sides[u, 2])
        c = min(sides[u, 0], sides[u, 1], sides[u, 2])
        b = sides[u, 0] + sides[u, 1] + sides[u, 2] - a - c
        if which == 0:
            keys[u] = float(a * b * c)
        elif which == 1:
            keys[u] = a * 1e6 + b * 1e3 + c
        elif which == 2:
            keys[u] = a * b + c * 1e-3
        elif which == 3:
            keys[u] = float(a + b + c)
        elif which == 4:
            keys[u] = mass[u] * 1e3 + c
        else:
            keys[u] = c * 1e6 + a * 1e3 + b


@njit(cache=True)  # type: ignore[misc]
def _shake(keys: Floats, kind: Ints, bias: Floats, state: Ints) -> None:
    """Move each article, or each unit, up or down by up to 30 %."""
    spread = 0.6 * _random(state)
    loose = _random(state) < 0.3
    for u in range(keys.shape[0]):
        bias[u] = 1 + spread * (_random(state) - 0.5)
    for u in range(keys.shape[0]):
        keys[u] *= bias[u] if loose else bias[kind[u]]


@njit(cache=True)  # type: ignore[misc]
def _squeak(keys: Floats, trial: Ints, state: Ints) -> None:
    """Move what was left out forward, and a fifth of the others a little."""
    for u in range(keys.shape[0]):
        if trial[u, 0] < 0:
            keys[u] *= 1.1 + 0.9 * _random(state)
        elif _random(state) < 0.2:
            keys[u] *= 0.95 + 0.1 * _random(state)


@njit(cache=True)  # type: ignore[misc]
def _sort(keys: Floats, order: Ints) -> None:
    """`order` by falling keys; equal keys keep their order (insertion: the order changes little between tries)."""
    for i in range(1, order.shape[0]):
        u = order[i]
        j = i
        while j > 0 and (
            keys[order[j - 1]] < keys[u] or (keys[order[j - 1]] == keys[u] and order[j - 1] > u)
        ):
            order[j] = order[j - 1]
            j -= 1
        order[j] = u


@njit(
    "int64(int64[:,::1],int64[:,::1],int64[::1],int64[::1],int64[::1],int64,int64,int64[:,::1])", cache=True
)  # type: ignore[misc]
def search(
    boxes: Ints, sides: Ints, turns: Ints, mass: Ints, kind: Ints, tries: int, seed: int, where: Ints
) -> int:
    """Up to `tries` fills of `boxes` (one row each: three inner sides, mass limit); stops when all units are in.

    One row per unit: `sides`, `turns` (6 ways, or 2 that keep the third side vertical), `mass`, and `kind`
    (equal units share a number below the number of units). `where` receives the best try: box (-1: left
    out), corner, turned sides. Returns how many units that one left out. The same seed, the same answer.
    """
    units = mass.shape[0]
    state = np.empty(1, np.int64)
    state[0] = seed
    spaces, fresh = np.empty((_SPACES, 7), np.int64), np.empty((_SPACES, 7), np.int64)
    room_g = np.empty(boxes.shape[0], np.int64)
    trial = np.empty((units, 7), np.int64)
    keys, bias = np.empty(units, np.float64), np.empty(units, np.float64)
    order = np.arange(units)
    fewest = units + 1
    for attempt in range(tries):
        rule = attempt % _RULES
        if attempt < 2 * _RULES:
            _measure(attempt // _RULES, sides, mass, keys)
        else:
            rule = int(_random(state) * _RULES)
            if _random(state) < 0.3:
                _measure(int(_random(state) * _MEASURES), sides, mass, keys)
                _shake(keys, kind, bias, state)
            else:
                _squeak(keys, trial, state)
        _sort(keys, order)
        left = _fill(boxes, sides, turns, mass, order, rule, attempt % 2 == 0, spaces, fresh, room_g, trial)
        if left < fewest:
            fewest = left
            for u in range(units):
                _copy(where, u, trial, u)
        if left == 0:
            break
    return fewest
