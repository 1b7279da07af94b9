"""Original payment data of orders, gathered for Chinese customs when it asks (GACC Announcement 2018 No. 179)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import OpenRequest, PaidTransaction, PaymentDataGateway
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import PaymentDTO
from fondaco.systems.logistics import public as logistics

YUAN = "CNY"


def send_payment_data(*, now: datetime) -> int:
    """Upload what customs waits for; how many payments it took in.

    The gateway is the demonstration's until a deployment configures a real one.
    """
    if not window.open_payment_requests():
        return 0
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        return upload_payment_data(ports.agency, actor="house", now=now)


def upload_payment_data(gateway: PaymentDataGateway, *, actor: str, now: datetime) -> int:
    """The same through `gateway`. Call outside any transaction."""
    found = _transactions(window.open_payment_requests())
    return window.lodge_payment_data(found, gateway, actor=actor, now=now)


def show_payment_data(
    seller_ids: Sequence[UUID], gateway: PaymentDataGateway, *, actor: str, now: datetime
) -> int:
    """Let customs ask once for a released import of these sellers, and answer it: for the demonstration."""
    if asked := window.request_one(seller_ids, now=now):
        window.hear_payment_request(asked, now=now)
    return upload_payment_data(gateway, actor=actor, now=now)


def _transactions(asked: Sequence[OpenRequest]) -> dict[str, PaidTransaction]:
    """The payment behind each session that has one in yuan; of a basket, the whole payment with all its orders."""
    payments = finance.payments_for([one.order_id for one in asked])
    baskets = finance.paid_together(payments.values())
    payments |= finance.payments_for(list({key for ids in baskets.values() for key in ids} - set(payments)))
    known = {one.id: one for one in orders.orders_by_ids(list(payments))}
    found = {}
    for one in asked:
        payment = payments.get(one.order_id)
        if payment is None or payment.escrow.currency != YUAN or not _is_paid(known.get(one.order_id)):
            continue
        together = baskets.get(payment.basket_id, frozenset()) if payment.basket_id else frozenset()
        shares = {key: payments[key] for key in sorted({one.order_id, *together}) if key in known}
        found[one.session] = _transaction(one, payment, shares, known)
    return found


def _transaction(
    asked: OpenRequest, payment: PaymentDTO, shares: Mapping[UUID, PaymentDTO], known: Mapping[UUID, OrderDTO]
) -> PaidTransaction:
    """`shares` are the payments that one transaction covers, by order."""
    order = known[asked.order_id]
    minor = sum(one.escrow.minor for one in shares.values())
    numbers = {key: asked.order_number if key == asked.order_id else known[key].number for key in shares}
    return PaidTransaction(
        number=payment.provider_reference,
        request=_request(order, payment, minor),
        response=_response(payment, minor),
        minor=minor,
        at=datetime.fromisoformat(order.reached["paid"]),
        orders={numbers[key]: _goods(known[key]) for key in shares},
    )


def _is_paid(order: OrderDTO | None) -> bool:
    return order is not None and "paid" in order.reached


def _goods(order: OrderDTO) -> list[tuple[str, str]]:
    return [(line.title, f"/products/{line.product_id}/") for line in order.lines]


def _request(order: OrderDTO, payment: PaymentDTO, minor: int) -> str:
    """What was asked of the provider, from what the books keep of it."""
    told = {
        "payment": str(payment.id), "attempt": payment.attempt, "method": payment.method, "order": order.number,
        "buyer": str(payment.buyer_id), "buyer_name": order.ship_to.get("name", ""), "amount_minor": minor, "currency": YUAN,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False)


def _response(payment: PaymentDTO, minor: int) -> str:
    """What it answered, from what the books keep of it."""
    told = {"reference": payment.provider_reference, "state": payment.state, "amount_minor": minor}
    return json.dumps(told | {"currency": YUAN}, ensure_ascii=False)
