"""Deliver: plan the way, book the consignment with its carrier and take over what the carrier reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from fondaco.commerce.orders.public import OrderState
from fondaco.flows.stock import ship_stock
from fondaco.flows.voyages import report_voyages
from fondaco.flows.work import Batch, Outcome, Work
from fondaco.systems.logistics import public as logistics


def deliver(batch: Batch, work: Work) -> Outcome:
    """Orders all of whose consignments are delivered go on; what its carrier has fetched is no longer in stock."""
    outcome = Outcome()
    parts = logistics.parts_for([order.id for order in batch])
    released = {order.id: datetime.fromisoformat(order.reached[OrderState.RELEASED]) for order in batch}
    carry({moved.id: released[key] for key, moves in parts.items() for moved in moves}, work)
    tell_border(list(parts), work)
    moved = logistics.parts_for([order.id for order in batch])
    for order_id, moves in moved.items():
        if at := logistics.whole_of(moves).delivered_at:
            outcome.send(order_id, "deliver", delivered_at=at.isoformat())
            outcome.at[order_id] = at
    gone = [key for key, moves in moved.items() if any(one.state != "booked" for one in moves)]
    outcome.writes.append(ship_stock(gone, work))
    return outcome


def tell_border(order_ids: Sequence[UUID], work: Work) -> None:
    """Tell the customs of the country that goods leave what carriers have said of them at its border."""
    report_voyages(order_ids, work.ports.agency, actor=work.actor, now=work.now, retold=work.retold)


def carry(released: Mapping[UUID, datetime], work: Work) -> None:
    """Plan the way of consignments from their release on, book them with their carriers and take over what these report."""
    if released:
        logistics.hand_over(released)
        logistics.plan_itineraries(list(released), now=work.now)
        logistics.deliver_simulated(
            list(released), actor=work.actor, now=work.now, gateway=work.ports.carrier
        )
