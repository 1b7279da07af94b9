"""Customs duty of a line: relief, a rate of the regime, a flat duty, or what the tariff says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fondaco.kernel.money import split_minor
from fondaco.platforms.window.domain.landed_case import Case, Undecided, cut_down, origin_missing
from fondaco.platforms.window.domain.landed_claims import claim_of, claimed, refuse_remedy, remedies_owed
from fondaco.platforms.window.domain.landed_types import LandedLine, Missing, Step
from fondaco.platforms.window.domain.regime import Rule
from fondaco.platforms.window.domain.tariff_ast import AdValorem, Duty, Goods, NeedsInput, TopUp
from fondaco.platforms.window.domain.tariff_book import Answer, Expiry, TariffMeasure
from fondaco.platforms.window.domain.tariff_grammar import parse_duty

_ONE = Decimal(1)


def charge_duty(case: Case) -> None:
    """Fill `case.duty`; what cannot be decided goes to `case.missing`."""
    flat: dict[str, tuple[Rule, list[int]]] = {}
    for i in range(len(case.request.lines)):
        try:
            rule = _rule(case, i)
            if rule.do == "flat":
                flat.setdefault(_heading(case, i), (rule, []))[1].append(i)
            else:
                case.duty[i] = _duty_of(case, rule, i)
        except Undecided as stop:
            case.missing.append(stop.missing)
            case.undecided.add(i)
    for heading, (rule, members) in flat.items():
        _charge_flat(case, rule, heading, members)


def _rule(case: Case, i: int) -> Rule:
    rule = case.pick(case.regime.duty, i)
    if rule is None:
        detail = f"No duty rule of {case.regime.rule_id} fits."
        raise Undecided(Missing("no-rule", detail, "Mend the regime.", case.request.lines[i].line_id))
    return rule


def _duty_of(case: Case, rule: Rule, i: int) -> int:
    if rule.due_step:
        case.due_steps["duty"] = rule.due_step
    if rule.estimated:
        case.note("rule-to-verify", f"{rule.id}: {rule.text}")
    if rule.do == "none":
        case.rate_texts[i] = "relief"
        case.step("relief", rule, {}, "0", i)
        return 0
    if rule.do == "rate":
        return _regime_rate(case, rule, i)
    if rule.do == "manual":
        line = case.request.lines[i]
        code = "not-on-held-list" if rule.when.hs_not else "manual-provision"
        raise Undecided(Missing(code, f"{line.hs_code}: {rule.text}", "A broker decides.", line.line_id))
    return _tariff(case, rule, i)


def _regime_rate(case: Case, rule: Rule, i: int) -> int:
    base = case.amount(case.customs[i])
    amount = base * rule.rate / 100
    text = f"{rule.rate}%"
    if rule.less:
        share = base / max(case.amount(sum(case.customs)), _ONE.scaleb(-4))
        amount = max(
            amount - rule.less * case.fx.rate(rule.currency, case.regime.currency) * share, Decimal(0)
        )
        text += f" less {rule.less} {rule.currency}"
    duty = case.due("duty", amount)
    case.rate_texts[i] = text
    case.step("duty", rule, {"value": str(base), "rate": text}, str(case.amount(duty)), i)
    return duty


def _charge_flat(case: Case, rule: Rule, heading: str, members: list[int]) -> None:
    """One flat amount for all lines of a six-digit code, shared by value."""
    each = case.minor(rule.amount * case.fx.rate(rule.currency, case.regime.currency))
    shares = split_minor(each, [case.customs[i] for i in members])
    text = f"{rule.amount} {rule.currency} per tariff class"
    for i, share in zip(members, shares, strict=True):
        case.duty[i], case.rate_texts[i] = share, text
    lines = ", ".join(str(case.request.lines[i].line_id) for i in members)
    case.step("duty-flat", rule, {"class": heading, "lines": lines}, str(case.amount(each)))


def _heading(case: Case, i: int) -> str:
    code = case.code_of(i)
    if len(code) < 6:
        raise Undecided(_too_short(case.request.lines[i], code))
    return code[:6]


def _tariff(case: Case, rule: Rule, i: int) -> int:
    line = case.request.lines[i]
    if line.stated_duty:
        return _stated(case, rule, i)
    answer = _answer(case, rule, i)
    goods = _goods(case, rule, i)
    base, amount = _base_duty(case, rule, answer, goods, i)
    text = base.expression
    for remedy in remedies_owed(case, answer, i):
        amount += _worth(remedy, goods, line)
        text += f" + {remedy.expression} ({remedy.reference})"
    added = _on_top(case, rule, answer, i)
    if added:
        goods = replace(goods, base=amount)
    for measure in added:
        amount += _worth(measure, goods, line)
        text += f" + {measure.expression} ({measure.reference})"
    duty = case.due("duty", amount)
    case.rate_texts[i] = text
    inputs = {"hs": answer.code, "origin": line.origin or "", "value": str(goods.value), "rate": text}
    case.step("duty", rule, inputs, str(case.amount(duty)), i)
    return duty


def _answer(case: Case, rule: Rule, i: int) -> Answer:
    """What the tariff says; Undecided where it says nothing that can be used."""
    line, where = case.request.lines[i], rule.jurisdiction
    if not case.book.holds(where):
        detail = f"No tariff of {case.regime.name} is held."
        raise Undecided(Missing("no-tariff", detail, "State the duty rate with its source.", line.line_id))
    code = case.code_of(i)
    if len(code) < 6:
        raise Undecided(_too_short(line, code))
    if not line.origin and case.book.asks_origin(where):
        raise Undecided(origin_missing(line))
    case.jurisdictions.add(where)
    answer = case.book.look_up(where, code, origin=line.origin or "", on=case.request.on)
    if answer.expired is not None:
        raise Undecided(_expired(line, code, answer.expired))
    if answer.manual:
        first = answer.manual[0]
        raise Undecided(
            Missing(
                "manual-provision",
                f"{first.reference}: {first.expression}",
                "A broker decides.",
                line.line_id,
            )
        )
    if answer.unread:
        raise Undecided(
            Missing("duty-unread", f"{code}: {answer.unread[0]}", "State the duty.", line.line_id)
        )
    if not answer.candidates:
        detail = f"{code} is not a code of the tariff held ({where})."
        raise Undecided(Missing("hs-unknown", detail, "Check the commodity code.", line.line_id))
    if answer.former:
        case.note(
            "former-nomenclature",
            f"{code}: read as {' or '.join(answer.former)} of the former nomenclature.",
            i,
        )
    if answer.remedy:
        refuse_remedy(case, code, i)
    return answer


def _base_duty(case: Case, rule: Rule, answer: Answer, goods: Goods, i: int) -> tuple[TariffMeasure, Decimal]:
    line = case.request.lines[i]
    lower = [one for one in (_preferred(case, answer, i), *claimed(case, answer, i)) if one is not None]
    if lower:
        least, best = min(((_worth(one, goods, line), one) for one in lower), key=lambda pair: pair[0])
        if best.kind != "preference":
            case.step("duty-claim", rule, {"claim": claim_of(best), "rate": best.expression}, str(least), i)
        return best, least
    if len(answer.candidates) == 1:
        only = answer.candidates[0]
        return only, _worth(only, goods, line)
    if case.policy == "ask":
        raise Undecided(_too_short(line, answer.code, len(answer.candidates)))
    worth = [(_worth(measure, goods, line), measure) for measure in answer.candidates]
    amount, measure = max(worth, key=lambda pair: pair[0])
    case.note("hs6-max", f"{answer.code}: highest of {len(worth)} duties, {measure.expression}", i)
    return measure, amount


def _preferred(case: Case, answer: Answer, i: int) -> TariffMeasure | None:
    """The preference of the line's origin, where its proof is at hand and the code names one line."""
    if not answer.preferences:
        return None
    first = answer.preferences[0]
    if not answer.code.startswith(first.code):
        return None
    if f"ORIGIN-{case.request.lines[i].origin}" in case.schemes:
        return first
    if first.duty is not None and first.duty not in [m.duty for m in answer.candidates]:
        case.note("preference-open", f"{answer.code}: {first.expression} against proof of origin.", i)
    return None


