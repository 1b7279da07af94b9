"""Compiled bounds: what every hub is at least away from the destination, by the legs still allowed. Imported with
the compiled search.
"""

# ruff: noqa: PLR0917 - numba compiles functions of positional arguments
from __future__ import annotations

from typing import Any

from fondaco.systems.logistics.domain.compiling import compiled

_FAR = 2**40
_GRADES = 8
_ROWS = 4


@compiled  # type: ignore[untyped-decorator]
def fill_layers(
    weights: Any, usable: Any, origin: Any, in_ptr: Any, into: Any, goal: Any, cap: Any, found: Any, least: Any,
    fresh: Any,
) -> None:  # fmt: skip
    """The least of each weight from each hub to the goal: with at most 0 to `cap` legs in `found`, with any number
    in `least` (cap 0: in both).

    int64 [cap + 1, hubs, rows] and int64 [hubs, rows]: what is read together lies together. `fresh` is room for two
    numbers a hub.
    """
    hubs = least.shape[0]
    for h in range(hubs):
        fresh[h, 0] = 1 if h == goal else 0
        for row in range(_ROWS):
            least[h, row] = 0 if h == goal else _FAR
            found[0, h, row] = least[h, row]
    k, changed = 0, True
    while changed or k < cap:
        k += 1
        # Within the limit a layer rests on the one before it alone.
        before = found[k - 1] if k <= cap else least
        changed = _relax(weights, usable, origin, in_ptr, into, before, least, fresh)
        if k <= cap:
            for h in range(hubs):
                for row in range(_ROWS):
                    found[k, h, row] = least[h, row]
    if cap == 0:
        for h in range(hubs):
            for row in range(_ROWS):
                found[0, h, row] = least[h, row]


@compiled  # type: ignore[untyped-decorator]
def _relax(
    weights: Any, usable: Any, origin: Any, in_ptr: Any, into: Any, before: Any, least: Any, fresh: Any
) -> bool:
    """Lengthen every chain by one leg, where the hub behind it came nearer last time (fresh[:, 0]); whether any did."""
    changed = False
    for h in range(least.shape[0]):
        fresh[h, 1] = 0
    for v in range(least.shape[0]):
        if fresh[v, 0] == 0:
            continue
        for at in range(in_ptr[v], in_ptr[v + 1]):
            s = into[at]
            if not usable[s]:
                continue
            h = origin[s]
            a, b = weights[s, 0] + before[v, 0], weights[s, 1] + before[v, 1]
            c, d = weights[s, 2] + before[v, 2], weights[s, 3] + before[v, 3]
            if a < least[h, 0] or b < least[h, 1] or c < least[h, 2] or d < least[h, 3]:
                least[h, 0], least[h, 1] = min(a, least[h, 0]), min(b, least[h, 1])
                least[h, 2], least[h, 3] = min(c, least[h, 2]), min(d, least[h, 3])
                fresh[h, 1] = 1
                changed = True
    for h in range(least.shape[0]):
        fresh[h, 0] = fresh[h, 1]
    return changed


@compiled  # type: ignore[untyped-decorator]
def fill_ends(
    usable: Any, origin: Any, in_ptr: Any, into: Any, on_demand: Any, grades: Any, goal: Any, cap: Any, found: Any,
    fresh: Any,
) -> None:  # fmt: skip
    """The best punctuality grade that the last leg can have, from each hub, brought there by a vehicle of each
    grade, with at most 0 to `cap` legs (cap 0: with any number): int64 [cap + 1, hubs, grades]. A truck on demand is
    as late as its goods.
    """
    hubs, least = found.shape[1], _GRADES - 1
    if cap == 0:
        for at in range(in_ptr[goal], in_ptr[goal + 1]):
            if usable[into[at]]:
                least = min(least, grades[into[at]])
    for h in range(hubs):
        fresh[h, 0] = 1 if h == goal else 0
        for g in range(_GRADES):
            found[0, h, g] = g if h == goal else least
    for k in range(1, cap + 1):
        _lengthen_ends(usable, origin, in_ptr, into, on_demand, grades, goal, found[k - 1], found[k], fresh)


@compiled  # type: ignore[untyped-decorator]
def _lengthen_ends(
    usable: Any, origin: Any, in_ptr: Any, into: Any, on_demand: Any, grades: Any, goal: Any, before: Any, found: Any,
    fresh: Any,
) -> None:  # fmt: skip
    for h in range(found.shape[0]):
        fresh[h, 1] = 0
        for g in range(_GRADES):
            found[h, g] = before[h, g]
    for v in range(found.shape[0]):
        if fresh[v, 0] == 0:
            continue
        for at in range(in_ptr[v], in_ptr[v + 1]):
            s, h = into[at], origin[into[at]]
            # Grades never fall along a row: where the last is no better, none is, but behind a truck on demand.
            if (
                not usable[s]
                or h == goal
                or (not on_demand[s] and before[v, grades[s]] >= found[h, _GRADES - 1])
            ):
                continue
            for g in range(_GRADES):
                end = before[v, max(g, grades[s])] if on_demand[s] else before[v, grades[s]]
                if end < found[h, g]:
                    found[h, g] = end
                    fresh[h, 1] = 1
    for h in range(found.shape[0]):
        fresh[h, 0] = fresh[h, 1]
