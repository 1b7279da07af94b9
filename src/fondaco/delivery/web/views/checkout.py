"""The checkout: what is due, then the provider's own card page, then back. No card number is ever typed here."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from fondaco.delivery.web.deeds import told
from fondaco.delivery.web.seats import member
from fondaco.flows import checkout as flow
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Kind, Scope


@require_http_methods(["GET", "HEAD", "POST"])
@member(Kind.BUYER)
def pay(request: HttpRequest, scope: Scope, order_id: UUID) -> HttpResponseBase:
    """What is to be paid; a post leads to the provider's page."""
    if request.method == "POST":
        back = request.build_absolute_uri(reverse("order_paid", args=[order_id]))
        try:
            page = flow.start_checkout(scope, order_id, return_url=back, now=clock.now())
        except FondacoError as problem:
            messages.error(request, told(problem))
            return redirect("order_pay", order_id)
        return HttpResponseRedirect(page or back)
    sheet = flow.checkout_sheet(scope, order_id, now=clock.now())
    return render(request, "orders/pay.html", {"sheet": sheet, "order": sheet.order})


@require_GET
@member(Kind.BUYER)
def paid(request: HttpRequest, scope: Scope, order_id: UUID) -> HttpResponseBase:
    """Back from the provider's page: what the provider says counts, not that the browser came."""
    payment = flow.finish_checkout(scope, order_id, now=clock.now())
    if payment and payment.state == "captured":
        messages.success(request, _("Paid. The money waits in escrow; the order goes on by itself."))
        return redirect("order", order_id)
    if payment and payment.state in ("processing", "unknown"):
        messages.info(
            request, _("The provider has not told the end of this payment yet. You may go on with it.")
        )
    else:
        messages.error(request, _("The payment was not made. You may try again, or with another card."))
    return redirect("order_pay", order_id)
