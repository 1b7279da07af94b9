"""Customs duty, and what is put on top of it, of one goods item of a UK declaration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from fondaco.platforms.window.domain.assessment_case import ItemCase, Stop, Tax, line_of, unworked
from fondaco.platforms.window.domain.assessment_relief import treatment
from fondaco.platforms.window.domain.assessment_types import (
    DUTY_TYPE,
    AssessedLine,
    Rate,
    Unpriced,
    Why,
    pence,
)
from fondaco.platforms.window.domain.tariff_ast import Duty, Goods, NeedsInput, ad_valorem_percent
from fondaco.platforms.window.domain.tariff_grammar import parse_duty

# Units that D.E. 6/2 states for such goods; the tariff asks for one of them at most.
_SUPPLEMENTARY = frozenset({"l", "item", "pair", "m2", "m3", "m", "ct", "g"})
_REMEDIES = frozenset({"A20", "A30", "A35", "A40", "A45", "A70", "A80", "A85", "A90", "A95"})
# What a remedy of unknown rate is called: definitive anti-dumping duty of either tariff.
_REMEDY_TYPE = {"uk": "A30", "eu": "A80"}
# A TARIC additional code that names a company under a trade remedy (C999: all others).
_COMPANY = re.compile(r"[ABC][0-9A-Z]{3}")


def duty_lines(case: ItemCase) -> Iterator[AssessedLine]:
    """The customs duty and every duty on top of it."""
    kind = DUTY_TYPE[case.jurisdiction]
    try:
        duty, why = _base_duty(case)
        yield _priced(case, kind, duty, why)
    except Stop as stop:
        yield unworked(case, kind, stop.reason)
    yield from _remedy_lines(case)


def _remedy_lines(case: ItemCase) -> Iterator[AssessedLine]:
    """Duties on top: those held, those that the trader declares, and one that must be though its rate is not held."""
    found = set()
    fitting = [
        rate for rate in _fitting(case, case.rules.measures, origin=case.source) if rate.type in _REMEDIES
    ]
    for rate in fitting:
        if rate.expression or not any(one.expression and one.origins == rate.origins for one in fitting):
            found.add(rate.type)
            yield _on_top(case, rate)
    for kind in dict.fromkeys(tax.kind for tax in case.item.taxes):
        if kind in _REMEDIES and kind not in found:
            found.add(kind)
            detail = f"{kind} is declared; the measure behind it is not in the tables."
            yield unworked(case, kind, case.unpriced("measure-unknown", detail, "State the amount."))
    company = next((code for code in case.item.additional_codes if _COMPANY.fullmatch(code)), "")
    if not found and (company or case.remedy_possible):
        named = f"Additional code {company} names" if company else "The tariff marks this commodity for"
        detail = f"{named} a trade remedy; its rate for goods of {case.source or '?'} is not in the tables."
        kind = _REMEDY_TYPE[case.jurisdiction]
        yield unworked(
            case, kind, case.unpriced("measure-unknown", detail, "State type and amount, 0.00 if none.")
        )


def _priced(case: ItemCase, kind: str, duty: Duty, why: Why) -> AssessedLine:
    """The line of a duty under the item's procedure and reliefs."""
    value = _customs(case)
    percent = ad_valorem_percent(duty)
    amount, steps = _amount(case, duty, value)
    found = treatment(case)
    tax = Tax(amount) if percent is None else Tax(amount, value, percent)
    explanation = [*case.value.steps, why, *steps]
    if percent is not None:
        text = f"{value} GBP at {percent.normalize():f} % is {amount} GBP."
        explanation.append(Why("amount", text))
    explanation += found.why
    return line_of(case, kind, tax, found.status, explanation, deducted=found.deducted, share=found.share)


def _base_duty(case: ItemCase) -> tuple[Duty, Why]:
    """The rate that preference, origin and commodity give."""
    _customs(case)
    preference = case.item.preference or "100"
    kind = DUTY_TYPE[case.jurisdiction]
    fitting = _fitting(case, case.rules.measures, origin=case.source)
    own = next((rate for rate in fitting if rate.type == kind), None)
    if own is not None:
        return _read(case, own.expression), Why("rate", f"{own.expression}: {_told(case, own)}", "D.E. 4/17")
    if preference == "100":
        return _third_country(case)
    claimed = next(iter(_fitting(case, case.rules.preferences, origin=case.origin)), None)
    if claimed is not None:
        return _read(case, claimed.expression), Why(
            "preference", _told(case, claimed), f"D.E. 4/17 {preference}"
        )
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
    case.remedy_possible = answer.remedy
    if answer.former:
        case.notes.append(Why("former-nomenclature", f"{code}: read as {' or '.join(answer.former)}."))
    (measure,) = answer.candidates
    return _read(case, measure.expression), Why(
        "rate", f"{measure.expression}: {measure.source}", "D.E. 6/14"
    )


def _read(case: ItemCase, expression: str, source: str = "") -> Duty:
    """The duty that `expression` says; one that is empty stands for a measure whose rates are not held."""
    if not expression:
        raise Stop(case.unpriced("measure-unknown", f"{source}.", "State the amount, 0.00 if none."))
    duty = parse_duty(expression, "taric")
    if duty is None:
        raise Stop(case.unpriced("duty-unread", expression))
    return duty


def _on_top(case: ItemCase, rate: Rate) -> AssessedLine:
    why = Why("measure", f"{rate.expression}: {_told(case, rate)}")
    try:
        return _priced(case, rate.type, _read(case, rate.expression, rate.source), why)
    except Stop as stop:
        return unworked(case, rate.type, stop.reason)


def _told(case: ItemCase, rate: Rate) -> str:
    """Where a rate comes from; of an undated declaration also that it has ended, since it may be too late for it."""
    ended = case.on is None and rate.until is not None and rate.until < case.today
    return f"{rate.source}; ended on {rate.until}, state the day of acceptance" if ended else rate.source


def _fitting(case: ItemCase, rates: Iterable[Rate], *, origin: str) -> list[Rate]:
    """The rates for this item of `origin`, the longest code first."""
    item = case.item
    found = [
        rate
        for rate in rates
        if rate.jurisdiction == case.jurisdiction
        and rate.fits(item.code, origin, item.preference or "100")
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
                raise Stop(lacking(case, needs.what)) from needs
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


def lacking(case: ItemCase, what: str) -> Unpriced:
    """The reason of a duty that asks for `what`: a unit, or a rate of exchange ("rate:EUR")."""
    if what.startswith("rate:"):
        detail = f"The duty is in {what[5:]}; its rate for the pound on the day is not known."
        return case.unpriced(
            "exchange-rate-missing", detail, f"Give --rate {what[5:]}=… or state the amount."
        )
    return case.unpriced("unit-missing", f"The duty asks for {what}.", "State the quantity or the amount.")
