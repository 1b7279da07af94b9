"""Statistics: the trade of a period on a map, in time, by section of the tariff, and how long clearance takes."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from fondaco.delivery.web.asking import day_asked, number_asked, word_asked
from fondaco.delivery.web.charts import world_map
from fondaco.delivery.web.charts_trade import (
    clearance_chart,
    map_legend,
    section_chart,
    section_name,
    time_chart,
)
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.trade_words import explain_trade
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.site import render_why
from fondaco.flows.trade_board import CUTS, TradeBoard, trade_board, trade_cut
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.statistics.public import (
    BASE_CURRENCY,
    SECTIONS,
    Cell,
    Dimension,
    TradeFilter,
    section_label,
)

PERIODS = (7, 28, 91, 364)
USUAL = 364
FEWEST_BEFORE = 30  # a growth over fewer orders than these, or tenfold, says nothing
_MAY = (Kind.SELLER, Kind.CUSTOMS, Kind.TAX, Kind.PARK)
_CSV = (
    "orders",
    "lines",
    "value_gbp",
    "duty_gbp",
    "tax_gbp",
    "clearance_median_s",
    "clearance_p90_s",
    "withheld",
)


@require_GET
@member(*_MAY)
def dashboard(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The trade of a period."""
    on, days = _period(request)
    board = trade_board(scope, on=on, days=days, filters=_filters(request))
    context = {
        "board": board,
        "days": days,
        "periods": PERIODS,
        "on": on,
        "tiles": _tiles(board),
        "world": world_map(board.by_destination),
        "legend": map_legend(board.by_destination),
        "time": time_chart(board.by_time, in_weeks=board.in_weeks),
        "line": [cell.orders for cell in board.by_time if not cell.suppressed],
        "sections": section_chart(board.by_section),
        "clearance": clearance_chart(board.by_destination),
        "countries": [_cell(cell) for cell in board.by_destination],
        "section_rows": [{**_cell(cell), "name": section_name(cell.key)} for cell in board.by_section],
        "time_rows": [_cell(cell) for cell in board.by_time],
        "channel_rows": [_cell(cell) for cell in board.by_channel],
        "regime_rows": [_cell(cell) for cell in board.by_regime],
        "all_sections": [(section.number, section_name(section.number)) for section in SECTIONS],
        "section_word": section_label(board.filters.hs_section) if board.filters.hs_section else "",
    }
    return render(request, "trade/board.html", context)


@require_GET
@member(*_MAY)
def dashboard_csv(request: HttpRequest, scope: Scope, dimension: str = "destination") -> HttpResponseBase:
    """One cut of the trade as CSV; cells too small to be told stay empty."""
    known = next((one for one in get_args(Dimension) if one == dimension and one in CUTS), None)
    if known is None:
        raise Http404
    on, days = _period(request)
    cells = trade_cut(scope, known, on=on, days=days, filters=_filters(request))
    name = f"trade-by-{dimension.replace('_', '-')}"
    return csv_response(name, headings=(dimension, *_CSV), rows=(_row(cell) for cell in cells))


@require_GET
@member(*_MAY)
def figure_why(request: HttpRequest, scope: Scope, figure: str) -> HttpResponseBase:
    """Why a figure of the period is what it is: the same question, asked again."""
    on, days = _period(request)
    explanation = explain_trade(trade_board(scope, on=on, days=days, filters=_filters(request)), figure)
    if explanation is None:
        raise Http404
    return render_why(request, explanation, back=reverse("statistics"))


def _period(request: HttpRequest) -> tuple[date, int]:
    days = number_asked(request.GET, "days", default=USUAL)
    today = clock.today()
    return min(day_asked(request.GET, "until") or today, today), days if days in PERIODS else USUAL


def _filters(request: HttpRequest) -> TradeFilter:
    return TradeFilter(
        destination=word_asked(request.GET, "to", most=2).upper(),
        hs_section=word_asked(request.GET, "section", most=5),
    )


def _tiles(board: TradeBoard) -> dict[str, Any]:
    total = board.total
    return {
        "value": _money(total.value_gbp_minor),
        "duty": _money(total.duty_gbp_minor),
        "tax": _money(total.tax_gbp_minor),
        "change": _change(total.orders, board.before.orders, orders=board.before.orders),
        "value_change": _change(
            total.value_gbp_minor, board.before.value_gbp_minor, orders=board.before.orders
        ),
        "countries": sum(cell.orders > 0 or cell.suppressed for cell in board.by_destination),
    }


def _change(now: int, before: int, *, orders: int) -> float | None:
    """The growth over the days before as a share; None where too little was traded then to compare with."""
    return (now - before) / before if orders >= FEWEST_BEFORE and before * 10 >= now else None


def _money(minor: int) -> Money:
    return Money(minor, BASE_CURRENCY)


def _cell(cell: Cell) -> dict[str, Any]:
    shown = not cell.suppressed
    return {
        "cell": cell,
        "value": _money(cell.value_gbp_minor) if shown else None,
        "duty": _money(cell.duty_gbp_minor) if shown else None,
        "tax": _money(cell.tax_gbp_minor) if shown else None,
    }


def _row(cell: Cell) -> list[Any]:
    if cell.suppressed:
        return [cell.key, *[""] * (len(_CSV) - 1), "yes"]
    sums = (cell.value_gbp_minor, cell.duty_gbp_minor, cell.tax_gbp_minor)
    times = ["" if one is None else one for one in (cell.clearance_median_s, cell.clearance_p90_s)]
    return [cell.key, cell.orders, cell.lines, *(_money(minor).amount for minor in sums), *times, ""]
