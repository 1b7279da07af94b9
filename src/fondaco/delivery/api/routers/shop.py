"""The open shop API: flash sales. Sellers set them up; buyers queue, and buy when it is their turn."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Header, Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Country, Currency, Page, Size, page_of
from fondaco.delivery.api.writes import write
from fondaco.flows import flash_sale, sale_pages
from fondaco.flows.sale_pages import Preview
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import Bought, Sale, SaleRow, SaleTerms, SaleWatch, Ticket

router = Router(tags=["shop"])

Sku = Annotated[str, Field(min_length=1, max_length=64)]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=200, pattern="^[!-~]+$")]
TicketHeader = Annotated[str, Header(alias="Sale-Ticket", min_length=1, max_length=600)]


class SaleIn(Schema):
    """The terms of a sale; prices in the currency's major units, by SKU of the seller's catalogue."""

    store_id: UUID
    name: str = Field(min_length=1, max_length=120)
    currency: Currency
    opens_at: datetime
    minutes: int = Field(5, ge=1, le=10_080)
    prices: dict[Sku, str] = Field(min_length=1, max_length=100)
    units: dict[Sku, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        default_factory=dict,
        max_length=100,
        description="pieces for sale by SKU; of others, all that is free",
    )
    admit_per_s: float = Field(100, gt=0, le=10_000)
    limit_per_buyer: int = Field(2, ge=1, le=1_000_000)
    pay_minutes: int = Field(30, ge=1, le=10_080)


class PreviewIn(Schema):
    """Prices to look at, in the currency's major units, by SKU of the caller's catalogue."""

    currency: Currency
    prices: dict[Sku, str] = Field(min_length=1, max_length=20)


class PurchaseIn(Schema):
    """What to buy, and where it goes; the same SKU twice counts as the sum."""

    pieces: list[tuple[Sku, Annotated[int, Field(ge=1, le=1_000_000)]]] = Field(min_length=1, max_length=50)
    destination: Country
    ship_to: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=200)]] = Field(
        default_factory=dict, max_length=12, description="name, street, city, postcode"
    )


@router.get("/sales", response=Page[SaleRow])
def own_sales(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The caller's flash sales, the latest first."""
    return page_of(
        sale_pages.own_sales(scope_of(request), now=clock.now(), after=cursor, size=size + 1), size
    )


@router.post("/sales/preview", response=list[Preview])
def preview(request: HttpRequest, body: PreviewIn) -> list[Preview]:
    """What one piece of each article comes to at a person's door abroad, without carriage; nothing is kept."""
    prices = {sku: Money.exactly(price, body.currency) for sku, price in body.prices.items()}
    return list(sale_pages.preview_prices(scope_of(request), prices, now=clock.now()))


@router.post("/sales", response={201: Sale}, openapi_extra=KEYED)
def set_up(request: HttpRequest, body: SaleIn) -> Status[Any]:
    """Set up a flash sale of the caller's articles out of one store."""
    scope, now = scope_of(request), clock.now()
    prices = {sku: Money.exactly(price, body.currency) for sku, price in body.prices.items()}
    terms = SaleTerms(
        seller_id=scope.organisation_id, store_id=body.store_id, name=body.name, currency=body.currency,
        opens_at=body.opens_at, closes_at=body.opens_at + timedelta(minutes=body.minutes), offers=(),
        admit_per_s=body.admit_per_s, limit_per_buyer=body.limit_per_buyer, pay_minutes=body.pay_minutes,
    )  # fmt: skip
    return write(
        request, lambda: flash_sale.set_up_sale(scope, terms, prices, units=body.units, now=now), status=201
    )


@router.get("/sales/{sale_id}", response=Sale, auth=None)
def sale(request: HttpRequest, sale_id: UUID) -> Sale:
    """A sale's terms and articles, for everybody who has its address."""
    return logistics.find_sale(sale_id)


@router.get("/sales/{sale_id}/left", response=dict[str, int], auth=None)
def left(request: HttpRequest, sale_id: UUID) -> dict[str, int]:
    """What is left by SKU, in steps: at least so many pieces (1000, 500, 100, 50, 10, 1), or 0 when sold out."""
    return dict(sale_pages.sale_sheet(None, sale_id, now=clock.now()).left)


@router.get("/sales/{sale_id}/watch", response=SaleWatch)
def watch(request: HttpRequest, sale_id: UUID) -> SaleWatch:
    """How the caller's sale is going: pieces, queue, purchases by minute, and `oversold`, which is 0."""
    return sale_pages.watch(scope_of(request), sale_id, now=clock.now())


@router.post("/sales/{sale_id}/queue", response=Ticket)
def join(request: HttpRequest, sale_id: UUID) -> Ticket:
    """Join the queue: a place, the moment from which to buy, and the ticket. Again, it is the same place."""
    return flash_sale.join_sale(scope_of(request), sale_id, now=clock.now())


@router.post("/sales/{sale_id}/purchases", response={201: Bought})
def buy(
    request: HttpRequest, sale_id: UUID, body: PurchaseIn, key: Key, ticket: TicketHeader
) -> Status[Bought]:
    """Buy: an order whose pieces are held until they are paid for. The same key gives the same purchase again.

    429 with Retry-After before the buyer's turn; 409 when sold out, over, or past the buyer's limit.
    """
    bought = flash_sale.buy(
        scope_of(request), sale_id, body.pieces, ticket=ticket, key=key, destination=body.destination,
        ship_to=body.ship_to, now=clock.now(),
    )  # fmt: skip
    return Status(201, bought)
