"""The shortest walk through a block of parallel aisles, exactly: Ratliff and Rosenthal's dynamic programme.

H. D. Ratliff, A. S. Rosenthal, Order-Picking in a Rectangular Warehouse: A Solvable Case of the Traveling
Salesman Problem, Operations Research 31(3), 1983. Aisles run from the front cross aisle (y = 0), where the
packing bench stands, to the back one (y = depth). The walk is an Euler tour of a cheapest connected subgraph
in which every corner has even degree; aisle by aisle only seven kinds of partial subgraph need be told apart.
Lengths are whole millimetres; the height of a shelf costs no walking.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Walk:
    """The stops in walking order, the length, and what the usual S-shaped walk would be; `method` names how."""

    stops: tuple[Point, ...]
    length_mm: int
    s_shape_mm: int
    method: str = "ratliff-rosenthal"


class _State(NamedTuple):
    """Degrees at the back and front corner (0 none, 1 odd, 2 even), and the number of components so far."""

    back: int
    front: int
    parts: int


_EMPTY, _CLOSED = _State(0, 0, 0), _State(0, 0, -1)
_ACROSS = ((1, 1), (2, 0), (0, 2), (2, 2), (0, 0))  # edges to the next aisle at the back and at the front
_Kept = dict[_State, tuple[int, Any]]  # cost and the chain of choices


def shortest_walk(stops: Sequence[Point], *, depth_mm: int, bench_x: int = 0) -> Walk:
    """The shortest closed walk from the bench at (bench_x, 0) past all `stops` (x of the aisle, y in it)."""
    wanted = sorted(set(stops))
    if not wanted:
        return Walk((), 0, 0)
    picks: dict[int, list[int]] = defaultdict(list)
    for x, y in wanted:
        picks[x].append(min(max(y, 0), depth_mm))
    aisles = sorted({*picks, bench_x})
    kept: _Kept = {_EMPTY: (0, None)}
    for n, x in enumerate(aisles):
        kept = _down_aisle(kept, picks.get(x, []), depth_mm)
        step = aisles[n + 1] - x if n + 1 < len(aisles) else 0
        kept = _across(kept, step, last=n + 1 == len(aisles), bench=x == bench_x)
    length, choices = kept[_CLOSED]
    graph = _graph(_unwound(choices), aisles, picks, depth=depth_mm)
    return Walk(_tour(graph, (bench_x, 0), set(wanted)), length, s_shape_length(picks, depth_mm, bench_x))


def s_shape_length(picks: Mapping[int, Sequence[int]], depth_mm: int, bench_x: int = 0) -> int:
    """The length of the walk that goes through each aisle with a pick, turning in the last where it must."""
    used = sorted(x for x, ys in picks.items() if ys)
    if not used:
        return 0
    width = 2 * (max(used[-1], bench_x) - min(used[0], bench_x))
    if len(used) % 2 == 0:
        return width + len(used) * depth_mm
    return width + (len(used) - 1) * depth_mm + 2 * max(picks[used[-1]])


def _ways(ys: Sequence[int], depth: int) -> Iterator[tuple[str, int]]:
    """The six ways to serve an aisle, with their lengths."""
    if not ys:
        yield "none", 0
    else:
        yield "front", 2 * max(ys)
        yield "back", 2 * (depth - min(ys))
        if len(ys) > 1:
            yield "gap", 2 * (depth - _widest(ys)[0])
    yield "once", depth
    yield "twice", 2 * depth


def _widest(ys: Sequence[int]) -> tuple[int, int]:
    """The widest gap between two picks of one aisle, and the index of the pick before it."""
    order = sorted(ys)
    return max((after - before, n) for n, (before, after) in enumerate(pairwise(order)))


def _down_aisle(kept: _Kept, ys: Sequence[int], depth: int) -> _Kept:
    out: _Kept = {}
    for state, (cost, chain) in kept.items():
        for way, length in _ways(ys, depth):
            after = _served(state, way)
            if after is not None:
                _keep(out, after, cost + length, ("down", way, chain))
    return out


def _served(state: _State, way: str) -> _State | None:
    back, front, parts = state
    if parts < 0:
        return state if way == "none" else None
    if way in ("once", "twice"):
        add = 1 if way == "once" else 2
        return _State(_degree(back, add), _degree(front, add), 1)
    if way in ("front", "gap"):
        parts += not front
        front = front or 2
    if way in ("back", "gap"):
        parts += not back
        back = back or 2
    return _State(back, front, parts)


def _degree(degree: int, add: int) -> int:
    total = degree + add
    return 2 if total and total % 2 == 0 else total % 2


def _across(kept: _Kept, step: int, *, last: bool, bench: bool) -> _Kept:
    out: _Kept = {}
    for state, (cost, chain) in kept.items():
        for back, front in _ACROSS:
            if last and (back or front):
                continue
            after = _crossed(state, back, front, last=last, bench=bench)
            if after is not None:
                _keep(out, after, cost + (back + front) * step, ("across", (back, front), chain))
    return out


def _crossed(state: _State, back: int, front: int, *, last: bool, bench: bool) -> _State | None:
    """What stands at the next aisle's corners; None where a corner stays odd or a part is left behind."""
    if bench and not state.front and not front:
        return None  # the walk begins here
    if state.parts < 0:
        return state if not back and not front else None
    if (state.back + back) % 2 or (state.front + front) % 2 or (back and not state.back):
        return None
    parts = state.parts
    if front and not state.front:
        if not bench:
            return None
        parts += 1
    if not back and not front:
        if parts == 0 and not last:
            return _EMPTY
        return _CLOSED if parts == 1 else None
    if parts == 2 and not (back and front):
        return None
    return _State(back, front, parts)


