"""Duty and tax on a UK import declaration, line by line, as the Customs Declaration Service computes them.

The declaration carries no rates: CDS takes them from the tariff of the day. Which tariff and which taxes:

* Great Britain, and goods for Northern Ireland that are not at risk of moving on into the EU from outside
  the United Kingdom (NIIMP with NIREM): the UK tariff; duty A00, VAT B00.
* Northern Ireland at risk (NIIMP or NIDOM alone): the EU tariff; duty A50, additional duties A70, remedies
  A80 to A95. VAT is then two lines: B05 on the EU duties, B00 on the rest.
* From Great Britain to Northern Ireland, not at risk (NIDOM with NIREM): the EU duty is shown and not raised.

Then, per goods item: customs value, duty by preference, remedies, excise, and VAT on all of it; the requested
procedure suspends, additional procedure codes relieve, a postponed VAT account (D.E. 3/40, FR1 to FR3) moves
VAT to the return. A tax whose rate, unit or exchange rate is not known has no amount but a typed reason.

Sources: UK Trade Tariff volume 3 for CDS; Taxation (Cross-border Trade) Act 2018; VAT Act 1994 section 21 and
Schedule 9ZB; Windsor Framework. Checked against the amounts that HMRC computed for its published samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.assessment_case import ItemCase
from fondaco.platforms.window.domain.assessment_duty import duty_lines
from fondaco.platforms.window.domain.assessment_excise import excise_lines
from fondaco.platforms.window.domain.assessment_types import (
    EU_TYPES,
    ZERO,
    AssessedItem,
    AssessedLine,
    Assessment,
    Exchange,
    Rules,
    Why,
    pence,
)
from fondaco.platforms.window.domain.assessment_value import ItemValue, customs_values
from fondaco.platforms.window.domain.assessment_vat import vat_lines
from fondaco.platforms.window.domain.messages.cds.view import CdsDeclaration, CdsItem, TaxLine
from fondaco.platforms.window.domain.tariff_book import TariffBook

OVERRIDE = "OVR01"
# D.E. 1/2: C21 clearance requests, arrived and pre-lodged; they declare no tax.
_CLEARANCE_REQUESTS = frozenset({"IMJ", "IMK"})
# Terms of delivery (D.E. 4/1) whose price leaves the main carriage out.
_WITHOUT_FREIGHT = frozenset({"EXW", "FCA", "FAS", "FOB"})


class NotAnImport(Refused):
    code = "not-an-import"
    title = "Only import declarations are assessed."
    remedy = "Give a declaration whose type (D.E. 1/1) is IM or CO."


class NotAnOriginal(Refused):
    code = "not-an-original"
    title = "This message amends or cancels a declaration; it is none itself."
    remedy = "Give the whole declaration (function code 9) as it stands after the amendment."


class NoGoods(Refused):
    code = "no-goods-items"
    title = "The declaration has no goods items."
    remedy = "Give at least one GovernmentAgencyGoodsItem."


@dataclass(frozen=True, slots=True)
class Bench:
    """What every item of one declaration is assessed with; `on` None: the declaration is undated."""

    rules: Rules
    book: TariffBook
    on: date | None
    today: date
    exchange: Exchange


def assess_declaration(declaration: CdsDeclaration, *, bench: Bench) -> Assessment:
    """Every tax line of `declaration`. NotAnImport, NotAnOriginal, NoGoods."""
    if declaration.function not in {"9", ""}:
        raise NotAnOriginal(field="FunctionCode", value=declaration.function)
    if not declaration.is_import:
        raise NotAnImport(field="TypeCode", value=declaration.kind)
    if not declaration.items:
        raise NoGoods(field="GovernmentAgencyGoodsItem")
    values = customs_values(declaration, charges=bench.rules.charges, exchange=bench.exchange)
    consignment = _worth(values)
    items: list[AssessedItem] = []
    lines: list[AssessedLine] = []
    for item, value in zip(declaration.items, values, strict=True):
        case = _case(declaration, item, value, bench)
        case.consignment = consignment
        lines += _lines(case)
        items.append(_told(case))
    return Assessment(declaration.lrn, declaration.kind, bench.on, tuple(items), tuple(lines))


def _worth(values: list[ItemValue]) -> Decimal | None:
    """What the goods of a consignment cost together, in pounds; None where one has no price that is known."""
    prices = [value.price for value in values if value.price is not None]
    return sum(prices, ZERO) if len(prices) == len(values) else None


def _lines(case: ItemCase) -> list[AssessedLine]:
    if case.is_clearance_request:
        return []
    if OVERRIDE in case.statements:
        return [_declared(case, tax) for tax in case.item.taxes if tax.kind]
    duties = list(duty_lines(case))
    excise = list(excise_lines(case))
    return [*duties, *excise, *vat_lines(case, duties, excise)]


def _case(declaration: CdsDeclaration, item: CdsItem, value: ItemValue, bench: Bench) -> ItemCase:
    statements = frozenset((*declaration.statements, *item.statements))
    case = ItemCase(
        item=item,
        value=value,
        rules=bench.rules,
        book=bench.book,
        on=bench.on,
        today=bench.today,
        exchange=bench.exchange,
        statements=statements,
        jurisdiction=_jurisdiction(item, statements),
        roles=frozenset((*declaration.fiscal_roles, *item.fiscal_roles)),
        is_clearance_request=declaration.kind in _CLEARANCE_REQUESTS,
    )
    has_freight = any(charge.code == "AK" for charge in (*declaration.charges, *item.charges))
    case.notes.extend(_notes(case, terms=declaration.terms, has_freight=has_freight))
    return case


def _jurisdiction(item: CdsItem, statements: frozenset[str]) -> str:
    """The tariff that rates the goods; without a statement, EU tax types declared say it too."""
    if "NIDOM" in statements:
        return "eu"
    if "NIIMP" in statements:
        return "uk" if "NIREM" in statements else "eu"
    return "eu" if any(tax.kind in EU_TYPES for tax in item.taxes) else "uk"


def _notes(case: ItemCase, *, terms: str, has_freight: bool) -> Iterator[Why]:
    yield Why("tariff", _TARIFFS[case.jurisdiction], "D.E. 2/2")
    if case.is_clearance_request:
        yield Why("clearance-request", "A customs clearance request (C21) bears no tax.", "D.E. 1/2")
    for code in case.item.procedures:
        if code not in case.rules.additional:
            yield Why(
                "additional-unread", f"Additional procedure {code} is not in the tables; relieves nothing."
            )
    if terms in _WITHOUT_FREIGHT and not has_freight:
        yield Why("terms-without-freight", f"{terms}: no transport to the border is added (AK).", "D.E. 4/9")
    if case.on is None:
        yield Why("undated", "The declaration has no acceptance date; the newest rates known were taken.")


_TARIFFS = {
    "uk": "Rates of the UK tariff.",
    "eu": "Goods for Northern Ireland: rates of the EU tariff.",
}


def _declared(case: ItemCase, tax: TaxLine) -> AssessedLine:
    """A line that the trader worked out (OVR01); HMRC takes it as it stands."""
    payable = tax.payable or tax.assessed
    text = "The trader overrides the calculation and declares the amount."
    if tax.quantity is not None:
        text += f" Base: {tax.quantity} {tax.unit}."
    return AssessedLine(
        item=case.item.sequence,
        type=tax.kind,
        base=pence(tax.base.value) if tax.base else None,
        rate=tax.rate,
        relief=ZERO,
        assessed=pence((tax.assessed or payable).value) if payable else None,
        payable=pence(payable.value) if payable else None,
        status="declared" if payable else "needs_manual",
        method=tax.method,
        explanation=(Why("override", text, "D.E. 2/2 OVR01"),),
        reason=None if payable else case.unpriced("override-without-amount", "No amount is declared."),
    )


def _told(case: ItemCase) -> AssessedItem:
    item = case.item
    return AssessedItem(
        item=item.sequence,
        commodity=item.code,
        origin=case.origin,
        procedure=f"{item.requested}{item.previous}",
        additional=item.procedures,
        preference=item.preference,
        tariff=case.jurisdiction,
        value=case.value.customs,
        notes=tuple(case.notes),
    )
