"""Products and what is known of them."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import Fact, FactField, ProductDTO
from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Page, Size
from fondaco.delivery.api.writes import write
from fondaco.kernel import clock

router = Router(tags=["products"])


class ProductQuery(Schema):
    """How to narrow the list of products."""

    search: str = Field("", max_length=100)
    show: Literal["", "estimated", "confirmed", "no_hs"] = ""
    cursor: str = Field("", max_length=300)
    size: Size = 50


class FactIn(Schema):
    """A fact as a person states it."""

    value: str = Field(min_length=1, max_length=200)


@router.get("", response=Page[ProductDTO])
def list_products(request: HttpRequest, query: Query[ProductQuery]) -> Page[ProductDTO]:
    """The products that the caller may see, by title, with their facts."""
    page = catalog.list_products(
        scope_of(request), search=query.search, show=query.show, cursor=query.cursor, size=query.size
    )
    return Page[ProductDTO](items=list(page.products), next_cursor=page.next_cursor)


@router.get("/{product_id}", response=ProductDTO)
def product(request: HttpRequest, product_id: UUID) -> ProductDTO:
    """One product with its facts and their evidence."""
    return catalog.product_detail(scope_of(request), product_id)


@router.put("/{product_id}/facts/{field}", response=Fact, openapi_extra=KEYED)
def confirm_fact(request: HttpRequest, product_id: UUID, field: FactField, body: FactIn) -> Status[Any]:
    """State a fact; it is confirmed from now on."""
    scope = scope_of(request)
    return write(request, lambda: catalog.confirm_fact(scope, product_id, field, body.value, now=clock.now()))
