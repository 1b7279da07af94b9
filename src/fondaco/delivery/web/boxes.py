"""A packed box in three dimensions as SVG: isometric, drawn on the server from the pieces' places.

Pieces carry a letter as well as a tint, so that colour is never alone; the tints are custom properties of the
page, so that one drawing serves light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from string import ascii_uppercase
from typing import Any, Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import UnitPlacement

_WIDTH, _HEIGHT, _MARGIN = 320.0, 240.0, 6.0
# cos 30°: how far a millimetre along either floor axis goes sideways; downwards it goes half a one.
_COS = 0.8660254
_TINTS = ("map-3", "map-1", "map-5", "map-2", "map-4")
_DARK_TINTS = {"map-4", "map-5"}

Point = tuple[float, float]
Corner = tuple[int, int, int]


class Packed(Protocol):
    """What is drawn: a parcel with places, as a page has it."""

    @property
    def box(self) -> str: ...
    @property
    def length_mm(self) -> int: ...
    @property
    def width_mm(self) -> int: ...
    @property
    def height_mm(self) -> int: ...
    @property
    def placements(self) -> Sequence[Any]: ...


@dataclass(frozen=True, slots=True)
class Key:
    """One article of the legend."""

    letter: str
    tint: str
    sku: str
    count: int

    @property
    def swatch(self) -> SafeString:
        """A square of the article's tint with its letter."""
        return format_html(
            '<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><rect width="16" height="16" rx="3"'
            ' fill="var(--{})"/><text x="8" y="11.5" text-anchor="middle" font-size="10" fill="var(--{})">{}</text></svg>',
            self.tint, _ink(self.tint), self.letter,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawing:
    """The picture of a box and its legend."""

    svg: SafeString
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Solid:
    """A piece as the painter sees it: two opposite corners, its tint and letter."""

    low: Corner
    high: Corner
    tint: str
    letter: str


def draw_box(parcel: Packed, *, name: str) -> Drawing | None:
    """The drawing of a parcel whose pieces have places, else None. `name` is unique on the page."""
    if not parcel.placements:
        return None
    placements = [astuple(p) if isinstance(p, UnitPlacement) else p for p in parcel.placements]
    keys = _keys(placements)
    room = _room(parcel)
    solids = [_solid(place, keys) for place in placements]
    view = _View(room)
    body = mark_safe(_carton(view, room) + "".join(_piece(view, s) for s in painted(solids)))  # noqa: S308 - numbers
    title = _("Box %(box)s with %(count)d pieces") % {"box": parcel.box, "count": len(solids)}
    listed = ", ".join(f"{key.letter} {key.sku} × {key.count}" for key in keys.values())
    inside = " × ".join(str(side) for side in room)
    svg = format_html(
        '<svg class="block h-auto w-full" viewBox="0 0 320 240" role="img" aria-labelledby="{0}-t {0}-d">'
        '<title id="{0}-t">{1}</title><desc id="{0}-d">{2}</desc>{3}</svg>',
        f"box-{name}", title, _("Inside %(inside)s mm: %(listed)s") % {"inside": inside, "listed": listed}, body,
    )  # fmt: skip
    return Drawing(svg, tuple(keys.values()))


def painted(solids: Sequence[Solid]) -> list[Solid]:
    """From the farthest to the nearest: of two that meet on the page the one behind comes first."""
    waits = {
        near: {
            far
            for far in range(len(solids))
            if far != near and _meet(solids[far], solids[near]) and _behind(solids[far], solids[near])
        }
        for near in range(len(solids))
    }
    done: list[int] = []
    while waits:
        # Three pieces may hide one another in a ring, which no order draws; then the farthest corner goes first.
        free = [n for n, behind in waits.items() if not behind] or [
            min(waits, key=lambda n: sum(solids[n].low))
        ]
        for n in free:
            del waits[n]
        for behind in waits.values():
            behind.difference_update(free)
        done += free
    return [solids[n] for n in done]


class _View:
    """Millimetres of the box to points of the picture."""

    def __init__(self, room: Corner) -> None:
        x, y, z = room
        wide, high = (x + y) * _COS, (x + y) / 2 + z
        self.scale = min((_WIDTH - 2 * _MARGIN) / wide, (_HEIGHT - 2 * _MARGIN) / high)
        self.left = (_WIDTH - wide * self.scale) / 2 + y * _COS * self.scale
        self.top = (_HEIGHT - high * self.scale) / 2 + z * self.scale

    def at(self, x: float, y: float, z: float) -> Point:
        across, down = (x - y) * _COS * self.scale, ((x + y) / 2 - z) * self.scale
        return round(self.left + across, 1), round(self.top + down, 1)

    def path(self, *corners: tuple[float, float, float]) -> str:
        return " ".join(f"{x:g},{y:g}" for x, y in (self.at(*corner) for corner in corners))


def _carton(view: _View, room: Corner) -> str:
    """The floor and the two far walls, behind everything."""
    x, y, z = room
    walls = (
        ((0, 0, 0), (x, 0, 0), (x, y, 0), (0, y, 0)),
        ((0, 0, 0), (x, 0, 0), (x, 0, z), (0, 0, z)),
        ((0, 0, 0), (0, y, 0), (0, y, z), (0, 0, z)),
    )
    return "".join(
        f'<polygon points="{view.path(*wall)}" fill="var(--sunk)" stroke="var(--line-strong)" stroke-linejoin="round"/>'
        for wall in walls
    )


def _piece(view: _View, s: Solid) -> str:
    """The three faces that are seen, the sides in shade, and the letter on the largest of them."""
    (a, b, c), (x, y, z) = s.low, s.high
    faces = (
        ((a, b, z), (x, b, z), (x, y, z), (a, y, z)),
        ((a, y, c), (x, y, c), (x, y, z), (a, y, z)),
        ((x, b, c), (x, y, c), (x, y, z), (x, b, z)),
    )
    drawn = [
        f'<polygon points="{view.path(*face)}" fill="var(--{s.tint})" stroke="var(--surface)" stroke-width="0.8"'
        ' stroke-linejoin="round"/>'
        + (f'<polygon points="{view.path(*face)}" fill="#000" fill-opacity="{shade}"/>' if shade else "")
        for face, shade in zip(faces, (0, 0.14, 0.26), strict=True)
    ]
    return "".join(drawn) + _letter(view, s)


def _letter(view: _View, s: Solid) -> str:
    (a, b, c), (x, y, z) = s.low, s.high
    centres = {
        (x - a) * (y - b): ((a + x) / 2, (b + y) / 2, z),
        (x - a) * (z - c): ((a + x) / 2, y, (c + z) / 2),
        (y - b) * (z - c): (x, (b + y) / 2, (c + z) / 2),
    }
    size = min(12.0, min(max(x - a, y - b), max(x - a, z - c), max(y - b, z - c)) * view.scale * 0.5)
    if size < 6:
        return ""
    left, top = view.at(*centres[max(centres)])
    return (
        f'<text x="{left:g}" y="{top + size * 0.36:.1f}" text-anchor="middle" font-size="{size:.1f}"'
        f' fill="var(--{_ink(s.tint)})" aria-hidden="true">{s.letter}</text>'
    )


def _behind(a: Solid, b: Solid) -> bool:
    """Whether some plane has `a` on its far side and `b` on its near one."""
    return any(high <= low for high, low in zip(a.high, b.low, strict=True))


def _meet(a: Solid, b: Solid) -> bool:
    """Whether the two cover a common part of the page: their outlines overlap in all three directions."""
    for p, q in ((0, 1), (0, 2), (1, 2)):
        if a.high[p] - a.low[q] <= b.low[p] - b.high[q] or b.high[p] - b.low[q] <= a.low[p] - a.high[q]:
            return False
    return True


def _keys(placements: Sequence[Sequence[Any]]) -> dict[str, Key]:
    counts: dict[str, int] = {}
    for place in placements:
        counts[str(place[0])] = counts.get(str(place[0]), 0) + 1
    return {
        sku: Key(_letters(n), _TINTS[n % len(_TINTS)], sku, count)
        for n, (sku, count) in enumerate(counts.items())
    }


def _letters(n: int) -> str:
    """A to Z, then AA, AB and so on."""
    head, tail = divmod(n, len(ascii_uppercase))
    return (ascii_uppercase[head - 1] if head else "") + ascii_uppercase[tail]


def _solid(place: Sequence[Any], keys: dict[str, Key]) -> Solid:
    key = keys[str(place[0])]
    x, y, z, dx, dy, dz = (int(n) for n in place[1:7])
    return Solid((x, y, z), (x + dx, y + dy, z + dz), key.tint, key.letter)


def _room(parcel: Packed) -> Corner:
    """The inner sides of its carton, or its own where the carton is not one of ours."""
    return _inner_sides().get(parcel.box, (parcel.length_mm, parcel.width_mm, parcel.height_mm))


@cache
def _inner_sides() -> dict[str, Corner]:
    return {carton.code: carton.inner_mm for carton in logistics.house_cartons()}


def _ink(tint: str) -> str:
    return "surface" if tint in _DARK_TINTS else "ink"


def legend(keys: Sequence[Key]) -> SafeString:
    """The legend as list items."""
    return format_html_join(
        "",
        '<li class="flex items-center gap-2">{}<bdi class="min-w-0 truncate">{}</bdi><span class="muted">× {}</span></li>',
        ((key.swatch, key.sku, key.count) for key in keys),
    )
