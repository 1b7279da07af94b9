"""Customs: declarations and their life, and the officer's desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import ids_asked, offset_asked, one_of, word_asked
from fondaco.delivery.web.deeds import attempt, attempt_each
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.declaring import (
    ACTIONS,
    choices,
    inspections_in_words,
    is_clear,
    lane_reasons,
    papers_shown,
    receipts,
    told,
    why_it_waits,
)
from fondaco.delivery.web.presenting.differences import differences
from fondaco.delivery.web.presenting.mode_words import recorded_mode
from fondaco.delivery.web.seats import member
from fondaco.flows.declaration_page import DeclarationSeen, declaration_seen
from fondaco.flows.withdrawing import withdraw_declaration
from fondaco.kernel import clock
from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import (
    Action,
    DeclarationDetail,
    DeclarationDTO,
    DeclarationFilter,
    DeclarationState,
    DeskLine,
    InspectionResult,
    Lane,
)

SIZE = 50
_MAY = (Kind.SELLER, Kind.BUYER, Kind.CUSTOMS, Kind.PARK)
_TRADERS = {Kind.SELLER, Kind.PARK}
_LANES = ("red", "yellow", "blue", "green")
_ROLES = ("exporter", "importer", "declarant")


class UnknownAction(Refused):
    code = "unknown-action"
    title = "An officer cannot do that."
    remedy = "Release, inspect, ask for documents, detain or return."


@require_GET
@member(*_MAY)
def declaration_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The declarations that the reader may see, newest first."""
    filters = _filters(request)
    page = window.list_declarations(scope, filters=filters, cursor=request.GET.get("cursor", ""), size=SIZE)
    counted = window.count_declarations(scope)
    context = {
        "page": page,
        "filters": filters,
        "state": filters.states[0] if filters.states else "",
        "states": [
            (name, counted["state"][name]) for name in DeclarationState.values if name in counted["state"]
        ],
        "lanes": [(name, counted["lane"][name]) for name in _LANES if name in counted["lane"]],
        "countries": sorted(counted["country"].items(), key=lambda pair: -pair[1]),
        "everything": sum(counted["state"].values()),
        "through": window.straight_through(scope),
    }
    return render(request, "customs/declarations.html", context)


@require_GET
@member(*_MAY)
def declaration_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The list as filtered, as CSV."""
    headings = ("lrn", "mrn", "order", "kind", "country", "regime", "state", "lane", "currency", "invoice", "duty",
                "tax", "items", "submitted_at", "released_at")  # fmt: skip
    return csv_response("declarations", headings=headings, rows=_rows(scope, _filters(request)))


@require_GET
@member(*_MAY)
def declaration_page(request: HttpRequest, scope: Scope, declaration_id: UUID) -> HttpResponseBase:
    """One declaration: parties, goods, what the authority said, the match, and what may be done."""
    seen = declaration_seen(scope, declaration_id)
    found = seen.found
    context = {
        **_sheet(seen),
        "choices": _choices(scope, found),
        "may_inspect": scope.kind == Kind.CUSTOMS,
        "may_answer": scope.kind in _TRADERS and found.declaration.state == DeclarationState.DOCS_REQUIRED,
        "may_withdraw": _may_withdraw(scope, found.declaration),
        "desk": scope.kind == Kind.CUSTOMS,
        "sums_up": _sums_up(scope, found.declaration),
        "has_order": scope.kind != Kind.CUSTOMS and found.declaration.regime != window.SUMMARY,
        "assesses": scope.kind != Kind.BUYER,
        "may_claim": scope.kind in {Kind.SELLER, Kind.PLATFORM},
        "said": told(found.log, seen.names),
        "receipts": receipts(found.log),
        "lodged": papers_shown(found.lodged),
        "gap": _gap(found.declaration),
        "supervision": recorded_mode(found.log),
        "files": window.PAPERS,
        "unverified": window.unverified_papers(),
        "back": "declaration",
    }
    return render(request, "customs/declaration.html", context)


@require_GET
@member(Kind.CUSTOMS)
def desk(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What waits for an officer, red before yellow, then the oldest; the one chosen lies open beside it."""
    lane, start = one_of(request.GET, "lane", Lane.values), offset_asked(request.GET)
    queue = window.officer_queue(scope, now=clock.now(), lane=lane, size=SIZE, offset=start)
    chosen = _chosen(queue, request.GET.get("at", ""))
    context = _desk_context(scope, chosen)
    if getattr(request, "htmx", False) and request.GET.get("at"):
        return render(
            request, "customs/desk_pane.html", {**context, "lane": lane, "after": _after(queue, chosen)}
        )
    counts = window.desk_counts(scope)
    context |= {
        "queue": queue,
        "after": _after(queue, chosen),
        "lane": lane,
        "lanes": [(name, counts.get(name, 0)) for name in _LANES],
        "waiting": sum(counts.values()),
        "oldest": max((line.waiting for line in queue), default=None),
        "start": start,
        "next": start + SIZE if len(queue) == SIZE else None,
    }
    return render(request, "customs/desk.html", context)


