"""Taxes collected for authorities: the returns with their deadlines, the orders behind one, filing and paying."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import one_of
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.flows.tax_pages import return_list, return_sheet
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import ReturnState

_MAY = (Kind.CUSTOMS, Kind.TAX)


@require_GET
@member(*_MAY)
def return_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What is owed to each authority under each scheme and period, the next deadline first."""
    state = one_of(request.GET, "state", ReturnState.values)
    rows, names, owed = return_list(scope, state=state)
    context = {
        "rows": [(row, names.get(row.authority_id, "")) for row in rows],
        "owed": owed,
        "state": state,
        "states": ReturnState.values,
        "today": clock.today(),
    }
    return render(request, "taxes/list.html", context)


@require_GET
@member(*_MAY)
def return_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The returns as filtered, as CSV."""
    headings = (
        "scheme", "authority", "first_day", "last_day", "due_on", "state", "orders", "duty", "tax", "fees",
        "total", "currency", "reference",
    )  # fmt: skip
    state = one_of(request.GET, "state", ReturnState.values)
    return csv_response("tax-returns", headings=headings, rows=_rows(scope, state))


@require_GET
@member(*_MAY)
def return_page(request: HttpRequest, scope: Scope, return_id: UUID) -> HttpResponseBase:
    """One return with its orders."""
    row, items, numbers, name = return_sheet(scope, return_id)
    context = {
        "row": row,
        "name": name,
        "items": [(item, numbers.get(item.order_id, ""), f"order:{item.order_id}") for item in items],
        "may": scope.is_operator and scope.role in (Role.OWNER, Role.MANAGER),
        "over": row.period.end < clock.today(),
    }
    return render(request, "taxes/page.html", context)


@require_POST
@member(Kind.PLATFORM, role=Role.MANAGER)
def return_step(request: HttpRequest, scope: Scope, return_id: UUID) -> HttpResponseBase:
    """File a return, or send its sum on its way."""
    now = clock.now()
    if request.POST.get("event") == "pay":
        done = _("The sum is on its way to the authority.")
        attempt(request, lambda: finance.pay_return(scope, return_id, now=now), done=done)
    else:
        reference = request.POST.get("reference", "")
        attempt(
            request,
            lambda: finance.file_return(scope, return_id, reference=reference, now=now),
            done=_("Filed. Its figures are frozen."),
        )
    return redirect("tax_return", return_id)


def _rows(scope: Scope, state: str) -> Iterator[list[Any]]:
    rows, names, _owed = return_list(scope, state=state)
    for row in rows:
        yield [
            row.scheme, names.get(row.authority_id, ""), row.period.start.isoformat(), row.period.end.isoformat(),
            row.period.due_on.isoformat(), row.state, row.items, row.duty.amount, row.tax.amount, row.fees.amount,
            row.total.amount, row.total.currency, row.reference,
        ]  # fmt: skip
