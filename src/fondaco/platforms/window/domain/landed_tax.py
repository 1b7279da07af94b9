"""Excise, VAT or GST, and fees of a consignment."""

from __future__ import annotations

from decimal import Decimal

from fondaco.platforms.window.domain.landed_case import Case, Undecided, cut_down
from fondaco.platforms.window.domain.landed_types import Missing
from fondaco.platforms.window.domain.regime import Rule

_ONE, _HUNDRED = Decimal(1), Decimal(100)
# Chapters whose goods often bear a reduced rate: food, medicine, books, sanitary goods.
_OFTEN_REDUCED = (*(f"{n:02d}" for n in range(2, 22)), "3003", "3004", "4901", "4902", "4903", "4904", "9619")


def charge_excise(case: Case) -> None:
    """Excise that the regime asks; kept aside, for it enters the base of VAT in full."""
    for i in range(len(case.request.lines)):
        try:
            rule = case.pick(case.regime.excise, i)
        except Undecided as stop:
            case.missing.append(stop.missing)
            continue
        if rule is None:
            continue
        if rule.do == "manual":
            line = case.request.lines[i]
            case.missing.append(
                Missing("excise", f"{rule.text} ({case.codes[i]}).", "A broker decides.", line.line_id)
            )
            continue
        base = case.amount(case.customs[i] + case.duty[i])
        full = base / (_ONE - rule.rate / _HUNDRED) * rule.rate / _HUNDRED
        case.excise_base[i] = full
        due = case.due("tax", full * rule.share)
        case.tax[i] += due
        case.step("excise", rule, {"base": str(base), "rate": f"{rule.rate}%"}, str(case.amount(due)), i)


def charge_tax(case: Case) -> None:
    """VAT or GST on each line, after duty and excise; then what a threshold of tax waives."""
    for i in range(len(case.request.lines)):
        try:
            rule = case.pick(case.regime.tax, i)
        except Undecided as stop:
            case.missing.append(stop.missing)
            continue
        if rule is None:
            line = case.request.lines[i]
            case.missing.append(Missing("no-rule", "No tax rule fits.", "Mend the regime.", line.line_id))
            continue
        if i in case.undecided and rule.base in ("landed", "duty_paid") and rule.do != "none":
            continue
        case.tax_rules[i] = rule
        case.tax[i] += _tax_of(case, rule, i)
    _waive(case)


def _tax_of(case: Case, rule: Rule, i: int) -> int:
    if rule.estimated:
        _note_once(case, "rule-to-verify", f"{rule.id}: {rule.text}")
    if rule.do == "none":
        case.step("tax-relief", rule, {}, "0", i)
        return 0
    base = cut_down(_base(case, rule, i), rule.base_step)
    due = case.due("tax", _exact(case, rule, base))
    if rule.due_step:
        case.due_steps["tax"] = rule.due_step
    if rule.local:
        case.local[i] = _local(case, rule, due)
        due += case.local[i]
    if not rule.rate and case.codes[i].startswith(_OFTEN_REDUCED):
        case.note("standard-rate", f"{case.codes[i]}: the standard rate is used; a reduced one may apply.", i)
    inputs = {"base": str(base), "rate": f"{rule.rate or case.regime.tax_rate}%"}
    case.step("tax", rule, inputs, str(case.amount(due)), i)
    return due


def _local(case: Case, rule: Rule, due: int) -> int:
    """A local tax on the tax of a line, which is cut before it; fractions of the unit are left off."""
    part, _, whole = rule.local.partition("/")
    return case.cut("tax", due) * int(part) // int(whole)


def _exact(case: Case, rule: Rule, base: Decimal) -> Decimal:
    """The tax on `base` before rounding."""
    factor = (rule.rate or case.regime.tax_rate) / _HUNDRED
    amount = base / (_ONE - factor) * factor if rule.inside else base * factor
    return amount * rule.share


def _base(case: Case, rule: Rule, i: int) -> Decimal:
    values = case.values
    if rule.base == "goods":
        return case.amount(case.to_authority(values.goods[i]))
    if rule.base == "price":
        return case.amount(case.to_authority(values.of_line("cif", i)))
    if rule.base == "duty_paid":
        value = case.amount(case.customs[i]) * (_ONE + rule.uplift)
        return value + case.amount(case.duty[i]) + case.excise_base[i]
    carriage = 0
    if case.regime.basis == "FOB":
        carriage = case.to_authority(values.freight[i] + values.insurance[i])
    return case.amount(case.customs[i] + carriage + case.cut("duty", case.duty[i])) + case.excise_base[i]


def _waive(case: Case) -> None:
    """Tax that comes to less than a threshold, before rounding, is not collected (Switzerland: CHF 5).

    Of an order that travels in parts, what all of them come to is held against it.
    """
    rules = {rule.id: rule for rule in case.tax_rules if rule is not None and rule.waive_below is not None}
    for rule in rules.values():
        members = [i for i, used in enumerate(case.tax_rules) if used is rule]
        due = sum((_exact(case, rule, _base(case, rule, i)) for i in members), Decimal(0))
        if rule.waive_below is not None and 0 < due * case.order_share() < rule.waive_below:
            for i in members:
                case.tax[i] = 0
            case.step("tax-waived", rule, {"due": str(due), "below": str(rule.waive_below)}, "0")


def charge_fees(case: Case) -> None:
    """Fees of the consignment; of each kind the first rule that holds."""
    done: set[str] = set()
    for rule in case.regime.fees:
        if rule.code in done or not case.holds(rule):
            continue
        done.add(rule.code)
        if rule.estimated:
            _note_once(case, "rule-to-verify", f"{rule.id}: {rule.text}")
        due = case.minor(_fee(case, rule))
        if rule.waive_below is not None and case.amount(due) < rule.waive_below:
            due = 0
        case.fees += due
        case.step("fee", rule, {"kind": rule.code}, str(case.amount(due)))


def _fee(case: Case, rule: Rule) -> Decimal:
    into = case.fx.rate(rule.currency, case.regime.currency)
    if rule.do == "flat":
        return rule.amount * into
    amount = case.amount(case.to_authority(case.values.of("fob"))) * rule.rate / _HUNDRED
    if rule.floor is not None:
        amount = max(amount, rule.floor * into)
    return min(amount, rule.ceiling * into) if rule.ceiling is not None else amount


def _note_once(case: Case, code: str, detail: str) -> None:
    if not any(note.code == code and note.detail == detail for note in case.notes):
        case.note(code, detail)
