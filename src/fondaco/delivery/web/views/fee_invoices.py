"""The house's invoices to sellers: the list, each as PDF and as XML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fondaco.delivery.web.asking import id_asked
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.seats import member
from fondaco.flows.fee_invoices import invoice_list, invoice_pdf
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.finance import public as finance

SIZE = 50


@require_GET
@member(Kind.SELLER)
def invoice_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The invoices that the reader may see, newest first."""
    found = invoice_list(scope, before=id_asked(request.GET, "before"), size=SIZE + 1)
    more = found[SIZE - 1][0].id if len(found) > SIZE else None
    return render(request, "money/invoices.html", {"rows": found[:SIZE], "next": more})


@require_GET
@member(Kind.SELLER)
def invoice_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The invoices as CSV."""
    headings = ("number", "seller", "first_day", "last_day", "net", "vat", "total", "currency", "issued_on")
    return csv_response("fee-invoices", headings=headings, rows=_rows(scope))


@require_GET
@member(Kind.SELLER)
def invoice_file(request: HttpRequest, scope: Scope, invoice_id: UUID, form: str) -> HttpResponseBase:
    """One invoice: `xml` is the invoice itself, `pdf` its printed form."""
    if form == "xml":
        row = finance.fee_invoice_of(scope, invoice_id)
        return _download(f"{row.number}.xml", row.xml.encode(), "application/xml")
    number, content = invoice_pdf(scope, invoice_id)
    return _download(f"{number}.pdf", content, "application/pdf")


def _download(name: str, content: bytes, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _rows(scope: Scope) -> Iterator[list[Any]]:
    before: UUID | None = None
    while page := invoice_list(scope, before=before, size=200):
        for row, name in page:
            yield [
                row.number, name, row.first_on.isoformat(), row.last_on.isoformat(), row.net.amount, row.vat.amount,
                row.gross.amount, row.gross.currency, row.issued_on.isoformat(),
            ]  # fmt: skip
        before = page[-1][0].id
