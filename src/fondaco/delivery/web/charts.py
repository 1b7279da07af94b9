"""Charts as static SVG, drawn on the server by Vega-Altair and kept in the cache.

The drawing uses stand-in colours that are replaced by the page's own custom properties, so that one
drawing serves light and dark. Each chart stands beside a table of the same figures.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import altair as alt
import pycountry
import vl_convert as vlc
from django.conf import settings
from django.core.cache import cache as kept
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fondaco.systems.statistics.public import Cell

WORLD = settings.ROOT / "data" / "web" / "world-110m.json"
ANTARCTICA = 10
_DAY = 24 * 3600
_CLASSES = 5
# Stand-ins, each replaced by a custom property of the page.
_COLOURS = {
    **{f"#f0000{n}": f"var(--map-{n})" for n in range(_CLASSES + 1)},
    "#f00010": "var(--surface)", "#f00011": "var(--ink-3)", "#f00012": "var(--line)", "#f00013": "var(--accent)",
    "#f00014": "var(--stop)", "#f00015": "var(--wait)", "#f00016": "var(--info)",
}  # fmt: skip
INK, LINE, ACCENT, EDGE = "#f00011", "#f00012", "#f00013", "#f00010"
NOTHING, STOP, WAIT, INFO, SOFT = "#f00000", "#f00014", "#f00015", "#f00016", "#f00001"


def world_map(cells: Sequence[Cell]) -> SafeString:
    """Orders by destination on a world map, in five classes of equal size; withheld cells stay empty."""
    counted = {
        number: cell.orders for cell in cells if not cell.suppressed and (number := numeric_code(cell.key))
    }
    palette = list(_COLOURS)[: _CLASSES + 1]
    label = _("World map of orders by destination; the table has the figures")
    return class_map(classes_of(counted), palette=palette, label=label)


def class_map(classes: Mapping[int, int], *, palette: Sequence[str], label: str) -> SafeString:
    """A world map: the class of each country (by its ISO number) in the palette's colour; class 0 for the rest."""
    rows = [{"id": number, "class": step} for number, step in classes.items()]
    spec = {
        "width": 760, "height": 372, "background": None, "config": chart_config(),
        "data": {"values": world_shapes(), "format": {"type": "topojson", "feature": "countries"}},
        "transform": [
            {"filter": f"datum.id != {ANTARCTICA}"},
            {"lookup": "id", "from": {"data": {"values": rows or [{"id": -1, "class": 0}]}, "key": "id", "fields": ["class"]},
             "default": 0},
            {"calculate": "isValid(datum.class) ? datum.class : 0", "as": "step"},
        ],
        "projection": {"type": "naturalEarth1"},
        "mark": {"type": "geoshape", "stroke": EDGE, "strokeWidth": 0.6},
        "encoding": {"color": {
            "field": "step", "type": "ordinal", "legend": None,
            "scale": {"domain": list(range(len(palette))), "range": list(palette)},
        }},
    }  # fmt: skip
    return drawn(spec, label=label)


def days_chart(cells: Sequence[Cell]) -> SafeString:
    """Orders by day as bars."""
    rows = [{"day": cell.key, "orders": cell.orders} for cell in cells if cell.key and not cell.suppressed]
    if not rows:
        return mark_safe("")
    bars = (
        chart_of(rows)
        .mark_bar(color=ACCENT, width={"band": 0.8})
        .encode(
            x=alt.X(
                "yearmonthdate(day):T",
                title=None,
                axis=alt.Axis(format=day_format(), tickCount=8, grid=False),
            ),
            y=alt.Y("orders:Q", title=None, axis=alt.Axis(tickCount=4, tickMinStep=1)),
        )
        .properties(width=700, height=150, background="transparent")
    )
    spec = {**bars.to_dict(), "config": chart_config()}
    return drawn(spec, label=_("Orders by day; the table has the figures"))


def day_format() -> str:
    """How an axis writes a day: the drawing knows the English names of months alone, other readers get figures."""
    language = get_language() or "en"
    return {"en": "%-d %b", "zh": "%-m月%-d日"}.get(language.partition("-")[0], "%-d/%-m")


def chart_of(rows: list[dict[str, Any]]) -> alt.Chart:
    """A chart over `rows`, which travel inside its specification."""
    return alt.Chart(alt.Data(values=rows))  # type: ignore[no-untyped-call]


@cache
def numeric_code(alpha2: str) -> int | None:
    """The ISO 3166 number by which the map knows a country."""
    found = pycountry.countries.get(alpha_2=alpha2)
    return int(found.numeric) if found else None


@cache
def world_shapes() -> Any:
    """The outlines of the countries, as TopoJSON."""
    return json.loads(WORLD.read_text())


def classes_of(counted: dict[int, int]) -> dict[int, int]:
    """A class from 1 (fewest) to 5 (most) for each country with orders; equal numbers share theirs."""
    ranked = sorted(counted.values())
    return {number: 1 + ranked.index(orders) * _CLASSES // len(ranked) for number, orders in counted.items()}


def chart_config() -> dict[str, Any]:
    """The look that all charts share."""
    axis = {
        "labelColor": INK, "domainColor": LINE, "tickColor": LINE, "gridColor": LINE, "labelFontSize": 11,
        "titleColor": INK, "titleFontSize": 11, "titleFontWeight": "normal",
    }  # fmt: skip
    return {"aria": False, "font": "system-ui, sans-serif", "view": {"stroke": None}, "axis": axis}


def drawn(spec: dict[str, Any], *, label: str) -> SafeString:
    """The SVG of a Vega-Lite specification, drawn once and kept by the hash of its data; `label` names it."""
    key = "chart3:" + hashlib.sha256(json.dumps(spec, sort_keys=True, default=str).encode()).hexdigest()
    svg: str | None = kept.get(key)
    if svg is None:
        svg = _themed(vlc.vegalite_to_svg(spec))
        kept.set(key, svg, timeout=_DAY)
    return mark_safe(svg.replace("<svg", f'<svg role="img" aria-label="{escape(label)}"', 1))  # noqa: S308 - drawn here


def _themed(svg: str) -> str:
    """The drawing in the page's own colours, without inline styles (the page forbids them)."""
    for stand_in, colour in _COLOURS.items():
        svg = svg.replace(stand_in, colour)
    svg = re.sub(r' (style|aria-roledescription|aria-hidden)="[^"]*"| role="graphics[^"]*"', "", svg)
    # Coordinates need one decimal; the words between the tags keep theirs.
    return re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\.\d)\d+", r"\1", tag[0]), svg)
