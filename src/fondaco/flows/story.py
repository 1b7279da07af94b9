"""When the steps of an order happened.

In live operation a step happened when it was taken. A book of past orders is retold instead: its steps are taken in
one run, by simulators that answer at once, but each is dated by the order's own clock, some time after the step
before it and never ahead of now. What was recorded when stays in the audit trail, the outbox and the ledger.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from fondaco.commerce.orders.public import OrderDTO, OrderState

# Minutes between a step and the one before it, shortest and longest: made up, as all that is retold is. The times of
# release and delivery are the authority's and the carrier's own; what waits for a person waits from now.
_PACE: Mapping[str, tuple[int, int]] = {
    "pack": (20, 180),
    "price": (1, 5),
    "screen": (1, 10),
    "pay": (5, 120),
    "declare": (240, 1200),
    "settle": (5, 60),
}


def last_step(order: OrderDTO) -> datetime:
    """When the newest step of `order` happened. It was placed when it was ordered, whenever it was imported."""
    steps = [at for state, at in order.reached.items() if state != OrderState.PLACED]
    return max([order.ordered_at, *map(datetime.fromisoformat, steps)])


def retell(order: OrderDTO, event: str, *, now: datetime, since: datetime | None = None) -> datetime:
    """When `event` happened to an order of the past: after its newest step (or `since`) by a time drawn from its number.

    Always the same for the same order. `now` for what is no step of its own clock, and for what would be later.
    """
    if event not in _PACE:
        return now
    start = max(last_step(order), since or order.ordered_at)
    shortest, longest = _PACE[event]
    draw = zlib.crc32(f"{order.number}:{event}".encode()) % (longest - shortest + 1)
    return max(start, min(start + timedelta(minutes=shortest + draw), now))
