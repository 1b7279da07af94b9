"""CUSRES D.96B: what customs answers to a declaration, read as receipts and, by an office, written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.declaration import Receipt
from fondaco.platforms.window.domain.messages.edifact.cusdec import amount_minor, amount_text
from fondaco.platforms.window.domain.messages.edifact.engine import Facts, Reading
from fondaco.platforms.window.domain.messages.edifact.layout import Layout, block
from fondaco.platforms.window.domain.messages.gacc.spec import Fault

_MOMENTS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


class AnswerUnreadable(Refused):
    code = "cusres-unreadable"
    title = "This answer of customs cannot be read."
    remedy = "Nothing was taken in. Ask the office to send the message again."


def _tax(code: str, name: str) -> str:
    return f"TAX+3+={code}\nMOA+=55:{{{name} 5004 amt}}:{{currency_{name} 6345 a3}}"


_ANSWER = """
DTM+=137:{issued_at 2380 d204!}:204
FTX+=AAI+++{reason 4440 an..70*5}
"""

LAYOUT = Layout(
    "CUSRES",
    "D.96B",
    block(
        "",
        "BGM+{document 1001 an..3!}+{number 1004 an..35!}+{function 1225 an..3}",
        _ANSWER,
        """
        LOC+=22+{office 3225 an..25}
        GIS+{code 7365 an..3}
        """,
        block("SG3", "RFF+=ABO:{lrn 1154 an..35}"),
        block("SG3", "RFF+=ABT:{mrn 1154 an..35}"),
        block(
            "SG4",
            """
            ERP+{section 1049 an..3}:{item 1052 an..35}
            ERC+{error 9321 an..8!}
            FTX+=AAO+++{text 4440 an..70*5}
            """,
            name="error",
        ),
        block("SG5", _tax("CUD", "duty")),
        block("SG5", _tax("VAT", "tax")),
        block(
            "SG6",
            """
            DOC+{document 1001 an..3!}+{number 1004 an..35}
            RFF+=ABO:{lrn 1154 an..35!}
            RFF+=ABT:{mrn 1154 an..35}
            FTX+=AAI+++{reason 4440 an..70*5}
            DTM+=137:{issued_at 2380 d204}:204
            GIS+{code 7365 an..3!}
            """,
            name="answer",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to write: the declaration's reference, the code of 7365, when and why, and what is assessed."""

    lrn: str
    code: str
    issued_at: datetime
    mrn: str = ""
    reason: str = ""
    currency: str = ""
    duty_minor: int | None = None
    tax_minor: int | None = None


def facts_of(one: Answer, *, number: str) -> Facts:
    """The facts of a CUSRES that answers one declaration."""
    facts: Facts = {
        "document": "962",
        "number": number,
        "function": "9",
        "issued_at": one.issued_at.astimezone(UTC).strftime(_MOMENTS[14]),
        "reason": one.reason,
        "code": one.code,
        "lrn": one.lrn,
        "mrn": one.mrn,
    }
    for name, minor in (("duty", one.duty_minor), ("tax", one.tax_minor)):
        if minor is not None:
            facts |= {name: amount_text(minor, one.currency), f"currency_{name}": one.currency}
    return facts


def facts_of_many(answers: list[Answer], *, number: str, at: datetime) -> Facts:
    """The facts of a CUSRES that answers many declarations at once, one DOC group each."""
    return {
        "document": "962",
        "number": number,
        "function": "9",
        "issued_at": at.astimezone(UTC).strftime(_MOMENTS[14]),
        "answer": [{**facts_of(one, number=one.lrn), "document": "929", "number": ""} for one in answers],
    }


def receipts_of(reading: Reading) -> Iterator[Receipt]:
    """The receipts of a CUSRES: the message's own and one for each document in it.

    AnswerUnreadable for an answer without reference, code or time; anything else is read as far as it goes.
    """
    facts = reading.facts
    errors = "; ".join(
        " ".join(filter(None, (e.get("error"), e.get("text")))) for e in facts.get("error", [])
    )
    if facts.get("code"):
        reason = "; ".join(filter(None, (facts.get("reason"), errors)))
        yield _receipt({**facts, "reason": reason}, raw=facts)
    for answer in facts.get("answer", []):
        yield _receipt({"issued_at": facts.get("issued_at"), **_said(answer)}, raw=answer)
    if not facts.get("code") and not facts.get("answer"):
        raise AnswerUnreadable("There is no GIS in it.", field="CUSRES/GIS/7365")


def check_answer(facts: Facts) -> Iterator[Fault]:
    """An answer is about a declaration, by its own references or those of its documents."""
    if facts.get("code") and not facts.get("lrn"):
        yield Fault(
            "CUSRES/RFF+ABO/1154", "missing", "Nobody knows which declaration this is about.", "Add RFF+ABO."
        )
    if not facts.get("code") and not facts.get("answer"):
        yield Fault("CUSRES/GIS/7365", "missing", "It answers nothing.", "Add GIS or a DOC group.")


def _said(facts: Facts) -> Facts:
    return {name: value for name, value in facts.items() if value}


def _receipt(facts: Facts, *, raw: Facts) -> Receipt:
    for name, path in (("lrn", "RFF+ABO/1154"), ("code", "GIS/7365"), ("issued_at", "DTM+137/2380")):
        if not facts.get(name):
            raise AnswerUnreadable(field=f"CUSRES/{path}", value=str(raw.get("number", ""))[:60])
    return Receipt(
        reference=str(facts["lrn"]),
        code=str(facts["code"]),
        issued_at=_moment(str(facts["issued_at"])),
        vocabulary="edifact",
        mrn=str(facts.get("mrn", "")),
        reason=str(facts.get("reason", ""))[:500],
        duty_minor=_assessed(facts, "duty"),
        tax_minor=_assessed(facts, "tax"),
        raw={"message": "CUSRES", **raw},
    )


def _assessed(facts: Facts, name: str) -> int | None:
    return amount_minor(facts[name], facts[f"currency_{name}"]) if facts.get(name) else None


def _moment(text: str) -> datetime:
    form = _MOMENTS.get(len(text))
    try:
        return datetime.strptime(text, form or "").replace(tzinfo=UTC)
    except ValueError as fault:
        raise AnswerUnreadable("There is no such moment.", field="CUSRES/DTM+137/2380", value=text) from fault