def _on_top(case: Case, rule: Rule, answer: Answer, i: int) -> tuple[TariffMeasure, ...]:
    """Additional duties owed together; where a short code is hit in part, asked for or the highest, by policy."""
    found = answer.additional
    if answer.partial:
        if case.policy == "ask":
            raise Undecided(_too_short(case.request.lines[i], answer.code))
        highest = max(answer.partial, key=_percent)
        found = (*found, highest)
        case.note(
            "hs6-max", f"{answer.code}: {highest.reference} {highest.expression} hits part of the code", i
        )
    if len(found) > 1:
        found = _stacked(case, rule, found, i)
    if any(measure.kind == "country" for measure in found):
        case.note("exceptions-unread", "Exceptions from the country duty are not read.", i)
    return found


def _stacked(case: Case, rule: Rule, found: tuple[TariffMeasure, ...], i: int) -> tuple[TariffMeasure, ...]:
    stack = case.book.stacked(rule.jurisdiction, found, on=case.request.on)
    for measure, law in stack.yielded:
        line_id = str(case.request.lines[i].line_id)
        inputs = {"kind": measure.reference, "rate": measure.expression}
        case.steps.append(
            Step(
                "duty-yields",
                "An additional duty that yields to another",
                inputs,
                "0",
                law.source,
                rule.id,
                line_id,
            )
        )
    return stack.owed


