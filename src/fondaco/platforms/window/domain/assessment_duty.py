"""Customs duty, what is put on top of it, and excise, of one goods item of a UK declaration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from fondaco.platforms.window.domain.assessment_types import (
    DUTY_TYPE,
    ZERO,
    AdditionalProcedure,
    AssessedLine,
    Exchange,
    Procedure,
    Rate,
    Rules,
    Status,
    Unpriced,
    Why,
    pence,
)
from fondaco.platforms.window.domain.assessment_value import ItemValue
from fondaco.platforms.window.domain.messages.cds.view import CdsItem, TaxLine
from fondaco.platforms.window.domain.tariff_ast import Duty, Goods, NeedsInput, ad_valorem_percent
from fondaco.platforms.window.domain.tariff_book import TariffBook
from fondaco.platforms.window.domain.tariff_grammar import parse_duty

# Units that D.E. 6/2 states for such goods; the tariff asks for one of them at most.
_SUPPLEMENTARY = frozenset({"l", "item", "pair", "m2", "m3", "m", "ct", "g"})
_REMEDIES = frozenset({"A20", "A30", "A35", "A40", "A45", "A70", "A80", "A85", "A90", "A95"})
_EXCISE = re.compile(r"\d{3}")
_EXCISE_RATE = re.compile(r"([\d.]+) GBP/(hl|l|lpa|kg)")
# Excise bases as declared (UNECE Rec. 20 and TARIC) in the unit of the rate.
_UNITS = {
    "LTR": ("l", 1), "L": ("l", 1), "HLT": ("l", 100), "LPA": ("lpa", 1), "KGM": ("kg", 1), "GRM": ("kg", 1),
}  # fmt: skip
_DRINKS = ("2203", "2204", "2205", "2206", "2208")


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
    notes: list[Why] = field(default_factory=list)

    @property
    def procedure(self) -> Procedure | None:
        return self.rules.procedure(self.item.requested, self.item.previous)

    @property
    def origin(self) -> str:
        """The country of origin that counts for the rate claimed."""
        origins = self.item.origins
        preferential = not self.item.preference.startswith("1")
        return (origins[-1] if preferential else origins[0]) if origins else ""

    @property
    def not_at_risk(self) -> bool:
        """From Great Britain to Northern Ireland, staying there: no duty is raised."""
        return {"NIDOM", "NIREM"} <= self.statements

    def additional(self, *, tax: str) -> AdditionalProcedure | None:
        """The additional procedure code that relieves "duty" or "vat", if one does."""
        for code in self.item.procedures:
            found = self.rules.additional.get(code)
            if found is not None and getattr(found, tax) == "relieved":
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


def duty_lines(case: ItemCase) -> Iterator[AssessedLine]:
    """The customs duty and every duty on top of it."""
    kind = DUTY_TYPE[case.jurisdiction]
    try:
        duty, why = _base_duty(case)
        yield _priced(case, kind, duty, why)
    except Stop as stop:
        yield unworked(case, kind, stop.reason)
    found = {kind}
    for rate in _fitting(case, case.rules.measures):
        if rate.type in _REMEDIES:
            found.add(rate.type)
            yield _on_top(case, rate)
    for tax in case.item.taxes:
        if tax.kind in _REMEDIES and tax.kind not in found:
            found.add(tax.kind)
            detail = f"{tax.kind} is declared; the measure behind it is not in the tables."
            yield unworked(case, tax.kind, case.unpriced("measure-unknown", detail, "State the amount."))


def excise_lines(case: ItemCase) -> Iterator[AssessedLine]:
    """Excise of every tax type or national additional code (X413) that is declared."""
    asked = [tax.kind for tax in case.item.taxes if _EXCISE.fullmatch(tax.kind)]
    asked += [code[1:] for code in case.item.additional_codes if re.fullmatch(r"X\d{3}", code)]
    for kind in dict.fromkeys(asked):
        try:
            amount, why = _excise(case, kind)
            effect = case.procedure.excise if case.procedure else "due"
            yield line_of(case, kind, Tax(amount), "suspended" if effect == "suspended" else "due", why)
        except Stop as stop:
            yield unworked(case, kind, stop.reason)


def line_of(
    case: ItemCase, kind: str, tax: Tax, status: Status, why: Iterable[Why], *, deducted: bool = False
) -> AssessedLine:
    """A line with an amount; a relief is deducted from it or keeps it from being raised."""
    raised = ZERO if status in {"relieved", "not-at-risk"} else tax.amount
    return AssessedLine(
        item=case.item.sequence,
        type=kind,
        base=tax.base,
        rate=tax.rate,
        relief=tax.amount if deducted else ZERO,
        assessed=raised,
        payable=raised if status in {"due", "declared"} else ZERO,
        status=status,
        method=case.method(kind),
        explanation=tuple(why),
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


def _priced(case: ItemCase, kind: str, duty: Duty, why: Why) -> AssessedLine:
    """The line of a duty under the item's procedure and reliefs."""
    value = _customs(case)
    percent = ad_valorem_percent(duty)
    amount, steps = _amount(case, duty, value)
    status, relief, ground = _treatment(case)
    tax = Tax(amount) if percent is None else Tax(amount, value, percent)
    explanation = [*case.value.steps, why, *steps]
    if percent is not None:
        text = f"{value} GBP at {percent.normalize():f} % is {amount} GBP."
        explanation.append(Why("amount", text))
    deducted = relief is not None and relief.shown == "deducted"
    return line_of(case, kind, tax, status, [*explanation, *ground], deducted=deducted)


