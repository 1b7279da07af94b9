"""The charts of the exposure page: open exposure by currency and bucket, and what each currency may lose.

Drawn by Vega-Altair as static SVG in the page's own colours (see charts).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from fondaco.delivery.web.charts import ACCENT, INK, chart_config, chart_of, drawn
from fondaco.kernel.money import Money
from fondaco.systems.finance.public.exchange import BUCKETS, Board, RiskView

_SHADES = (ACCENT, "#f00004", "#f00002")  # the accent, --map-4, --map-2
_ROW = 30


def _amounts(ticks: int) -> alt.Axis:
    """An axis of sums in thousands and millions, on which nothing is simply 0."""
    return alt.Axis(format="~s", tickCount=ticks, labelExpr="datum.value == 0 ? '0' : datum.label")


def exposure_chart(board: Board) -> SafeString:
    """Open exposure in the base currency: what comes in to the right, what goes out to the left, by bucket."""
    rows: list[dict[str, Any]] = [
        {
            "currency": row.currency,
            "bucket": row.bucket,
            "value": float(Money(row.open, row.currency).amount) * float(board.rates[row.currency].rate),
        }
        for row in board.rows
        if row.currency in board.rates and row.open
    ]
    if not rows:
        return mark_safe("")
    y = alt.Y("currency:N", title=None, axis=alt.Axis(domain=False, ticks=False))
    bars = (
        chart_of(rows)
        .mark_bar(height={"band": 0.62})
        .encode(
            y=y,
            x=alt.X("sum(value):Q", title=board.base, axis=_amounts(6)),
            color=alt.Color(
                "bucket:O",
                legend=None,
                scale=alt.Scale(domain=list(range(len(BUCKETS))), range=list(_SHADES)),
            ),
            order=alt.Order("bucket:O"),
        )
    )
    zero = chart_of([{"at": 0}]).mark_rule(color=INK).encode(x="at:Q")
    height = _ROW * len({row["currency"] for row in rows})
    chart = alt.layer(bars, zero).properties(width=720, height=height, background="transparent")
    said = _("Open exposure by currency in %(base)s; the table has the figures") % {"base": board.base}
    return drawn({**chart.to_dict(), "config": chart_config()}, label=said)


def risk_chart(risk: RiskView | None) -> SafeString:
    """What each currency alone, and all together, lose on one day in twenty."""
    if risk is None:
        return mark_safe("")
    shares: Mapping[str, float] = {**risk.by_currency, _("together"): risk.var}
    rows = [
        {"name": name, "value": round(value, 2), "all": n == len(shares) - 1}
        for n, (name, value) in enumerate(shares.items())
    ]
    base = chart_of(rows).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False)),
        x=alt.X("value:Q", title=risk.base, axis=_amounts(5)),
    )
    bars = base.mark_bar(height={"band": 0.62}).encode(
        color=alt.Color(
            "all:N", legend=None, scale=alt.Scale(domain=[False, True], range=["#f00002", ACCENT])
        )
    )
    words = base.mark_text(align="left", dx=4, color=INK, fontSize=11).encode(
        text=alt.Text("value:Q", format=",.0f")
    )
    chart = alt.layer(bars, words).properties(width=420, height=_ROW * len(rows), background="transparent")
    said = _("Loss on one day in twenty, by currency, in %(base)s; the table has the figures") % {
        "base": risk.base
    }
    return drawn({**chart.to_dict(), "config": chart_config()}, label=said)