def _percent(measure: TariffMeasure) -> Decimal:
    duty = measure.duty
    return duty.percent if isinstance(duty, (AdValorem, TopUp)) else Decimal(0)


def _worth(measure: TariffMeasure, goods: Goods, line: LandedLine) -> Decimal:
    duty = measure.duty
    if duty is None:
        raise Undecided(Missing("duty-unread", measure.expression, "State the duty.", line.line_id))
    return _evaluate(duty, goods, line)


def _evaluate(duty: Duty, goods: Goods, line: LandedLine) -> Decimal:
    try:
        return duty.amount(goods)
    except NeedsInput as need:
        detail = f"The duty asks for: {need.what}."
        raise Undecided(
            Missing("quantity-missing", detail, "State it for the line.", line.line_id, need.what)
        ) from None


def _stated(case: Case, rule: Rule, i: int) -> int:
    """A duty that a person states, read in either dialect."""
    line = case.request.lines[i]
    text = line.stated_duty or ""
    duty = parse_duty(text, "us") or parse_duty(text, "taric")
    if duty is None:
        raise Undecided(Missing("duty-unread", text, "State it like 4.5% or 12 EUR/100 kg.", line.line_id))
    goods = _goods(case, rule, i)
    amount = case.due("duty", _evaluate(duty, goods, line))
    case.rate_texts[i] = f"{text} (stated)"
    case.note("duty-stated", f"{text} was stated by a person.", i)
    case.step("duty-stated", rule, {"value": str(goods.value), "rate": text}, str(case.amount(amount)), i)
    return amount


def _goods(case: Case, rule: Rule, i: int) -> Goods:
    line = case.request.lines[i]
    quantities = dict(line.units) if line.units else {}
    quantities.setdefault("item", Decimal(line.quantity))
    if line.mass_g:  # nothing weighs nothing: a mass of zero is a mass that is not known
        quantities.setdefault("kg", Decimal(line.mass_g) / 1000)
    authority = case.regime.currency

    def convert(amount: Decimal, currency: str) -> Decimal:
        return amount * case.fx.rate(currency, authority)

    value = cut_down(case.amount(case.customs[i]), rule.base_step)
    return Goods(value, authority, quantities, case.request.on, convert)


def _expired(line: LandedLine, code: str, expiry: Expiry) -> Missing:
    now = f"now {' or '.join(expiry.successors)}" if expiry.successors else "no successor is known"
    detail = f"{code} ended on {expiry.on.isoformat()}; {now} ({expiry.source})."
    return Missing("hs-expired", detail, "Give the code that came in its place.", line.line_id)


def _too_short(line: LandedLine, code: str, duties: int = 0) -> Missing:
    detail = f"{code} stands for {duties} different duties." if duties else f"{code} is too short a code."
    return Missing("hs-too-short", detail, "Give the full code of the tariff.", line.line_id)
