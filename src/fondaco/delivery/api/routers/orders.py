"""Orders, their money, their imports and their returns."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema
from ninja.files import UploadedFile
from ninja.responses import Status
from pydantic import Field

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderFilter, OrderState, ReturnDTO
from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Page, Size, page_of
from fondaco.delivery.api.writes import write
from fondaco.flows.import_book import import_for
from fondaco.kernel import clock
from fondaco.kernel.errors import NotFound
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import MoneyView

router = Router(tags=["orders"])


class OrderQuery(Schema):
    """How to narrow the list of orders."""

    search: str = Field("", max_length=100)
    state: list[OrderState] = Field(default_factory=list, max_length=12)
    destination: str = Field("", pattern="^([A-Z]{2})?$")
    since: date | None = None
    until: date | None = None
    cursor: str = Field("", max_length=300)
    size: Size = 50


@router.get("", response=Page[OrderDTO])
def list_orders(request: HttpRequest, query: Query[OrderQuery]) -> Page[OrderDTO]:
    """The orders that the caller may see, newest first, without their lines."""
    filters = OrderFilter(
        search=query.search, states=tuple(query.state), destination=query.destination,
        since=query.since, until=query.until,
    )  # fmt: skip
    page = orders.list_orders(scope_of(request), filters=filters, cursor=query.cursor, size=query.size)
    return Page[OrderDTO](items=list(page.orders), next_cursor=page.next_cursor)


@router.get("/returns", response=Page[ReturnDTO])
def list_returns(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The returns that the caller may see, newest first."""
    return page_of(orders.list_returns(scope_of(request), after=cursor, size=size + 1), size)


@router.post("/imports", response=dict[str, Any], openapi_extra=KEYED)
def import_file(
    request: HttpRequest, file: File[UploadedFile], mapping: Form[str] = "online-retail"
) -> Status[Any]:
    """Import a file of orders (CSV, XLSX, JSON) for the caller's organisation; importing it again changes nothing."""
    chosen = orders.PRESETS.get(mapping)
    if chosen is None:
        raise NotFound("No such mapping.", field="mapping", value=mapping)
    name, scope, opened = file.name or "upload", scope_of(request), cast("BinaryIO", file.file)
    return write(
        request,
        lambda: import_for(scope, opened, mapping=chosen, file_name=name, now=clock.now()),
        content=_identity(file, mapping),
    )


def _identity(file: UploadedFile, mapping: str) -> bytes:
    """What tells two uploads apart, without holding one in memory."""
    digest = hashlib.sha256(f"{mapping}\n{file.name}\n".encode(errors="replace"))
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.digest()


@router.get("/{order_id}", response=OrderDTO)
def order(request: HttpRequest, order_id: UUID) -> OrderDTO:
    """One order with its lines."""
    return orders.order_detail(scope_of(request), order_id)


@router.get("/{order_id}/money", response=MoneyView)
def money(request: HttpRequest, order_id: UUID) -> MoneyView:
    """Every posting of an order's money that the caller may see, from payment to payout."""
    return finance.money_of_order(scope_of(request), order_id)
