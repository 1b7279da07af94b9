"""The inbox of providers' webhooks: what came in, what it moved, what was refused and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fondaco.delivery.web.asking import id_asked, one_of
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import NoteState

SIZE = 50


@require_GET
@member(Kind.PSP)
def note_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The webhooks that came in, newest first."""
    state = one_of(request.GET, "state", NoteState.values)
    before = id_asked(request.GET, "before")
    found = finance.list_webhooks(scope, state=state, before=before, size=SIZE + 1)
    context = {
        "rows": [(one, json.dumps(one.body, indent=1, sort_keys=True)) for one in found[:SIZE]],
        "state": state,
        "states": NoteState.values,
        "next": found[SIZE - 1].id if len(found) > SIZE else None,
    }
    return render(request, "money/inbox.html", context)


@require_GET
@member(Kind.PSP)
def note_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The webhooks as filtered, as CSV, without their bodies."""
    headings = ("received_at", "message", "topic", "state", "refused_for", "payment")
    state = one_of(request.GET, "state", NoteState.values)
    return csv_response("webhooks-in", headings=headings, rows=_rows(scope, state))


def _rows(scope: Scope, state: str) -> Iterator[list[Any]]:
    before: UUID | None = None
    while page := finance.list_webhooks(scope, state=state, before=before, size=200):
        for one in page:
            moment = one.received_at.isoformat()
            yield [moment, one.message_id, one.topic, one.state, one.code, one.payment_id or ""]
        before = page[-1].id
