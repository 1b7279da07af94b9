"""The checkout: what is due and made of what, the ways to pay it, the provider's page. No card number is ever typed here."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from fondaco.delivery.web.deeds import told
from fondaco.delivery.web.presenting.checkout_words import lines_of, refused_of, ways_of
from fondaco.delivery.web.presenting.money_words import method_word
from fondaco.delivery.web.presenting.order_sums import price_why
from fondaco.delivery.web.seats import member
from fondaco.flows import checkout as flow
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Kind, Scope


@require_http_methods(["GET", "HEAD", "POST"])
@member(Kind.BUYER)
def pay(request: HttpRequest, scope: Scope, order_id: UUID) -> HttpResponseBase:
    """What is to be paid and how it may be; a post chooses a way and leads on to it."""
    if request.method == "POST":
        return _choose(request, scope, order_id)
    sheet = flow.checkout_sheet(scope, order_id, now=clock.now())
    context = {
        "sheet": sheet,
        "order": sheet.order,
        "ways": ways_of(sheet, request.GET.get("method", "")),
        "refused": refused_of(sheet),
        "lines": list(lines_of(sheet)),
        "total_why": price_why(order_id, "landed", landed=sheet.is_explained),
        "live_word": method_word(sheet.live.method) if sheet.live else "",
    }
    return render(request, "orders/pay.html", context)


def _choose(request: HttpRequest, scope: Scope, order_id: UUID) -> HttpResponseBase:
    """To the provider's page, or back here with what is to be done; a refusal keeps what was ticked."""
    back = request.build_absolute_uri(reverse("order_paid", args=[order_id]))
    method = request.POST.get("method", "")[:30]
    try:
        chosen = flow.choose_method(scope, order_id, method=method, return_url=back, now=clock.now())
    except FondacoError as problem:
        messages.error(request, told(problem))
        return redirect(f"{reverse('order_pay', args=[order_id])}?{urlencode({'method': method})}")
    if chosen.url:
        return HttpResponseRedirect(chosen.url)
    return redirect("order_paid" if chosen.payment.state == "captured" else "order_pay", order_id)


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
        messages.error(request, _("The payment was not made. You may try again, or in another way."))
    return redirect("order_pay", order_id)
