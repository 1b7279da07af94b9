"""The words for an assessment of a UK declaration: its taxes, the steps of each line, what is open and why.

The room's own texts are English and cite data elements and laws; a reader of English sees them. Every other
reader sees the words for the code beside the same figures and rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.explain import Explanation, Step
from fondaco.delivery.web.presenting.landed_words import reads_english
from fondaco.kernel.money import Money
from fondaco.platforms.window.public import AssessedLine, Assessment

_Words = Mapping[str, str | Promise]
_TAXES: _Words = {
    "A00": _l("Customs duty"),
    "A20": _l("Additional duty"),
    "A30": _l("Anti-dumping duty"),
    "A35": _l("Provisional anti-dumping duty"),
    "A40": _l("Countervailing duty"),
    "A45": _l("Provisional countervailing duty"),
    "A50": _l("EU customs duty"),
    "A70": _l("EU additional duty"),
    "A80": _l("EU anti-dumping duty"),
    "A85": _l("EU provisional anti-dumping duty"),
    "A90": _l("EU countervailing duty"),
    "A95": _l("EU provisional countervailing duty"),
    "B00": _l("Import VAT"),
    "B05": _l("Import VAT on EU duties"),
    "excise": _l("Excise duty"),
}
_STEPS: _Words = {
    "price": _l("Price of the goods"),
    "charge": _l("Addition to or deduction from the value"),
    "rate": _l("Rate that applies"),
    "preference": _l("Preference claimed"),
    "measure": _l("Duty on top"),
    "unit": _l("Quantity in the tariff's unit"),
    "amount": _l("Value times rate"),
    "relief": _l("Relief"),
    "suspended": _l("Suspended by the procedure"),
    "postponed": _l("Accounted for on the VAT return"),
    "not-at-risk": _l("Not at risk of moving on into the EU"),
    "domestic": _l("Move within the United Kingdom"),
    "procedure": _l("The procedure asks for no VAT now"),
    "base": _l("What VAT is charged on"),
    "excise": _l("Excise by quantity"),
    "override": _l("Amount declared by the trader"),
    "declared": _l("Amount declared by the trader"),
    "partial-relief": _l("Partial relief: 3 % of the duty for the first month"),
    "security": _l("Held as security, not paid as tax"),
    "open": _l("Could not be worked out"),
}
_NOTES: _Words = {
    "tariff": _l("Which tariff gives the rates"),
    "undated": _l("No day of acceptance: the newest rates known were taken"),
    "additional-unread": _l("An additional procedure code is not in the tables; it relieves nothing"),
    "terms-without-freight": _l("No transport to the border is added to the price"),
    "former-nomenclature": _l("Read as a code of the former nomenclature"),
    "clearance-request": _l("A clearance request bears no tax"),
}
_GAPS: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "price-missing": (_l("The item has no price."), _l("Declare the item price.")),
    "charge-unknown": (_l("An addition or deduction code is not known."), _l("State the value net of it.")),
    "exchange-rate-missing": (_l("An exchange rate is missing."), _l("Declare the rate, or state the amount.")),
    "preference-rate": (_l("The rate of this preference is not held."), _l("State the rate or the amount.")),
    "commodity-short": (_l("The commodity code is too short."), _l("Give all ten digits.")),
    "commodity-unknown": (_l("The tariff does not know this commodity code."), _l("Check the code.")),
    "commodity-ambiguous": (_l("Several duties lie below this code."), _l("Give all ten digits.")),
    "duty-unread": (_l("The tariff's wording of this duty could not be read."), _l("State the amount.")),
    "unit-missing": (_l("A quantity that the duty asks for is not known."), _l("State the quantity or the amount.")),
    "measure-unknown": (_l("The measure behind this tax is not held."), _l("State the amount.")),
    "procedure-unknown": (_l("What this procedure does to the taxes is not known."), _l("A broker works it out.")),
    "additional-unknown": (_l("What an additional procedure code relieves is not known."), _l("A broker works it out.")),
    "relief-limit": (_l("The consignment is worth more than the relief reaches."), _l("Leave the code out, or correct the price.")),
    "relief-excluded": (_l("The relief does not reach goods of this kind."), _l("Leave the code out.")),
    "excise-type": (_l("These goods bear excise; no tax type of it is declared."), _l("Declare the tax type of the excise.")),
    "standard-value": (_l("The goods are valued at a unit price of the week, which is not held."), _l("State the amounts.")),
    "excise-rate": (_l("The rate of this excise is not held."), _l("State the amount.")),
    "processing-value": (_l("Only the processing abroad bears duty; its value is not declared."), _l("Declare the amounts.")),
    "end-use-rate": (_l("Authorised use has a rate of its own."), _l("State the rate or the amount.")),
    "depends-on-open": (_l("VAT is charged on another tax that is open."), _l("Settle that tax first.")),
    "override-without-amount": (_l("The trader overrides the tax and declares no amount."), _l("Declare the amount.")),
}  # fmt: skip
_FIGURES = re.compile(r"[A-Z]{2,3}\b|\d[\d.,]*(?: ?(?:GBP|EUR|%|kg|hl|l))?")


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A tax line as a page shows it; amounts are None where the line is open."""

    place: int
    item: str
    type: str
    name: str | Promise
    base: Money | None
    rate: str
    relief: Money | None
    payable: Money | None
    status: str
    why: Explanation


def shown_lines(assessment: Assessment) -> Iterator[ShownLine]:
    """The lines of an assessment with their explanations."""
    for place, line in enumerate(assessment.lines, start=1):
        name = tax_name(line.type)
        yield ShownLine(
            place=place,
            item=line.item,
            type=line.type,
            name=name,
            base=pounds(line.base),
            rate="" if line.rate is None else f"{line.rate.normalize():f} %",
            relief=pounds(line.relief),
            payable=pounds(line.payable),
            status=line.status,
            why=_explanation(line, name),
        )


def shown_notes(assessment: Assessment) -> list[tuple[str, str]]:
    """What a person should know of each item, without the repeats: (item, note)."""
    told = (
        (item.item, _said(note.code, note.text, _NOTES)) for item in assessment.items for note in item.notes
    )
    return list(dict.fromkeys(told))


def tax_name(kind: str) -> str | Promise:
    """What a tax type is called; three digits are excise."""
    return _TAXES.get(kind, _("Excise duty") if kind.isdigit() else kind)


def pounds(amount: Decimal | None) -> Money | None:
    return None if amount is None else Money.of(amount, "GBP")


def _explanation(line: AssessedLine, name: str | Promise) -> Explanation:
    steps = tuple(_step(step.code, step.text, step.rule) for step in line.explanation)
    gaps: tuple[Step, ...] = ()
    if line.reason is not None:
        title, remedy = _GAPS.get(line.reason.code, (line.reason.detail, line.reason.remedy))
        detail = line.reason.detail if reads_english() else figures_of(line.reason.detail)
        gaps = (Step(title, inputs=detail, rule=str(remedy)),)
        steps = ()
    return Explanation(f"{line.type} {name}", pounds(line.payable), "", steps, gaps)


def _step(code: str, text: str, rule: str) -> Step:
    known = _STEPS.get(code)
    if known is None or reads_english():
        return Step(text, rule=rule)
    return Step(known, inputs=figures_of(text), rule=rule)


def _said(code: str, text: str, words: _Words) -> str:
    known = words.get(code)
    return text if known is None or reads_english() else f"{known} {figures_of(text)}".strip()


def figures_of(text: str) -> str:
    """The codes and figures of an English text, for a reader of another language."""
    return " · ".join(dict.fromkeys(_FIGURES.findall(text)))