def _treatment(case: ItemCase) -> tuple[Status, AdditionalProcedure | None, list[Why]]:
    """Whether the duty is raised, and by which rule not. Stop where a person has to say."""
    procedure, relief = case.procedure, case.additional(tax="duty")
    if case.not_at_risk:
        text = "From Great Britain, not at risk of moving on into the EU: no duty is raised."
        return "not-at-risk", None, [Why("not-at-risk", text, "D.E. 2/2 NIDOM, NIREM")]
    if relief is not None:
        return "relieved", relief, [Why("relief", f"{relief.code} {relief.text}: relieved.", "D.E. 1/11")]
    if procedure is None or procedure.duty == "due":
        return "due", None, []
    if procedure.duty == "suspended":
        return "suspended", None, [Why("suspended", f"{procedure.text}: suspended.", "D.E. 1/10")]
    if procedure.duty == "end-use" and case.item.preference in {"140", "240", "340"}:
        return "due", None, []
    raise Stop(_PROCEDURES[procedure.duty])


_PROCEDURES = {
    "processing": Unpriced(
        "processing-value",
        "After outward processing duty is due on the processing alone; its value is not declared.",
        "Declare the amounts with OVR01, or a relief code (B02, B03).",
    ),
    "end-use": Unpriced(
        "end-use-rate", "Authorised use has a rate of its own (preference 140).", "State the rate or amount."
    ),
}


def _base_duty(case: ItemCase) -> tuple[Duty, Why]:
    """The rate that preference, origin and commodity give."""
    _customs(case)
    preference = case.item.preference or "100"
    kind = DUTY_TYPE[case.jurisdiction]
    own = [rate for rate in _fitting(case, case.rules.measures) if rate.type == kind]
    if own:
        return _read(case, own[0].expression), Why(
            "rate", f"{own[0].expression}: {own[0].source}", "D.E. 4/17"
        )
    if preference == "100":
        return _third_country(case)
    claimed = next(iter(_fitting(case, case.rules.preferences)), None)
    if claimed is not None:
        return _read(case, claimed.expression), Why("preference", claimed.source, f"D.E. 4/17 {preference}")
    duty, why = _third_country(case)
    if ad_valorem_percent(duty) == 0:  # no preference is lower than nothing
        return duty, why
    detail = (
        f"The rate of preference {preference} for {case.item.code} from {case.origin or '?'} is not held."
    )
    raise Stop(case.unpriced("preference-rate", detail, "State the rate or the amount."))


def _third_country(case: ItemCase) -> tuple[Duty, Why]:
    code = case.item.code
    if len(code) < 6 or not code.isdigit():
        raise Stop(
            case.unpriced("commodity-short", f"{code or 'Nothing'} is no commodity code of ten digits.")
        )
    answer = case.book.look_up(case.jurisdiction, code, origin=case.origin, on=case.on or case.today)
    if answer.unread:
        raise Stop(case.unpriced("duty-unread", f"{code}: {answer.unread[0]}"))
    if not answer.candidates:
        detail = f"{code} is not a code of the tariff held ({case.jurisdiction})."
        raise Stop(
            case.unpriced("commodity-unknown", detail, "Check the code, or load the tariff of the day.")
        )
    if len(answer.candidates) > 1:
        detail = f"{code}: {len(answer.candidates)} duties below it."
        raise Stop(case.unpriced("commodity-ambiguous", detail, "Give all ten digits."))
    if answer.remedy:
        case.notes.append(Why("remedy-flag", f"{code}: a trade remedy is possible for some origins."))
    if answer.former:
        case.notes.append(Why("former-nomenclature", f"{code}: read as {' or '.join(answer.former)}."))
    (measure,) = answer.candidates
    return _read(case, measure.expression), Why(
        "rate", f"{measure.expression}: {measure.source}", "D.E. 6/14"
    )


