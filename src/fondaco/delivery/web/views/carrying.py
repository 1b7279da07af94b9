"""A carrier's line: its labels, a booking made, taken back or asked after, and the channel it tells its events by."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import file_response
from fondaco.delivery.web.seats import member
from fondaco.flows import carriers as flow
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import LabelFormat


@require_GET
@member(Kind.SELLER, role=Role.CLERK)
def parcel_label(request: HttpRequest, scope: Scope, number: str) -> HttpResponseBase:
    """The carrier's label of a parcel, as often as it is asked for."""
    form = LabelFormat.ZPL if request.GET.get("form") == "zpl" else LabelFormat.PDF
    found = logistics.parcel_label(scope, number, form=form)
    return file_response(found.file_name, found.content, content_type=found.format.value)


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def consignment_book(request: HttpRequest, scope: Scope, consignment_id: UUID) -> HttpResponseBase:
    """Tell the carrier of a consignment."""
    attempt(
        request,
        lambda: logistics.book_with_carrier(scope, consignment_id),
        done=_("The carrier has the booking."),
    )
    return redirect("consignment", consignment_id=consignment_id)


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def consignment_cancel(request: HttpRequest, scope: Scope, consignment_id: UUID) -> HttpResponseBase:
    """Take a booking back, at the carrier too; its labels are void."""
    attempt(
        request,
        lambda: logistics.cancel_consignment(scope, consignment_id, now=clock.now()),
        done=_("The booking was taken back; its labels are void."),
    )
    return redirect("consignment", consignment_id=consignment_id)


@require_POST
@member(Kind.SELLER, Kind.CARRIER, role=Role.CLERK)
def consignment_hear(request: HttpRequest, scope: Scope, consignment_id: UUID) -> HttpResponseBase:
    """Ask the carrier for its news of a consignment."""
    attempt(
        request,
        lambda: flow.hear_consignment(scope, consignment_id, now=clock.now()),
        done=_("The carrier was asked; what it reported is below."),
    )
    return redirect("consignment", consignment_id=consignment_id)


@require_http_methods(["GET", "POST"])
@member(Kind.CARRIER, role=Role.MANAGER)
def carrier_channel(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The carrier's channel for signed events: its address, when it was last heard, and a fresh secret on demand."""
    opened = None
    if request.method == "POST":
        change = request.POST.get("event") == "change"
        opened = flow.open_channel(scope, now=clock.now(), change=change)
    found = flow.channel_seen(scope)
    address = request.build_absolute_uri(f"/api/v1/carriers/{found.slug}/events") if found else ""
    context = {"channel": found, "address": address, "secret": opened[1].secret if opened else ""}
    return render(request, "logistics/channel.html", context)
