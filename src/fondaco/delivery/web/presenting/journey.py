"""A parcel's journey as a small drawing: coasts, the way between two countries and how far it has come.

Everything is plain SVG that is made here: the public page needs no script and stays small. Coasts are
Natural Earth's at 1:110 million (data/web/world-110m.json), thinned to what a screen can show.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.systems.logistics.public import Arrival, MilestoneView, Tracking, country_gateway

WIDTH, HEIGHT = 720.0, 300.0
_MARGIN = 46.0
_STEP_PX = 1.6
_WORLD = settings.ROOT / "data" / "web" / "world-110m.json"
Point = tuple[float, float]

# Stage by core code, and what the steps are called.
_STAGES = (
    (_l("Booked"), frozenset({"booked", "accepted", "at_origin_hub", "export_presented", "export_held", "export_released"})),
    (_l("Under way"), frozenset({"departed", "arrived_transit", "departed_transit", "in_transit"})),
    (_l("Arrived"), frozenset({"arrived_destination", "import_presented", "import_held"})),
    (_l("Cleared"), frozenset({"import_released", "at_destination_hub"})),
    (_l("Out for delivery"), frozenset({"out_for_delivery", "delivery_failed", "ready_for_pickup"})),
    (_l("Delivered"), frozenset({"delivered"})),
)  # fmt: skip
_ALONG = (0.0, 0.45, 0.9, 0.93, 0.97, 1.0)
_BASES = {
    "service-lane": _l("parcels of this service on this route"),
    "lane": _l("parcels on this route"),
    "service": _l("parcels of this service"),
    "destination": _l("parcels to this country"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way: its word, when it was reached, whether it is done or the present one."""

    title: str
    at: datetime | None
    done: bool
    current: bool


@dataclass(frozen=True, slots=True)
class JourneyMap:
    """SVG paths on a field of `WIDTH` × `HEIGHT`: coasts, the way behind and ahead; the points of its ends."""

    land: str
    behind: str
    ahead: str
    start: tuple[str, str]
    end: tuple[str, str]
    now: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Expected:
    """The predicted arrival in words."""

    low_at: datetime
    high_at: datetime
    promise: bool
    text: str


def steps_of(found: Tracking) -> list[Step]:
    """The six steps of a journey, with the times at which each was reached."""
    at: list[datetime | None] = [found.ready_at, None, None, None, None, found.delivered_at]
    for one in found.milestones:
        stage = _stage(one)
        if stage is not None and at[stage] is None:
            at[stage] = one.event_at
    reached = max((place for place, when in enumerate(at) if when is not None), default=0)
    return [
        Step(str(title), at[place], place <= reached, place == reached)
        for place, (title, _codes) in enumerate(_STAGES)
    ]


def expected_of(arrival: Arrival | None) -> Expected | None:
    """What may be said of the arrival: an interval with its odds, or the promise as a promise."""
    if arrival is None:
        return None
    if not arrival.sample:
        text = _("the carrier's promise; too few parcels have gone this way to measure it")
        return Expected(arrival.low_at, arrival.high_at, promise=True, text=text)
    text = _("%(odds)s in 5 arrive in this time; measured on %(n)s %(which)s") % {
        "odds": round(arrival.coverage * 5), "n": arrival.sample, "which": _BASES.get(arrival.basis, ""),
    }  # fmt: skip
    return Expected(arrival.low_at, arrival.high_at, promise=False, text=text)


def journey_map(found: Tracking) -> JourneyMap | None:
    """The map of a journey; None where a country's gateway is not known or both are one."""
    start, end = country_gateway(found.origin), country_gateway(found.destination)
    if start is None or end is None or start == end:
        return None
    reached = max(place for place, step in enumerate(steps_of(found)) if step.done)
    return _drawn(start, end, _ALONG[reached])