@require_GET
@member(Kind.CUSTOMS)
def desk_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The queue as it lies, as CSV."""
    headings = (
        "lane",
        "mrn",
        "lrn",
        "order",
        "state",
        "waiting_hours",
        "documents_agree",
        "items",
        "currency",
        "invoice",
    )
    return csv_response(
        "desk", headings=headings, rows=_desk_rows(scope, one_of(request.GET, "lane", Lane.values))
    )


@require_POST
@member(Kind.CUSTOMS, role=Role.CLERK)
def decide(request: HttpRequest, scope: Scope, declaration_id: UUID) -> HttpResponseBase:
    """Record an officer's decision with its reason; the next on the desk comes up."""
    action, reason = request.POST.get("action", ""), request.POST.get("reason", "")
    if action not in ACTIONS:
        raise UnknownAction(field="action", value=action)
    done = attempt(
        request,
        lambda: window.decide(scope, declaration_id, cast(Action, action), reason=reason, now=clock.now()),
        done=_("Decided and written to the audit trail."),
    )
    if request.POST.get("back") == "declaration":
        return redirect("declaration", declaration_id)
    asked = {
        "lane": request.POST.get("lane", ""),
        "at": request.POST.get("next", "")[:36] if done else str(declaration_id),
        "reason": "" if done else reason,
    }
    kept = urlencode({name: value for name, value in asked.items() if value})
    return redirect(reverse("desk") + (f"?{kept}" if kept else ""))


