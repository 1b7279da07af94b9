"""Reads of the catalogue: a constant number of queries whatever the number of rows."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fondaco.commerce.catalog.domain.errors import BadCatalogFilter, ProductNotFound
from fondaco.commerce.catalog.dto import Fact, ProductDTO, ProductFacts, ProductPage
from fondaco.commerce.catalog.models import FactField, FactStatus, Product, ProductFact
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope

MAX_PAGE = 200
SHOWS = ("", "estimated", "confirmed", "no_hs")


def facts_for(product_ids: Iterable[UUID]) -> dict[UUID, ProductFacts]:
    """House work: what is known of each product, two queries for any number; unknown ids are left out."""
    wanted = list(dict.fromkeys(product_ids))
    rows = Product.objects.house().filter(pk__in=wanted).values_list("id", "sku", "title")
    known = {key: (sku, title) for key, sku, title in rows}
    facts: dict[UUID, dict[str, tuple[str, str]]] = {key: {} for key in known}
    found = ProductFact.objects.house().filter(product_id__in=wanted)
    for key, field, value, status in found.values_list("product_id", "field", "value", "status"):
        facts[key][field] = (value, status)
    return {key: _facts(key, *known[key], facts[key]) for key in known}


def list_products(
    scope: Scope, *, search: str = "", show: str = "", cursor: str = "", size: int = 50
) -> ProductPage:
    """A page of the products that `scope` may see, by title, with their facts: three queries at any size.

    `show` narrows to products with an estimated fact ("estimated"), with none ("confirmed") or without
    an HS code ("no_hs"). BadCatalogFilter.
    """
    rows = _narrowed(Product.objects.of(scope), search, show)
    total = rows.order_by()[:10_000].count()
    size = max(1, min(size, MAX_PAGE))
    page = list(_after(rows, cursor).select_related("seller").order_by("title", "id")[: size + 1])
    more = _cursor_of(page[size - 1]) if len(page) > size else ""
    return ProductPage(_products(page[:size]), more, total)


def product_detail(scope: Scope, product_id: UUID) -> ProductDTO:
    """One product with its facts, if `scope` may see it, else ProductNotFound."""
    row = Product.objects.of(scope).select_related("seller").filter(pk=product_id).first()
    if row is None:
        raise ProductNotFound(field="product", value=product_id)
    return _products([row])[0]


def product_ids_of(seller_id: UUID, skus: Sequence[str]) -> dict[str, UUID]:
    """House work: the ids of a seller's products by SKU; unknown SKUs are left out."""
    rows = Product.objects.house().filter(seller_id=seller_id, sku__in=list(skus))
    return dict(rows.values_list("sku", "id"))


def _facts(key: UUID, sku: str, title: str, facts: dict[str, tuple[str, str]]) -> ProductFacts:
    value = {field: text for field, (text, _) in facts.items()}
    measure: dict[str, int] = {str(name): int(value[name]) for name in _MEASURES if name in value}
    return ProductFacts(
        product_id=key, sku=sku, title=title,
        hs_code=value.get("hs_code"), hs_status=facts.get("hs_code", ("", ""))[1], origin=value.get("origin"),
        mass_g=measure.get("mass_g"), length_mm=measure.get("length_mm"), width_mm=measure.get("width_mm"),
        height_mm=measure.get("height_mm"),
        cargo_classes=tuple(value["cargo_class"].split(",")) if "cargo_class" in value else (),
        estimated=tuple(sorted(f for f, (_, status) in facts.items() if status == FactStatus.ESTIMATED)),
    )  # fmt: skip


_MEASURES = (FactField.MASS_G, FactField.LENGTH_MM, FactField.WIDTH_MM, FactField.HEIGHT_MM)


def _narrowed(rows: QuerySet[Product], search: str, show: str) -> QuerySet[Product]:
    if show not in SHOWS:
        raise BadCatalogFilter(field="show", value=show)
    facts = ProductFact.objects.house().filter(product_id=OuterRef("pk"))
    if show == "no_hs":
        rows = rows.filter(~Exists(facts.filter(field=FactField.HS_CODE)))
    elif show:
        some = Exists(facts.filter(status=FactStatus.ESTIMATED))
        rows = rows.filter(some if show == "estimated" else ~some)
    for word in search.replace("\x00", "").split()[:5]:
        rows = rows.filter(Q(title__icontains=word) | Q(sku__istartswith=word))
    return rows


def _after(rows: QuerySet[Product], cursor: str) -> QuerySet[Product]:
    if not cursor:
        return rows
    try:
        title, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        same = Q(title=str(title), id__gt=UUID(key))
    except (ValueError, TypeError, AttributeError) as exc:
        raise BadCatalogFilter(field="cursor", value=cursor) from exc
    return rows.filter(Q(title__gt=str(title)) | same)


def _cursor_of(row: Product) -> str:
    return base64.urlsafe_b64encode(json.dumps([row.title, str(row.pk)]).encode()).decode()


def _products(rows: Sequence[Product]) -> tuple[ProductDTO, ...]:
    facts: dict[UUID, list[Fact]] = {row.pk: [] for row in rows}
    for f in ProductFact.objects.house().filter(product_id__in=facts).order_by("field"):
        facts[f.product_id].append(Fact(f.field, f.value, f.status, f.confidence, f.evidence, f.actor, f.at))
    return tuple(_product(row, facts[row.pk]) for row in rows)


def _product(row: Any, facts: Sequence[Fact]) -> ProductDTO:
    price = Money(row.unit_price_minor, row.currency) if row.unit_price_minor is not None else None
    return ProductDTO(
        row.pk, row.seller_id, row.sku, row.title, price, row.updated_at, tuple(facts), row.seller.name
    )
