"""Collective clearance: batches of consignments, their totals, and their steps."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.deeds import attempt, told
from fondaco.delivery.web.presenting.bill_words import explain_batch
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.organisation import may_state
from fondaco.delivery.web.views.site import render_why
from fondaco.flows.clearing import collect_day
from fondaco.flows.collective import batch_seen, clear_together
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ClearanceState

_MAY = (Kind.CUSTOMS, Kind.PARK)
_STEPS = {
    "close": (_l("Close"), "lock-keyhole"),
    "reopen": (_l("Open again"), "rotate-ccw"),
    "declare": (_l("Mark as declared"), "stamp"),
    "clear": (_l("Mark as cleared"), "shield-check"),
    "reject": (_l("Mark as rejected"), "file-x"),
    "cancel": (_l("Cancel"), "circle-x"),
}
_STAGES = (_l("Collect"), _l("Close"), _l("Lodge"), _l("Cleared"))
_STAGE_OF = {"open": 0, "closed": 2, "declared": 3, "cleared": 4}


@require_GET
@member(*_MAY)
def clearance_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The batches that the reader may see, newest day first."""
    state = request.GET.get("state", "")
    state = state if state in ClearanceState.values else ""
    context = {
        "rows": logistics.list_clearances(scope, state=state),
        "state": state,
        "states": ClearanceState.values,
        "collects": scope.is_operator,
        "today": clock.today(),
    }
    return render(request, "logistics/clearance_list.html", context)


@require_GET
@member(*_MAY)
def clearance_page(request: HttpRequest, scope: Scope, batch_id: UUID) -> HttpResponseBase:
    """One batch: the totals of its summary declaration, its consignments and what may be done now."""
    seen = batch_seen(scope, batch_id)
    batch = seen.found.batch
    context = {
        "seen": seen,
        "found": seen.found,
        "b": batch,
        "steps": [(event, *_STEPS[event]) for event in batch.steps],
        "stages": _STAGES,
        "stage": _STAGE_OF.get(batch.state),
        "d": seen.summary,
        "goods": {"items": seen.items},
        "opens": scope.kind != Kind.PARK,  # the page of a list is its trader's and the authority's
        "states_number": may_state(scope),
    }
    return render(request, "logistics/clearance_page.html", context)


@require_GET
@member(*_MAY)
def clearance_why(request: HttpRequest, scope: Scope, batch_id: UUID, figure: str) -> HttpResponseBase:
    """Why the duty or the tax of a batch's summary is what it is: that of each list in it."""
    explanation = explain_batch(batch_seen(scope, batch_id), figure)
    return render_why(request, explanation, back=reverse("clearance", args=[batch_id]))


@require_POST
@member(Kind.PARK)
def clearance_together(request: HttpRequest, scope: Scope, batch_id: UUID) -> HttpResponseBase:
    """Lodge the summary declaration of a batch, and give its answers to every list in it."""
    attempt(
        request,
        lambda: clear_together(scope, batch_id, now=clock.now()),
        done=_("The summary declaration is with the authority; its answers were given to every list."),
    )
    return redirect("clearance", batch_id=batch_id)


@require_POST
@member()
def clearance_collect(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Gather the consignments that are ready on a day."""
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        messages.error(request, _("Give a day, such as 2026-11-22."))
        return redirect("clearances")
    try:
        done = collect_day(scope, on, now=clock.now())
    except FondacoError as problem:
        messages.error(request, told(problem))
        return redirect("clearances")
    said = ngettext("%(n)d consignment was collected.", "%(n)d consignments were collected.", done.added)
    messages.success(request, said % {"n": done.added})
    return redirect("clearances")


@require_POST
@member(*_MAY)
def clearance_step(request: HttpRequest, scope: Scope, batch_id: UUID) -> HttpResponseBase:
    """Take a batch one step on."""
    event = request.POST.get("event", "")
    attempt(
        request,
        lambda: logistics.move_clearance(scope, batch_id, event, now=clock.now()),
        done=_("The batch was moved on."),
    )
    return redirect("clearance", batch_id=batch_id)
