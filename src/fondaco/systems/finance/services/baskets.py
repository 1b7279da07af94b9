"""Baskets: the orders of several sellers paid once; each order's share is a payment of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db import transaction

from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.finance.domain.baskets import BasketDTO, BasketRequest, check_basket
from fondaco.systems.finance.domain.connectors import Connector, PaymentDesk, desk_of
from fondaco.systems.finance.domain.ledger import KeyReused, key_of
from fondaco.systems.finance.domain.payments import PaymentDTO, PaymentGateway
from fondaco.systems.finance.models import Basket, PaymentIntent
from fondaco.systems.finance.selectors import payment_dto
from fondaco.systems.finance.services.charges import charge_of
from fondaco.systems.finance.services.checkout import OPEN, PageGateway
from fondaco.systems.finance.services.intents import persist_intents
from fondaco.systems.finance.services.payments import poll_intents
from fondaco.systems.finance.services.support import insert_models


def take_basket(request: BasketRequest, given: PaymentGateway | PaymentDesk, *, now: datetime) -> BasketDTO:
    """Take the sum of a basket at one provider, once, and put each share into its order's escrow.

    All shares end in the same state. A rerun after a crash goes on where it stopped.

    BadBasket, KeyReused, AlreadyPaid (of any of its orders), BadPayment, NoConnector, NoRate, RateTooOld: nothing
    was asked of any provider then, and no order's payment was made.
    """
    desk = desk_of(given)
    shares = _persist(request, desk, now=now)
    poll_intents([share for share in shares if share.state in OPEN], desk, now=now)
    return _dto_of(shares[0].basket_id)


def make_basket(request: BasketRequest, given: PaymentGateway | PaymentDesk, *, now: datetime) -> BasketDTO:
    """Make the basket and its shares, and ask nobody yet: the buyer pays on `basket_page`. Errors as `take_basket`."""
    return _dto_of(_persist(request, desk_of(given), now=now)[0].basket_id)


def basket_page(basket_id: UUID, connector: Connector, *, return_url: str) -> str:
    """Where the buyer pays for a basket; empty where it is decided. The same page each time. PageUnavailable."""
    lead = _shares(basket_id)[0]
    if lead.state not in OPEN:
        return ""
    return cast("PageGateway", connector.gateway).open_page(charge_of(lead), return_url=return_url)


def poll_basket(basket_id: UUID, connector: Connector, *, now: datetime) -> BasketDTO:
    """Ask the provider what became of a basket, and book it."""
    shares = _shares(basket_id)
    poll_intents([share for share in shares if share.state in OPEN], PaymentDesk((connector,)), now=now)
    return _dto_of(basket_id)


def basket_of(scope: Scope, basket_id: UUID) -> BasketDTO | None:
    """A basket with all its shares, as its buyer, the operator or its provider sees it; None for everybody else."""
    found = _dtos(Basket.objects.house().filter(id=basket_id))
    if not found or not (scope.is_operator or _is_part(scope, found[0])):
        return None
    return found[0]


def list_baskets(scope: Scope, *, before: UUID | None = None, size: int = 50) -> list[BasketDTO]:
    """The baskets that `scope` has paid or is to pay, newest first; past `before` where one is named."""
    rows = Basket.objects.of(scope)
    rows = rows.filter(id__lt=before) if before else rows
    return _dtos(rows.order_by("-id")[:size])


def paid_together(payments: Iterable[PaymentDTO]) -> dict[UUID, frozenset[UUID]]:
    """For each basket that some of `payments` are shares of: all orders that it paid, for house work. One query."""
    baskets = {one.basket_id for one in payments if one.basket_id}
    found: dict[UUID, set[UUID]] = {}
    if baskets:
        rows = PaymentIntent.objects.house().filter(basket_id__in=baskets)
        for basket_id, order_id in rows.values_list("basket_id", "order_id"):
            found.setdefault(basket_id, set()).add(order_id)
    return {basket_id: frozenset(ids) for basket_id, ids in found.items()}


def _is_part(scope: Scope, basket: BasketDTO) -> bool:
    mine = {Kind.BUYER: basket.buyer_id, Kind.PSP: basket.payments[0].provider_id}
    return mine.get(scope.kind) == scope.organisation_id


def _persist(request: BasketRequest, desk: PaymentDesk, *, now: datetime) -> list[PaymentIntent]:
    """The basket's row and its shares, committed together; those of an earlier call where there was one."""
    check_basket(request)
    key = key_of(request.idem)
    with transaction.atomic():
        row = Basket(
            id=new_id(), idem=key, req_hash=request.digest(), buyer_id=request.shares[0].buyer_id,
            currency=request.amount.currency, amount_minor=request.amount.minor, orders=len(request.shares),
            created_at=now,
        )  # fmt: skip
        insert_models([row])
        kept = Basket.objects.house().get(idem=key)
        if bytes(kept.req_hash) != request.digest():
            raise KeyReused(field="idem", value=request.idem)
        shares = [
            replace(share, basket_id=kept.id, idem=f"basket:{kept.id}:{share.order_id}")
            for share in request.shares
        ]
        return persist_intents(shares, desk, now=now)


def _shares(basket_id: UUID) -> list[PaymentIntent]:
    """The shares of a basket that the caller has seen."""
    return list(PaymentIntent.objects.house().filter(basket_id=basket_id).order_by("id"))


def _dto_of(basket_id: UUID | None) -> BasketDTO:
    assert basket_id is not None  # noqa: S101 - every share made here has one
    return _dtos(Basket.objects.house().filter(id=basket_id))[0]


def _dtos(rows: Iterable[Basket]) -> list[BasketDTO]:
    """Baskets with their shares, in two queries however many."""
    baskets: Sequence[Basket] = list(rows)
    shares: dict[UUID, list[PaymentIntent]] = {}
    for share in PaymentIntent.objects.house().filter(basket__in=baskets).order_by("id"):
        if share.basket_id:
            shares.setdefault(share.basket_id, []).append(share)
    return [
        BasketDTO(
            one.id, one.buyer_id, Money(one.amount_minor, one.currency),
            tuple(payment_dto(share) for share in shares[one.id]), one.created_at,
        )
        for one in baskets
    ]  # fmt: skip
