"""The authority's bill of an order beside its quote and its declaration."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.presenting.bill_words import BEARERS, REASONS, explain_bill
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.site import render_why
from fondaco.flows.bills import bill_sheet, post_bill
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope


@require_GET
@member(Kind.SELLER, Kind.BUYER)
def bill_page(request: HttpRequest, scope: Scope, order_id: UUID) -> HttpResponseBase:
    """Quoted, declared and assessed by line; what differs, why, and who bears it."""
    sheet = bill_sheet(scope, order_id)
    context = {
        "sheet": sheet,
        "differences": [(one, REASONS[one.reason], BEARERS[one.bearer]) for one in sheet.found.differences],
        "may": scope.is_operator and scope.role in (Role.OWNER, Role.MANAGER),
    }
    return render(request, "orders/bill.html", context)


@require_GET
@member(Kind.SELLER, Kind.BUYER)
def bill_why(request: HttpRequest, scope: Scope, order_id: UUID, figure: str) -> HttpResponseBase:
    """Why the assessed duty or tax is what it is on each line, beside what was quoted."""
    return render_why(
        request,
        explain_bill(bill_sheet(scope, order_id), figure),
        back=reverse("order_bill", args=[order_id]),
    )


@require_POST
@member(Kind.PLATFORM, role=Role.MANAGER)
def bill_post(request: HttpRequest, scope: Scope, order_id: UUID) -> HttpResponseBase:
    """Move the money of what differs."""
    attempt(
        request,
        lambda: post_bill(scope, order_id, now=clock.now()),
        done=_("Posted. Each charge moves once."),
    )
    return redirect("order_bill", order_id)
