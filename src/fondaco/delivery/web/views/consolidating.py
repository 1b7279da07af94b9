"""Shared loads: proposals for a pair of countries, and a person's answer to each."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.flows.clearing import answer_load
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ConsolidationState

_MAY = (Kind.SELLER,)
_STEPS = {"accept": (_l("Accept"), "circle-check"), "dismiss": (_l("Dismiss"), "circle-x")}


@require_GET
@member(*_MAY)
def consolidation_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The loads that the reader may see, newest first, and the question for new ones."""
    state = _state(request)
    context = {
        "rows": logistics.list_consolidations(scope, state=state),
        "state": state,
        "states": ConsolidationState.values,
        "today": clock.today(),
    }
    return render(request, "logistics/consolidation_list.html", context)


@require_GET
@member(*_MAY)
def consolidation_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The list as filtered, as CSV."""
    headings = ("number", "state", "origin", "destination", "service", "leaves_on", "arrives_on", "consignments", "mass_g",
                "currency", "trunk", "last_mile", "alone", "saved")  # fmt: skip
    rows = (
        [
            one.number, one.state, one.origin, one.destination, one.service_code, one.leaves_on, one.arrives_on,
            one.consignments, one.mass_g, one.alone.currency, one.trunk.amount, one.last_mile.amount, one.alone.amount,
            one.saved.amount,
        ]
        for one in logistics.list_consolidations(scope, state=_state(request), size=1000)
    )  # fmt: skip
    return csv_response("consolidations", headings=headings, rows=rows)


@require_GET
@member(*_MAY)
def consolidation_page(request: HttpRequest, scope: Scope, consolidation_id: UUID) -> HttpResponseBase:
    """One load: its trunk, its consignments with their last miles, and why it pays."""
    found = logistics.consolidation_detail(scope, consolidation_id)
    steps = [(event, *_STEPS[event]) for event in found.load.steps]
    return render(
        request, "logistics/consolidation_page.html", {"found": found, "load": found.load, "steps": steps}
    )


@require_POST
@member(*_MAY, role=Role.CLERK)
def consolidation_propose(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Ask the model for shared loads of a pair of countries, up to a day."""
    origin, destination = (
        request.POST.get(name, "").strip().upper()[:2] for name in ("origin", "destination")
    )
    later = request.POST.get("later", "0")
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        messages.error(request, _("Give a day, such as 2026-11-22."))
        return redirect("consolidations")
    attempt(
        request,
        lambda: logistics.propose_consolidations(
            scope,
            origin=origin,
            destination=destination,
            on=on,
            now=clock.now(),
            later_days=min(int(later), 60) if later.isdecimal() else 0,
        ),
        done=_("Loads were proposed; nothing travels together before somebody accepts."),
    )
    return redirect("consolidations")


@require_POST
@member(*_MAY, role=Role.CLERK)
def consolidation_step(request: HttpRequest, scope: Scope, consolidation_id: UUID) -> HttpResponseBase:
    """Accept or dismiss a proposal."""
    event = request.POST.get("event", "")
    attempt(
        request,
        lambda: answer_load(scope, consolidation_id, event, now=clock.now()),
        done=_("Your answer is kept."),
    )
    return redirect("consolidation", consolidation_id=consolidation_id)


def _state(request: HttpRequest) -> str:
    state = request.GET.get("state", "")
    return state if state in ConsolidationState.values else ""
