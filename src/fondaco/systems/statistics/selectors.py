"""Counts of trade: by destination, section, chapter, channel and time; exact, or withheld where too small.

A seller sees its own trade, the platform's operator all of it; a customs or tax authority and a park see the
whole in cells too large to make out a single order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import connection

from fondaco.kernel.errors import Forbidden, Refused
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.statistics.domain.disclosure import withhold_small
from fondaco.systems.statistics.domain.facts import Cell, Period, Summary

Dimension = Literal[
    "destination", "hs_section", "hs2", "channel", "regime", "currency", "day", "week", "month", "all"
]

_KEY: dict[str, str] = {
    "destination": "destination",
    "hs_section": "hs_section",
    "hs2": "hs2",
    "channel": "channel",
    "regime": "regime",
    "currency": "currency",
    "day": "to_char(\"on\", 'YYYY-MM-DD')",
    "week": 'to_char("on", \'IYYY-"W"IW\')',
    "month": "to_char(\"on\", 'YYYY-MM')",
    "all": "''",
}
_IN_TIME = frozenset({"day", "week", "month"})
_AGGREGATE_ONLY = frozenset({Kind.CUSTOMS, Kind.TAX, Kind.PARK})

# An order is one order in a cell: first its own sums there, then the cell's.
_CELLS = """
WITH part AS (
  SELECT {key} AS cell, order_id, sum(lines) AS lines, sum(value_gbp_minor) AS value,
         sum(duty_gbp_minor) AS duty, sum(tax_gbp_minor) AS tax, max(clearance_seconds) AS clearance
    FROM statistics_traderow WHERE {where} GROUP BY 1, 2)
SELECT cell, count(*), sum(lines)::bigint, sum(value)::bigint, sum(duty)::bigint, sum(tax)::bigint,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY clearance),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY clearance)
  FROM part GROUP BY cell ORDER BY {order}
"""


class UnknownDimension(Refused):
    code = "unknown-dimension"
    title = "Trade is not counted by that."
    remedy = f"Choose one of {', '.join(_KEY)}."


@dataclass(frozen=True, slots=True)
class TradeFilter:
    """What is counted: days from `start` to `end` (both included), and only these; empty means all."""

    start: date | None = None
    end: date | None = None
    destination: str = ""
    hs_section: str = ""
    channel: str = ""


def trade_by(
    dimension: Dimension,
    *,
    scope: Scope | None,
    filters: TradeFilter | None = None,
    public: bool = False,
    limit: int = 500,
) -> list[Cell]:
    """Cells of `dimension`: the largest value first, or in order of time for days, weeks and months.

    `scope` None is the house itself (flows). With `public`, and always for authorities and parks, small
    cells are withheld. Weeks are ISO weeks (2026-W47). Median and 90th percentile interpolate linearly.
    """
    if dimension not in _KEY:
        raise UnknownDimension(field="dimension", value=dimension)
    cells = _cells(dimension, scope=scope, filters=filters or TradeFilter())
    if public or _aggregate_only(scope):
        cells = withhold_small(cells)
    return cells[-limit:] if dimension in _IN_TIME else cells[:limit]


def trade_total(*, scope: Scope | None, filters: TradeFilter | None = None, public: bool = False) -> Cell:
    """All of it as one cell; zeros where nothing was traded."""
    cells = trade_by("all", scope=scope, filters=filters, public=public)
    return cells[0] if cells else Cell("", 0, 0, 0, 0, 0)


def daily_trade(on: date, *, scope: Scope | None = None, public: bool = False) -> Cell:
    """The trade of one day as one cell; without `scope`, the house's own count for flows and jobs."""
    return trade_total(scope=scope, filters=TradeFilter(start=on, end=on), public=public)


def summary(scope: Scope | None, *, on: date, days: int = 28, public: bool = False) -> Summary:
    """The figures of a home page for the `days` up to and including `on`, in six queries."""
    period = Period(on - timedelta(days=max(days, 1) - 1), on)
    within = TradeFilter(start=period.start, end=period.end)

    def by(dimension: Dimension) -> tuple[Cell, ...]:
        return tuple(trade_by(dimension, scope=scope, filters=within, public=public))

    tables = [by("destination"), by("hs_section"), by("day"), by("channel")]
    return Summary(
        on=on,
        period=period,
        day=daily_trade(on, scope=scope, public=public),
        total=trade_total(scope=scope, filters=within, public=public),
        by_destination=tables[0],
        by_section=tables[1],
        by_day=tables[2],
        by_channel=tables[3],
        suppressed=sum(cell.suppressed for table in tables for cell in table),
    )


def _aggregate_only(scope: Scope | None) -> bool:
    return scope is not None and scope.kind in _AGGREGATE_ONLY


def _owner(scope: Scope | None) -> UUID | None:
    """Whose rows are counted: a seller's own, or all (None). Forbidden for whoever has no business here."""
    if scope is None or scope.is_operator or scope.kind in _AGGREGATE_ONLY:
        return None
    if scope.kind != Kind.SELLER:
        raise Forbidden(field="organisation", value=scope.kind.value)
    return scope.organisation_id


def _cells(dimension: str, *, scope: Scope | None, filters: TradeFilter) -> list[Cell]:
    where, values = _where(_owner(scope), filters)
    order = "1" if dimension in _IN_TIME else "4 DESC, 1"
    sql = _CELLS.format(key=_KEY[dimension], where=where, order=order)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [Cell(*row) for row in cursor.fetchall()]


def _where(owner: UUID | None, filters: TradeFilter) -> tuple[str, Sequence[Any]]:
    """Conditions from fixed texts; every value is a parameter."""
    conditions: list[tuple[str, Any]] = [
        ("seller_id = %s", owner),
        ('"on" >= %s', filters.start),
        ('"on" <= %s', filters.end),
        ("destination = %s", filters.destination),
        ("hs_section = %s", filters.hs_section),
        ("channel = %s", filters.channel),
    ]
    used = [(text, value) for text, value in conditions if value not in {None, ""}]
    return " AND ".join(text for text, _ in used) or "true", [value for _, value in used]
