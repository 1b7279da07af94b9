"""The first page of each role."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from fondaco.delivery.jobs.public import worker_lives
from fondaco.delivery.web.charts import days_chart
from fondaco.delivery.web.presenting.health_words import health_lines
from fondaco.delivery.web.presenting.home_words import explain_home
from fondaco.delivery.web.presenting.trouble_words import trouble_lines
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.site import render_why
from fondaco.flows.homes import home_of
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Scope

_PAGES = {
    Kind.SELLER: "home/seller.html",
    Kind.BUYER: "home/buyer.html",
    Kind.CUSTOMS: "home/officer.html",
    Kind.CARRIER: "home/carrier.html",
    Kind.PARK: "home/park.html",
    Kind.PLATFORM: "home/operator.html",
}


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """What needs this organisation today."""
    scope: Scope | None = getattr(request, "scope", None)
    if scope is None:
        return render(request, "home/empty.html")
    now = clock.now()
    found = home_of(scope, now=now)
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
        "troubles": trouble_lines(found.troubles),
        "health": health_lines(found.health, worker=worker_lives(now=now)) if found.health else [],
    }
    return render(request, _PAGES.get(scope.kind, "home/bank.html"), context)


@require_GET
@member()
def home_why(request: HttpRequest, scope: Scope, figure: str) -> HttpResponseBase:
    """Why a figure of the home is what it is."""
    explanation = explain_home(home_of(scope, now=clock.now()), figure)
    if explanation is None:
        raise Http404
    return render_why(request, explanation, back=reverse("home"))
