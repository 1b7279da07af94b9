"""Import VAT of one goods item: B00, and B05 on EU duties where goods are for Northern Ireland at risk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from fondaco.platforms.window.domain.assessment_case import ItemCase, Tax, line_of
from fondaco.platforms.window.domain.assessment_types import (
    EU_VAT,
    VAT,
    ZERO,
    AssessedLine,
    Unpriced,
    Why,
    pence,
)

# D.E. 3/40: importer, customer of an onward supply, fiscal representative.
_POSTPONED_ROLES = frozenset({"FR1", "FR2", "FR3"})
_POSTPONED_METHOD = "G"
# National additional codes of VAT (D.E. 6/17).
_CODES = {
    "VATZ": (Decimal(0), "Zero rate"),
    "VATR": (Decimal(5), "Reduced rate"),
    "VATE": (Decimal(0), "Exempt"),
}
_HUNDRED = Decimal(100)


def vat_lines(
    case: ItemCase, duties: Sequence[AssessedLine], excise: Sequence[AssessedLine]
) -> Iterator[AssessedLine]:
    """The VAT on the customs value, duties and excise; nothing is taken for a part that is open."""
    percent, why = _percent(case)
    before = _open_part(case, (*duties, *excise))
    if before is not None and percent:
        yield _open(case, VAT, before)
        return
    if before is not None:
        yield _nothing(case, why)
        return
    value = case.value.customs or ZERO
    raised = sum((_counted(case, line) for line in duties), ZERO)
    taxed = value + case.value.for_vat + raised + sum((line.payable or ZERO for line in excise), ZERO)
    eu = sum((line.assessed or ZERO for line in duties), ZERO) if case.jurisdiction == "eu" else ZERO
    if eu:
        yield _line(case, EU_VAT, eu, percent, [*why, Why("base", f"EU duties {eu} GBP.")])
    yield _line(case, VAT, taxed - eu, *_main(case, percent, why, value, raised))


def _main(
    case: ItemCase, percent: Decimal, why: list[Why], value: Decimal, raised: Decimal
) -> tuple[Decimal, list[Why]]:
    """Rate and explanation of B00; a move within the United Kingdom is supplied with VAT, not imported."""
    base = Why(
        "base",
        f"Value {value} GBP, duties {raised} GBP, costs for VAT {case.value.for_vat} GBP.",
        "VATA 1994 s.21",
    )
    if "NIDOM" in case.statements:
        text = "From Great Britain: VAT is the supplier's, none is due on the value here."
        return ZERO, [Why("domestic", text, "VATA 1994 Sch. 9ZB"), base]
    return percent, [*why, base]


def _percent(case: ItemCase) -> tuple[Decimal, list[Why]]:
    """The rate of VAT: what the procedure or a relief says, else the code declared, else the commodity."""
    procedure, relief = case.procedure, case.additional(tax="vat")
    if procedure is not None and procedure.vat == "zero" and not _is_partial(case):
        return ZERO, [Why("procedure", f"{procedure.text}: no VAT now.", "D.E. 1/10")]
    if relief is not None and relief.shown == "nil":
        return ZERO, [Why("relief", f"{relief.code} {relief.text}: no VAT.", "D.E. 1/11")]
    for code in case.item.additional_codes:
        if code in _CODES:
            percent, text = _CODES[code]
            return percent, [Why("rate", f"{code}: {text}.", "D.E. 6/17")]
    percent, text = case.rules.vat_percent(case.item.code)
    return percent, [Why("rate", f"{text}: {percent.normalize():f} %.", "VATA 1994 Sch. 8")]


def _counted(case: ItemCase, line: AssessedLine) -> Decimal:
    """The part of a duty that VAT is on: what is payable; under a VAT relief what would have been."""
    if line.status == "relieved" and "1RV" in case.item.procedures:
        return (line.assessed or ZERO) + (line.relief or ZERO)
    return line.payable or ZERO


def _line(case: ItemCase, kind: str, base: Decimal, percent: Decimal, why: list[Why]) -> AssessedLine:
    amount = pence(base * percent / _HUNDRED)
    tax = Tax(amount, base, percent)
    relief = case.additional(tax="vat")
    explanation = [*why, Why("amount", f"{base} GBP at {percent.normalize():f} % is {amount} GBP.")]
    if relief is not None and relief.shown == "deducted" and amount:
        explanation.append(Why("relief", f"{relief.code} {relief.text}: deducted.", "D.E. 1/11"))
        return line_of(case, kind, tax, "relieved", explanation, deducted=True)
    if _suspends(case):
        text = case.procedure.text if case.procedure else ""
        explanation.append(Why("suspended", f"{text}: suspended.", "D.E. 1/10"))
        return line_of(case, kind, tax, "suspended", explanation)
    if amount and _postpones(case, kind):
        explanation.append(Why("postponed", "Accounted for on the VAT return, not paid here.", "D.E. 3/40"))
        return line_of(case, kind, tax, "postponed", explanation)
    return line_of(case, kind, tax, "due", explanation)


def _is_partial(case: ItemCase) -> bool:
    """Temporary admission with partial relief: it relieves duty alone, VAT is paid at import."""
    return case.additional(tax="duty", effect="partial") is not None


def _suspends(case: ItemCase) -> bool:
    """Whether the procedure suspends VAT: with its rate, or at a rate of nothing where duty is suspended too."""
    found = case.procedure
    if found is None or _is_partial(case):
        return False
    return found.vat == "suspended" or (found.vat == "zero" and found.duty == "suspended")


def _postpones(case: ItemCase, kind: str) -> bool:
    """Whether VAT is accounted for on the return: by the trader's VAT number, the method, or the Ministry of Defence."""
    ministry = case.additional(tax="vat", effect="postponed")
    return (
        bool(case.roles & _POSTPONED_ROLES) or case.method(kind) == _POSTPONED_METHOD or ministry is not None
    )


def _open_part(case: ItemCase, lines: Sequence[AssessedLine]) -> Unpriced | None:
    """The reason why VAT has no base, if some part of it is open."""
    if case.value.customs is None:
        return case.value.reason
    first = next((line for line in lines if line.reason is not None), None)
    if first is None or first.reason is None:
        return None
    detail = f"VAT is on {first.type} too, which is open: {first.reason.detail}"
    return Unpriced("depends-on-open", detail, first.reason.remedy)


def _open(case: ItemCase, kind: str, reason: Unpriced) -> AssessedLine:
    return AssessedLine(
        case.item.sequence, kind, None, None, None, None, None, "needs_manual", case.method(kind),
        (Why("open", reason.detail),), reason,
    )  # fmt: skip


def _nothing(case: ItemCase, why: list[Why]) -> AssessedLine:
    """A rate of nothing needs no base: the base is left open, the tax is not."""
    text = Why("base", "Part of the base is open; at this rate nothing is due on any base.")
    return line_of(case, VAT, Tax(ZERO, None, ZERO), "due", [*why, text])
