"""A basket: a buyer pays the waiting orders of several sellers once, on the provider's own card page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderFilter, OrderState
from fondaco.flows.checkout import NotPayable, page_connector, page_request, standing_house
from fondaco.flows.simulators import page_desk
from fondaco.flows.stages.pay import landed_total
from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import BasketDTO, BasketRequest

MOST_WAITING = 50
_OPEN = ("processing", "unknown")


@dataclass(frozen=True, slots=True)
class BasketList:
    """The reader's baskets, and of a buyer the orders that wait and may be paid together."""

    rows: tuple[BasketDTO, ...]
    waiting: tuple[tuple[OrderDTO, Money], ...]
    numbers: Mapping[UUID, str]
    names: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class BasketSheet:
    """One basket with the numbers of its orders and the names of their sellers."""

    basket: BasketDTO
    may_pay: bool
    fees: Mapping[UUID, Money] = field(default_factory=dict)
    numbers: Mapping[UUID, str] = field(default_factory=dict)
    names: Mapping[UUID, str] = field(default_factory=dict)


def basket_list(scope: Scope, *, before: UUID | None, size: int) -> BasketList:
    """A page of baskets: the same number of queries for 1 and for 50."""
    rows = finance.list_baskets(scope, before=before, size=size)
    waiting = _waiting(scope) if scope.kind == Kind.BUYER else ()
    return BasketList(tuple(rows), waiting, *_named(rows))


def basket_sheet(scope: Scope, basket_id: UUID) -> BasketSheet:
    """One basket for its buyer, its provider or the operator. NotFound for everybody else, sellers among them."""
    basket = _seen(scope, basket_id)
    may_pay = scope.kind == Kind.BUYER and basket.state in _OPEN
    fees = finance.provider_fees(scope, [one.id for one in basket.payments])
    return BasketSheet(basket, may_pay, fees, *_named([basket]))


def make_basket(scope: Scope, order_ids: Sequence[UUID], *, now: datetime) -> BasketDTO:
    """Put the buyer's waiting orders into one basket; the same orders again give the same basket until it failed.

    NotFound for an order of somebody else, NotPayable for one that does not wait for its payment, BadBasket,
    AlreadyPaid: then nothing is made.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.BUYER,))
    chosen = [orders.order_detail(scope, order_id) for order_id in dict.fromkeys(order_ids)]
    for order in chosen:
        if order.state != OrderState.SCREENED or order.buyer_id != scope.organisation_id:
            raise NotPayable(field="order", value=order.number)
    overs = {order.id: len(finance.payments_of(order.id)[1]) for order in chosen}
    asked = sorted(chosen, key=lambda order: order.id)
    told = repr([(str(order.id), overs[order.id]) for order in asked])
    request = BasketRequest(
        tuple(page_request(order, overs[order.id], now=now) for order in asked),
        f"page-basket:{hashlib.sha256(told.encode()).hexdigest()}",
    )
    with page_connector() as connector:
        return finance.make_basket(request, finance.PaymentDesk((connector,)), now=now)


def start_basket(scope: Scope, basket_id: UUID, *, return_url: str) -> str:
    """The address of the provider's page on which the buyer pays; empty where it is decided. PageUnavailable."""
    scope.require(role=Role.CLERK, kinds=(Kind.BUYER,))
    _seen(scope, basket_id)
    with page_connector() as connector:
        return finance.basket_page(basket_id, connector, return_url=return_url)


def finish_basket(scope: Scope, basket_id: UUID, *, now: datetime) -> BasketDTO:
    """What became of the basket, asked of the provider: the browser's return alone proves nothing."""
    scope.require(kinds=(Kind.BUYER,))
    _seen(scope, basket_id)
    with page_desk(standing_house()) as connector:
        return finance.poll_basket(basket_id, connector, now=now)


def _seen(scope: Scope, basket_id: UUID) -> BasketDTO:
    found = finance.basket_of(scope, basket_id)
    if found is None:
        raise NotFound(field="basket", value=basket_id)
    return found


def _waiting(scope: Scope) -> tuple[tuple[OrderDTO, Money], ...]:
    """The buyer's orders that wait for a payment of which none is under way, with their landed totals."""
    screened = OrderFilter(states=(OrderState.SCREENED,))
    page = orders.list_orders(scope, filters=screened, size=MOST_WAITING).orders
    under_way = finance.payments_for([order.id for order in page])
    return tuple((order, landed_total(order)) for order in page if order.id not in under_way)


def _named(rows: Iterable[BasketDTO]) -> tuple[Mapping[UUID, str], Mapping[UUID, str]]:
    """The numbers of the orders and the names of buyers and sellers."""
    shares = [share for row in rows for share in row.payments]
    numbers = orders.numbers_of([share.order_id for share in shares])
    ids = {share.seller_id for share in shares} | {share.buyer_id for share in shares}
    return numbers, {key: who.name for key, who in parties.organisations(ids).items()}
