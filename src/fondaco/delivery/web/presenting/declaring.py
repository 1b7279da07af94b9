"""The life of a declaration in words: what happened, who said it, what it did, and what came as it came."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.states import look_of
from fondaco.platforms.window.public import InspectionDTO, InspectionResult, LodgedPaperDTO, LogEntry

ACTIONS = ("release", "inspect", "query", "detain", "return")
WAITS = frozenset({"under_review", "docs_required", "inspection", "detained"})
_LEADS_TO = {"release": "released", "inspect": "inspection", "query": "docs_required", "detain": "detained",
             "return": "returned"}  # fmt: skip
_ACTION_WORDS = {
    "release": (_l("Release"), "badge-check", "r"),
    "inspect": (_l("Inspect"), "scan-search", "i"),
    "query": (_l("Ask for documents"), "circle-question-mark", "q"),
    "detain": (_l("Detain"), "octagon-pause", "d"),
    "return": (_l("Return to sender"), "undo-2", "x"),
}
SOURCE_WORDS = {
    "platform": _l("Platform"),
    "agency": _l("Authority"),
    "officer": _l("Officer"),
    "trader": _l("Trader"),
}
_WRITERS = {"simulator": _l("simulator"), "desk": _l("the officer's desk"), "window": _l("the single window")}
_TITLES = {
    "drafted": _l("Drawn up from the order"),
    "submitted": _l("Sent to the authority"),
    "179": _l("Customs asks for the original payment data"),
    "179-10000": _l("Payment data taken in by customs"),
    "179-20000": _l("Payment data refused by customs"),
    "179-unpaid": _l("No payment data to send"),
    "179-unfit": _l("Payment data could not be written"),
    "transport_failed": _l("Could not be delivered to the authority"),
    "matched": _l("Order, payment and waybill agree"),
    "withdrawn": _l("Withdrawn, drawn up anew"),
    "answer": _l("The trader answered"),
    "release": _l("Released by an officer"),
    "inspect": _l("Inspection ordered"),
    "query": _l("Documents asked for"),
    "detain": _l("Detained"),
    "return": _l("Returned to sender"),
    "lodged": _l("Lodged at the gateway"),
    "papers": _l("Order, payment and waybill sent to customs"),
    "papers-refused": _l("A document beside the list was refused"),
    "607": _l("The waybills under one bill were told to customs"),
    "507": _l("Arrival at the supervised yard was told to customs"),
    "509": _l("Departure was told to customs"),
    "607-refused": _l("Customs refused the list of waybills"),
    "507-refused": _l("Customs refused the arrival"),
    "509-refused": _l("Customs refused the departure"),
    "607-unfit": _l("The list of waybills could not be written"),
    "507-unfit": _l("The arrival could not be written"),
    "509-unfit": _l("The departure could not be written"),
    "amend": _l("An amendment was lodged"),
    "cancel": _l("A withdrawal was lodged"),
    "reroute": _l("Put into another lane by an officer"),
    "bill": _l("Tax bill issued"),
    "605": _l("A withdrawal was lodged"),
    "623": _l("A withdrawal was lodged"),
    "816": _l("Tax bill of customs"),
    "816-2": _l("The tax bill was summed up with others of the month"),
    "816-3": _l("The tax bill was declared void"),
}
_PAPER_WORDS = {
    "303": _l("Order"),
    "403": _l("Receipt of money"),
    "505": _l("Waybill"),
    "311": _l("Order"),
    "411": _l("Payment"),
    "511": _l("Waybill"),
    "607": _l("Waybills under one bill"),
    "507": _l("Arrival at the yard"),
    "509": _l("Departure"),
    "179": _l("Payment data that customs asked for"),
}
_ANSWERS = {
    "1": _l("stored"),
    "2": _l("stored"),
    "3": _l("sent to customs"),
    "4": _l("could not be sent to customs"),
    "100": _l("refused"),
    "120": _l("entered by customs"),
    "399": _l("accepted by customs"),
    "800": _l("released by customs"),
}
# How Chinese customs gives a reason: its own code once more, then the words.
_BRACKETED = re.compile(r"\[Code:[^;\]]*;Desc:(?P<said>[^\]]*)\]")
_NOTIFICATION = re.compile(r"DMS[A-Z]{3}")
_EFFECTS = {
    "noted": _l("noted; moves nothing"),
    "superseded": _l("superseded by what was known already"),
    "held": _l("held until the documents match"),
    "parked": _l("contradicts what is known; a person looks at it"),
}


_RESULT_LOOKS = {"open": "open", "as_declared": "match", "value": "soft"}
_STRAYS = {
    "unknown-reference": (
        _l("No declaration has this number."),
        _l("Look for a typing error: attach it to the right declaration. If it is not ours, dismiss it."),
    ),
    "unknown-code": (
        _l("Nobody here knows this code."),
        _l("Ask the authority what it means; dismiss it once you have acted on it."),
    ),
    "not-lodged": (
        _l("The declaration was never sent, and yet it is answered."),
        _l("Perhaps it was lodged by other means: lodge it here too, or dismiss the answer."),
    ),
    "contradiction": (
        _l("It contradicts what the authority has said before; the first word stands."),
        _l("Ask the authority which is true. Attach it elsewhere if it belongs to another declaration."),
    ),
    "unknown-order": (
        _l("Customs asks for the payment of an order that no import list here names."),
        _l("Nothing was sent. Ask customs which order it means, then dismiss it."),
    ),
    "unreadable-request": (
        _l("Customs asks for payment data in a form that cannot be read."),
        _l("Nothing was sent. Tell customs, then dismiss it."),
    ),
    "bill-sum": (
        _l("The tax bill does not add up: its sum is not that of its lines."),
        _l(
            "Nothing was charged. Ask customs for a corrected bill; attach this one only once its sum is confirmed."
        ),
    ),
    "bill-twice": (
        _l("Another tax bill stands for this declaration and was not declared void."),
        _l("Ask customs which of the two is owed. A void notice for the other lets this one be attached."),
    ),
    "bill-on-export": (
        _l("A tax bill names a declaration that leaves the country."),
        _l("Nothing is owed on it: attach the bill to the import that it belongs to, or dismiss it."),
    ),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the log as the page shows it."""

    title: str
    icon: str
    tone: str
    at: datetime
    who: str
    code: str
    effect: str
    reason: str


