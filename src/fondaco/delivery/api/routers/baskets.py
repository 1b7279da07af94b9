"""Baskets: a buyer pays the waiting orders of several sellers once; its share per order."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Page, ReturnUrl, Size, page_of
from fondaco.delivery.api.writes import write
from fondaco.flows import baskets as flow
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.systems.finance.public import BasketDTO, PaymentDTO

router = Router(tags=["finance"])


class BasketIn(Schema):
    """The caller's orders that wait to be paid."""

    order_ids: list[UUID] = Field(min_length=2, max_length=50)


class PageIn(Schema):
    """Where the provider's page sends the browser back to."""

    return_url: ReturnUrl


class PageOut(Schema):
    """The provider's page; empty where the basket is decided already."""

    url: str


class BasketOut(Schema):
    """A basket: one payment, and each order's share, which adds up to it."""

    id: UUID
    buyer_id: UUID
    state: str
    amount: Money
    refunded: Money
    payments: list[PaymentDTO]
    created_at: datetime


@router.get("", response=Page[BasketOut])
def baskets(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The caller's baskets, newest first."""
    found = flow.basket_list(scope_of(request), before=cursor, size=size + 1).rows
    return page_of([_out(one) for one in found], size)


@router.post("", response=BasketOut, openapi_extra=KEYED)
def make(request: HttpRequest, body: BasketIn) -> Status[Any]:
    """Put waiting orders into one basket; nobody is charged yet. The same orders again are the same basket."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: _out(flow.make_basket(scope, body.order_ids, now=now)))


@router.get("/{basket_id}", response=BasketOut)
def basket(request: HttpRequest, basket_id: UUID) -> BasketOut:
    """One basket, for its buyer, its provider and the operator."""
    return _out(flow.basket_sheet(scope_of(request), basket_id).basket)


@router.post("/{basket_id}/page", response=PageOut, openapi_extra=KEYED)
def open_page(request: HttpRequest, basket_id: UUID, body: PageIn) -> Status[Any]:
    """Where the buyer pays for the basket: no card number ever comes here."""
    scope = scope_of(request)
    return write(
        request, lambda: PageOut(url=flow.start_basket(scope, basket_id, return_url=body.return_url))
    )


def _out(one: BasketDTO) -> BasketOut:
    return BasketOut(
        id=one.id, buyer_id=one.buyer_id, state=one.state, amount=one.amount, refunded=one.refunded,
        payments=list(one.payments), created_at=one.created_at,
    )  # fmt: skip
