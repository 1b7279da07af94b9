"""Duties that depend on who made the goods or on what is claimed: trade remedies, suspensions, end use, quotas."""

from __future__ import annotations

from collections.abc import Iterator

from fondaco.platforms.window.domain.landed_case import Case, Undecided
from fondaco.platforms.window.domain.landed_types import Missing
from fondaco.platforms.window.domain.tariff_book import Answer, TariffMeasure

QUOTA = "QUOTA-"
# What a measure of TARIC asks to be claimed: types 105, 115, 117, 119 and 145 an authorisation for end use (UCC
# art. 254), type 112 a suspension (preference code 1 10).
_CLAIMS = {"112": "SUSPENSION"}
_END_USE = "END-USE"


def claim_of(measure: TariffMeasure) -> str:
    """What must be claimed for a lower duty: SUSPENSION, END-USE or QUOTA- with its order number."""
    if measure.kind == "quota":
        return QUOTA + measure.reference
    return _CLAIMS.get(measure.reference.split()[0] if measure.reference else "", _END_USE)


def claimed(case: Case, answer: Answer, i: int) -> Iterator[TariffMeasure]:
    """The lower duties of a line that the request claims; those left unclaimed are told of."""
    for measure in answer.claims:
        claim = claim_of(measure)
        if claim in case.schemes:
            yield measure
        else:
            case.note("claim-open", f"{answer.code}: {measure.expression} if {claim} is claimed.", i)


def remedies_owed(case: Case, answer: Answer, i: int) -> list[TariffMeasure]:
    """The trade-remedy duties of a line: of each type the rate of the maker named, or the only one there is.

    Where several companies have their own rates and none is named: asked for, or the highest, by policy
    (Reg. (EU) 2016/1036 art. 9(5): the residual duty is owed by whoever has none of their own).
    """
    by_type: dict[str, list[TariffMeasure]] = {}
    for measure in answer.remedies:
        by_type.setdefault(measure.reference.split()[0], []).append(measure)
    return [_owed(case, answer.code, rows, i) for rows in by_type.values()]


def _owed(case: Case, code: str, rows: list[TariffMeasure], i: int) -> TariffMeasure:
    line = case.request.lines[i]
    named = {row.reference.partition(" ")[2]: row for row in rows}
    if line.additional_code in named:
        return named[line.additional_code]
    if len(rows) == 1 and not line.additional_code:
        return rows[0]
    if case.policy == "ask":
        detail = (
            f"{code}: the remedy's rate is one company's: {', '.join(sorted(filter(None, named)))[:300]}."
        )
        remedy = "Give the maker's additional code."
        raise Undecided(Missing("additional-code-missing", detail, remedy, line.line_id))
    highest = max(rows, key=lambda row: _percent_of(row.expression))
    case.note("remedy-max", f"{code}: {highest.expression}, the highest rate of any maker.", i)
    return highest


def _percent_of(text: str) -> float:
    head = text.partition("%")[0].strip()
    return float(head) if head.replace(".", "", 1).isdigit() else 0.0


def refuse_remedy(case: Case, code: str, i: int) -> None:
    """A remedy whose rate nobody has told: never taken for nothing. Undecided, or with leave to estimate a note."""
    detail = f"{code}: anti-dumping or countervailing duty is possible."
    if case.policy == "ask":
        line_id = case.request.lines[i].line_id
        raise Undecided(
            Missing("remedy-unread", detail, "A broker looks the case up; state the duty.", line_id)
        )
    case.note("remedy-flag", detail, i)