@require_POST
@member(Kind.CUSTOMS, role=Role.CLERK)
def release_chosen(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Release the declarations selected on the desk, each by the same rules as alone; what is refused stays."""
    reason, now = request.POST.get("reason", ""), clock.now()
    attempt_each(
        request,
        ids_asked(request.POST, most=SIZE),
        lambda one: window.decide(scope, one, "release", reason=reason, now=now),
        done=lambda n: ngettext("%(n)s declaration released.", "%(n)s declarations released.", n) % {"n": n},
    )
    lane = one_of(request.POST, "lane", Lane.values)
    return redirect(reverse("desk") + (f"?lane={lane}" if lane else ""))


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def withdraw(request: HttpRequest, scope: Scope, declaration_id: UUID) -> HttpResponseBase:
    """Apply to customs for the cancellation of a list that it has not decided on."""
    reason = word_asked(request.POST, "reason", most=500)
    attempt(
        request,
        lambda: withdraw_declaration(scope, declaration_id, reason=reason, now=clock.now()),
        done=_("The withdrawal is with customs: what it answers stands in the log below."),
    )
    return redirect("declaration", declaration_id)


@require_POST
@member(*_TRADERS, role=Role.CLERK)
def answer(request: HttpRequest, scope: Scope, declaration_id: UUID) -> HttpResponseBase:
    """Answer what the authority asked."""
    text = request.POST.get("answer", "")
    attempt(
        request,
        lambda: window.answer_query(scope, declaration_id, answer=text, now=clock.now()),
        done=_("Your answer is with the authority."),
    )
    return redirect("declaration", declaration_id)


def _filters(request: HttpRequest) -> DeclarationFilter:
    asked = request.GET
    state = one_of(asked, "state", DeclarationState.values)
    return DeclarationFilter(
        states=(state,) if state else (),
        kind=one_of(asked, "kind", ("import", "export")),
        lane=one_of(asked, "lane", Lane.values),
        country=asked.get("country", "")[:2].upper(),
        search=word_asked(asked, "q", most=60),
        disputed=asked.get("disputed") == "1",
    )


def _sheet(seen: DeclarationSeen) -> dict[str, Any]:
    """What page and desk both show of one declaration."""
    found = seen.found
    declared, papers = found.declaration, found.papers
    names = {"exporter": _("Exporter"), "importer": _("Importer"), "declarant": _("Declarant")}
    return {
        "found": found,
        "d": declared,
        "papers": papers,
        "parties": [(names[role], papers[role]) for role in _ROLES if papers.get(role)],
        "verdict": found.verdict,
        "differences": differences(found.verdict["reasons"]) if found.verdict else [],
        "why": why_it_waits(found.log, seen.names),
        "lane_why": lane_reasons(found.log),
        "inspections": inspections_in_words(found.inspections, seen.names),
        "results": [
            (value, word) for value, word in InspectionResult.choices if value != InspectionResult.OPEN
        ],
        "reroutes": [lane for lane in _LANES if lane != declared.lane],
        "estimate": Money(declared.estimated_duty_minor + declared.estimated_tax_minor, declared.currency),
    }


def _gap(declared: DeclarationDTO) -> Money | None:
    """What was assessed above (or below) the estimate; nothing where there is no bill yet."""
    if declared.assessed_duty_minor is None and declared.assessed_tax_minor is None:
        return None
    assessed = (declared.assessed_duty_minor or 0) + (declared.assessed_tax_minor or 0)
    estimated = declared.estimated_duty_minor + declared.estimated_tax_minor
    return Money(assessed - estimated, declared.currency)


def _choices(scope: Scope, found: DeclarationDetail) -> list[Any]:
    if scope.kind != Kind.CUSTOMS:
        return []
    return choices(found.declaration.state, matched=is_clear(found.verdict))


def _may_withdraw(scope: Scope, declared: DeclarationDTO) -> bool:
    trades = scope.kind == Kind.SELLER or scope.is_operator
    return trades and scope.role != Role.VIEWER and window.can_withdraw(declared)


def _sums_up(scope: Scope, declared: DeclarationDTO) -> str:
    """What a summary is of: the address of its batch, or of its trader's months; empty for what is none."""
    if declared.regime != window.SUMMARY:
        return ""
    if declared.kind == "import":
        return reverse("clearance", args=[declared.order_id])
    return reverse("month_summaries") if scope.kind == Kind.SELLER or scope.is_operator else ""


def _chosen(queue: list[DeskLine], wanted: str) -> DeclarationDTO | None:
    """The declaration asked for if it waits, else the first that does."""
    waiting = [line.declaration for line in queue]
    return next((one for one in waiting if str(one.id) == wanted), waiting[0] if waiting else None)


def _after(queue: list[DeskLine], chosen: DeclarationDTO | None) -> str:
    """The declaration below `chosen`: where the officer goes on once it is decided."""
    ids = [line.declaration.id for line in queue]
    place = ids.index(chosen.id) + 1 if chosen and chosen.id in ids else len(ids)
    return str(ids[place]) if place < len(ids) else ""


def _desk_context(scope: Scope, chosen: DeclarationDTO | None) -> dict[str, Any]:
    if chosen is None:
        return {"d": None}
    seen = declaration_seen(scope, chosen.id)
    return {**_sheet(seen), "choices": _choices(scope, seen.found), "back": "desk"}


def _rows(scope: Scope, filters: DeclarationFilter) -> Iterator[list[Any]]:
    cursor, more = "", True
    while more:
        page = window.list_declarations(scope, filters=filters, cursor=cursor, size=200)
        for one in page.rows:
            sums = (one.invoice_total_minor, one.estimated_duty_minor, one.estimated_tax_minor)
            yield [
                one.lrn, one.mrn, one.reference, one.kind, one.country, one.regime, one.state, one.lane, one.currency,
                *(Money(minor, one.currency).amount for minor in sums), one.items_count, _iso(one.submitted_at),
                _iso(one.released_at),
            ]  # fmt: skip
        cursor, more = page.cursor, bool(page.cursor)


def _desk_rows(scope: Scope, lane: str) -> Iterator[list[Any]]:
    start, now = 0, clock.now()
    while queue := window.officer_queue(scope, now=now, lane=lane, size=200, offset=start):
        for line in queue:
            one = line.declaration
            yield [
                one.lane, one.mrn, one.lrn, one.reference, one.state, round(line.waiting.total_seconds() / 3600, 1),
                "yes" if line.matched else "no", one.items_count, one.currency,
                Money(one.invoice_total_minor, one.currency).amount,
            ]  # fmt: skip
        start += len(queue)


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
