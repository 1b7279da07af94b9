"""A thousand random rebate cases through the database, then the ledger summed up.

    .venv/bin/python -m bench.rebate [CASES]

Made-up exports go in every way: trading companies, refund on departure, exemption, producers by their month. Each
case is taken a random number of steps: claimed, part refused, refused, paid, settled by sales, partly or wholly
taken back. Then each case and month is added up from the ledger's lines alone. unbalanced: cases whose own sums are
not those of their lines, or where claimed is not paid + refused + open + taken back; months_unbalanced the same by
month. cases_per_s counts whole lives, opening included, one after the other on one connection; nothing else is
measured, and no peer does this.
"""

from __future__ import annotations

import sys
from datetime import date
from random import Random
from typing import TYPE_CHECKING

from bench._runner import result, scratch_database, stopwatch

if TYPE_CHECKING:
    from uuid import UUID

SEED = 103
_MODES = (
    ("CN-9710", "CN-trading"),
    ("CN-9810", "CN-9810-trading"),
    ("CN-9610", "CN-no-invoice"),
    ("CN-9710", "CN-producer"),
)


def main(number: int) -> None:
    """Take `number` cases through random lives and print whether the ledger balances."""
    with scratch_database("rebate"):
        from fondaco.kernel.tenancy import Kind, Scope
        from fondaco.platforms.window.public import rebates
        from fondaco.platforms.window.tests.rebate_samples import SELLER

        draw = Random(SEED)
        with stopwatch() as taken:
            lives = _live_all(number, draw)
        house = Scope(SELLER, Kind.PLATFORM)
        wrong = rebates.unbalanced_cases(house, size=number + 1)
        months = rebates.balance_by_period(house)
        counts = rebates.count_cases(house)
        for state, count in sorted(counts.items()):
            print(f"{state:16} {count:6}")
        result(
            {
                "cases": sum(counts.values()),
                "unbalanced": len(wrong),
                "months": len(months),
                "months_unbalanced": sum(not one.standing.balanced for one in months),
                "ways": len(_MODES),
                "states": len(counts),
                "steps": lives,
                "cases_per_s": number / taken["seconds"],
            }
        )


def _live_all(number: int, draw: Random) -> int:
    """Open `number` cases and take them on; how many steps were taken."""
    from fondaco.platforms.window.tests import rebate_samples as samples

    exports: dict[str, list[UUID]] = {}
    for place, mode in enumerate(sorted({mode for mode, _ in _MODES})):
        names = [f"{place}-{n}" for n in range(number)]
        exports[mode] = samples.released_exports(names, mode=mode)
    steps = 0
    for turn in range(number):
        mode, way = _MODES[turn % len(_MODES)]
        steps += _live(exports[mode][turn], way, turn, draw)
    return steps + _file_month(draw)


def _live(export: UUID, way: str, turn: int, draw: Random) -> int:
    """One case's life."""
    from fondaco.kernel.money import Money
    from fondaco.platforms.window.public import rebates
    from fondaco.platforms.window.tests.rebate_samples import NOW, TRADER, invoice, opened

    found = rebates.ways()[way]
    case = opened(export, way=way, stated=found.asks)
    if "invoices" in found.needs:
        bill = invoice(f"I-{turn}", net=draw.randint(1, 10**7))
        rebates.use_invoice(TRADER, case, item=1, invoice_id=bill, quantity=10, now=NOW)
    if "receipt" in found.needs:
        money, day = Money(20_000, "USD"), date(2026, 10, 20)
        rebates.note_receipt(TRADER, case, amount=money, received_on=day, reference="FX", now=NOW)
    if found.calc == "output" or draw.random() < 0.05:
        return 0
    if draw.random() < 0.05:
        rebates.withdraw_case(TRADER, case, reason="drawn", now=NOW)
        return 1
    claimed = rebates.claim_case(TRADER, case, now=NOW)
    return 1 + (_answer(case, claimed, draw, prepaid=found.prepaid) if claimed else 0)


def _answer(case: UUID, claimed: int, draw: Random, *, prepaid: bool) -> int:
    """What the office does with a claim; how many steps."""
    from fondaco.platforms.window.public import rebates
    from fondaco.platforms.window.tests.rebate_samples import NOW, OFFICE, TRADER

    if draw.random() < 0.1:
        return 0
    refused = draw.choice((0, 0, claimed, draw.randint(0, claimed)))
    rebates.approve_case(OFFICE, case, refused=refused, reference="T", reason="drawn", now=NOW)
    if refused == claimed or draw.random() < 0.2:
        return 1
    rebates.pay_case(OFFICE, case, reference="P", now=NOW)
    left, steps = claimed - refused, 2
    if prepaid and draw.random() < 0.7:
        back = rebates.reconcile_case(TRADER, case, sold={1: draw.randint(0, 10)}, now=NOW.replace(month=12))
        left, steps = left - back, steps + 1
    while left and draw.random() < 0.4:
        minor = draw.randint(1, left)
        rebates.claw_back(OFFICE, case, minor=minor, reference="R", reason="drawn", now=NOW)
        left, steps = left - minor, steps + 1
    return steps


def _file_month(draw: Random) -> int:
    """File the producers' month and answer half of its claims."""
    from fondaco.platforms.window.public import rebates
    from fondaco.platforms.window.tests.rebate_samples import NOW, TRADER

    rebates.file_period(
        TRADER,
        month=date(2026, 10, 1),
        input_tax=draw.randint(10**6, 10**7),
        output_tax=10**5,
        brought=0,
        now=NOW,
    )
    claimed = [
        one
        for one in rebates.list_cases(TRADER, today=NOW.date(), way="CN-producer", size=200)
        if one.state == "claimed"
    ]
    return sum(_answer(one.id, one.claimed.minor, draw, prepaid=False) for one in claimed[::2]) + 1


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
