"""Compiled bounds: what every hub is at least away from the destination, by the legs still allowed. Imported with
the compiled search.
"""

# ruff: noqa: PLR0917 - numba compiles functions of positional arguments
from __future__ import annotations

from typing import Any

import numba
import numpy as np

_jit: Any = numba.njit(cache=True, nogil=True)
_FAR = 2**40
_GRADES = 8


# Loops where numpy has an expression: numba compiles each of those for a second, these at once.


@_jit  # type: ignore[untyped-decorator]
def _copy_layer(layer: Any, onto: Any) -> None:
    for h in range(layer.shape[0]):
        for row in range(layer.shape[1]):
            onto[h, row] = layer[h, row]


@_jit  # type: ignore[untyped-decorator]
def _reach(layers: Any, goal: Any) -> None:
    """Nothing is missing at the goal itself."""
    for k in range(layers.shape[0]):
        for row in range(layers.shape[2]):
            layers[k, goal, row] = 0


@_jit  # type: ignore[untyped-decorator]
def _lower(layer: Any, most: Any) -> None:
    """Lower what a hub holds above its `most`."""
    for h in range(layer.shape[0]):
        for row in range(layer.shape[1]):
            layer[h, row] = min(layer[h, row], most[h])


@_jit  # type: ignore[untyped-decorator]
def layers(
    weights: Any, usable: Any, origin: Any, destination: Any, hubs: Any, goal: Any, cap: Any
) -> tuple[Any, Any]:
    """The least of each weight from each hub to the goal: with at most 0 to `cap` legs, and with any number.

    int64 [cap + 1, hubs, rows] and int64 [hubs, rows]: what is read together lies together.
    """
    rows = weights.shape[0]
    found = np.full((cap + 1, hubs, rows), _FAR, np.int64)
    _reach(found, goal)
    for k in range(1, cap + 1):
        _copy_layer(found[k - 1], found[k])
        for s in range(len(origin)):
            # A hub that no shorter chain reaches the goal from cannot lengthen one.
            if usable[s] and found[k - 1, destination[s], 0] < _FAR:
                h, v = origin[s], destination[s]
                for row in range(rows):
                    found[k, h, row] = min(found[k, h, row], weights[row, s] + found[k - 1, v, row])
    least = found[cap].copy()
    changed = True
    while changed:
        changed = False
        for s in range(len(origin)):
            if usable[s]:
                h, v = origin[s], destination[s]
                for row in range(rows):
                    if weights[row, s] + least[v, row] < least[h, row]:
                        least[h, row] = weights[row, s] + least[v, row]
                        changed = True
    if cap == 0:  # no limit of legs: one layer, for any number
        _copy_layer(least, found[0])
    return found, least


@_jit  # type: ignore[untyped-decorator]
def best_ends(
    usable: Any, origin: Any, destination: Any, on_demand: Any, grades: Any, hubs: Any, goal: Any, cap: Any
) -> Any:
    """The best punctuality grade that the last leg can have, from each hub, brought there by a vehicle of each
    grade, with at most 0 to `cap` legs (cap 0: with any
    number): int64 [cap + 1, hubs, grades]. A truck on demand is as late as its goods.
    """
    found = np.full((cap + 1, hubs, _GRADES), _GRADES - 1, np.int64)
    if cap == 0:
        for s in range(len(origin)):
            if usable[s] and destination[s] == goal:
                _lower(found[0], np.full(hubs, grades[s], np.int64))
    for k in range(cap + 1):
        for g in range(_GRADES):
            found[k, goal, g] = g
    for k in range(1, cap + 1):
        _copy_layer(found[k - 1], found[k])
        anyhow = np.full(hubs, _GRADES - 1, np.int64)
        for s in range(len(origin)):
            if not usable[s] or origin[s] == goal:
                continue
            h, v = origin[s], destination[s]
            if on_demand[s]:
                for g in range(_GRADES):
                    found[k, h, g] = min(found[k, h, g], found[k - 1, v, max(g, grades[s])])
            else:
                anyhow[h] = min(anyhow[h], found[k - 1, v, grades[s]])
        _lower(found[k], anyhow)
    return found
