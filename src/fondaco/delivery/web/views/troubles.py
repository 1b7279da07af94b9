"""Shipments at risk: the queue, taking one up, closing it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.trouble_words import ICONS, TITLES, trouble_lines
from fondaco.delivery.web.seats import member
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics import public as logistics

_MAY = (Kind.SELLER, Kind.CARRIER)


@require_GET
@member(*_MAY)
def trouble_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What is wrong now, oldest first; or what was closed lately."""
    kind, closed = _kind(request), request.GET.get("state") == "closed"
    queue = logistics.list_troubles(scope, kind=kind, closed=closed)
    context = {
        "lines": trouble_lines(queue.rows),
        "chips": [(name, TITLES[name], ICONS[name], count) for name, count in queue.counts.items()],
        "everything": sum(queue.counts.values()),
        "kind": kind,
        "closed": closed,
    }
    return render(request, "logistics/troubles.html", context)


@require_GET
@member(*_MAY)
def trouble_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The queue as shown, as CSV."""
    queue = logistics.list_troubles(scope, kind=_kind(request), closed=request.GET.get("state") == "closed")
    headings = ("kind", "state", "opened_at", "number", "origin", "destination", "service", "taken_by", "closed_at",
                "closed_by", "note")  # fmt: skip
    return csv_response("troubles", headings=headings, rows=_rows(queue))


@require_POST
@member(*_MAY, role=Role.CLERK)
def take(request: HttpRequest, scope: Scope, trouble_id: UUID) -> HttpResponseBase:
    """Take a trouble up."""
    attempt(
        request,
        lambda: logistics.take_trouble(trouble_id, scope=scope, now=clock.now()),
        done=_("Taken up: it is yours until you close it."),
    )
    return redirect("troubles")


@require_POST
@member(*_MAY, role=Role.CLERK)
def close(request: HttpRequest, scope: Scope, trouble_id: UUID) -> HttpResponseBase:
    """Close a trouble with a note."""
    note = request.POST.get("note", "")
    attempt(
        request,
        lambda: logistics.close_trouble(trouble_id, note=note, scope=scope, now=clock.now()),
        done=_("Closed and written to the audit trail."),
    )
    return redirect("troubles")


def _kind(request: HttpRequest) -> str:
    kind = request.GET.get("kind", "")
    return kind if kind in logistics.TroubleKind.values else ""


def _rows(queue: logistics.TroubleQueue) -> Iterator[list[Any]]:
    for one in queue.rows:
        yield [
            one.kind, one.state, one.opened_at.isoformat(), one.number, one.origin, one.destination, one.service_name,
            one.taken_by, one.closed_at.isoformat() if one.closed_at else "", one.closed_by, one.note,
        ]  # fmt: skip
