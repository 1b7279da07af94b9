"""Orders: the list with its filters and saved views, the export, the order page and its explanations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderFilter, OrderState, ViewDTO
from fondaco.delivery.web.asking import ids_asked
from fondaco.delivery.web.exports import csv_response, zip_response
from fondaco.delivery.web.presenting.gases import footprint_of, gas_text
from fondaco.delivery.web.presenting.itineraries import itinerary_shown
from fondaco.delivery.web.presenting.next_action import next_action_of
from fondaco.delivery.web.presenting.order_sums import sums_of
from fondaco.delivery.web.presenting.reasons import reason_of
from fondaco.delivery.web.presenting.stock_words import store_lines
from fondaco.delivery.web.presenting.timeline import life_of
from fondaco.delivery.web.presenting.why import explain
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.site import render_why
from fondaco.flows.order_list import exported_orders, order_list
from fondaco.flows.order_page import OrderSheet, order_sheet
from fondaco.flows.paper_pages import papers_of_orders
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope

SIZE = 50
_MAY = (Kind.SELLER, Kind.BUYER)


@require_GET
@member(*_MAY)
def order_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The orders that the reader may see, filtered, sorted and paged by keyset."""
    filters = _filters(request)
    found = order_list(scope, filters=filters, cursor=request.GET.get("cursor", ""), size=SIZE)
    context = {
        "found": found,
        "filters": filters,
        "rows": [(order, _total(order)) for order in found.page.orders],
        "states": [(state, found.counts[state]) for state in OrderState.values if found.counts[state]],
        "views": [(view, _view_url(view)) for view in found.views],
        "everything": sum(found.counts.values()),
    }
    return render(request, "orders/list.html", context)


@require_GET
@member(*_MAY)
def order_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The list as filtered, or the orders selected in it, as CSV."""
    headings = ("number", "source", "ordered_at", "state", "buyer", "destination", "currency", "sale", "duty",
                "tax", "fees", "total", "lines", "units")  # fmt: skip
    return csv_response("orders", headings=headings, rows=_rows(scope, request))


@require_GET
@member(*_MAY)
def order_papers(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Every paper of the selected orders in one ZIP, a folder an order; each look is recorded."""
    chosen = ids_asked(request.GET, most=SIZE)
    found = papers_of_orders(scope, chosen, now=clock.now())
    files = [(f"{number}/{file.name}", file.content) for number, file in found]
    if not files:
        messages.error(request, _("None of the selected orders has papers yet."))
        return redirect("orders")
    return zip_response("papers", files=files)


@require_POST
@member(*_MAY)
def keep_view(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Keep the present filter under a name."""
    name = request.POST.get("name", "").strip()[:60]
    if name:
        view = orders.save_view(scope, name, query=_filters(request).as_dict(), now=clock.now())
        messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
        return redirect(_view_url(view))
    messages.error(request, _("Give the view a name."))
    return redirect("orders")


@require_POST
@member(*_MAY)
def drop_view(request: HttpRequest, scope: Scope, view_id: UUID) -> HttpResponseBase:
    """Forget a saved view."""
    orders.delete_view(scope, view_id)
    return redirect("orders")


@require_GET
@member(*_MAY)
def order_page(request: HttpRequest, scope: Scope, order_id: UUID) -> HttpResponseBase:
    """One order from entry to settlement."""
    sheet = order_sheet(scope, order_id, now=clock.now())
    gases = footprint_of(sheet.consignment)
    context = {
        "sheet": sheet,
        "order": sheet.order,
        "total": _total(sheet.order),
        "events": life_of(sheet),
        "sums": sums_of(sheet),
        "action": next_action_of(sheet, scope),
        "reason": reason_of(sheet.order.facts),
        "lines": _lines_of(sheet),
        "gases": gas_text(gases.wtw_kg) if gases else "",
        "stores": store_lines(sheet.split),
        **itinerary_shown(sheet.consignment),
        "shifted": sheet.order.ordered_at != sheet.order.original_ordered_at,
    }
    return render(request, "orders/page.html", context)


@require_GET
@member(*_MAY)
def order_why(request: HttpRequest, scope: Scope, order_id: UUID, figure: str) -> HttpResponse:
    """Why a figure of an order is what it is."""
    explanation = explain(order_sheet(scope, order_id, now=clock.now()), figure)
    if explanation is None:
        raise Http404
    return render_why(request, explanation, back=reverse("order", args=[order_id]))


def _lines_of(sheet: OrderSheet) -> list[dict[str, Any]]:
    landed, currency = sheet.landed_lines, sheet.order.currency
    return [
        {
            "line": line,
            "line_id": str(line.id),
            "value": Money(line.value_minor, currency),
            "unit": Money(line.unit_minor, currency),
            "facts": sheet.facts.get(line.product_id) if line.product_id else None,
            "landed": landed.get(str(line.id)),
        }
        for line in sheet.order.lines
    ]


def _filters(request: HttpRequest) -> OrderFilter:
    asked = request.GET if request.method == "GET" else request.POST
    return OrderFilter.from_dict(
        {
            "search": asked.get("q", "")[:80],
            "states": tuple(asked.getlist("state")),
            "destination": asked.get("to", "")[:2],
            "since": asked.get("since", ""),
            "until": asked.get("until", ""),
            "sort": asked.get("sort", "") or "-ordered_at",
        }
    )


def _view_url(view: ViewDTO) -> str:
    kept = OrderFilter.from_dict(view.query)
    asked = {"q": kept.search, "state": list(kept.states), "to": kept.destination, "since": kept.since or "",
             "until": kept.until or "", "sort": kept.sort}  # fmt: skip
    return reverse("orders") + "?" + urlencode({k: v for k, v in asked.items() if v}, doseq=True)


def _total(order: OrderDTO) -> Money | None:
    return None if order.total_minor is None else Money(order.total_minor, order.currency)


def _rows(scope: Scope, request: HttpRequest) -> Iterator[list[Any]]:
    for order in exported_orders(scope, filters=_filters(request), chosen=ids_asked(request.GET)):
        sums = (order.sale_minor, order.duty_minor, order.tax_minor, order.fees_minor, order.total_minor)
        plain = ["" if minor is None else str(Money(minor, order.currency).amount) for minor in sums]
        yield [
            order.number, order.source_ref, order.ordered_at.isoformat(), order.state, order.buyer_name,
            order.destination, order.currency, *plain, order.line_count, order.units,
        ]  # fmt: skip
