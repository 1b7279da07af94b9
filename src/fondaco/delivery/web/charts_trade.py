"""The charts of the statistics page: time, sections of the tariff, clearance times; and the map's legend.

Drawn by Vega-Altair as static SVG in the page's own colours (see charts). Withheld cells are never drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import altair as alt
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from fondaco.delivery.web.charts import (
    ACCENT,
    INK,
    LINE,
    chart_config,
    chart_of,
    classes_of,
    day_format,
    drawn,
    numeric_code,
)
from fondaco.delivery.web.templatetags.fondaco import country, decimal_text, span
from fondaco.kernel.money import Money
from fondaco.systems.statistics.public import BASE_CURRENCY, Cell, section_label

MOST_COUNTRIES = 15
_SOFT = "#f00002"  # stands for --map-2
_ROW = 26


@dataclass(frozen=True, slots=True)
class Step:
    """A class of the map: its number, and the fewest and most orders of a country in it."""

    step: int
    fewest: int
    most: int


def map_legend(cells: Sequence[Cell]) -> list[Step]:
    """The classes of the map that have countries, the fewest orders first."""
    counted = {
        number: cell.orders for cell in cells if not cell.suppressed and (number := numeric_code(cell.key))
    }
    groups: dict[int, list[int]] = {}
    for number, step in classes_of(counted).items():
        groups.setdefault(step, []).append(counted[number])
    return [Step(step, min(found), max(found)) for step, found in sorted(groups.items())]


def time_chart(cells: Sequence[Cell], *, in_weeks: bool) -> SafeString:
    """Orders by day, or by week, as bars; the exact number stands above the highest."""
    rows: list[dict[str, Any]] = [
        {"day": _first_day(cell.key), "orders": cell.orders}
        for cell in cells
        if cell.key and not cell.suppressed
    ]
    if not rows:
        return mark_safe("")
    unit = "yearweek" if in_weeks else "yearmonthdate"
    top = max(rows, key=lambda row: row["orders"])
    # Both layers share the scale; the unit is left out of the rule of the axis, so that days stay where they are.
    base = chart_of(rows).encode(
        x=alt.X(f"{unit}(day):T", title=None, axis=alt.Axis(format=day_format(), tickCount=8, grid=False)),
        y=alt.Y("orders:Q", title=None, axis=alt.Axis(tickCount=4, tickMinStep=1)),
    )
    bars = base.mark_bar(color=ACCENT, width={"band": 0.8})
    label = decimal_text(top["orders"], 0)
    peak = (
        chart_of([top])
        .mark_text(dy=-6, color=INK, fontSize=11, text=label)
        .encode(x=f"{unit}(day):T", y="orders:Q")
    )
    chart = alt.layer(bars, peak).properties(width=1080, height=170, background="transparent")
    said = (
        _("Orders by week; the table has the figures")
        if in_weeks
        else _("Orders by day; the table has the figures")
    )
    return drawn(_spec(chart), label=said)


def section_chart(cells: Sequence[Cell]) -> SafeString:
    """The value of the goods by section of the tariff as bars, each with its exact amount."""
    rows: list[dict[str, Any]] = [
        {
            "name": section_name(cell.key),
            "value": cell.value_gbp_minor,
            "said": amount_text(cell.value_gbp_minor),
        }
        for cell in sorted(cells, key=lambda cell: -cell.value_gbp_minor)
        if not cell.suppressed
    ]
    if not rows:
        return mark_safe("")
    chart = _bars(rows, width=300)
    return drawn(_spec(chart), label=_("Value of goods by section of the tariff; the table has the figures"))


def clearance_chart(cells: Sequence[Cell]) -> SafeString:
    """From submission to release by destination: the median as a dot, a line to the 90th percentile."""
    timed = [cell for cell in cells if not cell.suppressed and cell.clearance_median_s is not None]
    rows: list[dict[str, Any]] = [
        {
            "name": country(cell.key),
            "median": cell.clearance_median_s,
            "p90": cell.clearance_p90_s,
            "said": f"{span(cell.clearance_median_s)} / {span(cell.clearance_p90_s)}",
        }
        for cell in sorted(timed, key=lambda cell: -cell.orders)[:MOST_COUNTRIES]
    ]
    if not rows:
        return mark_safe("")
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=170))
    base = chart_of(rows).encode(y=y)
    scale = alt.Scale(domainMin=0, nice=False)
    axis = alt.Axis(labels=False, ticks=False, domain=False, grid=False)
    lines = base.mark_rule(color=_SOFT, strokeWidth=4).encode(
        x=alt.X("median:Q", title=None, scale=scale, axis=axis), x2="p90:Q"
    )
    dots = base.mark_point(color=ACCENT, filled=True, size=64, opacity=1).encode(x="median:Q")
    words = base.mark_text(align="left", dx=8, color=INK, fontSize=11).encode(x="p90:Q", text="said:N")
    chart = alt.layer(lines, dots, words).properties(
        width=260, height=_ROW * len(rows), background="transparent"
    )
    return drawn(_spec(chart), label=_("Clearance time by destination; the table has the figures"))


def section_name(number: str) -> str:
    """A section as "XI Textiles and clothing"."""
    return f"{number} {section_label(number)}".strip()


def amount_text(minor: int) -> str:
    """An amount of the base currency in the reader's figures, without its code."""
    return decimal_text(Decimal(str(Money(minor, BASE_CURRENCY).amount)), 2)


def _bars(rows: list[dict[str, Any]], *, width: int) -> alt.LayerChart | alt.FacetChart:
    y = alt.Y(
        "name:N",
        sort=None,
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=210, labelPadding=8),
    )
    axis = alt.Axis(labels=False, ticks=False, domain=False, grid=False)
    base = chart_of(rows).encode(y=y, x=alt.X("value:Q", title=None, axis=axis))
    bars = base.mark_bar(color=ACCENT, height=14, cornerRadiusEnd=2)
    words = base.mark_text(align="left", dx=6, color=INK, fontSize=11).encode(text="said:N")
    return alt.layer(bars, words).properties(width=width, height=_ROW * len(rows), background="transparent")


def _spec(chart: alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    config = chart_config()
    config["axis"] = {**config["axis"], "gridColor": LINE, "labelFontSize": 12}
    return {**chart.to_dict(), "config": config}


def _first_day(key: str) -> str:
    """The day of a key; of an ISO week ("2026-W47") its Monday."""
    year, week, number = key.partition("-W")
    return date.fromisocalendar(int(year), int(number), 1).isoformat() if week else key
