"""Screening: the queue of cases, a case decided by two people, the screenings done, the lists in force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import offset_asked, one_of, word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.screening import deeds, likenesses, unreadable, verdict_words
from fondaco.delivery.web.seats import member
from fondaco.flows.case_page import case_sheet
from fondaco.kernel import clock
from fondaco.kernel.errors import Refused
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.risk import public as risk
from fondaco.systems.risk.public import CaseState, Outcome

SIZE = 50
_WAITING = (CaseState.OPEN, CaseState.PROPOSED, CaseState.REOPENED)


class UnknownDeed(Refused):
    code = "unknown-deed"
    title = "This cannot be done to a case."
    remedy = "Propose, confirm, send back or reopen."


@require_GET
@member(Kind.PLATFORM)
def case_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The cases that wait for a decision, likest first; decided ones on request."""
    state, search, start = _state(request), word_asked(request.GET, "q", most=60), offset_asked(request.GET)
    rows = risk.open_cases(scope, states=_states(state), search=search, limit=SIZE + 1, offset=start)
    counts = [(name, risk.count_cases(scope, states=(name,))) for name in CaseState.values]
    context = {
        "rows": rows[:SIZE],
        "state": state,
        "search": search,
        "counts": [(name, count) for name, count in counts if count],
        "waiting": sum(count for name, count in counts if name in _WAITING),
        "everything": sum(count for _name, count in counts),
        "start": start,
        "next": start + SIZE if len(rows) > SIZE else None,
    }
    return render(request, "screening/cases.html", context)


@require_GET
@member(Kind.PLATFORM)
def case_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The queue as filtered, as CSV."""
    headings = ("name", "country", "score", "state", "verdict", "lists", "opened_at", "proposed_by", "proposed_reason",
                "confirmed_by", "confirmed_reason")  # fmt: skip
    return csv_response(
        "cases",
        headings=headings,
        rows=_case_rows(scope, _state(request), word_asked(request.GET, "q", most=60)),
    )


@require_GET
@member(Kind.PLATFORM)
def case_page(request: HttpRequest, scope: Scope, case_id: UUID) -> HttpResponseBase:
    """One case: the name beside the entries it resembles, word by word, and what was decided by whom."""
    sheet = case_sheet(scope, case_id)
    case = sheet.found.case
    context = {
        "sheet": sheet,
        "case": case,
        "matches": likenesses(case.matches, sheet.found.entries),
        "deeds": deeds(sheet.found.steps),
        "unreadable": unreadable(case.reason),
        "verdicts": verdict_words(),
        "verdict_word": dict(verdict_words()).get(case.verdict, ""),
        "may_propose": "propose" in sheet.found.events,
        "awaits": case.state == CaseState.PROPOSED,
        "own": bool(scope.user_id and case.proposed_by_id == scope.user_id),
        "may_reopen": "reopen" in sheet.found.events,
        "typed": request.GET.get("reason", ""),
    }
    return render(request, "screening/case.html", context)


@require_POST
@member(Kind.PLATFORM, role=Role.MANAGER)
def case_decide(request: HttpRequest, scope: Scope, case_id: UUID) -> HttpResponseBase:
    """Propose, confirm, send back or reopen; who confirms is never who proposed."""
    reason, now = request.POST.get("reason", ""), clock.now()
    verdict = request.POST.get("verdict", "")
    known = {
        "propose": lambda: risk.propose_decision(scope, case_id, verdict, reason, now=now),
        "confirm": lambda: risk.confirm_decision(scope, case_id, reason, now=now),
        "back": lambda: risk.return_decision(scope, case_id, reason, now=now),
        "reopen": lambda: risk.reopen_case(scope, case_id, reason, now=now),
    }
    deed = known.get(request.POST.get("deed", ""))
    if deed is None:
        raise UnknownDeed(field="deed", value=request.POST.get("deed", ""))
    attempt(request, deed, done=_("Written down, with your name and the reason."))
    return redirect("case", case_id)


@require_GET
@member(Kind.SELLER)
def screening_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The screenings done, latest first."""
    outcome = one_of(request.GET, "outcome", Outcome.values)
    search, start = word_asked(request.GET, "q", most=60), offset_asked(request.GET)
    rows = risk.list_screenings(scope, outcome=outcome, search=search, limit=SIZE + 1, offset=start)
    context = {
        "rows": rows[:SIZE],
        "outcome": outcome,
        "outcomes": Outcome.values,
        "search": search,
        "start": start,
        "next": start + SIZE if len(rows) > SIZE else None,
    }
    return render(request, "screening/screenings.html", context)


@require_GET
@member(Kind.SELLER)
def screening_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The screenings as filtered, as CSV."""
    headings = (
        "name",
        "country",
        "outcome",
        "score",
        "reason",
        "lists",
        "list_version",
        "screened_at",
        "case_state",
    )
    outcome = one_of(request.GET, "outcome", Outcome.values)
    rows = _screening_rows(scope, outcome, word_asked(request.GET, "q", most=60))
    return csv_response("screenings", headings=headings, rows=rows)


@require_GET
@member(Kind.SELLER)
def list_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The lists in force, with where each came from."""
    rows, search = risk.lists_in_force(), word_asked(request.GET, "q", most=60)
    found = [one for one in rows if search.casefold() in f"{one.code} {one.title} {one.source}".casefold()]
    context = {
        "rows": found,
        "search": search,
        "loaded": bool(rows),
        "entries": sum(one.entries for one in rows),
        "names": sum(one.names for one in rows),
        "demo": any(one.is_demo for one in rows),
    }
    return render(request, "screening/lists.html", context)


@require_GET
@member(Kind.SELLER)
def list_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The lists in force, as CSV."""
    headings = (
        "code",
        "title",
        "source",
        "licence",
        "sha256",
        "generated_on",
        "loaded_at",
        "entries",
        "names",
        "invented",
    )
    rows = (
        [one.code, one.title, one.source, one.licence, one.sha256, one.generated_on or "", one.loaded_at.isoformat(),
         one.entries, one.names, "yes" if one.is_demo else "no"]
        for one in risk.lists_in_force()
    )  # fmt: skip
    return csv_response("lists", headings=headings, rows=rows)


def _state(request: HttpRequest) -> str:
    return one_of(request.GET, "state", (*CaseState.values, "all"))


def _states(state: str) -> tuple[str, ...]:
    if state == "all":
        return tuple(CaseState.values)
    return (state,) if state else tuple(_WAITING)


def _case_rows(scope: Scope, state: str, search: str) -> Iterator[list[Any]]:
    start = 0
    while rows := risk.open_cases(scope, states=_states(state), search=search, limit=200, offset=start):
        for one in rows:
            lists = " ".join(sorted({str(match["list"]) for match in one.matches}))
            yield [
                one.name, one.country, one.score, one.state, one.verdict, lists, one.opened_at.isoformat(),
                one.proposed_by, one.proposed_reason, one.confirmed_by, one.confirmed_reason,
            ]  # fmt: skip
        start += len(rows)


def _screening_rows(scope: Scope, outcome: str, search: str) -> Iterator[list[Any]]:
    start = 0
    while rows := risk.list_screenings(scope, outcome=outcome, search=search, limit=200, offset=start):
        for one in rows:
            lists = " ".join(sorted({str(match["list"]) for match in one.matches}))
            yield [
                one.name, one.country, one.outcome, one.score, one.reason, lists, one.list_version,
                one.screened_at.isoformat(), one.case_state,
            ]  # fmt: skip
        start += len(rows)
