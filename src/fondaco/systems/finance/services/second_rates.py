"""A second provider of exchange rates: its file stored, and compared with the first day by day.

Money is converted at the ECB's rates. The second provider is there to notice when those are wrong: where both speak of
one day and are further apart than the tolerance, no quote is locked on that pair, and the house is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from fondaco.kernel.bulk import array_literal, text_literal
from fondaco.systems.finance.adapters.boe import STERLING, read_boe
from fondaco.systems.finance.domain.fx import BOE, ECB, RATE_PLACES, DatedRate, RateCheck, RatesDisagree
from fondaco.systems.finance.domain.ledger import HOUSE
from fondaco.systems.finance.rules import RATE_TOLERANCE
from fondaco.systems.finance.services.rates import PIVOT
from fondaco.systems.finance.services.support import tell


@dataclass(frozen=True, slots=True)
class RatesTaken:
    """What a file brought: rates that are new, their days, and where the two providers are too far apart."""

    added: int
    first_on: date
    last_on: date
    alarms: tuple[RateCheck, ...]


_STORE = """
INSERT INTO finance_exchangerate (provider, base, quote, "on", rate)
SELECT %s, %s, * FROM unnest(%s::text[], %s::date[], %s::numeric[])
ON CONFLICT DO NOTHING
"""


def take_rates(content: bytes, *, now: datetime) -> RatesTaken:
    """Store the Bank of England's file; BadRateFile. A rate that is there already stays as it is. Tells of alarms."""
    rows = read_boe(content, today=now.date())
    days = [row.on for row in rows]
    with transaction.atomic():
        added = _store(rows)
        alarms = tuple(c for c in _compare(since=min(days), until=max(days)) if c.alarm) if added else ()
        if alarms:
            detail = {
                "apart": [[c.currency, c.on.isoformat(), str(c.first), str(c.second)] for c in alarms[:20]]
            }
            tell("exchange.rates-disagree", subject_type="rates", facts=[(HOUSE, None, detail)], at=now)
    return RatesTaken(added, min(days), max(days), alarms)


def _store(rows: Sequence[DatedRate]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE,
            [BOE, STERLING, text_literal([r.quote for r in rows]), array_literal([r.on for r in rows]),
             array_literal([r.rate for r in rows])],
        )  # fmt: skip
        return int(cursor.rowcount)


_COMPARE = """
SELECT b.quote, b."on", CASE WHEN b.quote = %(pivot)s THEN 1 / g.rate ELSE c.rate / g.rate END, b.rate
FROM finance_exchangerate b
JOIN finance_exchangerate g ON g.provider = %(ecb)s AND g.base = %(pivot)s AND g.quote = b.base AND g."on" = b."on"
LEFT JOIN finance_exchangerate c ON c.provider = %(ecb)s AND c.base = %(pivot)s AND c.quote = b.quote AND c."on" = b."on"
WHERE b.provider = %(boe)s AND b."on" BETWEEN %(since)s AND %(until)s AND (c.rate IS NOT NULL OR b.quote = %(pivot)s)
ORDER BY b."on" DESC, b.quote
"""


def _compare(*, since: date, until: date, tolerance: Decimal = RATE_TOLERANCE) -> list[RateCheck]:
    """What both providers say of the days from `since` to `until`, the latest first."""
    asked: dict[str, str | date] = {"pivot": PIVOT, "ecb": ECB, "boe": BOE, "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, asked)
        return [
            _check(currency, on, first=first.quantize(RATE_PLACES), second=second, tolerance=tolerance)
            for currency, on, first, second in cursor.fetchall()
        ]


def _check(currency: str, on: date, *, first: Decimal, second: Decimal, tolerance: Decimal) -> RateCheck:
    apart = abs(second / first - 1).quantize(Decimal("0.000001"))
    return RateCheck(currency, on, first, second, apart, apart > tolerance)


def compare_rates(*, on: date) -> list[RateCheck]:
    """What both providers say of the latest day, on or before `on`, of which both speak; empty without a second."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT max(b."on") FROM finance_exchangerate b WHERE b.provider = %s AND b."on" <= %s AND EXISTS'
            ' (SELECT 1 FROM finance_exchangerate e WHERE e.provider = %s AND e."on" = b."on")',
            [BOE, on, ECB],
        )
        (latest,) = cursor.fetchone()
    return _compare(since=latest, until=latest) if latest else []


def require_agreement(dated: DatedRate) -> None:
    """RatesDisagree where the second provider says something else of either currency on the rate's own day."""
    if dated.base == dated.quote:
        return
    for check in _compare(since=dated.on, until=dated.on):
        if check.alarm and check.currency in (dated.base, dated.quote):
            raise RatesDisagree(
                field="currency", value=check.currency, apart=str(check.apart), on=str(dated.on)
            )
