"""Many writers at once: hot accounts, repeated keys, holds and reversals; the invariants at the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connection

from fondaco.systems.finance import models
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.tests.conftest import DAY, NOW, outside, purse, transfer

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8
HOT = purse(UUID(int=300))
OTHERS = [purse(UUID(int=301 + n)) for n in range(10)]


def in_threads(work: Callable[[int], int]) -> list[int]:
    """`work` in eight threads, each with its own connection."""

    def one(number: int) -> int:
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def test_eight_writers_on_one_hot_account_lose_and_double_nothing() -> None:
    """Each key is sent by two writers, in batches that cross each other; half go in, half go out."""
    finance.post_journals([transfer("seed", outside(), HOT, 100_000)])
    drafts = [
        transfer(f"race-{n}", *((HOT, OTHERS[n % 10]) if n % 2 else (OTHERS[n % 10], HOT)), 1 + n % 7)
        for n in range(400)
    ]
    finance.post_journals([transfer(f"fund-{n}", outside(), other, 10_000) for n, other in enumerate(OTHERS)])

    def work(number: int) -> int:
        mine = drafts[(number // 2) * 100 : (number // 2 + 1) * 100]
        random.Random(number).shuffle(mine)
        posted = [p for i in range(0, 100, 10) for p in finance.post_journals(mine[i : i + 10])]
        return sum(p.fresh for p in posted)

    fresh = in_threads(work)
    assert sum(fresh) == 400
    expected = 100_000 + sum((-1 if n % 2 else 1) * (1 + n % 7) for n in range(400))
    assert finance.balances(HOT.owner_id)[0].balance_minor == expected
    assert models.Journal.objects.count() == 411
    assert finance.verify() == []


def test_an_account_is_never_overdrawn_by_a_race() -> None:
    """80 tries at 10 from an account of 305: exactly 30 succeed."""
    finance.post_journals([transfer("seed", outside(), HOT, 305)])

    def work(number: int) -> int:
        done = 0
        for n in range(10):
            try:
                finance.post_journals([transfer(f"take-{number}-{n}", HOT, outside(), 10)])
                done += 1
            except finance.InsufficientFunds:
                pass
        return done

    assert sum(in_threads(work)) == 30
    assert finance.balances(HOT.owner_id)[0].balance_minor == 5
    assert finance.verify() == []


def test_a_journal_is_reversed_once_however_many_try() -> None:
    [posted] = finance.post_journals([transfer("seed", outside(), HOT, 50)])

    def work(_number: int) -> int:
        undone = finance.reverse_journal(posted.journal_id, effective_on=DAY, reason="race", actor="t")
        return int(undone.fresh)

    assert sum(in_threads(work)) == 1
    assert finance.balances(HOT.owner_id)[0].balance_minor == 0


def test_holds_captured_and_voided_at_once_end_one_way() -> None:
    finance.post_journals([transfer("seed", outside(), HOT, 1_000)])
    holds = [finance.place_hold(f"h{n}", account=HOT, amount_minor=20, now=NOW) for n in range(20)]

    def work(number: int) -> int:
        won = 0
        for n, hold in enumerate(holds):
            try:
                if number % 2:
                    finance.void_hold(hold.id)
                else:
                    won += finance.capture_hold(hold.id, transfer(f"cap{n}", HOT, outside(), 15)).fresh
            except finance.HoldNotOpen:
                pass
        return won

    captured = sum(in_threads(work))
    assert models.Hold.objects.filter(state="captured").count() == captured
    [line] = finance.balances(HOT.owner_id)
    assert (line.balance_minor, line.held_minor) == (1_000 - 15 * captured, 0)
    assert finance.verify() == []


def test_one_sealer_and_many_writers_leave_a_whole_chain() -> None:
    def work(number: int) -> int:
        if number == 0:
            return sum(finance.seal_chain() for _ in range(20))
        for n in range(15):
            finance.post_journals([transfer(f"s{number}-{n}", outside(), HOT, 1)])
        return 0

    sealed = sum(in_threads(work)) + finance.seal_chain()
    assert sealed == models.Journal.objects.count() == 105
    assert finance.verify() == []
