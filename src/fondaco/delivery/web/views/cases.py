"""Screening cases: one person proposes a verdict, another confirms it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.seats import member
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.risk import public as risk
from fondaco.systems.risk.public import CaseState


@require_GET
@member(Kind.PLATFORM)
def case_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The cases that wait, best-founded first."""
    state = request.GET.get("state", "")
    search = request.GET.get("q", "")[:60]
    chosen = (state,) if state in CaseState.values else (CaseState.OPEN, CaseState.PROPOSED, CaseState.REOPENED)
    rows = risk.open_cases(scope, states=chosen, search=search)
    return render(request, "risk/list.html", {"rows": rows, "state": state, "search": search, "states": CaseState.values})


@require_GET
@member(Kind.PLATFORM)
def case_page(request: HttpRequest, scope: Scope, case_id: UUID) -> HttpResponseBase:
    """One case: the name beside the entries it resembles, and what was decided by whom."""
    found = risk.case_detail(scope, case_id)
    own = bool(scope.user_id and found.case.proposed_by_id == scope.user_id)
    return render(request, "risk/page.html", {"found": found, "case": found.case, "own": own})


@require_POST
@member(Kind.PLATFORM, role=Role.CLERK)
def case_decide(request: HttpRequest, scope: Scope, case_id: UUID) -> HttpResponseBase:
    """Propose, confirm, send back or reopen."""
    reason, now = request.POST.get("reason", ""), clock.now()
    deeds = {
        "clear": lambda: risk.propose_decision(scope, case_id, "clear", reason, now=now),
        "block": lambda: risk.propose_decision(scope, case_id, "block", reason, now=now),
        "confirm": lambda: risk.confirm_decision(scope, case_id, reason, now=now),
        "back": lambda: risk.return_decision(scope, case_id, reason, now=now),
        "reopen": lambda: risk.reopen_case(scope, case_id, reason, now=now),
    }
    deed = deeds.get(request.POST.get("deed", ""))
    if deed:
        attempt(request, deed, done=_("Written down."))
    return redirect("case", case_id)
