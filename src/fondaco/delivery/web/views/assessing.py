"""What HMRC would charge on a UK import declaration: upload one, or assess one of one's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.presenting.assessment_words import pounds, shown_lines, shown_notes
from fondaco.delivery.web.presenting.bill_words import explain_declared
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.site import render_why
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import Assessment

_MAY = (Kind.SELLER, Kind.CUSTOMS)
LARGEST = 8 * 1024 * 1024


@require_GET
@member(*_MAY, Kind.BUYER, Kind.PARK)
def declaration_why(
    request: HttpRequest, scope: Scope, declaration_id: UUID, figure: str
) -> HttpResponseBase:
    """Why the duty or the tax on a declaration is what it is: as estimated, then as assessed."""
    found = window.declared_sums(scope, declaration_id)
    return render_why(
        request, explain_declared(found, figure), back=reverse("declaration", args=[declaration_id])
    )


@require_GET
@member(*_MAY)
def assessment_page(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Where to drop a declaration."""
    return _page(request, None, None)


@require_POST
@member(*_MAY)
def assessment_drop(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The assessment of a dropped file; nothing is kept."""
    dropped = request.FILES.get("file")
    if dropped is None or (dropped.size or 0) > LARGEST:
        return _page(request, None, window.OversizedXml(field="file"), status=422)
    try:
        found = window.assess_cds(dropped.read(), today=clock.today())
    except FondacoError as problem:
        return _page(request, None, problem, status=422, name=dropped.name or "")
    return _page(request, found, None, name=dropped.name or "")


@require_GET
@member(*_MAY)
def assessment_of(request: HttpRequest, scope: Scope, declaration_id: UUID) -> HttpResponseBase:
    """The assessment of a declaration that the reader may see, as it would be lodged with CDS."""
    try:
        found = window.assess_own_declaration(scope, declaration_id, now=clock.now())
    except window.NotForCds as problem:
        return _page(request, None, problem)
    except window.CdsRefused as problem:
        return _page(request, None, problem)
    return _page(request, found, None)


def _page(
    request: HttpRequest,
    found: Assessment | None,
    problem: FondacoError | None,
    *,
    status: int = 200,
    name: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {"found": found, "problem": problem, "name": name}
    if found is not None:
        context["lines"] = list(shown_lines(found))
        context["notes"] = shown_notes(found)
        context["totals"] = {part: pounds(found.total(part)) for part in ("assessed", "relief", "payable")}
        context["open"] = sum(line.reason is not None for line in found.lines)
    return render(request, "customs/assessment.html", context, status=status)