def _keep(out: _Kept, state: _State, cost: int, chain: Any) -> None:
    if state not in out or cost < out[state][0]:
        out[state] = (cost, chain)


def _unwound(chain: Any) -> list[tuple[str, Any]]:
    steps = []
    while chain is not None:
        kind, what, chain = chain
        steps.append((kind, what))
    return steps[::-1]


_Graph = dict[Point, list[Point]]


def _graph(
    steps: Sequence[tuple[str, Any]], aisles: Sequence[int], picks: Mapping[int, Sequence[int]], *, depth: int
) -> _Graph:
    graph: _Graph = defaultdict(list)
    for n, x in enumerate(aisles):
        way, (back, front) = steps[2 * n][1], steps[2 * n + 1][1]
        for chain, times in _chains(way, sorted(picks.get(x, [])), depth):
            for before, after in pairwise(chain):
                _join(graph, (x, before), (x, after), times)
        if n + 1 < len(aisles):
            _join(graph, (x, depth), (aisles[n + 1], depth), back)
            _join(graph, (x, 0), (aisles[n + 1], 0), front)
    return graph


def _chains(way: str, ys: Sequence[int], depth: int) -> list[tuple[list[int], int]]:
    if way in ("once", "twice"):
        return [([0, *ys, depth], 1 if way == "once" else 2)]
    if way == "front":
        return [([0, *ys], 2)]
    if way == "back":
        return [([*ys, depth], 2)]
    if way == "gap":
        cut = _widest(ys)[1] + 1
        return [([0, *ys[:cut]], 2), ([*ys[cut:], depth], 2)]
    return []


def _join(graph: _Graph, one: Point, other: Point, times: int) -> None:
    if one != other:
        graph[one] += [other] * times
        graph[other] += [one] * times


def _tour(graph: _Graph, start: Point, wanted: set[Point]) -> tuple[Point, ...]:
    """Hierholzer's Euler tour; each wanted stop where the tour first passes it."""
    path, tour = [start], []
    while path:
        here = path[-1]
        if graph[here]:
            there = graph[here].pop()
            graph[there].remove(here)
            path.append(there)
        else:
            tour.append(path.pop())
    return tuple(dict.fromkeys(point for point in tour if point in wanted))
