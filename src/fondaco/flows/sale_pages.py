"""Flash sales for the pages: what a buyer sees of one, what a seller sees, and what its prices come to abroad. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from fondaco.commerce.catalog.public import ProductFacts
from fondaco.commerce.orders import public as orders
from fondaco.flows.flash_sale import facts_of
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import OrganisationDTO
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import LandedLine, LandedQuote, LandedRequest
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import Bought, Sale, SaleRow, SaleWatch, Ticket, stock_step

PREVIEWED = ("DE", "FR", "US", "CA", "AU", "JP", "CH", "NO")


@dataclass(frozen=True, slots=True)
class SaleSheet:
    """A sale as one reader sees it. `left` is the step that is told of each SKU's free pieces, 0 for none.

    `ticket` is there for a buyer in the queue, `bought` and `home` (where the goods go unless said otherwise) for
    any buyer.
    """

    sale: Sale
    seller: str
    phase: str
    left: Mapping[str, int]
    ticket: Ticket | None
    bought: tuple[Bought, ...]
    home: OrganisationDTO | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What one piece at the sale's price comes to at a person's door abroad; `quote.missing` says what is not known."""

    sku: str
    price: Money
    quotes: tuple[LandedQuote, ...]


def sale_sheet(scope: Scope | None, sale_id: UUID, *, now: datetime) -> SaleSheet:
    """What `scope` (None: anybody) sees of a sale; NotFound. The same number of queries whatever its size."""
    sale = logistics.find_sale(sale_id)
    left = {sku: stock_step(free) for sku, free in logistics.pieces_left(sale).items()}
    wanted = {sale.terms.seller_id}
    ticket: Ticket | None = None
    bought: tuple[Bought, ...] = ()
    if scope and scope.kind == Kind.BUYER:
        buyer = scope.organisation_id
        wanted.add(buyer)
        ticket, bought = (
            logistics.place_in_queue(sale, buyer, now=now),
            _numbered(logistics.bought_in(sale, buyer)),
        )
    names = parties.organisations(wanted)
    home = names.get(scope.organisation_id) if scope and scope.kind == Kind.BUYER else None
    return SaleSheet(sale, names[sale.terms.seller_id].name, sale.phase(now), left, ticket, bought, home)


def _numbered(bought: tuple[Bought, ...]) -> tuple[Bought, ...]:
    """Purchases with the numbers of their orders; one that was paid for says so before its time to pay is over."""
    known = {order.id: order for order in orders.orders_by_ids([one.order_id for one in bought])}
    return tuple(
        replace(one, number=order.number, state="kept" if order.reached.get("paid") else one.state)
        for one in bought
        if (order := known.get(one.order_id))
    )


def public_sales(*, now: datetime) -> tuple[tuple[SaleRow, str], ...]:
    """The sales open to everybody now or soon, with their sellers' names."""
    rows = logistics.open_sales(now=now)
    known = parties.organisations({row.seller_id for row in rows})
    return tuple((row, known[row.seller_id].name) for row in rows)


def own_sales(
    scope: Scope, *, now: datetime, after: UUID | None = None, size: int = 100
) -> tuple[SaleRow, ...]:
    """The seller's sales (of the operator: everybody's), the latest first; past sale `after` where one is named."""
    scope.require(kinds=(Kind.SELLER,))
    return logistics.list_sales(scope, now=now, after=after, size=size)


def watch(scope: Scope, sale_id: UUID, *, now: datetime) -> SaleWatch:
    """How a sale of the seller's is going; NotFound."""
    scope.require(kinds=(Kind.SELLER,))
    return logistics.watch_sale(scope, sale_id, now=now)


def preview_prices(scope: Scope, prices: Mapping[str, Money], *, now: datetime) -> tuple[Preview, ...]:
    """What one piece of each article comes to, landed, in the destinations that matter; carriage is not in it.

    NotOnSale for an article that the catalogue lacks. Landed for a person, by the rules of today, as the flow will
    price the order; what the buyer's carriage adds to duty and tax is known when the order is packed.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    facts = facts_of(scope.organisation_id, prices)
    seller = parties.organisations([scope.organisation_id])[scope.organisation_id]
    places = _places(seller.country, on=now.date())
    schemes = window.schemes_open_to(seller.identifiers)
    asks = [
        _request(facts[sku], price, place, origin=seller.country, on=now.date(), schemes=schemes)
        for sku, price in sorted(prices.items())
        for place in places
    ]
    quotes = window.quote_landed_costs(asks, rates=finance.rate_source(), hs6_policy="max")
    each = len(places)
    return tuple(
        Preview(sku, price, tuple(quotes[n * each : (n + 1) * each]))
        for n, (sku, price) in enumerate(sorted(prices.items()))
    )


def _places(home: str, *, on: date) -> tuple[str, ...]:
    held = {place.destination for place in window.destinations(on=on)}
    return tuple(place for place in PREVIEWED if place in held and place != home)


def _request(
    facts: ProductFacts, price: Money, destination: str, *, origin: str, on: date, schemes: frozenset[str]
) -> LandedRequest:
    line = LandedLine(
        line_id="1", sku=facts.sku, title=facts.title, hs_code=facts.hs_code, origin=facts.origin, quantity=1,
        value=price, mass_g=facts.mass_g or 0,
    )  # fmt: skip
    nothing = Money.zero(price.currency)
    return LandedRequest(
        reference=f"{facts.sku}:{destination}", on=on, origin=origin, destination=destination, incoterm="DDP",
        lines=(line,), freight=nothing, insurance=nothing, b2c=True, schemes=schemes,
    )  # fmt: skip
