"""Business rules of EN 16931-1:2017, one small class each, named as the standard names them; pure.

No schema or Schematron of the standard is carried here; these are the rules that an invoice of this house
can break (integrity BR-02 to BR-29; BR-01 is kept by the writer, conditions BR-CO, VAT categories BR-S, BR-AE, BR-O, BR-Z, decimals BR-DEC).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money, exponent
from fondaco.systems.finance.domain.einvoice import OUTSIDE, REVERSE, STANDARD, ZERO, Invoice


class InvoiceBreaksRule(Refused):
    code = "invoice-breaks-rule"
    title = "This invoice does not keep the European standard EN 16931."
    remedy = "Mend what the rule names; nothing was issued."


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that an invoice breaks, and what is wrong."""

    rule: str
    text: str


class Rule(ABC):
    """One rule: yields what is wrong with an invoice."""

    code: ClassVar[str]

    @abstractmethod
    def flaws(self, invoice: Invoice) -> Iterator[str]:
        """What of `invoice` breaks this rule."""


class Br02(Rule):
    code = "BR-02"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if not invoice.number.strip():
            yield "no invoice number"


class Br04(Rule):
    code = "BR-04"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if invoice.type_code not in ("380", "381", "384", "389", "751"):
            yield f"no invoice type {invoice.type_code}"


class Br05(Rule):
    code = "BR-05"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if len(invoice.currency) != 3 or not invoice.currency.isupper():
            yield "no currency code"


class Br06(Rule):
    code = "BR-06"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if not invoice.seller.name.strip():
            yield "the seller has no name"


class Br07(Rule):
    code = "BR-07"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if not invoice.buyer.name.strip():
            yield "the buyer has no name"


class Br09(Rule):
    code = "BR-09"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if len(invoice.seller.country) != 2:
            yield "the seller's address has no country"


class Br11(Rule):
    code = "BR-11"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if len(invoice.buyer.country) != 2:
            yield "the buyer's address has no country"


class Br16(Rule):
    code = "BR-16"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if not invoice.lines:
            yield "no line"


class Br21(Rule):
    code = "BR-21"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        numbers = [line.number for line in invoice.lines]
        if not all(numbers) or len(set(numbers)) != len(numbers):
            yield "a line without a number of its own"


class Br25(Rule):
    code = "BR-25"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        yield from (f"line {line.number} has no name" for line in invoice.lines if not line.name.strip())


class Br27(Rule):
    code = "BR-27"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        yield from (f"line {line.number} has a negative price" for line in invoice.lines if line.price < 0)


class Br29(Rule):
    code = "BR-29"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if invoice.period[0] > invoice.period[1]:
            yield "the period ends before it begins"


class BrCo10(Rule):
    code = "BR-CO-10"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        total = Money.sum([line.net for line in invoice.lines], invoice.currency)
        if total != invoice.net:
            yield f"lines sum to {total}, stated {invoice.net}"


class BrCo14(Rule):
    code = "BR-CO-14"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        total = Money.sum([group.tax for group in invoice.groups], invoice.currency)
        if total != invoice.vat:
            yield f"VAT groups sum to {total}, stated {invoice.vat}"


class BrCo15(Rule):
    code = "BR-CO-15"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if invoice.net + invoice.vat != invoice.gross:
            yield f"{invoice.net} and {invoice.vat} are not {invoice.gross}"


class BrCo16(Rule):
    code = "BR-CO-16"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if invoice.gross - invoice.paid + invoice.rounding != invoice.due:
            yield f"{invoice.gross} less {invoice.paid} and {invoice.rounding} is not {invoice.due}"


class BrCo17(Rule):
    code = "BR-CO-17"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        for group in invoice.groups:
            if group.taxable.times(group.rate / 100) != group.tax:
                yield f"{group.rate} % of {group.taxable} is not {group.tax}"


class BrCo18(Rule):
    code = "BR-CO-18"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if not invoice.groups:
            yield "no VAT breakdown"


class BrCo25(Rule):
    code = "BR-CO-25"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if invoice.due.minor > 0 and invoice.due_on < invoice.issued_on:
            yield "due before it is issued"


class BrCo26(Rule):
    code = "BR-CO-26"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if not (invoice.seller.vat_id or invoice.seller.legal_id):
            yield "the seller has neither a VAT nor a registration number"


class BrS02(Rule):
    code = "BR-S-02"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if STANDARD in _categories(invoice) and not invoice.seller.vat_id:
            yield "VAT is charged by a seller without a VAT number"


class BrS05(Rule):
    code = "BR-S-05"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if any(line.category == STANDARD and line.rate <= 0 for line in invoice.lines):
            yield "a standard rated line without a rate"


class BrS08(Rule):
    code = "BR-S-08"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        for group in invoice.groups:
            parts = [n.net for n in invoice.lines if (n.category, n.rate) == (group.category, group.rate)]
            if Money.sum(parts, invoice.currency) != group.taxable:
                yield f"the lines at {group.rate} % are not {group.taxable}"


class BrAe02(Rule):
    code = "BR-AE-02"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if REVERSE in _categories(invoice) and not (invoice.seller.vat_id and invoice.buyer.vat_id):
            yield "reverse charge without both VAT numbers"


class BrAe05(Rule):
    code = "BR-AE-05"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if any(line.category in (REVERSE, ZERO, OUTSIDE) and line.rate for line in invoice.lines):
            yield "a line with no VAT states a rate"


class BrAe10(Rule):
    code = "BR-AE-10"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if any(group.category in (REVERSE, OUTSIDE) and not group.reason for group in invoice.groups):
            yield "no reason is given why no VAT is charged"


class BrO11(Rule):
    code = "BR-O-11"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if OUTSIDE in _categories(invoice) and len(invoice.groups) > 1:
            yield "what is outside the scope of VAT stands beside something else"


class BrDec(Rule):
    code = "BR-DEC-23"

    def flaws(self, invoice: Invoice) -> Iterator[str]:
        if exponent(invoice.currency) > 2:
            yield "amounts have more than two decimals"


RULES: tuple[Rule, ...] = (
    Br02(), Br04(), Br05(), Br06(), Br07(), Br09(), Br11(), Br16(), Br21(), Br25(), Br27(), Br29(),
    BrCo10(), BrCo14(), BrCo15(), BrCo16(), BrCo17(), BrCo18(), BrCo25(), BrCo26(), BrS02(), BrS05(), BrS08(),
    BrAe02(), BrAe05(), BrAe10(), BrO11(), BrDec(),
)  # fmt: skip


def breaches(invoice: Invoice) -> list[Breach]:
    """Every rule that `invoice` breaks, in the standard's order; empty for a sound one."""
    return [Breach(rule.code, text) for rule in RULES for text in rule.flaws(invoice)]


def check_invoice(invoice: Invoice) -> None:
    """InvoiceBreaksRule with the first breach, unless there is none."""
    if found := breaches(invoice):
        raise InvoiceBreaksRule(found[0].text, field="rule", value=found[0].rule)


def _categories(invoice: Invoice) -> set[str]:
    return {line.category for line in invoice.lines}
