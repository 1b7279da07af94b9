"""The statistics page: the trade of a period, cut by destination, section, time, channel and regime. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from fondaco.kernel.tenancy import Scope
from fondaco.systems.statistics import public as statistics
from fondaco.systems.statistics.public import Cell, Dimension, Period, TradeFilter

LONG = 120  # days from which time is counted in weeks: a bar per day would be thinner than a pixel
CUTS: tuple[Dimension, ...] = ("destination", "hs_section", "hs2", "channel", "regime", "day", "week")


@dataclass(frozen=True, slots=True)
class TradeBoard:
    """The figures of the page. `before` is the total of as many days just before the period."""

    period: Period
    filters: TradeFilter
    total: Cell
    before: Cell
    by_destination: tuple[Cell, ...]
    by_section: tuple[Cell, ...]
    by_time: tuple[Cell, ...]
    by_channel: tuple[Cell, ...]
    by_regime: tuple[Cell, ...]
    in_weeks: bool
    suppressed: int


def trade_board(scope: Scope, *, on: date, days: int, filters: TradeFilter) -> TradeBoard:
    """The board for the `days` up to and including `on`, in seven queries."""
    within = within_days(filters, on=on, days=days)
    earlier = within_days(filters, on=on - timedelta(days=days), days=days)
    in_weeks = days > LONG

    def by(dimension: Dimension) -> tuple[Cell, ...]:
        return tuple(statistics.trade_by(dimension, scope=scope, filters=within))

    cuts = [
        by("destination"),
        by("hs_section"),
        by("week" if in_weeks else "day"),
        by("channel"),
        by("regime"),
    ]
    return TradeBoard(
        period=Period(within.start or on, on),
        filters=within,
        total=statistics.trade_total(scope=scope, filters=within),
        before=statistics.trade_total(scope=scope, filters=earlier),
        by_destination=cuts[0],
        by_section=cuts[1],
        by_time=cuts[2],
        by_channel=cuts[3],
        by_regime=cuts[4],
        in_weeks=in_weeks,
        suppressed=sum(cell.suppressed for cut in cuts for cell in cut),
    )


def trade_cut(scope: Scope, dimension: Dimension, *, on: date, days: int, filters: TradeFilter) -> list[Cell]:
    """The cells of one dimension, for an export."""
    return statistics.trade_by(dimension, scope=scope, filters=within_days(filters, on=on, days=days))


def within_days(filters: TradeFilter, *, on: date, days: int) -> TradeFilter:
    """`filters` for the `days` up to and including `on`."""
    return replace(filters, start=on - timedelta(days=max(days, 1) - 1), end=on)
