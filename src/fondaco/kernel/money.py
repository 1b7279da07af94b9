"""Money: an integer number of minor units with its currency.

Exponents follow ISO 4217 (JPY 0, EUR 2, KWD 3). Rounding is half-up, once, at the field that is
kept; splits lose nothing (largest remainder).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Self

import pycountry

from fondaco.kernel.errors import Refused

_ZERO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
_THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
_FOUR_DECIMALS = frozenset("CLF UYW".split())
_PLAIN = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,20})?")
_MOST = 10**15
_NO_MONEY = frozenset({"XTS", "XXX"})  # ISO 4217's codes for testing and for "no currency"

# Codes that are still met in files, and since when they are money no longer (ISO 4217, list three).
_ENDED = {
    "ANG": "2025-07-01", "BGN": "2026-01-01", "CUC": "2021-06-30", "EEK": "2011-01-01", "HRK": "2023-01-01",
    "LTL": "2015-01-01", "LVL": "2014-01-01", "SLL": "2024-04-01", "VEF": "2018-08-20", "ZWL": "2024-08-31",
    "DEM": "2002-03-01", "FRF": "2002-02-18", "ITL": "2002-03-01", "ESP": "2002-03-01", "NLG": "2002-01-29",
    "BEF": "2002-03-01", "ATS": "2002-03-01", "IEP": "2002-02-10", "PTE": "2002-03-01", "FIM": "2002-03-01",
    "GRD": "2002-03-01", "SIT": "2007-01-15", "CYP": "2008-02-01", "MTL": "2008-02-01", "SKK": "2009-01-17",
}  # fmt: skip


class UnknownCurrency(Refused):
    code = "unknown-currency"
    title = "This is not an ISO 4217 currency."
    remedy = "Give the three-letter code of a currency in use, such as EUR."


class CurrencyEnded(UnknownCurrency):
    code = "currency-ended"
    title = "This currency is no longer money."
    remedy = "Use the currency that replaced it."


class CurrencyMismatch(Refused):
    code = "currency-mismatch"
    title = "Two currencies cannot be added."
    remedy = "Convert one of them at a dated rate first."


class BadAmount(Refused):
    code = "bad-amount"
    title = "This is not an amount of money."
    remedy = "Give a plain number with no more decimals than the currency has."


@cache
def exponent(currency: str) -> int:
    """Number of decimals that `currency` has by ISO 4217; UnknownCurrency for any other code."""
    if currency in _ENDED:
        raise CurrencyEnded(f"It ended on {_ENDED[currency]}.", field="currency", value=currency)
    found = pycountry.currencies.get(alpha_3=currency)  # finds small letters too
    if found is None or found.alpha_3 != currency or currency in _NO_MONEY:
        raise UnknownCurrency(field="currency", value=currency)
    if currency in _ZERO_DECIMALS:
        return 0
    if currency in _THREE_DECIMALS:
        return 3
    return 4 if currency in _FOUR_DECIMALS else 2


def to_minor(amount: Decimal, currency: str) -> int:
    """`amount` in minor units, rounded half-up."""
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units of one currency."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Self:
        """Round `amount` (major units) half-up into money."""
        return cls(to_minor(_decimal(amount), currency), currency)

    @classmethod
    def exactly(cls, amount: Decimal | int | str, currency: str) -> Self:
        """Like `of`, but refuse (BadAmount) what has more decimals than the currency."""
        value = _decimal(amount)
        money = cls(to_minor(value, currency), currency)
        if money.amount != value:
            raise BadAmount(field="amount", value=str(amount))
        return money

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    @classmethod
    def sum(cls, parts: Iterable[Money], currency: str) -> Money:
        """Sum of `parts`, zero `currency` when there are none."""
        total: Money = cls.zero(currency)
        for part in parts:
            total = total + part
        return total

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with the currency's number of decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def times(self, factor: Decimal | int) -> Money:
        """This money times `factor`, rounded half-up."""
        exact = Decimal(self.minor) * factor
        return Money(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)), self.currency)

    def converted(self, rate: Decimal, currency: str) -> Money:
        """This money in `currency` at `rate` units of it per unit of ours, rounded half-up."""
        return Money.of(self.amount * rate, currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Shares in proportion to `weights` (>= 0) that add up to this money exactly.

        Largest remainder; ties go to the earlier share. All-zero weights split evenly.
        """
        return [Money(part, self.currency) for part in split_minor(self.minor, weights)]

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(value=f"{self.currency}, {other.currency}")


def split_minor(total: int, weights: Sequence[int]) -> list[int]:
    """Whole shares of `total` in proportion to `weights`, adding up to `total` exactly."""
    if not weights or any(w < 0 for w in weights):
        raise BadAmount(field="weights", value=list(weights))
    base = list(weights) if any(weights) else [1] * len(weights)
    whole, sign = sum(base), -1 if total < 0 else 1
    shares = [abs(total) * w // whole for w in base]
    remainders = [abs(total) * w % whole for w in base]
    order = sorted(range(len(base)), key=lambda i: (-remainders[i], i))
    for i in order[: abs(total) - sum(shares)]:
        shares[i] += 1
    return [sign * share for share in shares]


def _decimal(amount: Decimal | int | str) -> Decimal:
    """`amount` as a number below 10^15 that plain digits write: no exponent, space, group or digit of other scripts."""
    if isinstance(amount, str) and not _PLAIN.fullmatch(amount):
        raise BadAmount(field="amount", value=amount[:40])
    value = Decimal(amount)
    if not value.is_finite() or abs(value) >= _MOST:
        raise BadAmount(field="amount", value=str(value)[:40])
    return value
