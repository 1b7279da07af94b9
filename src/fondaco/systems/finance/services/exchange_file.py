"""The authority's file of conversions, written from the ledger's deals; domain.exchange_file checks it."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.finance.domain.exchange_file import FILE_HEADINGS

_DEALS = """
SELECT d.id, j.effective_on, j.source, d.sell_currency, d.sell_minor, d.buy_currency, d.buy_minor, d.rate,
       d.provider, d.rate_on
FROM finance_fxdeal d JOIN finance_journal j ON j.id = d.journal_id
WHERE j.effective_on >= %s AND j.effective_on < %s
ORDER BY j.effective_on, d.id
"""
# State Administration of Foreign Exchange, classification of foreign-related receipts and payments (2014 edition):
# 122030, online purchases not in the customs statistics; 121010, general trade.
ONLINE_PURCHASES = "122030"


def settlement_file(
    scope: Scope,
    *,
    since: date,
    until: date,
    parties: Mapping[str, tuple[str, str]],
    code: str = ONLINE_PURCHASES,
) -> bytes:
    """The authority's file of what was exchanged from `since` until before `until`, as CSV in UTF-8.

    One line per conversion with its dated rate, a total per currency pair, and last a count with the SHA-256 of all
    bytes before it. `parties` gives name and country by the journal's source. For the platform and the authorities.
    """
    scope.require(kinds=(Kind.PLATFORM, Kind.TAX, Kind.CUSTOMS, Kind.BANK))
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\r\n")
    sheet.writerow(FILE_HEADINGS)
    totals: dict[tuple[str, str], list[int]] = {}
    count = 0
    for deal, on, source, sold, bought, rate, provider, rate_on in _deals(since, until):
        name, country = parties.get(source, ("", ""))
        sheet.writerow(
            ["deal", deal, on, source, name, country, sold.currency, sold.amount, bought.currency, bought.amount,
             rate, provider, rate_on, code]
        )  # fmt: skip
        sums = totals.setdefault((sold.currency, bought.currency), [0, 0])
        sums[0], sums[1], count = sums[0] + sold.minor, sums[1] + bought.minor, count + 1
    for (a, b), (x, y) in sorted(totals.items()):
        sheet.writerow(["total", "", until, "", "", "", a, Money(x, a).amount, b, Money(y, b).amount])
    body = out.getvalue().encode()
    return body + f"end,{count},{hashlib.sha256(body).hexdigest()}\r\n".encode()


def deal_sources(*, since: date, until: date) -> list[str]:
    """What the conversions of a time were about: "order:<id>", "quote:<id>"."""
    return sorted({row[2] for row in _deals(since, until)})


def _deals(since: date, until: date) -> Iterator[tuple[UUID, date, str, Money, Money, Decimal, str, date]]:
    with connection.cursor() as cursor:
        cursor.execute(_DEALS, [since, until])
        rows = cursor.fetchall()
    for deal, on, source, a, x, b, y, rate, provider, rate_on in rows:
        yield deal, on, source, Money(x, a), Money(y, b), rate.normalize(), provider, rate_on
