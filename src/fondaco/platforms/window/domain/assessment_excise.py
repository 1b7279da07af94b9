"""Excise of one goods item of a UK declaration: tobacco by weight, alcohol by pure alcohol, oils by volume.

Sources: Tobacco Products Duty Act 1979 schedule 1; Finance (No. 2) Act 2023 part 2 (alcohol by its strength from
1 August 2023); Hydrocarbon Oil Duties Act 1979. The tax type is declared (D.E. 4/3) or follows from a national
additional code (D.E. 6/17: X333 is type 333); goods that must bear one and name none are not priced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from fondaco.platforms.window.domain.assessment_case import ItemCase, Stop, Tax, line_of, unworked
from fondaco.platforms.window.domain.assessment_duty import lacking
from fondaco.platforms.window.domain.assessment_types import AssessedLine, Rate, Why, pence

_EXCISE = re.compile(r"\d{3}")
_EXCISE_RATE = re.compile(r"([\d.]+) GBP/(hl|l|lpa|kg)")
# Excise bases as declared (UNECE Rec. 20 and TARIC) in the unit of the rate; ASV is per cent of alcohol by volume.
_UNITS = {
    "LTR": ("l", Decimal(1)), "L": ("l", Decimal(1)), "HLT": ("l", Decimal(100)), "LPA": ("lpa", Decimal(1)),
    "KGM": ("kg", Decimal(1)), "GRM": ("kg", Decimal("0.001")), "ASV": ("asv", Decimal(1)),
}  # fmt: skip
_DRINKS = ("2203", "2204", "2205", "2206", "2208")
# Goods that always bear excise: drinks (grape must apart), manufactured tobacco, tobacco for heating.
_ALWAYS = ("2203", "22041", "22042", "2205", "2206", "2208", "2402", "240311", "240319", "240411")
_NO_TYPE = "excise"


def excise_lines(case: ItemCase) -> Iterator[AssessedLine]:
    """Excise of every tax type or national additional code (X413) that is declared."""
    asked = [tax.kind for tax in case.item.taxes if _EXCISE.fullmatch(tax.kind)]
    asked += [code[1:] for code in case.item.additional_codes if re.fullmatch(r"X\d{3}", code)]
    effect = _effect(case)
    for kind in dict.fromkeys(asked):
        try:
            amount, why = _excise(case, kind)
            yield line_of(case, kind, Tax(amount), "suspended" if effect == "suspended" else "due", why)
        except Stop as stop:
            yield unworked(case, kind, stop.reason)
    if not asked and effect == "due" and case.item.code.startswith(_ALWAYS):
        detail = f"Goods of {case.item.code[:4]} bear excise; no tax type of it is declared."
        remedy = "Declare the tax type (D.E. 4/3) or its national additional code (D.E. 6/17)."
        yield unworked(case, _NO_TYPE, case.unpriced("excise-type", detail, remedy))


def _effect(case: ItemCase) -> str:
    """Whether excise is due or suspended; under a relief of duty and VAT it is for a person to say."""
    if "1EX" in case.item.procedures:
        return "suspended"
    return case.procedure.excise if case.procedure else "due"


def _excise(case: ItemCase, kind: str) -> tuple[Decimal, list[Why]]:
    rows = [rate for rate in case.rules.excise if rate.type == kind and rate.holds(case.on)]
    if not rows:
        detail = f"The rate of excise type {kind} on the day is not held."
        raise Stop(case.unpriced("excise-rate", detail, "State the amount."))
    rows.sort(key=lambda rate: rate.since or date.min, reverse=True)
    priced = [_by_rate(case, kind, row) for row in rows]
    stated = case.stated(kind) if case.on is None else None
    told = (stated.payable or stated.assessed) if stated else None
    # The amount that the trader of an undated declaration states tells its time, if it fits one of the rates.
    return next((one for one in priced if told is not None and one[0] == told.value), priced[0])


def _by_rate(case: ItemCase, kind: str, row: Rate) -> tuple[Decimal, list[Why]]:
    match = _EXCISE_RATE.fullmatch(row.expression)
    if match is None:
        raise Stop(case.unpriced("duty-unread", row.expression))
    per = Decimal(match[1]) / (100 if match[2] == "hl" else 1)
    unit = "l" if match[2] == "hl" else match[2]
    quantity = _excise_base(case, kind, unit)
    text = f"{quantity.normalize():f} {unit} at {row.expression}: {row.source}"
    return pence(quantity * per), [Why("excise", text, f"tax type {kind}")]


def _excise_base(case: ItemCase, kind: str, unit: str) -> Decimal:
    """The quantity that excise is charged on, in `unit`: as declared, else from mass, litres and strength."""
    told = _declared(case, kind)
    if unit in told:
        return told[unit]
    if unit == "kg" and case.item.net_kg is not None:
        return case.item.net_kg
    litres = told.get("l")
    if litres is None and case.item.cn.startswith(_DRINKS):
        litres = case.item.supplementary
    if litres is not None and unit == "l":
        return litres
    if litres is not None and unit == "lpa" and "asv" in told:
        return litres * told["asv"] / 100
    raise Stop(lacking(case, f"{unit} (D.E. 4/4)"))


def _declared(case: ItemCase, kind: str) -> dict[str, Decimal]:
    """The bases that are declared for a tax type (D.E. 4/4), in our units."""
    return {
        _UNITS[tax.unit][0]: tax.quantity * _UNITS[tax.unit][1]
        for tax in case.item.taxes
        if tax.kind == kind and tax.quantity is not None and tax.unit in _UNITS
    }
