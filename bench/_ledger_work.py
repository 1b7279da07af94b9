"""A worker of bench.ledger, a process of its own: `python -m bench._ledger_work`, its order as JSON on standard input.

It says "ready", waits for a second line, works with as many threads as asked, and prints what it did as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import django

DAY = date(2026, 10, 1)
PURSES = 1_000


def main() -> None:
    """Read the order, get ready, work, answer."""
    order = json.loads(sys.stdin.readline())
    os.environ["DATABASE_URL"] = order["url"]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
    django.setup()
    answer = {"speed": _speed, "batch": _batch, "mixed": _mixed, "stateful": _stateful, "endless": _endless}[
        order["mode"]
    ]
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(answer(order)), flush=True)


def _speed(order: dict[str, Any]) -> dict[str, Any]:
    """Post one journal after another for so many seconds, by one call or by the usual conversation."""
    post = _one_call if order["path"] == "call" else _conversation
    until = time.monotonic() + order["seconds"]

    def work(number: int) -> list[float]:
        rnd, taken = Random(f"{order['seed']}:{number}"), []
        while (began := time.monotonic()) < until:
            post(_draft(rnd, hot=order["hot"]))
            taken.append(time.monotonic() - began)
        return taken

    return {"taken": [t for part in _in_threads(work, order["threads"]) for t in part]}


def _draft(rnd: Random, *, hot: bool) -> Any:
    """One unit from one order's escrow to another's, or to the one account that everybody pays into."""
    from fondaco.systems.finance import public as finance

    first, second = rnd.sample(range(PURSES), 2)
    to = finance.AccountKey(UUID(int=7), "taxes_payable", "EUR") if hot else _purse(second)
    entries = (finance.Entry(_purse(first), -1), finance.Entry(to, 1))
    return finance.JournalDraft(idem=uuid4(), kind="bench", entries=entries, effective_on=DAY, source="bench")


def _purse(number: int) -> Any:
    from fondaco.systems.finance import public as finance

    return finance.AccountKey(finance.HOUSE, f"escrow:{UUID(int=number)}", "EUR")


def _one_call(draft: Any) -> None:
    from fondaco.systems.finance import public as finance

    finance.post_journals([draft])


def _conversation(draft: Any) -> None:
    """The same journal into the same tables with the same promises, asked and answered step by step."""
    from django.db import connection, transaction

    wanted = {(e.account.owner_id, e.account.code): e.amount_minor for e in draft.entries}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id, req_hash FROM finance_journal WHERE idem = %s", [draft.key])
        if cursor.fetchone():
            return
        cursor.execute(
            "SELECT id, owner_id, code, balance, held, min_balance FROM finance_account"
            " WHERE (owner_id, code) IN ((%s, %s), (%s, %s)) AND currency = 'EUR' ORDER BY id FOR UPDATE",
            [x for e in draft.entries for x in (e.account.owner_id, e.account.code)],
        )
        rows = [(number, wanted[owner, code], *rest) for number, owner, code, *rest in cursor.fetchall()]
        if any(balance + amount - held < floor for _, amount, balance, held, floor in rows):
            raise ValueError("too little")
        cursor.execute(
            "INSERT INTO finance_journal (idem, req_hash, kind, source, effective_on, meta)"
            " VALUES (%s, %s, %s, %s, %s, '{}') RETURNING id",
            [draft.key, draft.digest(), draft.kind, draft.source, draft.effective_on],
        )
        [journal] = cursor.fetchone()
        cursor.execute(
            "INSERT INTO finance_entry (journal_id, line, account_id, currency, amount, balance_after)"
            " VALUES (%s, %s, %s, 'EUR', %s, %s), (%s, %s, %s, 'EUR', %s, %s)",
            [x for n, (i, a, b, *_) in enumerate(rows, 1) for x in (journal, n, i, a, b + a)],
        )
        for number, amount, *_ in rows:
            cursor.execute(
                "UPDATE finance_account SET balance = balance + %s, version = version + 1 WHERE id = %s",
                [amount, number],
            )
        cursor.execute(
            "INSERT INTO kernel_outboxevent (event_id, topic, key, payload)"
            " VALUES (%s, 'finance.posted', %s, %s)",
            [uuid4(), str(journal), json.dumps({"journals": [journal]})],
        )


def _batch(order: dict[str, Any]) -> dict[str, Any]:
    """So many journals, 500 a call; drafted before the clock starts."""
    from fondaco.systems.finance import public as finance

    rnd = Random(order["seed"])
    drafts = [_draft(rnd, hot=False) for _ in range(order["postings"])]
    began = time.perf_counter()
    for start in range(0, len(drafts), 500):
        finance.post_journals(drafts[start : start + 500])
    return {"posted": len(drafts), "seconds": time.perf_counter() - began}


def _mixed(order: dict[str, Any]) -> dict[str, Any]:
    """Postings, conversions, holds, captures, reversals, repeats and false repeats by many threads at once."""
    from bench._ledger_mix import Mixer

    share = order["postings"] // order["threads"]
    mixers = [Mixer(f"{order['seed']}:{n}") for n in range(order["threads"])]
    _in_threads(lambda n: mixers[n].run(share), order["threads"])
    return {"posted": sum(m.posted for m in mixers), "wrong": [w for m in mixers for w in m.wrong]}


def _stateful(order: dict[str, Any]) -> dict[str, Any]:
    """Sequences of the room's own state machine test, each rolled back after every invariant was verified."""
    from fondaco.systems.finance.tests.machine_ledger import run_sequences

    try:
        return {
            "sequences": run_sequences(order["sequences"], steps=order["steps"], seed=order["seed"]),
            "wrong": [],
        }
    except AssertionError as exc:
        return {"sequences": 0, "wrong": [str(exc)[:400]]}


def _endless(order: dict[str, Any]) -> dict[str, Any]:
    """Post numbered journals for ever, each number written down once it is acknowledged.

    A worker that was killed goes on with the number that was in flight; one whose database went away asks
    again with the same key until it is answered.
    """
    from django.db import InterfaceError, OperationalError, connection

    from fondaco.systems.finance import public as finance

    book = Path(order["book"])
    done = len(book.read_text().splitlines()) if book.exists() else 0
    with book.open("a") as acknowledged:
        for number in range(done, 10**9):
            draft = numbered(order["slot"], number)
            while True:
                try:
                    finance.post_journals([draft])
                    break
                except (OperationalError, InterfaceError):
                    connection.close()
                    time.sleep(0.02)
            acknowledged.write(f"{number}\n")
            acknowledged.flush()
    return {}


def numbered(slot: int, number: int) -> Any:
    """The journal number `number` of worker `slot`: always the same key and body."""
    from fondaco.systems.finance import public as finance

    amount = 1 + number % 7
    entries = (
        finance.Entry(_purse(slot), amount),
        finance.Entry(finance.AccountKey(finance.HOUSE, "bank", "EUR"), -amount),
    )
    return finance.JournalDraft(f"kill:{slot}:{number}", "bench", entries, DAY, source=f"kill:{slot}")


def _in_threads(work: Callable[[int], Any], threads: int) -> list[Any]:
    from django.db import connection

    answers: list[Any] = [None] * threads

    def one(number: int) -> None:
        try:
            answers[number] = work(number)
        finally:
            connection.close()

    running = [threading.Thread(target=one, args=(n,)) for n in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    return [answer for answer in answers if answer is not None]


if __name__ == "__main__":
    main()
