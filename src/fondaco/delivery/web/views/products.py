"""Products and what is known of them: estimated, stated or confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import Fact, FactField, FactStatus, ProductDTO
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.complying import counts_of, rows_of
from fondaco.delivery.web.seats import member
from fondaco.flows.complying import product_sheet
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope

SHOWS = (
    ("", _l("All")),
    ("estimated", _l("Estimated")),
    ("confirmed", _l("Confirmed")),
    ("no_hs", _l("Without a code")),
)
NAMES = {
    FactField.HS_CODE: (_l("Commodity code"), ""),
    FactField.ORIGIN: (_l("Country of origin"), ""),
    FactField.MASS_G: (_l("Weight of one piece"), "g"),
    FactField.LENGTH_MM: (_l("Length"), "mm"),
    FactField.WIDTH_MM: (_l("Width"), "mm"),
    FactField.HEIGHT_MM: (_l("Height"), "mm"),
    FactField.CARGO_CLASS: (_l("Cargo class"), ""),
}


@require_GET
@member(Kind.SELLER)
def product_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The products of the seller, with what is known of each."""
    search, show = request.GET.get("q", "")[:80], request.GET.get("show", "")
    page = catalog.list_products(scope, search=search, show=show, cursor=request.GET.get("cursor", ""))
    rows = [(product, {fact.field: fact for fact in product.facts}) for product in page.products]
    return render(
        request, "products/list.html",
        {"page": page, "rows": rows, "search": search, "show": show, "shows": SHOWS},
    )  # fmt: skip


@require_GET
@member(Kind.SELLER)
def product_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The products as filtered, as CSV, each fact beside how far it can be relied on."""
    facts = [column for field in NAMES for column in (field.value, f"{field.value}_standing")]
    headings = ("sku", "title", "price", "currency", *facts)
    search, show = request.GET.get("q", "")[:80], request.GET.get("show", "")
    return csv_response("products", headings=headings, rows=_rows(scope, search, show))


@require_GET
@member(Kind.SELLER)
def product_page(request: HttpRequest, scope: Scope, product_id: UUID) -> HttpResponseBase:
    """One product: each fact with its evidence, to be confirmed or corrected; and where it may go."""
    sheet = product_sheet(scope, product_id, on=clock.now().date())
    rows = rows_of(sheet.verdicts)
    context = {
        "product": sheet.product,
        "facts": _facts(sheet.product) if sheet.product else [],
        "counts": counts_of(rows),
        "stopped": [row for row in rows if row.verdict.stops],
        "candidates": _candidates(sheet.product),
    }
    return render(request, "products/page.html", context)


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def confirm_fact(request: HttpRequest, scope: Scope, product_id: UUID, field: str) -> HttpResponseBase:
    """A person states a fact; from now on it is confirmed."""
    value = request.POST.get("value", "").strip()
    attempt(
        request,
        lambda: catalog.confirm_fact(scope, product_id, field, value, now=clock.now()),
        done=_("Confirmed. It is used from now on and no longer counts as an estimate."),
    )
    return redirect("product", product_id)


def _candidates(product: ProductDTO | None) -> list[tuple[str, float]]:
    """The other codes that the classifier thought of, likeliest first, while nobody has confirmed one."""
    fact = product.fact(FactField.HS_CODE) if product else None
    others = fact.evidence.get("others") if fact and fact.status == FactStatus.ESTIMATED else None
    return [(str(code), float(share)) for code, share in (others or {}).items()]


def _rows(scope: Scope, search: str, show: str) -> Iterator[list[Any]]:
    cursor, more = "", True
    while more:
        page = catalog.list_products(scope, search=search, show=show, cursor=cursor, size=200)
        for product in page.products:
            known = {fact.field: fact for fact in product.facts}
            facts = [text for field in NAMES for text in _fact_cells(known.get(field.value))]
            price = product.unit_price
            yield [
                product.sku, product.title, price.amount if price else "", price.currency if price else "", *facts
            ]  # fmt: skip
        cursor, more = page.next_cursor, bool(page.next_cursor)


def _fact_cells(fact: Fact | None) -> tuple[str, str]:
    return (str(fact.value or ""), fact.status) if fact else ("", "missing")


def _facts(product: ProductDTO) -> list[dict[str, object]]:
    known: dict[str, Fact] = {fact.field: fact for fact in product.facts}
    return [
        {"field": field.value, "name": name, "unit": unit, "fact": known.get(field.value)}
        for field, (name, unit) in NAMES.items()
    ]
