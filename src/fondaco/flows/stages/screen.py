"""Screen: the parties of each order against the lists in force; a hit waits for two people."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from fondaco.flows.work import Batch, Outcome, Work
from fondaco.systems.risk import public as risk
from fondaco.systems.risk.public import ScreeningRecord, ScreenRequest


def screen(batch: Batch, work: Work) -> Outcome:
    """Orders whose buyer is clear go on; the others are held behind a case."""
    outcome = Outcome()
    buyers = {order.buyer_id: work.parties[order.buyer_id] for order in batch}
    asked = [ScreenRequest(str(key), party.name, party.country) for key, party in buyers.items()]
    found = {UUID(result.reference): result for result in risk.screen_names(asked, now=work.now)}
    waiting: dict[tuple[UUID, UUID], list[UUID]] = {}
    for order in batch:
        waiting.setdefault((order.buyer_id, order.seller_id), []).append(order.id)
    records = [ScreeningRecord(buyer, ids, found[buyer], seller) for (buyer, seller), ids in waiting.items()]
    outcome.writes.append(partial(_keep, records, outcome, work))
    return outcome


def _keep(records: list[ScreeningRecord], outcome: Outcome, work: Work) -> None:
    """Keep the results; whether a match still holds an order depends on waivers and decided cases."""
    kept = risk.record_screenings(records, now=work.now, actor=work.actor)
    for record, result in zip(records, kept, strict=True):
        event = "screen" if result.outcome == risk.Outcome.CLEAR else "hold"
        for order_id in record.order_ids:
            outcome.send(order_id, event, screening_id=str(result.screening_id))
