"""Exchange-rate risk by historical simulation: value at risk, expected shortfall, back-test; pure.

Source: Basel Committee, "Minimum capital requirements for market risk" (2019) for the measures; P. H. Kupiec,
"Techniques for verifying the accuracy of risk measurement models", Journal of Derivatives 3 (1995) for the test.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fondaco.kernel.errors import Refused

WINDOW = 500  # business days looked back on: about two years
CONFIDENCE = 0.95
KUPIEC_CRITICAL = 3.841  # chi-squared, one degree of freedom, 95 %


class TooFewRates(Refused):
    code = "too-few-rates"
    title = "There are too few days of rates to measure a risk by."
    remedy = "Choose currencies that are quoted every day, or load a longer history."


@dataclass(frozen=True, slots=True)
class RiskView:
    """What a book may lose in `days` business days, in the base currency's major units (positive: a loss).

    One time in twenty it loses more than `var`; then `shortfall` on average. `worst` is the worst that the days
    looked back on held. `by_currency` is each currency's own VaR: together they are more than `var` where
    currencies do not move alike.
    """

    base: str
    days: int
    confidence: float
    observations: int
    first_on: date
    last_on: date
    var: float
    shortfall: float
    worst: float
    by_currency: dict[str, float]


@dataclass(frozen=True, slots=True)
class BackTest:
    """How often losses went beyond the VaR said the day before; `kupiec` below 3.841 does not contradict it."""

    days: int
    exceeded: int
    share: float
    kupiec: float
    since: date
    until: date

    @property
    def holds(self) -> bool:
        """Whether the test does not reject the model at 95 %."""
        return self.kupiec < KUPIEC_CRITICAL


Series = Sequence[tuple[date, float]]


def align(history: Mapping[str, Series]) -> tuple[list[date], dict[str, list[float]]]:
    """The days on which all currencies have a rate, and the rates of those days."""
    by_day = {currency: dict(series) for currency, series in history.items()}
    shared = sorted(set.intersection(*(set(days) for days in by_day.values()))) if by_day else []
    return shared, {currency: [days[day] for day in shared] for currency, days in by_day.items()}


def moves(rates: Sequence[float], *, days: int = 1) -> list[float]:
    """Relative changes over `days` observations, overlapping."""
    return [rates[i] / rates[i - days] - 1 for i in range(days, len(rates))]


def tail(values: Sequence[float], *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """(value at risk, expected shortfall) of profits and losses, both as losses (positive).

    The empirical quantile without interpolation: the k-th worst of n with k = floor(n (1 - confidence)) + 1.
    """
    ranked = sorted(values)
    k = math.floor(len(ranked) * (1 - confidence) + 1e-9)
    beyond = ranked[:k] or ranked[:1]
    return -ranked[k], -sum(beyond) / len(beyond)


def measure(
    book: Mapping[str, float],
    history: Mapping[str, Series],
    *,
    base: str,
    days: int = 1,
    window: int = WINDOW,
) -> RiskView:
    """The risk of `book` (currency to value in `base` today) by the last `window` moves; TooFewRates.

    `history` has units of `base` per currency. Each past move is applied to today's values as if it came again.
    """
    held = {c: v for c, v in book.items() if c != base and v}
    shared, rates = align({c: history.get(c, ()) for c in held})
    if not held or len(shared) < window // 2 + days:
        raise TooFewRates(field="currency", value=", ".join(sorted(held)))
    changes = {c: moves(r[-(window + days) :], days=days) for c, r in rates.items()}
    count = len(next(iter(changes.values())))
    total = [sum(held[c] * changes[c][i] for c in held) for i in range(count)]
    var, shortfall = tail(total)
    own = {c: tail([held[c] * x for x in changes[c]])[0] for c in held}
    return RiskView(
        base, days, CONFIDENCE, count, shared[-count], shared[-1], var, shortfall, -min(total), own
    )


def back_test(
    book: Mapping[str, float],
    history: Mapping[str, Series],
    *,
    since: date,
    window: int = WINDOW,
    confidence: float = CONFIDENCE,
) -> BackTest:
    """Each day from `since` on against the VaR that the `window` days before it gave; TooFewRates.

    The book is brought back to the same values each day, so that only rates count.
    """
    shared, rates = align({c: history[c] for c in book})
    changes = {c: moves(r) for c, r in rates.items()}
    profit = [sum(book[c] * changes[c][i] for c in book) for i in range(len(shared) - 1)]
    first = max(window, next((i for i, day in enumerate(shared[1:]) if day >= since), len(profit)))
    if first >= len(profit):
        raise TooFewRates(field="since", value=since)
    ranked = sorted(profit[first - window : first])
    k = math.floor(window * (1 - confidence) + 1e-9)
    exceeded = 0
    for i in range(first, len(profit)):
        exceeded += profit[i] < ranked[k]
        insort(ranked, profit[i])
        del ranked[bisect_left(ranked, profit[i - window])]
    tested = len(profit) - first
    return BackTest(
        tested, exceeded, exceeded / tested, kupiec(tested, exceeded, expected=1 - confidence),
        shared[first + 1], shared[-1],
    )  # fmt: skip


def kupiec(days: int, exceeded: int, *, expected: float) -> float:
    """Kupiec's likelihood ratio of "exceeded in the share expected"; chi-squared with one degree of freedom."""

    def likelihood(share: float) -> float:
        hit = exceeded * math.log(share) if exceeded else 0.0
        missed = (days - exceeded) * math.log(1 - share) if exceeded < days else 0.0
        return hit + missed

    return -2 * (likelihood(expected) - likelihood(exceeded / days))
