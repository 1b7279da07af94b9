"""The first page of each role."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fondaco.delivery.web.charts import days_chart
from fondaco.flows.homes import home_of
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Scope

_PAGES = {
    Kind.SELLER: "home/seller.html",
    Kind.BUYER: "home/buyer.html",
    Kind.CUSTOMS: "home/officer.html",
    Kind.CARRIER: "home/carrier.html",
    Kind.PLATFORM: "home/operator.html",
}


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """What needs this organisation today."""
    scope: Scope | None = getattr(request, "scope", None)
    if scope is None:
        return render(request, "home/empty.html")
    found = home_of(scope, now=clock.now())
    days = found.trade.by_day if found.trade else ()
    context = {
        "home": found,
        "line": [cell.orders for cell in days],
        "chart": days_chart(days) if days else "",
        "orders_total": sum(found.order_states.values()),
        "in_work": sum(n for state, n in found.order_states.items() if state not in ("settled", "cancelled")),
        "waiting": sum(
            found.declaration_states.get(s, 0)
            for s in ("under_review", "docs_required", "inspection", "detained")
        ),
    }
    return render(request, _PAGES.get(scope.kind, "home/bank.html"), context)
