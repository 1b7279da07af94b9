"""Baskets: the orders of several sellers paid once on the provider's page; one basket's life."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fondaco.delivery.web.asking import id_asked, ids_asked
from fondaco.delivery.web.deeds import told
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.money_words import method_word
from fondaco.delivery.web.seats import member
from fondaco.flows import baskets as flow
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance.public import BasketDTO

SIZE = 50


@require_GET
@member(Kind.BUYER)
def basket_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The reader's baskets, newest first, and the orders that may be paid together."""
    found = flow.basket_list(scope, before=id_asked(request.GET, "before"), size=SIZE + 1)
    more = found.rows[SIZE - 1].id if len(found.rows) > SIZE else None
    rows = [
        {
            "basket": row,
            "sellers": list(dict.fromkeys(found.names.get(one.seller_id, "") for one in row.payments)),
            "buyer": found.names.get(row.buyer_id, ""),
            "orders": [found.numbers.get(one.order_id, "") for one in row.payments],
        }
        for row in found.rows[:SIZE]
    ]
    return render(request, "money/baskets.html", {"rows": rows, "waiting": found.waiting, "next": more})


@require_GET
@member(Kind.BUYER)
def basket_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The shares of the reader's baskets as CSV: one line an order."""
    headings = ("basket", "made_at", "order", "seller", "state", "amount", "currency", "escrow", "escrow_currency",
                "given_back")  # fmt: skip
    return csv_response("baskets", headings=headings, rows=_lines(scope))


@require_POST
@member(Kind.BUYER, role=Role.CLERK)
def basket_make(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Put the chosen orders into one basket, and go to it."""
    try:
        made = flow.make_basket(scope, ids_asked(request.POST, "order"), now=clock.now())
    except FondacoError as problem:
        messages.error(request, told(problem))
        return redirect("baskets")
    return redirect("basket", made.id)


@require_http_methods(["GET", "HEAD", "POST"])
@member(Kind.BUYER, Kind.PSP)
def basket(request: HttpRequest, scope: Scope, basket_id: UUID) -> HttpResponseBase:
    """One basket: what is paid in all, and each order's share of it; a post leads to the provider's page."""
    if request.method == "POST":
        back = request.build_absolute_uri(reverse("basket_paid", args=[basket_id]))
        try:
            page = flow.start_basket(scope, basket_id, return_url=back)
        except FondacoError as problem:
            messages.error(request, told(problem))
            return redirect("basket", basket_id)
        return HttpResponseRedirect(page or back)
    sheet = flow.basket_sheet(scope, basket_id)
    return render(request, "money/basket.html", {"sheet": sheet, **_shown(sheet)})


@require_GET
@member(Kind.BUYER)
def basket_paid(request: HttpRequest, scope: Scope, basket_id: UUID) -> HttpResponseBase:
    """Back from the provider's page: what the provider says counts, not that the browser came."""
    try:
        state = flow.finish_basket(scope, basket_id, now=clock.now()).state
    except FondacoError as problem:
        messages.error(request, told(problem))
        return redirect("basket", basket_id)
    if state in ("captured", "settled"):
        messages.success(
            request,
            _("Paid once. Each order's money waits in its own escrow; the orders go on by themselves."),
        )
    elif state in ("processing", "unknown"):
        messages.info(
            request, _("The provider has not told the end of this payment yet. You may go on with it.")
        )
    else:
        messages.error(request, _("The payment was not made. You may try again, or with another card."))
    return redirect("basket", basket_id)


def _shown(sheet: flow.BasketSheet) -> dict[str, Any]:
    shares = [
        {
            "payment": one,
            "number": sheet.numbers.get(one.order_id, ""),
            "seller": sheet.names.get(one.seller_id, ""),
            "fee": sheet.fees.get(one.id),
            "converted": one.amount.currency != one.escrow.currency,
        }
        for one in sheet.basket.payments
    ]
    return {
        "basket": sheet.basket,
        "shares": shares,
        "lead": sheet.basket.payments[0],
        "method": method_word(sheet.basket.payments[0].method),
        "buyer": sheet.names.get(sheet.basket.buyer_id, ""),
    }


def _lines(scope: Scope) -> Iterator[list[Any]]:
    before: UUID | None = None
    while (found := flow.basket_list(scope, before=before, size=200)).rows:
        for row in found.rows:
            yield from _of_basket(row, found)
        before = found.rows[-1].id


def _of_basket(row: BasketDTO, found: flow.BasketList) -> Iterator[list[Any]]:
    for one in row.payments:
        yield [
            row.id, row.created_at.isoformat(), found.numbers.get(one.order_id, ""), found.names.get(one.seller_id, ""),
            one.state, one.amount.amount, one.amount.currency, one.escrow.amount, one.escrow.currency,
            one.refunded.amount,
        ]  # fmt: skip
