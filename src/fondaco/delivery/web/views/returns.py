"""Returns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fondaco.commerce.orders.public import ReturnState
from fondaco.delivery.web.asking import id_asked, one_of
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.flows.return_list import every_return, return_list
from fondaco.kernel.tenancy import Kind, Scope

SIZE = 50
_MAY = (Kind.SELLER, Kind.BUYER)


@require_GET
@member(*_MAY)
def return_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The returns, newest first."""
    state, after = one_of(request.GET, "state", ReturnState.values), id_asked(request.GET, "cursor")
    found = return_list(scope, state=state, after=after, size=SIZE)
    context = {"rows": found.rows, "next": found.next_cursor, "state": state, "states": ReturnState.values}
    return render(request, "orders/returns.html", context)


@require_GET
@member(*_MAY)
def return_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The returns as filtered, as CSV."""
    headings = ("number", "returned_at", "buyer", "order", "state", "lines", "currency", "value")
    state = one_of(request.GET, "state", ReturnState.values)
    return csv_response("returns", headings=headings, rows=_rows(scope, state))


def _rows(scope: Scope, state: str) -> Iterator[list[Any]]:
    for note, order in every_return(scope, state=state):
        yield [
            note.number, note.returned_at.isoformat(), note.buyer_name, order, note.state, len(note.lines),
            note.value.currency, note.value.amount,
        ]  # fmt: skip
