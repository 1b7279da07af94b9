"""Statistics: the trade by country on a map, by day, by section of the tariff."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fondaco.delivery.web.charts import days_chart, world_map
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.statistics import public as statistics
from fondaco.systems.statistics.public import BASE_CURRENCY, Cell

PERIODS = (7, 28, 91, 364)
_MAY = (Kind.SELLER, Kind.CUSTOMS, Kind.TAX, Kind.PARK)


@require_GET
@member(*_MAY)
def dashboard(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The trade of a period."""
    on, days = _period(request)
    found = statistics.summary(scope, on=on, days=days)
    context = {
        "found": found,
        "days": days,
        "periods": PERIODS,
        "until": on,
        "world": world_map(found.by_destination),
        "by_day": days_chart(found.by_day),
        "countries": [(cell, _value(cell)) for cell in found.by_destination if cell.key],
        "sections": _sections(found.by_section),
        "total": _value(found.total),
        "duty": Money(found.total.duty_gbp_minor, BASE_CURRENCY),
        "tax": Money(found.total.tax_gbp_minor, BASE_CURRENCY),
        "line": [cell.orders for cell in found.by_day],
        "clearance": found.total.clearance_median_s,
    }
    return render(request, "statistics/dashboard.html", context)


@require_GET
@member(*_MAY)
def dashboard_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The trade by country as CSV; cells too small to be told stay empty."""
    on, days = _period(request)
    found = statistics.summary(scope, on=on, days=days)
    headings = ("destination", "orders", "lines", "value_gbp", "duty_gbp", "tax_gbp", "withheld")
    return csv_response("trade", headings=headings, rows=(_row(cell) for cell in found.by_destination))


def _row(cell: Cell) -> list[object]:
    if cell.suppressed:
        return [cell.key, "", "", "", "", "", "yes"]
    sums = (cell.value_gbp_minor, cell.duty_gbp_minor, cell.tax_gbp_minor)
    return [cell.key, cell.orders, cell.lines, *(str(Money(minor, BASE_CURRENCY).amount) for minor in sums), ""]


def _period(request: HttpRequest) -> tuple[date, int]:
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isdecimal() and int(asked) in PERIODS else 364
    try:
        on = date.fromisoformat(request.GET.get("until", ""))
    except ValueError:
        on = clock.today()
    return min(on, clock.today() + timedelta(days=1)), days


def _value(cell: Cell) -> Money | None:
    return None if cell.suppressed else Money(cell.value_gbp_minor, BASE_CURRENCY)


def _sections(cells: tuple[Cell, ...]) -> list[dict[str, object]]:
    largest = max((cell.value_gbp_minor for cell in cells), default=0) or 1
    ordered = sorted(cells, key=lambda cell: -cell.value_gbp_minor)
    return [
        {
            "cell": cell,
            "label": statistics.section_label(cell.key) if cell.key else "",
            "value": _value(cell),
            "share": round(100 * cell.value_gbp_minor / largest),
        }
        for cell in ordered
    ]
