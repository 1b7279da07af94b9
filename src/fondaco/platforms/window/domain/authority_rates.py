"""Whose exchange rate an authority takes: not the day's, as a rule, but that of a day its law names.

Each rule gives the days whose published rate counts on a day of declaration; several days are averaged.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache

_WEDNESDAY, _THURSDAY = 2, 3


@lru_cache(maxsize=4096)
def rate_days(rule: str, on: date) -> tuple[date, ...]:
    """The days whose rate the authority takes for a declaration of `on`; KeyError for an unknown rule."""
    return RATE_DAYS[rule](on)


def _daily(on: date) -> tuple[date, ...]:
    return (on,)


def _day_before(on: date) -> tuple[date, ...]:
    """Switzerland: the rate of the last trading day before (VAT Act art. 54; BAZG)."""
    return (on - timedelta(days=1),)


def _eu_month(on: date) -> tuple[date, ...]:
    """The Union: the European Central Bank's rate of the last Wednesday but one of the month before.

    Implementing Reg. (EU) 2015/2447 art. 146(1)-(2).
    """
    return (_weekdays_of(_month_before(on), _WEDNESDAY)[-2],)


def _uk_month(on: date) -> tuple[date, ...]:
    """The United Kingdom: the Wednesday before the last Thursday but one of the month before (HMRC)."""
    return (_weekdays_of(_month_before(on), _THURSDAY)[-2] - timedelta(days=1),)


def _cn_month(on: date) -> tuple[date, ...]:
    """China: the third Wednesday of the month before (GACC measures on levying, art. on exchange rates)."""
    return (_weekdays_of(_month_before(on), _WEDNESDAY)[2],)


def _us_quarter(on: date) -> tuple[date, ...]:
    """The United States: the first working day of the quarter (31 USC 5151; 19 CFR 159.34)."""
    first = date(on.year, 3 * ((on.month - 1) // 3) + 1, 1)
    return (min(first + timedelta(days=(7 - first.weekday()) % 7 if first.weekday() > 4 else 0), on),)


def _jp_week(on: date) -> tuple[date, ...]:
    """Japan: the mean of the week before last (Customs Act, enforcement regulation art. 1)."""
    monday = on - timedelta(days=on.weekday() + 14)
    return tuple(monday + timedelta(days=n) for n in range(5))


RATE_DAYS: Mapping[str, Callable[[date], tuple[date, ...]]] = {
    "daily": _daily,
    "day-before": _day_before,
    "eu-month": _eu_month,
    "uk-month": _uk_month,
    "cn-month": _cn_month,
    "us-quarter": _us_quarter,
    "jp-week": _jp_week,
}


def _month_before(on: date) -> date:
    return (on.replace(day=1) - timedelta(days=1)).replace(day=1)


def _weekdays_of(month: date, weekday: int) -> list[date]:
    """Every such weekday of the month that begins on `month`."""
    last = monthrange(month.year, month.month)[1]
    days = (month.replace(day=n) for n in range(1, last + 1))
    return [day for day in days if day.weekday() == weekday]