@dataclass(frozen=True, slots=True)
class RawReceipt:
    """A message as it came, for who wants to see it."""

    code: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What an officer may do now; `why_not` says why not, where it may not be."""

    action: str
    word: str
    icon: str
    key: str
    why_not: str = ""


def told(log: Iterable[LogEntry], names: Mapping[str, str]) -> list[Said]:
    """The log in words, oldest first; `names` are those of the reader's colleagues, by actor."""
    return [_said(entry, names) for entry in log]


def receipts(log: Iterable[LogEntry]) -> list[RawReceipt]:
    """The authority's messages as they came, oldest first."""
    return list(_receipts(log))


def why_it_waits(log: Iterable[LogEntry], names: Mapping[str, str]) -> list[Said]:
    """What the authority or an officer last gave as a reason, newest first."""
    return [_said(entry, names) for entry in reversed(list(log)) if entry.reason][:3]


def choices(state: str, *, matched: bool) -> list[Choice]:
    """What an officer may decide on a declaration in `state`; nothing where it does not wait for one."""
    if state not in WAITS:
        return []
    unmatched = _("Order, payment and waybill do not agree yet.")
    return [
        Choice(action, str(word), icon, key, unmatched if action == "release" and not matched else "")
        for action, (word, icon, key) in _ACTION_WORDS.items()
        if _LEADS_TO[action] != state
    ]


def is_clear(verdict: Mapping[str, Any] | None) -> bool:
    """Whether the three documents allow a release: they agree, or their differences were accepted."""
    if not verdict:
        return False
    return verdict["verdict"] == "match" or bool(verdict.get("accepted_by"))


