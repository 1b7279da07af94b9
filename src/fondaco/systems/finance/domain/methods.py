"""The ways to pay that are offered for one basket: a dated matrix of country, currency, basket and risk; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fondaco.kernel.errors import Refused

RISKS = ("low", "medium", "high")


class NoMethod(Refused):
    code = "no-payment-method"
    title = "No way to pay is offered for this basket."
    remedy = "Ask in another currency, or add a row to the method matrix."


class MethodNotOffered(Refused):
    code = "payment-method-not-offered"
    title = "This way to pay is not offered for this basket."
    remedy = "Choose one of the methods that are offered; each refusal says its reason."


@dataclass(frozen=True, slots=True)
class Method:
    """A way to pay. `kind` is card, debit, transfer, redirect, app, wallet, voucher or cash."""

    code: str
    label: str
    kind: str
    authentication: str
    settlement_days: int
    refundable: bool
    source: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """Where, when and for what a method is offered; None and empty match everything. Amounts in EUR."""

    method: Method
    countries: frozenset[str]
    currencies: frozenset[str]
    priority: int
    valid_from: date
    valid_to: date | None
    min_eur: Decimal | None
    max_eur: Decimal | None
    max_risk: str
    fee_rate: Decimal
    fee_fixed_eur: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Basket:
    """What a method is asked for. `value_eur` is None where no rate tells; `risk` is of RISKS."""

    country: str
    currency: str
    value_eur: Decimal | None
    risk: str
    on: date


@dataclass(frozen=True, slots=True)
class MethodRefusal:
    """Why a method is not offered: before, ended, currency, too-small, too-large, no-rate or risk; and the limit."""

    method: str
    code: str
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """The methods offered, the preferred first, and why others of the country are not."""

    offered: tuple[MatrixRow, ...]
    refused: tuple[MethodRefusal, ...]

    def first(self) -> Method:
        """The preferred method; NoMethod when there is none."""
        if not self.offered:
            raise NoMethod(field="country")
        return self.offered[0].method

    def row(self, method: str) -> MatrixRow:
        """The row of a method that the buyer chose; MethodNotOffered with the reason when it is not offered."""
        for row in self.offered:
            if row.method.code == method:
                return row
        reason = next((r for r in self.refused if r.method == method), None)
        detail = f"{reason.code} {reason.limit}".strip() if reason else "not known in this country"
        raise MethodNotOffered(detail, field="method", value=method)


def offer(rows: Sequence[MatrixRow], basket: Basket) -> Menu:
    """The menu of `basket` out of `rows` (those of its country); a method has at most one line, its best."""
    offered: dict[str, MatrixRow] = {}
    refused: dict[str, MethodRefusal] = {}
    for row in sorted(rows, key=lambda row: row.priority):
        code = row.method.code
        if code in offered:
            continue
        if objection := _objection(row, basket):
            refused.setdefault(code, MethodRefusal(code, *objection))
        else:
            offered[code] = row
    return Menu(tuple(offered.values()), tuple(r for r in refused.values() if r.method not in offered))


def _objection(row: MatrixRow, basket: Basket) -> tuple[str, str] | None:
    if basket.on < row.valid_from:
        return "before", row.valid_from.isoformat()
    if row.valid_to and basket.on > row.valid_to:
        return "ended", row.valid_to.isoformat()
    if row.currencies and basket.currency not in row.currencies:
        return "currency", " ".join(sorted(row.currencies))
    if RISKS.index(basket.risk) > RISKS.index(row.max_risk):
        return "risk", row.max_risk
    return _value_objection(row, basket.value_eur)


def _value_objection(row: MatrixRow, value: Decimal | None) -> tuple[str, str] | None:
    if row.min_eur is None and row.max_eur is None:
        return None
    if value is None:
        return "no-rate", "EUR"
    if row.min_eur is not None and value < row.min_eur:
        return "too-small", f"EUR {row.min_eur}"
    if row.max_eur is not None and value > row.max_eur:
        return "too-large", f"EUR {row.max_eur}"
    return None
