"""The authority's file of conversions: its columns, and the check that it says what it claims; pure."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import BadAmount, CurrencyEnded, Money, UnknownCurrency

FILE_HEADINGS = (
    "record", "deal", "date", "about", "party", "country", "sold_currency", "sold", "bought_currency", "bought", "rate",
    "rate_source", "rate_date", "transaction_code",
)  # fmt: skip
_END = b"end,"


class BadExchangeFile(Refused):
    code = "bad-exchange-file"
    title = "This settlement file is not what it claims to be."
    remedy = (
        "Ask for it again; a file that was opened and saved elsewhere is no longer the one that was made."
    )


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A file that holds: its conversions, and the sums by currency pair (sold, bought)."""

    deals: int
    totals: tuple[tuple[Money, Money], ...]
    sha256: str


def check_file(content: bytes) -> FileCheck:
    """Check a settlement file: hash, count, columns, each amount, rate and day, and the totals. BadExchangeFile."""
    body, found, end = content.rpartition(_END)
    count, _, digest = end.decode("ascii", "replace").strip().partition(",")
    if not found or hashlib.sha256(body).hexdigest() != digest:
        raise BadExchangeFile("The hash in the last line is not that of the file.", field="end")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8", "replace"))))
    if not rows or tuple(rows[0]) != FILE_HEADINGS:
        raise BadExchangeFile("The headings are others.", field="line 1")
    sums: Counter[tuple[str, str, int]] = Counter()
    deals = 0
    told: dict[tuple[str, str], tuple[Money, Money]] = {}
    for line, row in enumerate(rows[1:], start=2):
        sold, bought = _amounts(row, line)
        pair = (sold.currency, bought.currency)
        if row[0] == "total":
            told[pair] = sold, bought
            continue
        _check_deal(row, sold, bought, line=line)
        deals += 1
        sums[*pair, 0] += sold.minor
        sums[*pair, 1] += bought.minor
    _check_totals(sums, told)
    if count != str(deals):
        raise BadExchangeFile("The last line counts other conversions.", field="end", value=count)
    return FileCheck(deals, tuple(told[pair] for pair in sorted(told)), digest)


def _amounts(row: Sequence[str], line: int) -> tuple[Money, Money]:
    try:
        return Money.exactly(row[7], row[6]), Money.exactly(row[9], row[8])
    except (IndexError, BadAmount, UnknownCurrency, CurrencyEnded) as exc:
        raise BadExchangeFile("An amount or a currency is none.", field=f"line {line}") from exc


def _check_deal(row: Sequence[str], sold: Money, bought: Money, *, line: int) -> None:
    """A conversion has its day, its rate, and sums that the rate makes of one another, to a minor unit."""
    try:
        late = date.fromisoformat(row[12]) > date.fromisoformat(row[2])
        exact = sold.amount * Decimal(row[10])
    except (IndexError, ValueError, InvalidOperation) as exc:
        raise BadExchangeFile("A day or a rate is none.", field=f"line {line}") from exc
    unit = Decimal(1).scaleb(bought.amount.as_tuple().exponent)  # type: ignore[arg-type]
    if late:
        raise BadExchangeFile("The rate is of a later day.", field=f"line {line}", value=row[1])
    if row[0] != "deal" or abs(bought.amount - exact.quantize(unit, rounding=ROUND_HALF_UP)) > unit:
        raise BadExchangeFile("The sums and the rate do not agree.", field=f"line {line}", value=row[1])


def _check_totals(
    sums: Counter[tuple[str, str, int]], told: dict[tuple[str, str], tuple[Money, Money]]
) -> None:
    """The totals are the sums of the lines, for every pair and no other."""
    pairs = {(a, b) for a, b, _ in sums}
    if pairs != told.keys() or any(
        (sums[*pair, 0], sums[*pair, 1]) != (told[pair][0].minor, told[pair][1].minor) for pair in pairs
    ):
        raise BadExchangeFile("The totals are not the sums of the lines.", field="total")