def _said(entry: LogEntry, names: Mapping[str, str]) -> Said:
    shown = look_of(entry.after or entry.means)
    title = _TITLES.get(entry.code) or _answer(entry) or look_of(entry.means or entry.after).word
    moved = entry.effect == "applied"
    return Said(
        title=str(title),
        icon=shown.icon if moved else "info",
        tone=shown.tone if moved else "plain",
        at=entry.issued_at,
        who=_who(entry, names),
        code=entry.code if entry.source == "agency" else "",
        # A bill of goods that are free already moves no state, and is charged all the same.
        effect=""
        if (entry.code, entry.effect) == ("816", "superseded")
        else str(_EFFECTS.get(entry.effect, "")),
        reason=_without_codes(entry.reason),
    )


def _without_codes(reason: str) -> str:
    """A reason in words alone: nothing where it only repeats the code of the answer."""
    bracketed = _BRACKETED.fullmatch(reason)
    said = bracketed["said"] if bracketed else reason
    return "" if _NOTIFICATION.fullmatch(said) else said


def answer_word(status: str) -> str:
    """What a status of Chinese customs says (GACC's returnStatus)."""
    return str(_ANSWERS.get(status, _l("refused") if status.startswith("-") else _l("answered")))


def _answer(entry: LogEntry) -> str:
    """Customs' word on a paper beside the declaration ("508-120"); empty for any other line."""
    number, _sign, status = entry.code.partition("-")
    paper = _PAPER_WORDS.get(_before(number)) if entry.source == "agency" else None
    if paper is None or not status:
        return ""
    return f"{paper}: {answer_word(status)}"


def _before(number: str) -> str:
    """The message that an answer is about: 507 of a 508."""
    return str(int(number) - 1) if number.isdigit() else ""


@dataclass(frozen=True, slots=True)
class PaperShown:
    """A paper beside a declaration as the page shows it."""

    name: str
    paper: LodgedPaperDTO

    @property
    def number(self) -> str:
        """Which message it is: CEB507, or the announcement that asks for it."""
        return "GACC 2018-179" if self.paper.message == "179" else f"CEB{self.paper.message}"


def papers_shown(papers: Iterable[LodgedPaperDTO]) -> list[PaperShown]:
    """The papers lodged beside a declaration, oldest first, by name."""
    return [PaperShown(str(_PAPER_WORDS.get(one.message, one.message)), one) for one in papers]


def _who(entry: LogEntry, names: Mapping[str, str]) -> str:
    source = str(SOURCE_WORDS.get(entry.source, entry.source))
    simulated = str(_WRITERS.get(str(entry.raw.get("Source", "")), ""))
    person = names.get(entry.actor, "") if entry.source in ("officer", "trader") else ""
    return " · ".join(part for part in (source, simulated, person) if part)


def _receipts(log: Iterable[LogEntry]) -> Iterator[RawReceipt]:
    for entry in log:
        if entry.source == "agency":
            text = json.dumps(entry.raw, ensure_ascii=False, indent=2, sort_keys=True)
            yield RawReceipt(entry.code, entry.recorded_at, text)


def lane_reasons(log: Iterable[LogEntry]) -> dict[str, Any] | None:
    """The criteria that put a declaration into its lane and the number drawn; None where no log line tells."""
    chosen = [found for entry in log if (found := entry.raw.get("Selectivity"))]
    return dict(chosen[-1]) if chosen else None


def inspections_in_words(
    inspections: Iterable[InspectionDTO], names: Mapping[str, str]
) -> list[tuple[InspectionDTO, str, str, str]]:
    """Each inspection with the badge and the word of its result, and who opened it as the reader may know it."""
    words = dict(InspectionResult.choices)
    officer = str(SOURCE_WORDS["officer"])
    return [
        (
            one,
            _RESULT_LOOKS.get(one.result, "hard"),
            str(words[one.result]),
            names.get(one.opened_by, officer),
        )
        for one in inspections
    ]


def strays_in_words(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stray receipts with why they wait and what to do, in words a clerk understands."""
    shown = []
    for row in rows:
        why, remedy = _STRAYS.get(str(row["why"]), _STRAYS["contradiction"])
        text = json.dumps(row["raw"], ensure_ascii=False, indent=2, sort_keys=True)
        shown.append({**row, "why": str(why), "remedy": str(remedy), "text": text})
    return shown
