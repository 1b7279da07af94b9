"""The reconciliation desk: files in, a run (dry first), breaks by age, one break resolved by one or two people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import id_asked, offset_asked, one_of, word_asked
from fondaco.delivery.web.deeds import attempt, told
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.money_words import account_word, break_word, leg_word, rule_word
from fondaco.delivery.web.presenting.reconciling_words import why_matching
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.site import render_why
from fondaco.flows import ledger_pages as flow
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance.public import LEGS, RunReport, matching_facts

SIZE = 50
LARGEST = 64 * 1024 * 1024
_STATES = ("open", "assigned", "proposed", "resolved")


@require_GET
@member(Kind.PLATFORM)
def desk(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What nothing explains, oldest first; the files taken in."""
    state, leg = one_of(request.GET, "state", _STATES), one_of(request.GET, "leg", LEGS)
    kind, start = word_asked(request.GET, "kind", most=20), offset_asked(request.GET)
    today = clock.now().date()
    sheet = flow.desk_sheet(scope, state=state, kind=kind, leg=leg, offset=start, size=SIZE, today=today)
    counts = sheet.page.counts
    context = {
        "sheet": sheet,
        "rows": [
            (
                row,
                break_word(row.kind),
                leg_word(row.line.leg, row.line.side),
                sheet.owners.get(row.owner, ""),
            )
            for row in sheet.page.rows
        ],
        "state": state,
        "leg": leg,
        "legs": [(one, leg_word(one)) for one in LEGS],
        "states": [(one, counts[one]) for one in _STATES if counts.get(one)],
        "unresolved": sum(counts.get(one, 0) for one in _STATES[:3]),
        "start": start,
        "rates": [(rate, leg_word(rate.leg)) for rate in sheet.rates],
    }
    return render(request, "money/reconciliation.html", context)


@require_GET
@member(Kind.PLATFORM)
def matching_why(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What a match may rest on: the passes in their order, the tolerances, what they let through."""
    return render_why(request, why_matching(matching_facts(scope)), back=reverse("reconciliation"))


@require_GET
@member(Kind.PLATFORM)
def desk_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The breaks as filtered, as CSV."""
    headings = ("break", "leg", "side", "kind", "state", "age_days", "owner", "key", "text", "amount", "currency", "on",
                "file", "journal", "note", "proposed_by", "resolved_by", "resolution")  # fmt: skip
    rows = _break_rows(scope, one_of(request.GET, "state", _STATES), one_of(request.GET, "leg", LEGS))
    return csv_response("breaks", headings=headings, rows=rows)


@require_POST
@member(Kind.PLATFORM, role=Role.CLERK)
def take(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Take in a settlement file or a bank statement; one that is wrong is refused and nothing is posted."""
    dropped = request.FILES.get("file")
    if dropped is None or (dropped.size or 0) > LARGEST:
        messages.error(
            request, _("Choose a settlement file (CSV) or a bank statement (camt.053) of at most 64 MB.")
        )
        return redirect("reconciliation")
    provider = id_asked(request.POST, "provider")
    reference = word_asked(request.POST, "reference") or PurePath(dropped.name or "file").stem[:80]
    content = dropped.read()
    attempt(
        request,
        lambda: flow.take_file(scope, content, provider_id=provider, reference=reference, now=clock.now()),
        done=_("Taken in. Now try what would be matched."),
    )
    return redirect("reconciliation")


@require_POST
@member(Kind.PLATFORM, role=Role.CLERK)
def run(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Show what matching both legs would match and post; with the plans of such a look, do exactly that."""
    now = clock.now()
    plans = {leg: word_asked(request.POST, f"plan-{leg}", most=32) for leg in LEGS}
    try:
        if not all(plans.values()):
            reports, names = flow.try_matching(scope, now=now)
            return render(request, "money/plan.html", _planned(reports, names))
        for report in flow.match_as_tried(scope, plans, now=now):
            messages.info(request, _said(report))
    except FondacoError as problem:
        messages.error(request, told(problem))
    return redirect("reconciliation")


def _planned(reports: list[RunReport], names: Mapping[UUID, str]) -> dict[str, Any]:
    """What would be matched and posted, leg by leg, for the page."""
    legs = [
        (
            report,
            _said(report),
            leg_word(report.leg),
            [
                (line, rule_word(line.rule), account_word(line.account), names.get(line.owner_id, ""))
                for line in report.postings
            ],
        )
        for report in reports
    ]
    return {"legs": legs, "anything": any(report.matched or report.breaks for report in reports)}


@require_GET
@member(Kind.PLATFORM)
def break_page(request: HttpRequest, scope: Scope, break_id: UUID) -> HttpResponseBase:
    """One break: the line, what it might be, and what may be done."""
    found, candidates = flow.break_sheet(scope, break_id, today=clock.now().date())
    context = {
        "one": found,
        "word": break_word(found.kind),
        "place": leg_word(found.line.leg, found.line.side),
        "candidates": candidates,
        "own": found.proposed_by == flow.who(scope),
        "done": found.state == "resolved",
        "proposed": found.state == "proposed",
    }
    return render(request, "money/break.html", context)


@require_POST
@member(Kind.PLATFORM, role=Role.CLERK)
def break_deed(request: HttpRequest, scope: Scope, break_id: UUID) -> HttpResponseBase:
    """Assign, match by hand, propose, reject or approve a write-off."""
    deed, note = word_asked(request.POST, "deed", most=10), word_asked(request.POST, "note", most=300)
    line = id_asked(request.POST, "line")
    attempt(
        request,
        lambda: flow.resolve_break(scope, break_id, deed=deed, note=note, line_id=line, now=clock.now()),
        done=_("Recorded."),
    )
    return redirect("break", break_id)


def _said(report: RunReport) -> str:
    facts = {
        "leg": leg_word(report.leg),
        "matched": report.matched_lines,
        "rules": ", ".join(f"{rule_word(rule)} {count}" for rule, count in report.matched.items()) or "–",
        "breaks": sum(report.breaks.values()),
        "waiting": report.waiting,
    }
    if report.dry_run:
        return (
            _(
                "%(leg)s: would match %(matched)s lines (%(rules)s), %(breaks)s breaks, %(waiting)s still wait."
            )
            % facts
        )
    return (
        _("%(leg)s: %(matched)s lines matched (%(rules)s), %(breaks)s breaks, %(waiting)s still wait.")
        % facts
    )


def _break_rows(scope: Scope, state: str, leg: str) -> Iterator[list[Any]]:
    offset, today = 0, clock.now().date()
    while True:
        page = flow.desk_sheet(
            scope, state=state, kind="", leg=leg, offset=offset, size=200, today=today
        ).page
        for one in page.rows:
            line = one.line
            yield [
                one.id, line.leg, line.side, one.kind, one.state, one.age_days, one.owner, line.key, line.text,
                line.amount.amount, line.amount.currency, line.on.isoformat(), line.file, line.journal_id or "", one.note,
                one.proposed_by, one.resolved_by, one.resolution,
            ]  # fmt: skip
        offset = page.next_offset
        if not offset:
            return
