"""Deliver: plan the way, book the consignment with its carrier and take over what the carrier reports."""

from __future__ import annotations

from fondaco.flows.stock import ship_stock
from fondaco.flows.work import Batch, Outcome, Work
from fondaco.systems.logistics import public as logistics


def deliver(batch: Batch, work: Work) -> Outcome:
    """Orders all of whose consignments are delivered go on."""
    outcome = Outcome()
    parts = logistics.parts_for([order.id for order in batch])
    ids = [moved.id for order_parts in parts.values() for moved in order_parts]
    logistics.plan_itineraries(ids, now=work.now)
    logistics.deliver_simulated(ids, actor=work.actor, now=work.now, gateway=work.ports.carrier)
    for order_id, moved in logistics.consignments_for([order.id for order in batch]).items():
        if moved.delivered_at:
            outcome.send(order_id, "deliver", delivered_at=moved.delivered_at.isoformat())
    outcome.writes.append(ship_stock(outcome.moves.get("deliver", ()), work))
    return outcome
