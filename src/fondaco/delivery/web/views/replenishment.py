"""Replenishment: what to order, why, and what a person makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import id_asked, number_asked, word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.stock_words import POLICIES, forecast_plot, levels, why_proposed
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.site import render_why
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import NewReceipt, ProposalState

SIZE = 50
_MAY = (Kind.SELLER, Kind.PARK)


@require_GET
@member(*_MAY)
def proposal_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The proposals that wait for a decision, largest first."""
    asked, start = _asked(request), number_asked(request.GET, "from")
    rows, total = logistics.list_proposals(scope, **asked, offset=min(start, 100_000), size=SIZE)
    context = {
        "rows": rows,
        "total": total,
        "asked": asked,
        "states": ProposalState.values,
        "stores": logistics.list_stores(scope),
        "next": start + SIZE if start + SIZE < total else 0,
        "policies": POLICIES,
    }
    return render(request, "warehouse/proposals.html", context)


@require_GET
@member(*_MAY)
def proposal_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The list as filtered, as CSV."""
    headings = ("on", "store", "sku", "title", "state", "policy", "levels", "forecast_per_week", "method", "proposed",
                "decided")  # fmt: skip
    return csv_response("replenishment", headings=headings, rows=_rows(scope, _asked(request)))


@require_GET
@member(*_MAY)
def proposal_page(request: HttpRequest, scope: Scope, proposal_id: UUID) -> HttpResponseBase:
    """One proposal with its forecast, to be ordered, changed or dismissed."""
    p = logistics.proposal_detail(scope, proposal_id)
    contest = sorted(p.why["forecast"]["costs"].items(), key=lambda pair: pair[1])
    context = {
        "p": p, "plot": forecast_plot(p), "contest": contest, "levels": levels(p.why["policy"]),
        "policy": POLICIES.get(p.policy, p.policy),
    }  # fmt: skip
    return render(request, "warehouse/proposal.html", context)


@require_GET
@member(*_MAY)
def proposal_why(request: HttpRequest, scope: Scope, proposal_id: UUID) -> HttpResponseBase:
    """Why so many pieces."""
    found = logistics.proposal_detail(scope, proposal_id)
    return render_why(request, why_proposed(found), back=reverse("proposal", args=[proposal_id]))


@require_POST
@member(*_MAY, role=Role.CLERK)
def proposal_decide(request: HttpRequest, scope: Scope, proposal_id: UUID) -> HttpResponseBase:
    """Order the pieces given, dismiss the proposal, or book the goods in when they come."""
    what, now = word_asked(request.POST, "deed"), clock.now()
    pieces = number_asked(request.POST, "quantity")
    if what == "receive":
        receipt = _receipt(request, scope, proposal_id, pieces)
        attempt(
            request,
            lambda: logistics.receive_proposal(scope, proposal_id, receipt, now=now, actor=scope.actor),
            done=_("Booked in."),
        )
    elif what == "dismiss":
        attempt(
            request,
            lambda: logistics.dismiss_proposal(scope, proposal_id, now=now, actor=scope.actor),
            done=_("Dismissed. Tomorrow's figures may propose it again."),
        )
    else:
        attempt(
            request,
            lambda: logistics.accept_proposal(
                scope, proposal_id, quantity=pieces, now=now, actor=scope.actor
            ),
            done=_("Ordered. The pieces count as on order until they arrive."),
        )
    return redirect("proposal", proposal_id)


def _receipt(request: HttpRequest, scope: Scope, proposal_id: UUID, pieces: int) -> NewReceipt:
    found, form = logistics.proposal_detail(scope, proposal_id), request.POST
    return NewReceipt(
        sku=found.sku, quantity=pieces, lot=word_asked(form, "lot", most=60),
        origin=word_asked(form, "origin", most=2).upper(), key=f"proposal:{proposal_id}", title=found.title,
        document=word_asked(form, "document"), customs_document=word_asked(form, "customs_document", most=60),
    )  # fmt: skip


def _asked(request: HttpRequest) -> dict[str, Any]:
    state = request.GET.get("state", "suggested")
    return {
        "state": state if state in ProposalState.values else "",
        "store_id": id_asked(request.GET, "store"),
        "search": word_asked(request.GET, "q"),
    }


def _rows(scope: Scope, asked: dict[str, Any]) -> Iterator[list[Any]]:
    start, total = 0, 1
    while start < total:
        rows, total = logistics.list_proposals(scope, **asked, offset=start, size=500)
        for p in rows:
            forecast = p.why["forecast"]
            yield [
                p.on.isoformat(), p.store, p.sku, p.title, p.state, p.policy, levels(p.why["policy"]),
                round(forecast["mean"], 3), forecast["method"], p.proposed, p.decided or "",
            ]  # fmt: skip
        start += 500
