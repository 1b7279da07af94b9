"""The Bank of England's daily spot rates into sterling, as its Interactive Statistical Database exports them.

CSV with a heading `DATE,XUDLUSS,XUDLERS,...`: days as `20 Nov 2026`, one column per series, units of the currency for
one pound, an empty cell where nothing was published. Which series is which currency: data/finance/boe_series.csv.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from fondaco.systems.finance.domain.fx import BOE, BadRateFile, DatedRate
from fondaco.systems.finance.rules import boe_series

STERLING = "GBP"
_FIRST = date(1975, 1, 2)  # the first day of the Bank's daily series
_DAY = "%d %b %Y"


def read_boe(content: bytes, *, today: date) -> list[DatedRate]:
    """The rates in a file, or BadRateFile naming line and field: nothing of such a file is used.

    Refused: another encoding than UTF-8, an unknown or doubled column, a day that is none, is doubled, before 1975 or
    after `today`, a rate that is no positive number, a file without rates.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadRateFile("The file is not UTF-8.", field="file") from exc
    rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    currencies = _currencies(rows[0] if rows else [])
    found: list[DatedRate] = []
    days: set[date] = set()
    for line, row in enumerate(rows[1:], start=2):
        on = _day(row[0], line=line, today=today)
        if on in days or len(row) != len(currencies) + 1:
            raise BadRateFile("A day twice, or a row of another length.", field=f"line {line}", value=row[0])
        days.add(on)
        cells = zip(currencies, row[1:], strict=True)
        found += [
            DatedRate(BOE, STERLING, c, on, _rate(cell, line=line)) for c, cell in cells if cell.strip()
        ]
    if not found:
        raise BadRateFile("The file has no rates.", field="file")
    return found


def _currencies(heading: list[str]) -> list[str]:
    known, names = boe_series(), [name.strip().upper() for name in heading]
    if len(names) < 2 or names[0] != "DATE":
        raise BadRateFile("The first column is not DATE.", field="line 1", value=",".join(heading)[:80])
    for name in names[1:]:
        if name not in known or names.count(name) > 1:
            raise BadRateFile("A series that is not known, or twice.", field="line 1", value=name)
    return [known[name] for name in names[1:]]


def _day(text: str, *, line: int, today: date) -> date:
    try:
        on = datetime.strptime(text.strip(), _DAY).date()  # noqa: DTZ007 - a day has no zone
    except ValueError as exc:
        raise BadRateFile("No day like 20 Nov 2026.", field=f"line {line}", value=text) from exc
    if not _FIRST <= on <= today:
        raise BadRateFile("A day outside of the series, or to come.", field=f"line {line}", value=text)
    return on


def _rate(text: str, *, line: int) -> Decimal:
    try:
        value = Decimal(text.strip())
    except InvalidOperation as exc:
        raise BadRateFile("No number.", field=f"line {line}", value=text) from exc
    if not value.is_finite() or not 0 < value < 10**9:
        raise BadRateFile("No positive rate.", field=f"line {line}", value=text)
    return value