@lru_cache(maxsize=512)
def _drawn(start: Point, end: Point, along: float) -> JourneyMap:
    way = _great_circle(start, end)
    frame = _Frame(way)
    points = [frame.place(point) for point in way]
    turn = round(along * (len(points) - 1))
    return JourneyMap(
        land=_land(frame),
        behind=_line(points[: turn + 1]),
        ahead=_line(points[turn:]),
        start=_spot(points[0]),
        end=_spot(points[-1]),
        now=_spot(points[turn]),
    )


def _spot(point: Point) -> tuple[str, str]:
    """As text: a template would write a decimal comma in some languages."""
    return f"{point[0]:g}", f"{point[1]:g}"


def _stage(one: MilestoneView) -> int | None:
    return next((place for place, (_title, codes) in enumerate(_STAGES) if one.code in codes), None)


class _Frame:
    """Where on the drawing a position lies: plate carrée about the middle of the way, shrunk by its latitude."""

    def __init__(self, way: Sequence[Point]) -> None:
        self.middle = way[len(way) // 2][0]
        xs = [self._east(lon) for lon, _lat in way]
        ys = [lat for _lon, lat in way]
        self._shrink = math.cos(math.radians(min(60.0, abs(sum(ys) / len(ys)))))
        wide, high = (max(xs) - min(xs)) * self._shrink, max(ys) - min(ys)
        self._scale = min(
            (WIDTH - 2 * _MARGIN) / max(wide, 8.0), (HEIGHT - 2 * _MARGIN) / max(high, 8.0), 24.0
        )
        self._x, self._y = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2

    def place(self, point: Point) -> Point:
        x = (self._east(point[0]) - self._x) * self._shrink * self._scale + WIDTH / 2
        return round(x, 1), round((self._y - point[1]) * self._scale + HEIGHT / 2, 1)

    def _east(self, longitude: float) -> float:
        return (longitude - self.middle + 180) % 360 - 180


def _land(frame: _Frame) -> str:
    """The coasts that lie on the drawing, thinned to a point every 1.6 pixels."""
    drawn = []
    for coast in _coasts():
        piece: list[Point] = []
        for point in coast:
            x, y = frame.place(point)
            if not (-20 <= x <= WIDTH + 20 and -20 <= y <= HEIGHT + 20) or (
                piece and abs(x - piece[-1][0]) > WIDTH / 2
            ):
                drawn.append(piece)
                piece = []
            elif not piece or math.dist(piece[-1], (x, y)) >= _STEP_PX:
                piece.append((x, y))
        drawn.append(piece)
    return "".join(_line(piece) for piece in drawn if len(piece) > 1)


def _line(points: Sequence[Point]) -> str:
    if len(points) < 2:
        return ""
    steps = [f"{round(b[0] - a[0], 1):g},{round(b[1] - a[1], 1):g}" for a, b in itertools.pairwise(points)]
    return f"M{points[0][0]:g},{points[0][1]:g}l{' '.join(steps)}"


@cache
def _coasts() -> tuple[tuple[Point, ...], ...]:
    """All borders and coasts as (lon, lat), from the quantised steps of TopoJSON."""
    world = json.loads(_WORLD.read_text(encoding="utf-8"))
    (kx, ky), (tx, ty) = world["transform"]["scale"], world["transform"]["translate"]
    found = []
    for arc in world["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * kx + tx, y * ky + ty))
        found.append(tuple(line))
    return tuple(found)


def _great_circle(start: Point, end: Point, *, pieces: int = 48) -> list[Point]:
    a, b = _vector(start), _vector(end)
    angle = math.acos(max(-1.0, min(1.0, sum(p * q for p, q in zip(a, b, strict=True)))))
    if angle < 1e-6:
        return [start, end]
    found = []
    for step in range(pieces + 1):
        part = step / pieces
        one, two = math.sin((1 - part) * angle) / math.sin(angle), math.sin(part * angle) / math.sin(angle)
        x, y, z = (one * p + two * q for p, q in zip(a, b, strict=True))
        found.append((math.degrees(math.atan2(y, x)), math.degrees(math.asin(max(-1.0, min(1.0, z))))))
    return found


def _vector(point: Point) -> tuple[float, float, float]:
    lon, lat = map(math.radians, point)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)
