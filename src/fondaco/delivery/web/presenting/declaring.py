"""The life of a declaration in words: what happened, who said it, what it did, and what came as it came."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.states import look_of
from fondaco.platforms.window.public import InspectionDTO, InspectionResult, LogEntry

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
    "amend": _l("An amendment was lodged"),
    "cancel": _l("A withdrawal was lodged"),
    "reroute": _l("Put into another lane by an officer"),
    "bill": _l("Tax bill issued"),
}
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


def told(log: Iterable[LogEntry]) -> list[Said]:
    """The log in words, oldest first."""
    return [_said(entry) for entry in log]


def receipts(log: Iterable[LogEntry]) -> list[RawReceipt]:
    """The authority's messages as they came, oldest first."""
    return list(_receipts(log))


def why_it_waits(log: Iterable[LogEntry]) -> list[Said]:
    """What the authority or an officer last gave as a reason, newest first."""
    return [_said(entry) for entry in reversed(list(log)) if entry.reason][:3]


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


def _said(entry: LogEntry) -> Said:
    shown = look_of(entry.after or entry.means)
    title = _TITLES.get(entry.code) or look_of(entry.means or entry.after).word
    moved = entry.effect == "applied"
    return Said(
        title=str(title),
        icon=shown.icon if moved else "info",
        tone=shown.tone if moved else "plain",
        at=entry.issued_at,
        who=_who(entry),
        code=entry.code if entry.source == "agency" else "",
        effect=str(_EFFECTS.get(entry.effect, "")),
        reason=entry.reason,
    )


def _who(entry: LogEntry) -> str:
    source = str(SOURCE_WORDS.get(entry.source, entry.source))
    simulated = str(_WRITERS.get(str(entry.raw.get("Source", "")), ""))
    person = entry.actor if entry.source in ("officer", "trader") else ""
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


def inspections_in_words(inspections: Iterable[InspectionDTO]) -> list[tuple[InspectionDTO, str, str]]:
    """Each inspection with the badge and the word of its result."""
    words = dict(InspectionResult.choices)
    return [(one, _RESULT_LOOKS.get(one.result, "hard"), str(words[one.result])) for one in inspections]


def strays_in_words(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stray receipts with why they wait and what to do, in words a clerk understands."""
    shown = []
    for row in rows:
        why, remedy = _STRAYS.get(str(row["why"]), _STRAYS["contradiction"])
        text = json.dumps(row["raw"], ensure_ascii=False, indent=2, sort_keys=True)
        shown.append({**row, "why": str(why), "remedy": str(remedy), "text": text})
    return shown
