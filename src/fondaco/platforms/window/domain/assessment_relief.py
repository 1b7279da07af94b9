"""What the procedure and its additional codes do to a duty of one goods item: raised, relieved, suspended, in part.

Sources: UK Trade Tariff volume 3 for CDS, appendices 1 and 2; Customs (Special Procedures and Outward Processing)
(EU Exit) Regulations 2018, S.I. 2018/1249, regulation 41 (temporary admission with partial relief).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from fondaco.platforms.window.domain.assessment_case import ItemCase, Stop
from fondaco.platforms.window.domain.assessment_types import (
    AdditionalProcedure,
    Procedure,
    Status,
    Unpriced,
    Why,
)

# S.I. 2018/1249 reg. 41: 3 % of the duty for every month begun; the first is charged at import, the rest at the end.
_MONTHLY = Decimal("0.03")
# Additional codes of the Union's list; each of them decides a relief or a value.
_UNION_CODE = re.compile(r"[A-F]\d\d")
_END_USE = frozenset({"140", "240", "340"})


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a duty is raised: its status, the share of it that is charged, and by which rule."""

    status: Status
    why: tuple[Why, ...] = ()
    deducted: bool = False
    share: Decimal = Decimal(1)


def treatment(case: ItemCase) -> Treatment:
    """Whether the duty is raised, and by which rule not. Stop where a person has to say."""
    if case.not_at_risk:
        text = "From Great Britain, not at risk of moving on into the EU: no duty is raised."
        return Treatment("not-at-risk", (Why("not-at-risk", text, "D.E. 2/2 NIDOM, NIREM"),))
    _refuse_unknown_codes(case)
    relief = case.additional(tax="duty")
    if relief is not None:
        return _relieved(case, relief)
    partial = case.additional(tax="duty", effect="partial")
    if partial is not None:
        text = (
            f"{partial.code} {partial.text}: 3 % for the first month; each month begun after it at the end."
        )
        why = (Why("partial-relief", text, "S.I. 2018/1249 reg. 41"),)
        return Treatment("due", why, share=_MONTHLY)
    return _by_procedure(case, case.procedure)


def _refuse_unknown_codes(case: ItemCase) -> None:
    """Stop at a procedure or an additional code of the Union's list whose effect is not known here."""
    if case.procedure is None:
        code = f"{case.item.requested} {case.item.previous}".strip() or "Nothing"
        raise Stop(case.unpriced("procedure-unknown", f"Procedure {code} (D.E. 1/10) is not in the tables."))
    for code in case.item.procedures:
        if _UNION_CODE.fullmatch(code) and code not in case.rules.additional:
            raise Stop(
                case.unpriced("additional-unknown", f"What {code} (D.E. 1/11) relieves is not in the tables.")
            )


def _relieved(case: ItemCase, relief: AdditionalProcedure) -> Treatment:
    """The relief, within the value and the kinds of goods that it reaches."""
    worth = case.consignment
    if relief.limit is not None and (worth is None or worth > relief.limit):
        detail = f"{relief.code} reaches consignments of at most {relief.limit} GBP; this one is {worth or '?'} GBP."
        raise Stop(case.unpriced("relief-limit", detail, "Leave the code out, or correct the price."))
    if relief.without and case.item.code.startswith(relief.without):
        detail = f"{relief.code} does not reach goods of {case.item.code[:4]}."
        raise Stop(case.unpriced("relief-excluded", detail, "Leave the code out."))
    why = (Why("relief", f"{relief.code} {relief.text}: relieved.", "D.E. 1/11"),)
    return Treatment("relieved", why, deducted=relief.shown == "deducted")


def _by_procedure(case: ItemCase, procedure: Procedure | None) -> Treatment:
    if procedure is None or procedure.duty == "due":
        return Treatment("due")
    if procedure.duty == "suspended":
        return Treatment("suspended", (Why("suspended", f"{procedure.text}: suspended.", "D.E. 1/10"),))
    if procedure.duty == "end-use" and case.item.preference in _END_USE:
        return Treatment("due")
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
