"""Shortest ways over the lanes: kilometres from points to points, and what a way passes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fondaco.systems.logistics.domain.sea.graph import (
    Bools,
    Floats,
    Ints,
    SeaGraph,
    Snap,
    great_circle_km,
)
from fondaco.systems.logistics.domain.sea.passages import CANAL_LATITUDES, Passage

_CHUNK = 128
# Two berths of one bay, nearer each other than this: a straight line, whatever the lanes do.
_SAME_BAY_KM = 30.0


@dataclass(frozen=True, slots=True)
class Spots:
    """Points (k, 2) with their places on the lanes and the km to each end of their edge (inf where shut)."""

    points: Floats
    snap: Snap
    ends: Ints
    to_ends: Floats


@dataclass(frozen=True, slots=True)
class Tree:
    """The shortest ways from one spot: km to each node, and the node before it (negative at the start)."""

    km: Floats
    before: Ints


class Ways:
    """The lanes while `closed` are shut, ready to be searched; made once per set of closures."""

    def __init__(self, graph: SeaGraph, closed: frozenset[Passage]) -> None:
        self.graph, self.closed = graph, closed
        self._open: Bools = graph.usable(closed)
        canals = [graph.shut[name] for name in closed if name in CANAL_LATITUDES]
        self._sealed = np.logical_or.reduce(canals) if canals else ~np.ones_like(self._open)
        # What shuts an edge also names it: a canal's approaches are no passage of the canal.
        self._passages = {
            (int(a), int(b)): name for name, mask in graph.shut.items() for a, b in graph.edges[mask]
        }

    def spots(self, points: Floats, snap: Snap) -> Spots:
        """`points` on the lanes as they are: from a shut strait only its nearer end is reached, from a shut
        canal none.
        """
        km, part, edge = self.graph.km[snap.edge], snap.part, snap.edge
        to_ends = np.stack([part * km, (1 - part) * km], axis=1) + snap.off_km[:, None]
        shut = ~self._open[edge]
        farther = np.stack([part >= 0.5, part < 0.5], axis=1)
        to_ends[(shut[:, None] & farther) | self._sealed[edge][:, None]] = np.inf
        return Spots(points, snap, self.graph.edges[edge], to_ends)

    def trees(self, origins: Spots) -> Iterator[Tree]:
        """The shortest ways from each of `origins`, by Dijkstra's algorithm."""
        from scipy.sparse.csgraph import dijkstra

        for start in range(0, len(origins.points), _CHUNK):
            chosen = np.arange(start, min(start + _CHUNK, len(origins.points)))
            count = len(self.graph.nodes)
            lanes = self._with(origins, chosen)
            sources = count + np.arange(len(chosen))
            km, before = dijkstra(lanes, directed=True, indices=sources, return_predecessors=True)
            before = np.where(before >= count, -1, before)
            for row in range(len(chosen)):
                yield Tree(km[row, :count], before[row, :count])

    def kilometres(self, tree: Tree, origins: Spots, origin: int, destinations: Spots) -> Floats:
        """Km from one origin to each destination; never under the great circle, inf where no open way leads."""
        by_lane = (tree.km[destinations.ends] + destinations.to_ends).min(axis=1)
        near, far = origins.snap, destinations.snap
        same = (far.edge == near.edge[origin]) & self._open[far.edge]
        along = np.abs(far.part - near.part[origin]) * self.graph.km[far.edge]
        beside = np.where(same, along + far.off_km + near.off_km[origin], np.inf)
        straight = great_circle_km(origins.points[origin], destinations.points)
        km = np.maximum(np.minimum(by_lane, beside), straight)
        found: Floats = np.where(straight <= _SAME_BAY_KM, straight, km)
        return found

    def walk(self, tree: Tree, destinations: Spots, one: int) -> list[int]:
        """The nodes of the way to one destination, first to last; empty where none leads."""
        costs = tree.km[destinations.ends[one]] + destinations.to_ends[one]
        if not np.isfinite(costs.min()):
            return []
        node, found = int(destinations.ends[one][costs.argmin()]), []
        while node >= 0:
            found.append(node)
            node = int(tree.before[node])
        return found[::-1]

    def passages_of(self, nodes: Sequence[int]) -> tuple[Passage, ...]:
        """The passages that a way over `nodes` uses, in order, each once."""
        pairs = ((min(a, b), max(a, b)) for a, b in itertools.pairwise(nodes))
        return tuple(dict.fromkeys(name for pair in pairs if (name := self._passages.get(pair))))

    def _with(self, origins: Spots, chosen: Ints) -> object:
        """The open lanes with a node for each chosen origin, from which one may leave but not pass."""
        from scipy.sparse import coo_matrix

        count = len(self.graph.nodes)
        a, b = self.graph.edges[self._open].T
        km = self.graph.km[self._open]
        leave, ends = origins.to_ends[chosen], origins.ends[chosen]
        rows, sides = np.nonzero(np.isfinite(leave))
        size = count + len(chosen)
        values = np.concatenate([km, km, np.maximum(leave[rows, sides], 1e-9)])
        tails = np.concatenate([a, b, rows + count])
        heads = np.concatenate([b, a, ends[rows, sides]])
        return coo_matrix((values, (tails, heads)), shape=(size, size)).tocsr()
