"""Refunds outside a return: by the house's own hand, and of what came for an order that is cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from fondaco.commerce.orders import public as orders
from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import RefundDTO, RefundRequest
from fondaco.systems.logistics import public as logistics


def refund_by_house(payment_id: UUID, *, minor: int, key: str, now: datetime) -> RefundDTO:
    """Give `minor` units (of the order's currency) of a payment back. NotFound; the answer says why it was refused.

    The seller bears it, as with a return; the same `key` is the same refund.
    """
    house = Scope(finance.HOUSE, Kind.PLATFORM, role=Role.OWNER, actor="house")
    order_id = finance.payment_of(house, payment_id).payment.order_id
    wanted = RefundRequest(
        return_id=uuid5(NAMESPACE_URL, f"refund:{order_id}:{key}"),
        order_id=order_id,
        goods=minor,
        on=now.date(),
    )
    with simulated_ports(
        ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    ) as ports:
        return finance.refund_returns([wanted], ports.provider, now=now)[0]


def give_back_cancelled(order_ids: Sequence[UUID], *, now: datetime) -> int:
    """Owe the buyers what escrow holds for those of these orders that are cancelled; how many.

    A payment may end after its order has: on the provider's own page, by a lost answer. It is paid back by the
    next round of the janitor (`poll_payments`). Again, it changes nothing.
    """
    cancelled = orders.cancelled_among(order_ids)
    held = finance.escrow_of(list(cancelled)) if cancelled else {}
    owed = [
        RefundRequest(uuid5(order_id, "cancelled"), order_id, goods=money.minor, on=now.date())
        for order_id, money in held.items()
        if money.minor > 0
    ]
    return len(owed) - len(finance.owe_refunds(owed, now=now)) if owed else 0
