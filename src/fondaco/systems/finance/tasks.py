"""Background work of the finance room, by the clock; each task may be repeated and run anywhere."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from fondaco.kernel import clock
from fondaco.systems.finance import public as finance

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="seal_books")
def seal_books(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Continue the hash chain over the journals; how many were sealed."""
    return finance.seal_chain()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="expire_holds")
def expire_holds(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Free the holds whose time is over; how many."""
    return finance.expire_holds(now=clock.now())


@app.periodic(cron="* * * * * */20")
@app.task(queueing_lock="roll_snapshots")
def roll_snapshots(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Bring the kept sums of open accounts forward; how many accounts had moved."""
    return finance.roll_snapshots(now=clock.now())


@app.periodic(cron="11 2 * * *")
@app.task(queueing_lock="verify_ledger")
def verify_ledger(timestamp: int) -> bool:  # noqa: ARG001 - procrastinate's signature
    """Seal what was left and check every invariant of the books; True if they hold, an alarm if not."""
    check = finance.check_books(now=clock.now())
    for found in check.findings:
        logger.error("ledger invariant %s broken: %s (%d)", found.invariant, found.what, found.count)
    return not check.findings
