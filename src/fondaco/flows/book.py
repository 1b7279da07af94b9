"""Run the order book: each stage takes the next orders in its state, batch by batch, until none is left.

The order's state is the queue (docs/adr/0004): a run that was killed at any moment goes on where it
stopped, and running twice changes nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderState
from fondaco.flows.stages.clear import release
from fondaco.flows.stages.declare import declare
from fondaco.flows.stages.deliver import deliver
from fondaco.flows.stages.pack import pack_and_quote
from fondaco.flows.stages.pay import pay
from fondaco.flows.stages.price import price
from fondaco.flows.stages.screen import screen
from fondaco.flows.stages.settle import settle
from fondaco.flows.work import Batch, Stage, Work
from fondaco.kernel.sweeping import no_sweeps, sweep

Step = tuple[str, OrderState, Stage]
STAGES: tuple[Step, ...] = (
    ("quote", OrderState.PLACED, pack_and_quote),
    ("price", OrderState.PACKED, price),
    ("screen", OrderState.PRICED, screen),
    ("pay", OrderState.SCREENED, pay),
    ("declare", OrderState.PAID, declare),
    ("release", OrderState.DECLARED, release),
    ("deliver", OrderState.RELEASED, deliver),
    ("settle", OrderState.DELIVERED, settle),
)
BATCH = 250

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Run:
    """What a run did: orders handled and seconds spent, per stage."""

    handled: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def run_book(
    work: Work,
    *,
    seller_id: UUID | None = None,
    on_progress: Progress | None = None,
    stages: Sequence[Step] = STAGES,
) -> Run:
    """Move every order as far as it can go without a person. Safe to stop and to repeat at any moment."""
    run = Run()
    for step in stages:
        name, started = step[0], time.perf_counter()
        with no_sweeps():
            run.handled[name] = _run_stage(step, work, seller_id=seller_id, on_progress=on_progress)
        run.seconds[name] = time.perf_counter() - started
    return run


def _run_stage(step: Step, work: Work, *, seller_id: UUID | None, on_progress: Progress | None) -> int:
    name, state, stage = step
    done, after = 0, None
    total = orders.count_by_state(seller_id=seller_id)[state] if on_progress else 0
    while batch := orders.orders_in_state(state, seller_id=seller_id, limit=BATCH, after=after):
        run_batch(stage, batch, work)
        sweep()
        done, after = done + len(batch), batch[-1].id
        if on_progress:
            on_progress(name, done, total)
    return done


def run_batch(stage: Stage, batch: Batch, work: Work) -> None:
    """Let `stage` decide on `batch`, then keep what it decided and move the orders in one transaction."""
    outcome = stage(batch, work.knowing(batch))
    standing = {order.id: order for order in batch}
    with transaction.atomic():
        for write in outcome.writes:
            write()
        for event, ids in outcome.moves.items():
            at = {key: outcome.at.get(key) or work.moment(standing[key], event) for key in ids}
            orders.advance(ids, event, actor=work.actor, now=work.now, stamps=outcome.stamps, at=at)
