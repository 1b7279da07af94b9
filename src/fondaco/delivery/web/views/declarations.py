"""Declarations: the list, one with its log and papers, and the officer's desk."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.seats import member
from fondaco.kernel import clock
from fondaco.kernel.errors import Refused
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeclarationFilter, DeclarationState

SIZE = 50
_WAITS = frozenset({"under_review", "docs_required", "inspection", "detained"})
ACTIONS = ("release", "inspect", "query", "return", "detain")
ROLES = (("declarant", _l("Declarant")), ("exporter", _l("Exporter")), ("importer", _l("Importer")))


class UnknownAction(Refused):
    code = "unknown-action"
    title = "An officer cannot do that."


@require_GET
@member(Kind.SELLER, Kind.BUYER, Kind.CUSTOMS)
def declaration_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The declarations that the reader may see, newest first."""
    state = request.GET.get("state", "")
    filters = DeclarationFilter(
        states=(state,) if state in DeclarationState.values else (),
        lane=request.GET.get("lane", ""),
        search=request.GET.get("q", "")[:60],
    )
    page = window.list_declarations(scope, filters=filters, cursor=request.GET.get("cursor", ""), size=SIZE)
    counted = window.count_declarations(scope)
    return render(
        request, "declarations/list.html",
        {"page": page, "filters": filters, "counts": counted["state"], "state": state},
    )  # fmt: skip


@require_GET
@member(Kind.SELLER, Kind.BUYER, Kind.CUSTOMS)
def declaration_page(request: HttpRequest, scope: Scope, declaration_id: UUID) -> HttpResponseBase:
    """One declaration: parties, goods, what the authority said, and what may be done."""
    found = window.declaration_detail(scope, declaration_id)
    state = found.declaration.state
    context = {
        "found": found,
        "d": found.declaration,
        "may_decide": scope.kind == Kind.CUSTOMS and state in _WAITS,
        "may_answer": scope.kind == Kind.SELLER and state == "docs_required",
        "has_order": scope.kind in (Kind.SELLER, Kind.BUYER, Kind.PLATFORM),
        "roles": ROLES,
    }
    return render(request, "declarations/page.html", context)


@require_GET
@member(Kind.CUSTOMS)
def desk(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What waits for an officer: red before yellow, then the oldest."""
    lane = request.GET.get("lane", "")
    queue = window.officer_queue(scope, now=clock.now(), lane=lane, size=SIZE)
    return render(request, "declarations/desk.html", {"queue": queue, "lane": lane, "lanes": ("red", "yellow", "blue", "green")})


@require_POST
@member(Kind.CUSTOMS, role=Role.CLERK)
def decide(request: HttpRequest, scope: Scope, declaration_id: UUID) -> HttpResponseBase:
    """Record an officer's decision with its reason."""
    action, reason = request.POST.get("action", ""), request.POST.get("reason", "")
    if action not in ACTIONS:
        raise UnknownAction(field="action", value=action)
    done = attempt(
        request,
        lambda: window.decide(scope, declaration_id, action, reason=reason, now=clock.now()),  # type: ignore[arg-type]
        done=_("Decided and written to the audit trail."),
    )
    return redirect("desk") if done else redirect("declaration", declaration_id)


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def answer(request: HttpRequest, scope: Scope, declaration_id: UUID) -> HttpResponseBase:
    """Answer what the authority asked."""
    text = request.POST.get("answer", "")
    attempt(
        request,
        lambda: window.answer_query(scope, declaration_id, answer=text, now=clock.now()),
        done=_("Your answer is with the authority."),
    )
    return redirect("declaration", declaration_id)
