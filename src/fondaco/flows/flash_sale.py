"""A flash sale: buyers queue, buy when it is their turn, and each purchase is an order that holds its stock.

One transaction makes all of it or nothing: the purchase under its key, the buyer's limit, the order, and last the
stock row that decides. A purchase that is not paid for in time is cancelled and its pieces go back on sale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.db import transaction

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import ProductFacts
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import ORDER_MACHINE, BookLine, BookOrder, LineKind
from fondaco.kernel.errors import Conflict, Forbidden
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import PaymentState
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import Bought, NotOnSale, Sale, SaleOffer, SaleTerms, Ticket

ACTOR = "flash-sale"
_TAKEN = (PaymentState.AUTHORISED, PaymentState.CAPTURED, PaymentState.SETTLED)


def set_up_sale(
    scope: Scope,
    terms: SaleTerms,
    prices: Mapping[str, Money],
    *,
    now: datetime,
    units: Mapping[str, int] = MappingProxyType({}),
) -> Sale:
    """Set up a sale of the seller's own articles at `prices` by SKU; NotOnSale for one the catalogue lacks.

    `units` says how many pieces of an SKU are for sale; of one it does not name, all that the store has free.
    """
    scope.require(role=Role.MANAGER, kinds=(Kind.SELLER,))
    facts = facts_of(terms.seller_id, prices)
    offers = tuple(
        SaleOffer(sku, facts[sku].title, facts[sku].product_id, price.minor, units.get(sku))
        for sku, price in sorted(prices.items())
    )
    return logistics.make_sale(replace(terms, offers=offers), now=now)


def facts_of(seller_id: UUID, skus: Iterable[str]) -> dict[str, ProductFacts]:
    """What the seller's catalogue knows of these articles, by SKU; NotOnSale for one it lacks."""
    wanted = list(skus)
    known = catalog.product_ids_of(seller_id, wanted)
    for sku in wanted:
        if sku not in known:
            raise NotOnSale("The catalogue has no such article.", field="sku", value=sku)
    return {facts.sku: facts for facts in catalog.facts_for(known.values()).values()}


def join_sale(scope: Scope, sale_id: UUID, *, now: datetime) -> Ticket:
    """The buyer's place in the sale's queue, with the ticket to buy with."""
    return logistics.join_queue(logistics.find_sale(sale_id), _buyer(scope), now=now)


def buy(
    scope: Scope, sale_id: UUID, pieces: Sequence[tuple[str, int]], *, ticket: str, key: str, destination: str,
    ship_to: Mapping[str, str], now: datetime,
) -> Bought:  # fmt: skip
    """Buy in a sale: an order that waits for its payment, its pieces held.

    The same `key` with the same request gives the same purchase again. TooEarly, BadTicket, SaleOver, NotOnSale,
    OutOfStock, LimitReached, IdempotencyKeyReused: refused, and nothing was changed.
    """
    buyer, sale = _buyer(scope), logistics.find_sale(sale_id)
    logistics.check_ticket(ticket, sale, buyer, now=now)
    cart = logistics.sum_cart(pieces)
    for sku, _ in cart:
        sale.offer(sku)
    digest = hashlib.sha256(repr((cart, destination, sorted(ship_to.items()))).encode()).digest()
    if known := logistics.find_purchase(sale, buyer, key, digest=digest):
        return known
    logistics.require_in_stock(sale, cart)
    with transaction.atomic():
        bought = logistics.claim_purchase(sale, buyer, cart, key=key, digest=digest, now=now)
        if bought is not None:
            order = _order(sale, bought, destination=destination, ship_to=ship_to, now=now)
            number = orders.place_order(
                bought.order_id, order, seller_id=sale.terms.seller_id, buyer_id=buyer,
                product_ids={o.sku: o.product_id for o in sale.terms.offers}, actor=scope.actor or ACTOR, now=now,
            )  # fmt: skip
            logistics.hold_purchase(sale, bought, number=number, actor=scope.actor or ACTOR, now=now)
            return replace(bought, number=number)
    if known := logistics.find_purchase(sale, buyer, key, digest=digest):
        return known
    raise Conflict("Another request with this key is under way.", field="Idempotency-Key", value=key)


def sweep_purchases(*, now: datetime, limit: int = 500) -> tuple[int, int]:
    """Keep the purchases that were paid for, cancel those whose time is over; how many of each. Repeatable.

    One whose money is in, but whose order has not been moved yet, is left for the next time.
    """
    with transaction.atomic():
        due = logistics.due_purchases(now=now, limit=limit)
        standing = orders.orders_by_ids(due)
        taken = {key for key, one in finance.payments_for(due).items() if one.state in _TAKEN}
        unpaid = [o.id for o in standing if not o.reached.get("paid") and o.id not in taken]
        open_still = [
            o.id for o in standing if o.id in set(unpaid) and o.state in ORDER_MACHINE.sources("cancel")
        ]
        kept = logistics.keep_purchases([o.id for o in standing if o.reached.get("paid")], now=now)
        lapsed = logistics.lapse_purchases(unpaid, actor=ACTOR, now=now)
        if open_still:
            orders.advance(open_still, "cancel", actor=ACTOR, now=now)
    return kept, lapsed


def _buyer(scope: Scope) -> UUID:
    """Buyers buy for themselves: nobody else has a place in the queue."""
    scope.require(role=Role.CLERK)
    if scope.kind != Kind.BUYER:
        raise Forbidden(field="organisation", value=scope.kind)
    return scope.organisation_id


def _order(
    sale: Sale, bought: Bought, *, destination: str, ship_to: Mapping[str, str], now: datetime
) -> BookOrder:
    lines = [
        BookLine(LineKind.GOODS, sku, offer.title, n, offer.price_minor)
        for sku, n in bought.pieces.items()
        for offer in [sale.offer(sku)]
    ]
    reference = f"flash:{bought.order_id}"
    return BookOrder(
        source_ref=reference, buyer="", destination=destination, ordered_at=now, original_ordered_at=now,
        currency=sale.terms.currency, lines=tuple(lines), goods_minor=bought.total_minor, carriage_minor=0,
        discount_minor=0, other_minor=0, ship_to=ship_to,
        content_hash=hashlib.sha256(reference.encode()).hexdigest()[:32],
    )  # fmt: skip
