"""A refund by the house's own hand, outside a return: once for each key that names it."""

from __future__ import annotations

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

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
