"""The commission that the platform charges a seller; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money


class NoCommissionRule(Refused):
    code = "no-commission-rule"
    title = "No commission rule is in force for this sale."
    remedy = "Add a rule to the commission list, the last one without conditions."


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the dated list; a blank condition matches everything."""

    code: str
    valid_from: date
    valid_to: date | None
    seller_id: UUID | None
    seller_country: str
    destination: str
    rate: Decimal
    fixed_minor: int
    min_minor: int
    currency: str
    vat_rate: Decimal


@dataclass(frozen=True, slots=True)
class Commission:
    """What is charged, and by which rule."""

    rule: str
    rate: Decimal
    fee: Money
    vat_rate: Decimal
    vat: Money


@dataclass(frozen=True, slots=True)
class Sale:
    """What a rule looks at."""

    on: date
    seller_id: UUID
    seller_country: str
    destination: str
    value: Money


def first_match(rules: Sequence[Rule], sale: Sale) -> Rule:
    """The first of `rules` (in their order) that is in force and matches; NoCommissionRule."""
    for rule in rules:
        if _matches(rule, sale):
            return rule
    raise NoCommissionRule(field="on", value=sale.on)


def commission(rule: Rule, sale: Sale) -> Commission:
    """The fee on `sale` and the VAT on it, each rounded half-up."""
    share = sale.value.times(rule.rate).minor
    minor = max(share, rule.min_minor) + rule.fixed_minor
    fee = Money(minor, sale.value.currency)
    return Commission(rule.code, rule.rate, fee, rule.vat_rate, fee.times(rule.vat_rate))


def _matches(rule: Rule, sale: Sale) -> bool:
    return (
        rule.valid_from <= sale.on
        and (rule.valid_to is None or sale.on <= rule.valid_to)
        and rule.seller_id in (None, sale.seller_id)
        and rule.seller_country in ("", sale.seller_country)
        and rule.destination in ("", sale.destination)
        and rule.currency in ("", sale.value.currency)
    )
