"""An electronic invoice after EN 16931-1:2017, as far as the house needs it: the semantic model; pure.

Names in comments are the business terms (BT) and groups (BG) of the standard. Amounts are Money in the
invoice's currency; rates are percent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fondaco.kernel.money import Money

SPECIFICATION = "urn:cen.eu:en16931:2017"  # BT-24
COMMERCIAL_INVOICE = "380"  # BT-3, UNTDID 1001
STANDARD, REVERSE, ZERO, OUTSIDE = "S", "AE", "Z", "O"  # BT-118, UNCL 5305


@dataclass(frozen=True, slots=True)
class InvoiceParty:
    """Seller (BG-4) or buyer (BG-7)."""

    name: str
    country: str
    city: str = ""
    street: str = ""
    postcode: str = ""
    vat_id: str = ""
    legal_id: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line (BG-25): `net` (BT-131) is quantity times price, rounded."""

    number: str
    name: str
    quantity: Decimal
    price: Decimal
    net: Money
    category: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class VatGroup:
    """One VAT breakdown (BG-23): what is taxed (BT-116), the tax (BT-117), and why none (BT-120)."""

    category: str
    rate: Decimal
    taxable: Money
    tax: Money
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """The whole invoice; totals (BG-22) are kept as stated, for the rules to check.

    `rounding` (BT-114) is what VAT charged order by order differs from VAT on the sum.
    """

    number: str
    issued_on: date
    due_on: date
    currency: str
    seller: InvoiceParty
    buyer: InvoiceParty
    period: tuple[date, date]
    lines: tuple[InvoiceLine, ...]
    groups: tuple[VatGroup, ...]
    net: Money
    vat: Money
    gross: Money
    paid: Money
    rounding: Money
    due: Money
    note: str = ""
    type_code: str = COMMERCIAL_INVOICE


_WHY_NONE = {
    REVERSE: "Reverse charge: VAT is due by the recipient (Directive 2006/112/EC art. 44 and 196)",
    OUTSIDE: "Supply outside the scope of VAT: place of supply is where the recipient is established",
    ZERO: "",
    STANDARD: "",
}


def category_of(rate: Decimal, *, buyer_vat_id: str) -> str:
    """The VAT category of a service to a trader: standard with VAT, else reverse charge, or out of scope
    where the recipient has no VAT number to be named.
    """
    if rate:
        return STANDARD
    return REVERSE if buyer_vat_id else OUTSIDE


def groups_of(lines: Iterable[InvoiceLine], currency: str) -> tuple[VatGroup, ...]:
    """The VAT breakdown of `lines`: one group a category and rate, tax rounded half-up once a group."""
    sums: dict[tuple[str, Decimal], Money] = {}
    for line in lines:
        key = (line.category, line.rate)
        sums[key] = sums.get(key, Money.zero(currency)) + line.net
    return tuple(
        VatGroup(category, rate, taxable, taxable.times(rate / 100), _WHY_NONE[category])
        for (category, rate), taxable in sorted(sums.items(), key=lambda item: (item[0][0], item[0][1]))
    )
