"""Try orders again that waited for a person: what was missing may be known by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState
from fondaco.flows.book import BATCH, run_batch
from fondaco.flows.stages.declare import resume
from fondaco.flows.stages.pack import pack_and_quote
from fondaco.flows.stages.price import price
from fondaco.flows.work import Batch, Outcome, Stage, Work


def retry_for(product_ids: Sequence[UUID], work: Work) -> int:
    """Try again the orders that wait and hold one of these products; how many could go on."""
    return _retry_batch(orders.waiting_for(product_ids), work)


def retry_waiting(work: Work, *, seller_id: UUID | None = None) -> int:
    """Pack, price or declare once more each order that needs a person; how many could go on. The others stay as they are."""
    moved, after = 0, None
    while batch := orders.orders_in_state(
        OrderState.NEEDS_MANUAL, seller_id=seller_id, limit=BATCH, after=after
    ):
        after = batch[-1].id
        moved += _retry_batch(batch, work)
    return moved


def _retry_batch(batch: Batch, work: Work) -> int:
    """Each order with the stage that sent it to a person: the furthest it has reached tells which."""
    parts: dict[Stage, list[OrderDTO]] = {}
    for order in batch:
        parts.setdefault(_stage_of(order), []).append(order)
    return sum(_retry(stage, part, work) for stage, part in parts.items())


def _stage_of(order: OrderDTO) -> Stage:
    if OrderState.PAID in order.reached:
        return resume
    return price if OrderState.PACKED in order.reached else pack_and_quote


def _retry(stage: Stage, batch: Batch, work: Work) -> int:
    """Run `stage`, leaving those that are still to be referred to a person where they are."""
    going: list[UUID] = []

    def decide(again: Batch, surroundings: Work) -> Outcome:
        outcome = stage(again, surroundings)
        outcome.moves.pop("refer", None)
        going.extend(order_id for ids in outcome.moves.values() for order_id in ids)
        return outcome

    run_batch(decide, batch, replace(work, retold=False))  # whatever they waited for, they go on now
    return len(going)
