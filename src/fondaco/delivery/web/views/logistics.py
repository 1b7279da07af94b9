"""Consignments: the list, one with its parcels, milestones, offers and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from fondaco.delivery.web.exports import csv_response, file_response
from fondaco.delivery.web.presenting.carriage import breakdown, happenings, offer_lines, refusals
from fondaco.delivery.web.presenting.gases import footprint_of, gas_lines, gas_text
from fondaco.delivery.web.presenting.itineraries import itinerary_shown
from fondaco.delivery.web.presenting.journey import expected_of
from fondaco.delivery.web.presenting.trouble_words import trouble_lines
from fondaco.delivery.web.seats import member
from fondaco.kernel import clock
from fondaco.kernel.countries import country_name
from fondaco.kernel.errors import Forbidden
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ConsignmentDetail, ConsignmentPage, ConsignmentState

SIZE = 50
_UNDER_WAY = {ConsignmentState.BOOKED, ConsignmentState.IN_TRANSIT, ConsignmentState.EXCEPTION}
_MAY = (Kind.SELLER, Kind.BUYER, Kind.CARRIER)


@require_GET
@member(*_MAY)
def consignment_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The consignments that the reader may see, newest first."""
    asked = _asked(request)
    counts = logistics.count_by_state(scope)
    language = get_language() or "en"
    context = {
        "page": _page(scope, asked, request.GET.get("cursor")),
        "asked": asked,
        "states": [(name, count) for name, count in counts.items() if count],
        "places": sorted((country_name(code, language), code) for code in logistics.destinations_served()),
        "everything": sum(counts.values()),
    }
    return render(request, "logistics/consignment_list.html", context)


@require_GET
@member(*_MAY)
def consignment_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The list as filtered, as CSV."""
    headings = ("number", "tracking", "state", "origin", "destination", "service", "provider", "parcels", "mass_g",
                "currency", "price", "booked_at", "due_on", "delivered_at")  # fmt: skip
    return csv_response("consignments", headings=headings, rows=_rows(scope, _asked(request)))


@require_GET
@member(*_MAY)
def consignment_page(request: HttpRequest, scope: Scope, consignment_id: UUID) -> HttpResponseBase:
    """One consignment: where it is, what is in it, and why this service carries it."""
    found = logistics.consignment_detail(scope, consignment_id)
    groups, gases = refusals(found.refused_summary), footprint_of(found)
    context = {
        "found": found,
        "c": found.consignment,
        "events": happenings(found.milestones),
        "offers": offer_lines(found.offer, found.alternatives),
        "parts": breakdown(found.offer),
        "refusals": groups,
        "refused": sum(group.count for group in groups),
        "expected": expected_of(found.arrival),
        "troubles": trouble_lines(found.troubles),
        "gases": gas_text(gases.wtw_kg) if gases else "",
        "gas_lines": gas_lines(gases) if gases else [],
        **itinerary_shown(found),
        "handles": _handles(scope, found),
        "has_order": scope.kind != Kind.CARRIER,
        "sees_offers": scope.kind in (Kind.SELLER, Kind.PLATFORM),
    }
    return render(request, "logistics/consignment_page.html", context)


@dataclass(frozen=True, slots=True)
class Handles:
    """What the reader may do with the carrier now."""

    books: bool
    hears: bool
    cancels: bool
    labels: bool


def _handles(scope: Scope, found: ConsignmentDetail) -> Handles | None:
    """None where the reader may do nothing: wrong role, or the consignment is over."""
    under_way = found.consignment.state in _UNDER_WAY
    asks = _clerk(scope, Kind.SELLER, Kind.CARRIER)
    if not under_way or not asks:
        return None
    ships = _clerk(scope, Kind.SELLER)
    booked = found.consignment.state == ConsignmentState.BOOKED
    return Handles(
        books=ships and not found.carrier_reference,
        hears=bool(found.carrier_reference),
        cancels=ships and booked,
        labels=ships and bool(found.carrier_reference),
    )


def _clerk(scope: Scope, *kinds: Kind) -> bool:
    try:
        scope.require(role=Role.CLERK, kinds=kinds)
    except Forbidden:
        return False
    return True


@require_GET
@member(*_MAY)
def consignment_iftmin(request: HttpRequest, scope: Scope, consignment_id: UUID) -> HttpResponseBase:
    """The instruction to the carrier as an EDI file."""
    name, data = logistics.consignment_iftmin(scope, consignment_id, now=clock.now())
    return file_response(name, data, content_type="application/edifact")


def _asked(request: HttpRequest) -> dict[str, str]:
    state = request.GET.get("state", "")
    return {
        "state": state if state in ConsignmentState.values else "",
        "search": request.GET.get("q", "").strip()[:60],
        "destination": request.GET.get("to", "")[:2],
    }


def _page(scope: Scope, asked: dict[str, str], cursor: str | None, size: int = SIZE) -> ConsignmentPage:
    return logistics.list_consignments(
        scope,
        search=asked["search"],
        state=asked["state"],
        destination=asked["destination"],
        cursor=cursor,
        size=size,
    )


def _rows(scope: Scope, asked: dict[str, str]) -> Iterator[list[Any]]:
    cursor, more = None, True
    while more:
        page = _page(scope, asked, cursor, 200)
        for one in page.rows:
            yield [
                one.number, " ".join(one.tracking_numbers), one.state, one.origin, one.destination, one.service_name,
                one.provider_name, one.parcel_count, one.mass_g, one.price.currency, one.price.amount,
                one.booked_at.isoformat(), one.due_on.isoformat(), one.delivered_at.isoformat() if one.delivered_at else "",
            ]  # fmt: skip
        cursor, more = page.next_cursor, page.next_cursor is not None
