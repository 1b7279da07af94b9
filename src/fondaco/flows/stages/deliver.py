"""Deliver: plan the way, book the consignment with its carrier and take over what the carrier reports."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fondaco.flows.stock import ship_stock
from fondaco.flows.work import Batch, Outcome, Work
from fondaco.systems.logistics import public as logistics


def deliver(batch: Batch, work: Work) -> Outcome:
    """Orders all of whose consignments are delivered go on."""
    outcome = Outcome()
    parts = logistics.parts_for([order.id for order in batch])
    carry([moved.id for order_parts in parts.values() for moved in order_parts], work)
    for order_id, moved in logistics.consignments_for([order.id for order in batch]).items():
        if moved.delivered_at:
            outcome.send(order_id, "deliver", delivered_at=moved.delivered_at.isoformat())
    outcome.writes.append(ship_stock(outcome.moves.get("deliver", ()), work))
    return outcome


def carry(consignment_ids: Sequence[UUID], work: Work) -> None:
    """Plan the way of released consignments, book them with their carriers and take over what these report."""
    if consignment_ids:
        logistics.plan_itineraries(consignment_ids, now=work.now)
        logistics.deliver_simulated(
            consignment_ids, actor=work.actor, now=work.now, gateway=work.ports.carrier
        )
