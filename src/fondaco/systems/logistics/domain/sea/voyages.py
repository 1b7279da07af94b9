"""Voyages between any two positions while some passages are shut: a legal way, or a clear error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fondaco.kernel.errors import Refused
from fondaco.systems.logistics.domain.sea.graph import Bools, Floats, SeaGraph, Snap, sea_graph
from fondaco.systems.logistics.domain.sea.passages import (
    OPEN,
    Passage,
    detour_closures,
    is_american,
)
from fondaco.systems.logistics.domain.sea.paths import Ways

Position = tuple[float, float]
# What lies farther from any lane than this has no sea to speak of (beyond the harbour's 25 km).
FARTHEST_KM = 275.0
_MORE_KM = 1.0


class NoSeaRoute(Refused):
    code = "no-sea-route"
    title = "No voyage is possible while these passages are shut."
    remedy = "Open one of the passages named, or choose another port."


class NotAtSea(Refused):
    code = "not-at-sea"
    title = "This position has no sea near it."
    remedy = "Give a position at sea or of a port: latitude -90 to 90, longitude -180 to 360."


@dataclass(frozen=True, slots=True)
class SeaPair:
    """What to find a voyage between: positions as (longitude, latitude) in degrees."""

    origin: Position
    destination: Position


@dataclass(frozen=True, slots=True)
class Voyage:
    """A way by sea: kilometres, the passages it uses in order, its line as (longitude, latitude)."""

    km: float
    via: tuple[Passage, ...]
    line: tuple[Position, ...]


class Sea:
    """The sea while `closed` are shut; the Arctic is shut too unless `arctic` asks for it."""

    def __init__(self, closed: frozenset[Passage] = OPEN, *, arctic: bool = False) -> None:
        self.closed = closed if arctic else closed | {Passage.NORTHWEST}
        self._graph: SeaGraph = sea_graph()
        # Points meet the lanes where they would with nothing shut: a closure moves no port.
        self._lanes = _joined(self._graph, arctic=arctic)
        self._ways: dict[frozenset[Passage], Ways] = {}

    def voyage(self, origin: Position, destination: Position) -> Voyage:
        """The shortest legal voyage; NoSeaRoute where none is, NotAtSea where a position has no sea."""
        found = self.voyages([SeaPair(origin, destination)])[0]
        if isinstance(found, Refused):
            raise found
        return found

    def voyages(self, pairs: Sequence[SeaPair]) -> list[Voyage | Refused]:
        """A voyage, or why there is none, for each of `pairs`; pairs of one origin share one search."""
        refused = [_refusal(pair) for pair in pairs]
        sound = [place for place, reason in enumerate(refused) if reason is None]
        snaps = {position: self._snap(position) for place in sound for position in _positions(pairs[place])}
        found: dict[int, Voyage | Refused] = {}
        for place in sound:
            far = [p for p in _positions(pairs[place]) if snaps[p].off_km[0] > FARTHEST_KM]
            if far:
                found[place] = NotAtSea(field="position", value=f"{far[0][1]:.4f}, {far[0][0]:.4f}")
        near = [place for place in sound if place not in found]
        voyages = self._legal({place: pairs[place] for place in near}, snaps)
        return [reason or found.get(place) or voyages[place] for place, reason in enumerate(refused)]

    def table(self, points: Floats) -> Floats:
        """Km between all `points` (k, 2), as (k, k); inf where no open way leads."""
        snap = self._graph.snap(points, edges=self._lanes)
        km = self._square(self.closed, points, snap)
        if apart := detour_closures(self.closed):
            free, strict = (self._square(closed, points, snap) for closed in apart)
            elsewhere = np.array([not is_american(lon) for lon in points[:, 0]])
            barred = (km > free + _MORE_KM) & elsewhere[:, None] & elsewhere[None, :]
            km = np.where(barred & np.isfinite(strict), strict, km)
        return np.minimum(km, km.T)

    def _legal(self, pairs: dict[int, SeaPair], snaps: dict[Position, Snap]) -> dict[int, Voyage | Refused]:
        found = self._search(self.closed, pairs, snaps)
        if apart := detour_closures(self.closed):
            free, strict = apart
            far = {
                place: pair
                for place, pair in pairs.items()
                if not any(is_american(position[0]) for position in _positions(pair))
            }
            short = self._search(free, far, snaps)
            barred = {p: far[p] for p in far if _km(found[p]) > _km(short[p]) + _MORE_KM}
            detours = self._search(strict, barred, snaps)
            found |= {place: way for place, way in detours.items() if isinstance(way, Voyage)}
        return found

    def _search(
        self, closed: frozenset[Passage], pairs: dict[int, SeaPair], snaps: dict[Position, Snap]
    ) -> dict[int, Voyage | Refused]:
        """The shortest voyages while exactly `closed` are shut."""
        if not pairs:
            return {}
        by_origin: dict[Position, list[int]] = {}
        for place, pair in pairs.items():
            by_origin.setdefault(pair.origin, []).append(place)
        ways, found = self._opened(closed), dict[int, Voyage | Refused]()
        origins = ways.spots(np.array(list(by_origin)), _together([snaps[p] for p in by_origin]))
        for row, (tree, places) in enumerate(zip(ways.trees(origins), by_origin.values(), strict=True)):
            goals = [pairs[place].destination for place in places]
            ends = ways.spots(np.array(goals), _together([snaps[goal] for goal in goals]))
            for one, (place, km) in enumerate(
                zip(places, ways.kilometres(tree, origins, row, ends), strict=True)
            ):
                nodes = ways.walk(tree, ends, one)
                found[place] = self._voyage(float(km), nodes, ways) if math.isfinite(km) else self._none()
        return found

    def _voyage(self, km: float, nodes: Sequence[int], ways: Ways) -> Voyage:
        line = tuple((float(lon), float(lat)) for lon, lat in self._graph.nodes[list(nodes)])
        return Voyage(km, ways.passages_of(nodes), line)

    def _none(self) -> NoSeaRoute:
        return NoSeaRoute(field="closed", value=", ".join(sorted(self.closed)))

    def _square(self, closed: frozenset[Passage], points: Floats, snap: Snap) -> Floats:
        ways = self._opened(closed)
        spots = ways.spots(points, snap)
        rows = (ways.kilometres(tree, spots, row, spots) for row, tree in enumerate(ways.trees(spots)))
        return np.vstack(list(rows))

    def _opened(self, closed: frozenset[Passage]) -> Ways:
        if closed not in self._ways:
            self._ways[closed] = Ways(self._graph, closed)
        return self._ways[closed]

    def _snap(self, position: Position) -> Snap:
        return self._graph.snap(np.array([position]), edges=self._lanes)


def _positions(pair: SeaPair) -> tuple[Position, Position]:
    return pair.origin, pair.destination


def _refusal(pair: SeaPair) -> Refused | None:
    for lon, lat in _positions(pair):
        if not (-90 <= lat <= 90 and -180 <= lon <= 360):
            return NotAtSea("This is no position on the globe.", field="position", value=f"{lat}, {lon}")
    return None


def _km(found: Voyage | Refused) -> float:
    return found.km if isinstance(found, Voyage) else math.inf


def _together(snaps: Sequence[Snap]) -> Snap:
    parts = [np.concatenate([getattr(s, name) for s in snaps]) for name in ("edge", "part", "off_km")]
    return Snap(*parts)


def _joined(graph: SeaGraph, *, arctic: bool) -> Bools:
    """The edges of the one great sea: those of a pond that only the Arctic joins are left out without it."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    open_ = (
        np.ones(len(graph.edges), dtype=np.bool_) if arctic else graph.usable(frozenset({Passage.NORTHWEST}))
    )
    a, b = graph.edges[open_].T
    links = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(graph.nodes),) * 2)
    _, label = connected_components(links, directed=False)
    sea = np.bincount(label[a]).argmax()
    joined: Bools = open_ & (label[graph.edges[:, 0]] == sea)
    return joined
