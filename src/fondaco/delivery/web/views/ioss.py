"""IOSS returns: the months of a seller, one month with its sales and corrections, filing it, its document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import word_asked
from fondaco.delivery.web.deeds import attempt, told
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.bill_words import explain_ioss_due
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.site import render_why
from fondaco.flows.ioss import IossMonth, file_ioss, ioss_months, ioss_sheet
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import CorrectionLine, IossRefused, Period

_OPEN = ("due", "overdue")


@require_GET
@member(Kind.SELLER)
def ioss_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Every month, the latest first."""
    months = ioss_months(scope, today=clock.today())
    open_ones = [one for one in months if one.state in _OPEN]
    context = {"months": months, "due": Money.sum([one.payable for one in open_ones], "EUR"),
               "first": min(open_ones, key=lambda one: one.period, default=None)}  # fmt: skip
    return render(request, "taxes/ioss_list.html", context)


@require_GET
@member(Kind.SELLER)
def ioss_why(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What is to be filed and paid: each month that is due, and each member state's balance in it."""
    months = [one for one in ioss_months(scope, today=clock.today()) if one.state in _OPEN]
    return render_why(request, explain_ioss_due(months), back=reverse("ioss"))


@require_GET
@member(Kind.SELLER)
def ioss_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The months as CSV."""
    headings = (
        "seller",
        "number",
        "period",
        "state",
        "sales",
        "payable_eur",
        "due_on",
        "filed_at",
        "reference",
    )
    return csv_response(
        "ioss-returns", headings=headings, rows=_rows(ioss_months(scope, today=clock.today()))
    )


@require_GET
@member(Kind.SELLER)
def ioss_page(request: HttpRequest, scope: Scope, seller_id: UUID, period: str) -> HttpResponseBase:
    """One month: supplies by state and rate, what is put right, what is to be paid, and the sales behind it."""
    month, problem = _month_asked(period), ""
    fixes = request.GET.getlist("fix")[:50]
    try:
        sheet = ioss_sheet(scope, seller_id, month, today=clock.today(), corrections=_fixes(fixes))
    except IossRefused as refused:
        problem, fixes = told(refused), []
        sheet = ioss_sheet(scope, seller_id, month, today=clock.today())
    one = sheet.month.content
    context: dict[str, Any] = {
        "month": sheet.month,
        "problem": problem,
        "fixes": fixes,
        "supplies": [(x, _euro(x.taxable_minor), _euro(x.vat_minor)) for x in one.supplies],
        "corrections": [(x, _euro(x.vat_minor)) for x in one.corrections],
        "balances": [(country, _euro(minor)) for country, minor in one.balances.items()],
        "sales": sheet.sales,
        "states": sorted(window.member_states()),
        "may": (scope.kind == Kind.SELLER and scope.role != Role.VIEWER) or scope.is_operator,
    }
    return render(request, "taxes/ioss_month.html", context)


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def ioss_file(request: HttpRequest, scope: Scope, seller_id: UUID, period: str) -> HttpResponseBase:
    """File the month as it is shown."""
    asked = request.POST
    attempt(
        request,
        lambda: file_ioss(
            scope, seller_id, _month_asked(period), reference=word_asked(asked, "reference", most=60),
            corrections=_fixes(asked.getlist("fix")[:50]), now=clock.now(),
        ),
        done=_("Filed. What changes from now on is corrected in the next return."),
    )  # fmt: skip
    return redirect("ioss_month", seller_id, period)


@require_GET
@member(Kind.SELLER)
def ioss_document(
    request: HttpRequest, scope: Scope, seller_id: UUID, period: str, form: str
) -> HttpResponseBase:
    """The return as XML or CSV: as filed, else as it stands today."""
    sheet = ioss_sheet(scope, seller_id, _month_asked(period), today=clock.today())
    return document_response(sheet.month, form)


def document_response(month: IossMonth, form: str) -> HttpResponse:
    """The document of a month as a download."""
    raw, kind = (
        (window.render_ioss_csv(month.content), "text/csv; charset=utf-8")
        if form == "csv"
        else (window.render_ioss_xml(month.content), "application/xml")
    )
    response = HttpResponse(raw, content_type=kind)
    response["Content-Disposition"] = (
        f'attachment; filename="ioss-{month.content.number}-{month.period}.{form}"'
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _month_asked(text: str) -> Period:
    try:
        return Period.parse(text)
    except IossRefused as unknown:
        raise Http404 from unknown


def _fixes(texts: Sequence[str]) -> list[CorrectionLine]:
    """Corrections such as 2026-09:FR:-3.20; IossRefused names one that is none."""
    return [CorrectionLine.parse(text) for text in texts if text.strip(": ")]


def _euro(minor: int) -> Money:
    return Money(minor, "EUR")


def _rows(months: Sequence[IossMonth]) -> Iterator[list[Any]]:
    for one in months:
        filed = one.filing
        yield [
            one.seller.name, one.content.number, str(one.period), one.state, one.sales, one.payable.amount,
            one.period.due_on.isoformat(), filed.filed_at.isoformat() if filed else "", filed.reference if filed else "",
        ]  # fmt: skip
