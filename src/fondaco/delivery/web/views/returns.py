"""Returns."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import ReturnState
from fondaco.delivery.web.seats import member
from fondaco.kernel.tenancy import Kind, Scope


@require_GET
@member(Kind.SELLER, Kind.BUYER)
def return_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The newest returns."""
    state = request.GET.get("state", "")
    states = (state,) if state in ReturnState.values else ()
    rows = orders.list_returns(scope, states=states, size=100)
    return render(
        request, "orders/returns.html", {"rows": rows, "state": state, "states": ReturnState.values}
    )
