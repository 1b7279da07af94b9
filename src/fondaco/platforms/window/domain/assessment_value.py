"""The customs value of each goods item of a UK declaration, in pounds.

The item price (D.E. 4/14) with the additions and deductions (D.E. 4/9) of the item and its share of those of
the header, by price (Customs (Import Duty) (EU Exit) Regulations 2018, Part 12; UCC Articles 70 to 72). Fruit
and vegetables at simplified procedure or standard import values have no price of their own, and no value here. A
currency other than the pound is turned by the declared rate (D.E. 4/15: units for one pound), else by the
rate that the caller knows. Costs that count for VAT alone are kept apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fondaco.platforms.window.domain.assessment_types import ZERO, Charged, Exchange, Unpriced, Why, pence
from fondaco.platforms.window.domain.messages.cds.view import Amount, CdsDeclaration, CdsItem, Charge


@dataclass(frozen=True, slots=True)
class ItemValue:
    """The customs value, what comes on top for VAT alone, how it was found, or why not; `price` is the item's alone."""

    customs: Decimal | None
    for_vat: Decimal
    steps: tuple[Why, ...]
    reason: Unpriced | None = None
    price: Decimal | None = None


# Additional procedures by which CDS values goods at a unit price of the week, times net mass (D.E. 1/11).
_STANDARD_VALUES = frozenset({"E01", "E02", "1SV"})


class _NoRate(Exception):
    def __init__(self, currency: str) -> None:
        super().__init__(currency)
        self.currency = currency


def customs_values(
    declaration: CdsDeclaration, *, charges: Mapping[str, Charged], exchange: Exchange
) -> list[ItemValue]:
    """The value of each item, in order; an item that lacks a price, a rate or a known code says so."""
    rates = dict(declaration.rates)

    def pounds(amount: Amount) -> Decimal:
        if amount.currency == "GBP":
            return amount.value
        if amount.currency in rates:
            return amount.value / rates[amount.currency]
        known = exchange(amount.currency)
        if known is None:
            raise _NoRate(amount.currency)
        return amount.value * known

    return [_value(item, declaration, charges, pounds) for item in declaration.items]


def _value(
    item: CdsItem,
    declaration: CdsDeclaration,
    charges: Mapping[str, Charged],
    pounds: Callable[[Amount], Decimal],
) -> ItemValue:
    standard = next((code for code in item.procedures if code in _STANDARD_VALUES), "")
    if standard:
        detail = f"{standard} values the goods at a unit price of the week, which is not held."
        return _without("standard-value", detail, "State the amounts with OVR01.")
    if item.price is None:
        return _without("price-missing", "The item has no price (D.E. 4/14).", "Declare the item price.")
    unknown = [c.code for c in (*item.charges, *declaration.charges) if c.code not in charges]
    if unknown:
        detail = f"What {unknown[0]} does to the value (D.E. 4/9) is not known here."
        return _without("charge-unknown", detail, "Use a code of Appendix 7, or state the value net of it.")
    try:
        price = pounds(item.price)
        told = [(c, pounds(c.amount)) for c in item.charges]
        if declaration.charges:
            share = _share(price, [pounds(one.price) for one in declaration.items if one.price is not None])
            told += [(c, pounds(c.amount) * share) for c in declaration.charges]
    except _NoRate as stop:
        detail = f"There is no rate of the pound for {stop.currency}."
        return _without("exchange-rate-missing", detail, "Declare it (D.E. 4/15), or give --rate.")
    return _sum(item.price, price, told, charges)


def _sum(
    stated: Amount,
    price: Decimal,
    told: Sequence[tuple[Charge, Decimal]],
    charges: Mapping[str, Charged],
) -> ItemValue:
    steps = [Why("price", f"Price {stated.value} {stated.currency} is {pence(price)} GBP.", "D.E. 4/14")]
    totals = {"customs": price, "vat": ZERO}
    for charge, amount in told:
        rule = charges[charge.code]
        totals[rule.into] += rule.sign * amount
        verb = "added" if rule.sign > 0 else "taken off"
        steps.append(Why("charge", f"{charge.code} {rule.text}: {pence(amount)} GBP {verb}.", "D.E. 4/9"))
    return ItemValue(
        pence(max(totals["customs"], ZERO)), pence(totals["vat"]), tuple(steps), price=pence(price)
    )


def _share(price: Decimal, prices: Sequence[Decimal]) -> Decimal:
    """The part of a header charge that falls on an item of `price`: by price; evenly where nothing costs anything."""
    whole = sum(prices, ZERO)
    return price / whole if whole else Decimal(1) / len(prices)


def _without(code: str, detail: str, remedy: str) -> ItemValue:
    return ItemValue(None, ZERO, (), Unpriced(code, detail, remedy))
