"""The sea lanes as a graph: positions, edges with lengths and passages, and the nearest point on a lane.

The lanes are searoute's (Apache-2.0; after Eurostat's SeaRoute and the Oak Ridge global shipping lane
network), read as data from the installed package. Lengths are great circles on the mean sphere
(6,371.0088 km, IUGG); positions are degrees, east and north.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fondaco.kernel.errors import Unavailable
from fondaco.systems.logistics.domain.sea.passages import CANAL_LATITUDES, Passage, passage

EARTH_KM = 6371.0088
# A port's position is often its town's or its gate's: what lies within a harbour of a lane is on it.
HARBOUR_KM = 25.0
_KM_PER_DEGREE = EARTH_KM * np.pi / 180

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Snap:
    """Where points meet the lanes: the edge, the part of it from its first node, and the km to get there."""

    edge: Ints
    part: Floats
    off_km: Floats


@dataclass(frozen=True, slots=True, eq=False)
class SeaGraph:
    """Lanes: node positions (n, 2) as lon, lat; edges (m, 2); km (m); the edges that each passage shuts."""

    nodes: Floats
    edges: Ints
    km: Floats
    shut: dict[Passage, Bools]

    def usable(self, closed: frozenset[Passage]) -> Bools:
        """Which edges are open when `closed` are shut."""
        open_ = np.ones(len(self.edges), dtype=np.bool_)
        for name in closed:
            open_ &= ~self.shut.get(name, np.zeros_like(open_))
        return open_

    def snap(self, points: Floats, *, edges: Bools) -> Snap:
        """The nearest point on `edges` of each of `points` (k, 2)."""
        allowed = np.flatnonzero(edges)
        first, second = self.nodes[self.edges[allowed, 0]], self.nodes[self.edges[allowed, 1]]
        found = [_nearest(point, first, second) for point in points]
        edge = allowed[[at for at, _, _ in found]] if found else np.zeros(0, dtype=np.int64)
        part = np.array([t for _, t, _ in found])
        off = np.array([max(0.0, km - HARBOUR_KM) for _, _, km in found])
        return Snap(edge, part, off)


def great_circle_km(a: Any, b: Any) -> Any:
    """Kilometres between positions `a` and `b` (…, 2), lon and lat in degrees, by the haversine formula."""
    p, q = np.radians(a), np.radians(b)
    half = np.sin((q[..., 1] - p[..., 1]) / 2) ** 2
    half = half + np.cos(p[..., 1]) * np.cos(q[..., 1]) * np.sin((q[..., 0] - p[..., 0]) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(1.0, half)))


def data_files() -> tuple[Path, Path]:
    """The lanes and ports of searoute; Unavailable where the package is not installed."""
    spec = find_spec("searoute")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable("The package searoute, whose sea lanes are read, is not installed.")
    folder = Path(next(iter(spec.submodule_search_locations))) / "data"
    return folder / "marnet_searoute.geojson", folder / "ports.geojson"


@cache
def data_digest() -> str:
    """A name for exactly these lanes and ports."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in data_files())).hexdigest()[:16]


@cache
def sea_graph() -> SeaGraph:
    """The lanes of the installed searoute."""
    document = json.loads(data_files()[0].read_text(encoding="utf-8"))
    places: dict[tuple[float, float], int] = {}
    found: dict[tuple[int, int], Passage | None] = {}
    for start, end, name in _segments(document):
        a, b = (places.setdefault(point, len(places)) for point in (start, end))
        if a != b:
            edge = (min(a, b), max(a, b))
            found[edge] = name or found.get(edge)
    nodes, edges = np.array(list(places)), np.array(list(found), dtype=np.int64)
    km = np.maximum(great_circle_km(nodes[edges[:, 0]], nodes[edges[:, 1]]), 1e-6)
    return SeaGraph(nodes, edges, km, _shut(nodes, edges, tuple(found.values())))


def _segments(
    document: dict[str, Any],
) -> Iterator[tuple[tuple[float, float], tuple[float, float], Passage | None]]:
    for feature in document["features"]:
        shape, word = feature["geometry"], feature["properties"].get("passage")
        lines = [shape["coordinates"]] if shape["type"] == "LineString" else shape["coordinates"]
        for line in lines:
            points = [_place(point) for point in line]
            yield from ((a, b, passage(word) if word else None) for a, b in itertools.pairwise(points))


def _place(point: Sequence[float]) -> tuple[float, float]:
    """One name per place: longitudes from -180 to under 180, so that lanes meet across the date line."""
    return round((point[0] + 180) % 360 - 180, 6), round(point[1], 6)


def _shut(nodes: Floats, edges: Ints, passages: Sequence[Passage | None]) -> dict[Passage, Bools]:
    """The edges that each passage shuts: all of it, but of a canal only the canal proper."""
    latitudes = nodes[edges][:, :, 1]
    masks = {}
    for name in Passage:
        mask = np.array([one == name for one in passages])
        if name in CANAL_LATITUDES:
            low, high = CANAL_LATITUDES[name]
            mask &= (latitudes.min(axis=1) >= low) & (latitudes.max(axis=1) <= high)
        masks[name] = mask
    masks[Passage.CAPE] |= _crosses(nodes, edges, meridian=20.0, south_of=-34.0)
    masks[Passage.HORN] |= _crosses(nodes, edges, meridian=-68.5, south_of=-52.0)
    return masks


def _crosses(nodes: Floats, edges: Ints, *, meridian: float, south_of: float) -> Bools:
    """The edges over a meridian on the high seas: the lane file names only some of those round a cape."""
    a, b = nodes[edges[:, 0]], nodes[edges[:, 1]]
    short = np.abs(a[:, 0] - b[:, 0]) < 180
    over = (np.minimum(a[:, 0], b[:, 0]) <= meridian) & (np.maximum(a[:, 0], b[:, 0]) >= meridian)
    return over & short & (np.minimum(a[:, 1], b[:, 1]) <= south_of)


def _nearest(point: Floats, first: Floats, second: Floats) -> tuple[int, float, float]:
    """Index, part and km of the nearest of the segments, on the plane that touches the globe at `point`."""
    shrink = np.cos(np.radians(point[1]))
    ax, ay = ((first[:, 0] - point[0] + 180) % 360 - 180) * shrink, first[:, 1] - point[1]
    dx = ((second[:, 0] - first[:, 0] + 180) % 360 - 180) * shrink
    dy = second[:, 1] - first[:, 1]
    square = dx * dx + dy * dy
    part = np.clip(-(ax * dx + ay * dy) / np.where(square == 0, 1, square), 0, 1)
    away = np.hypot(ax + part * dx, ay + part * dy)
    best = int(away.argmin())
    return best, float(part[best]), float(away[best] * _KM_PER_DEGREE)
