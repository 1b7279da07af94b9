"""Consignments: the list and one with its parcels, milestones, offers and refusals."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fondaco.delivery.web.seats import member
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.logistics import public as logistics

_MAY = (Kind.SELLER, Kind.BUYER, Kind.CARRIER)


@require_GET
@member(*_MAY)
def consignment_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The consignments that the reader may see."""
    state, search = request.GET.get("state", ""), request.GET.get("q", "")[:60]
    page = logistics.list_consignments(
        scope, search=search, state=state, destination=request.GET.get("to", ""), cursor=request.GET.get("cursor")
    )
    counts = logistics.count_by_state(scope)
    context = {"page": page, "counts": counts, "state": state, "search": search, "everything": sum(counts.values())}
    return render(request, "logistics/consignments.html", context)


@require_GET
@member(*_MAY)
def consignment_page(request: HttpRequest, scope: Scope, consignment_id: UUID) -> HttpResponseBase:
    """One consignment."""
    found = logistics.consignment_detail(scope, consignment_id)
    others = [(offer, Money(int(offer["price_minor"]), str(offer["currency"]))) for offer in found.alternatives]
    context = {"found": found, "c": found.consignment, "others": others, "has_order": scope.kind != Kind.CARRIER}
    return render(request, "logistics/consignment.html", context)