def _read(case: ItemCase, expression: str) -> Duty:
    duty = parse_duty(expression, "taric")
    if duty is None:
        raise Stop(case.unpriced("duty-unread", expression))
    return duty


def _on_top(case: ItemCase, rate: Rate) -> AssessedLine:
    try:
        return _priced(
            case, rate.type, _read(case, rate.expression), Why("measure", f"{rate.expression}: {rate.source}")
        )
    except Stop as stop:
        return unworked(case, rate.type, stop.reason)


def _fitting(case: ItemCase, rates: Iterable[Rate]) -> list[Rate]:
    """The rates for this item, the newest of each code and source; the longest code first."""
    item = case.item
    found = [
        rate
        for rate in rates
        if rate.jurisdiction == case.jurisdiction
        and rate.fits(item.code, case.origin, item.preference or "100")
        and rate.holds(case.on)
    ]
    return sorted(found, key=lambda rate: (-len(rate.code), rate.source))


def _customs(case: ItemCase) -> Decimal:
    if case.value.customs is None:
        raise Stop(case.value.reason or case.unpriced("value-missing", "There is no customs value."))
    return case.value.customs


def _amount(case: ItemCase, duty: Duty, value: Decimal) -> tuple[Decimal, list[Why]]:
    """What `duty` comes to, asking for supplementary units only where it wants them."""
    known: dict[str, Decimal] = {}
    if case.item.net_kg is not None:
        known["kg"] = case.item.net_kg
    steps: list[Why] = []
    goods = Goods(value, "GBP", known, case.on or case.today, lambda a, c: _pounds(case, a, c))
    for _ in range(2):
        try:
            return pence(duty.amount(goods)), steps
        except NeedsInput as needs:
            if needs.what not in _SUPPLEMENTARY or case.item.supplementary is None or needs.what in known:
                raise Stop(_lacking(case, needs.what)) from needs
            known[needs.what] = case.item.supplementary
            text = f"Supplementary units taken as {needs.what}: {case.item.supplementary.normalize():f}."
            steps.append(Why("unit", text, "D.E. 6/2"))
    return pence(duty.amount(goods)), steps


def _pounds(case: ItemCase, amount: Decimal, currency: str) -> Decimal:
    if currency == "GBP":
        return amount
    rate = case.exchange(currency)
    if rate is None:
        raise NeedsInput(f"rate:{currency}")
    return amount * rate


def _lacking(case: ItemCase, what: str) -> Unpriced:
    if what.startswith("rate:"):
        detail = f"The duty is in {what[5:]}; its rate for the pound on the day is not known."
        return case.unpriced(
            "exchange-rate-missing", detail, f"Give --rate {what[5:]}=… or state the amount."
        )
    return case.unpriced("unit-missing", f"The duty asks for {what}.", "State the quantity or the amount.")


def _excise(case: ItemCase, kind: str) -> tuple[Decimal, list[Why]]:
    rows = [rate for rate in case.rules.excise if rate.type == kind and rate.holds(case.on)]
    if not rows:
        detail = f"The rate of excise type {kind} on the day is not held."
        raise Stop(case.unpriced("excise-rate", detail, "State the amount."))
    row = max(rows, key=lambda rate: rate.since or date.min)
    match = _EXCISE_RATE.fullmatch(row.expression)
    if match is None:
        raise Stop(case.unpriced("duty-unread", row.expression))
    per = Decimal(match[1]) / (100 if match[2] == "hl" else 1)
    unit = "l" if match[2] == "hl" else match[2]
    quantity = _excise_base(case, kind, unit)
    text = f"{quantity.normalize():f} {unit} at {row.expression}: {row.source}"
    return pence(quantity * per), [Why("excise", text, f"tax type {kind}")]


def _excise_base(case: ItemCase, kind: str, unit: str) -> Decimal:
    """The quantity that excise is charged on, in `unit`: as declared, else mass or litres of the item."""
    for tax in case.item.taxes:
        known = _UNITS.get(tax.unit)
        if tax.kind == kind and tax.quantity is not None and known is not None and known[0] == unit:
            return tax.quantity * known[1] / (1000 if tax.unit == "GRM" else 1)
    if unit == "kg" and case.item.net_kg is not None:
        return case.item.net_kg
    if unit == "l" and case.item.supplementary is not None and case.item.cn.startswith(_DRINKS):
        return case.item.supplementary
    raise Stop(_lacking(case, f"{unit} (D.E. 4/4)"))
