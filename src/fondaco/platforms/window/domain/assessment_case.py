"""One goods item of a UK declaration as it is assessed: what decides its taxes, and how a tax becomes a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from fondaco.platforms.window.domain.assessment_types import (
    ZERO,
    AdditionalProcedure,
    AssessedLine,
    Effect,
    Exchange,
    Procedure,
    Rules,
    Status,
    Unpriced,
    Why,
    pence,
)
from fondaco.platforms.window.domain.assessment_value import ItemValue
from fondaco.platforms.window.domain.messages.cds.view import CdsItem, TaxLine
from fondaco.platforms.window.domain.tariff_book import TariffBook

# Methods of payment (D.E. 4/8) that give security for a tax instead of paying it.
SECURITIES = frozenset("MNRSTUVZ")


@dataclass(slots=True)
class ItemCase:
    """One goods item with all that decides its taxes; notes gather as it is worked on."""

    item: CdsItem
    value: ItemValue
    rules: Rules
    book: TariffBook
    on: date | None
    today: date
    exchange: Exchange
    statements: frozenset[str]
    jurisdiction: str
    roles: frozenset[str]
    is_clearance_request: bool = False
    consignment: Decimal | None = None  # what all items cost, in pounds; None where one has no price
    remedy_possible: bool = False  # the tariff marks the commodity for a remedy and tells no rate
    notes: list[Why] = field(default_factory=list)

    @property
    def procedure(self) -> Procedure | None:
        return self.rules.procedure(self.item.requested, self.item.previous)

    @property
    def origin(self) -> str:
        """The country of origin that counts for the rate claimed: D.E. 5/16 for a preference, else 5/15."""
        if self.item.preference[:1] in {"", "1"}:
            return self.source
        return self.item.preferential_origin or next(reversed(self.item.origins), "")

    @property
    def source(self) -> str:
        """The country of origin without regard to preference, which remedies and suspensions go by."""
        return next(iter(self.item.origins), self.item.preferential_origin)

    @property
    def not_at_risk(self) -> bool:
        """From Great Britain to Northern Ireland, staying there: no duty is raised."""
        return {"NIDOM", "NIREM"} <= self.statements

    def additional(self, *, tax: str, effect: Effect = "relieved") -> AdditionalProcedure | None:
        """The additional procedure code that has `effect` on "duty", "vat", if one has."""
        for code in self.item.procedures:
            found = self.rules.additional.get(code)
            if found is not None and getattr(found, tax) == effect:
                return found
        return None

    def method(self, kind: str) -> str:
        """How the trader pays this tax (D.E. 4/8): by its type, else as for what has no type."""
        typed = [tax.method for tax in self.item.taxes if tax.kind == kind and tax.method]
        return next(iter(typed), next((t.method for t in self.item.taxes if not t.kind and t.method), ""))

    def stated(self, kind: str) -> TaxLine | None:
        """The tax line of that type with an amount that the trader declares."""
        return next((t for t in self.item.taxes if t.kind == kind and (t.payable or t.assessed)), None)

    def unpriced(self, code: str, detail: str, remedy: str = "A broker works it out.") -> Unpriced:
        return Unpriced(code, detail, remedy)


@dataclass(frozen=True, slots=True)
class Tax:
    """What a tax comes to before relief: by value where it has a base and a rate."""

    amount: Decimal
    base: Decimal | None = None
    rate: Decimal | None = None


class Stop(Exception):
    """A tax that cannot be worked out, with its reason."""

    def __init__(self, reason: Unpriced) -> None:
        super().__init__(reason.code)
        self.reason = reason


def line_of(
    case: ItemCase,
    kind: str,
    tax: Tax,
    status: Status,
    why: Iterable[Why],
    *,
    deducted: bool = False,
    share: Decimal = Decimal(1),
) -> AssessedLine:
    """A line with an amount; a relief is deducted from it or keeps it from being raised.

    `share` is the part that is charged where relief is partial; the rest of the amount is the relief.
    """
    charged = pence(tax.amount * share)
    raised = ZERO if status in {"relieved", "not-at-risk"} else charged
    method = case.method(kind)
    told = tuple(why)
    if raised and method in SECURITIES:
        told = (*told, Why("security", f"Method {method}: held as security, not paid as tax.", "D.E. 4/8"))
    return AssessedLine(
        item=case.item.sequence,
        type=kind,
        base=tax.base,
        rate=tax.rate,
        relief=tax.amount if deducted else tax.amount - charged,
        assessed=raised,
        payable=raised if status in {"due", "declared"} else ZERO,
        status=status,
        method=method,
        explanation=told,
    )


def unworked(case: ItemCase, kind: str, reason: Unpriced) -> AssessedLine:
    """A tax without an amount of ours: the trader's, where one is declared, else none and the reason."""
    stated = case.stated(kind)
    amount = (stated.payable or stated.assessed) if stated else None
    if amount is not None:
        why = (Why("declared", f"Not worked out ({reason.detail}); the declared amount stands.", "D.E. 4/6"),)
        return line_of(case, kind, Tax(pence(amount.value)), "declared", why)
    return AssessedLine(
        case.item.sequence, kind, None, None, None, None, None, "needs_manual", case.method(kind),
        (Why("open", reason.detail),), reason,
    )  # fmt: skip
