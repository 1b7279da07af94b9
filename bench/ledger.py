"""The ledger: its speed beside the usual ways, its invariants under load, and kill -9.

    .venv/bin/python -m bench.ledger [--seconds 15] [--postings 200000] [--sequences 1000] [--steps 50]
                                     [--database-kills 10] [--worker-kills 20]

spread_ratio, hot_ratio: journals a second by our one call over those of an interactive conversation (BEGIN, look the
key up, SELECT ... FOR UPDATE, compute, INSERT, UPDATE, COMMIT) that keeps the same promises in the same tables, through
the same driver, 16 clients (2 processes of 8 threads), rounds of both taken in turns; over 1,000 accounts, and with one
account in every journal. hordak_ratio: ours over django-hordak's `transfer_to` with 8 threads of one process each, both on
1,000 accounts. python_per_s, python_p99_ms: our one call, 8 threads in 2 processes, as a caller in Python sees it.
batch_per_s: 500 journals of two lines a call, 2 clients, on the same 1,000 accounts just vacuumed. violations: what
`verify` finds after so many journals of every kind by 16 threads at once, plus wrong answers seen on the way, plus
sequences that disagreed with the model. kills, lost, doubled: of an embedded cluster of its own, whose postmaster and
whose workers are killed in mid-load.

Flattering: the conversation also pays for our triggers and keys (it writes the same tables), and django-hordak keeps no
idempotency keys but computes balances when they are read. All clients and the server share the machine's cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from bench._ledger_kills import Kills, kill_and_count
from bench._peers import run_peer
from bench._runner import ROOT, empty_database, migrate_other, result, scratch_database, stopwatch

PURSES = 1_000
ROUNDS = 2


def main(asked: argparse.Namespace) -> int:
    """Measure; 1 if an invariant broke or anything was lost or doubled."""
    with scratch_database("ledger"):
        _fund()
        figures = _speed(asked.seconds / ROUNDS)
        figures["hordak_ratio"] = _beside_hordak(asked.seconds / 2)
        figures["batch_per_s"] = _batches(asked.postings // 5)
        figures["violations"] = _told([*_load(asked.postings), *_sequences(asked)])
    kills = kill_and_count(database=asked.database_kills, workers=asked.worker_kills)
    print(f"{kills.acknowledged} acknowledged; {kills.database} kills of the database, {kills.workers} of workers; "
          f"next acknowledgement after at most {kills.slowest_s:.2f} s (a killed worker counts with its start)")  # fmt: skip
    figures["violations"] += len(kills.findings)
    figures.update(kills=kills.database + kills.workers, lost=kills.lost, doubled=kills.doubled)
    order = ("spread_ratio", "hot_ratio", "hordak_ratio", "python_per_s", "python_p99_ms", "batch_per_s", "violations",
             "kills", "lost", "doubled")  # fmt: skip
    result({key: figures[key] for key in order})
    return int(bool(figures["violations"] or _broken(kills)))


def _broken(kills: Kills) -> bool:
    return bool(kills.lost or kills.doubled or kills.slowest_s > 5)


def _fund() -> None:
    """1,000 escrows with money in them, and the account that everybody pays into."""
    from fondaco.systems.finance import public as finance

    bank = finance.AccountKey(finance.HOUSE, "bank", "EUR")
    owners = [finance.AccountKey(finance.HOUSE, f"escrow:{UUID(int=n)}", "EUR") for n in range(PURSES)]
    owners.append(finance.AccountKey(UUID(int=7), "taxes_payable", "EUR"))
    drafts = [
        finance.JournalDraft(
            f"fund:{n}", "bench", (finance.Entry(bank, -(10**9)), finance.Entry(to, 10**9)), date(2026, 10, 1)
        )
        for n, to in enumerate(owners)
    ]
    finance.post_journals(drafts)
    _analyze()


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE finance_account, finance_journal, finance_entry, finance_hold")


def _speed(seconds: float) -> dict[str, Any]:
    """The two ways in turns, so that both see the same machine."""
    sums: dict[tuple[str, bool], int] = {}
    for turn in range(ROUNDS):
        for hot in (False, True):
            for path in ("call", "conversation") if turn % 2 else ("conversation", "call"):
                taken = _workers(
                    {
                        "mode": "speed",
                        "path": path,
                        "hot": hot,
                        "seconds": seconds,
                        "threads": 8,
                        "seed": turn,
                    }
                )
                sums[path, hot] = sums.get((path, hot), 0) + len(_taken(taken))
    rates = {key: count / seconds / ROUNDS for key, count in sums.items()}
    for (path, hot), rate in sorted(rates.items()):
        print(f"{path:>13} on {'one hot account' if hot else '1,000 accounts':<15}: {rate:7.0f} a second")
    eight = sorted(
        _taken(
            _workers(
                {"mode": "speed", "path": "call", "hot": False, "seconds": seconds, "threads": 4, "seed": 9}
            )
        )
    )
    return {
        "spread_ratio": rates["call", False] / rates["conversation", False],
        "hot_ratio": rates["call", True] / rates["conversation", True],
        "python_per_s": len(eight) / seconds,
        "python_p99_ms": eight[int(len(eight) * 0.99)] * 1000,
    }


def _taken(answers: list[dict[str, Any]]) -> list[float]:
    return [t for answer in answers for t in answer["taken"]]


def _beside_hordak(seconds: float) -> float:
    """django-hordak and ours, one process of 8 threads each, one after the other."""
    with empty_database("hordak") as theirs:
        peer = run_peer("hordak", {"url": theirs, "threads": 8, "seconds": seconds, "accounts": PURSES})
    order = {"mode": "speed", "path": "call", "hot": False, "seconds": seconds, "threads": 8, "seed": 11}
    ours = len(_taken(_workers(order, urls=(os.environ["DATABASE_URL"],)))) / seconds
    print(
        f"django-hordak {peer['per_s']:.0f} a second (p99 {peer['p99_ms']:.1f} ms), ours {ours:.0f}, 8 threads each"
    )
    return float(ours / peer["per_s"])


def _batches(postings: int) -> float:
    """Journals of two lines a second, 500 a call, by two clients that share the 1,000 accounts."""
    _analyze()
    told = _workers({"mode": "batch", "postings": max(postings // 2, 2_000), "seed": 3})
    return float(sum(client["posted"] for client in told) / max(client["seconds"] for client in told))


def _load(postings: int) -> list[str]:
    """Journals of every kind by 16 threads at once, then every invariant over all that stands in the books."""
    from fondaco.systems.finance import models
    from fondaco.systems.finance import public as finance

    before = models.Journal.objects.count()
    with stopwatch() as taken:
        mixed = _workers({"mode": "mixed", "threads": 8, "postings": postings // 2, "seed": 1})
    posted = sum(answer["posted"] for answer in mixed)
    print(f"{posted} journals of every kind by 16 threads in {taken['seconds']:.0f} s")
    finance.seal_chain(limit=10**7)
    wrong = [w for answer in mixed for w in answer["wrong"]]
    wrong += [f"{f.invariant} {f.what}: {f.count}, {f.example}" for f in finance.verify()]
    made = models.Journal.objects.count() - before
    return wrong if made == posted else [*wrong, f"{posted} journals acknowledged, {made} made"]


def _sequences(asked: argparse.Namespace) -> list[str]:
    """The room's own state machine test, at length, in two databases: what is not committed waits for nobody."""
    order = {"mode": "stateful", "sequences": asked.sequences // 2, "steps": asked.steps, "seed": 1}
    with empty_database("model_0") as first:
        migrate_other(first)
        with empty_database("model_1", like=first) as second, stopwatch() as taken:
            told = _workers(order, urls=(first, second))
    ended = sum(answer["sequences"] for answer in told)
    print(f"{ended} sequences of {asked.steps} deeds beside the model in {taken['seconds']:.0f} s")
    return [w for answer in told for w in answer["wrong"]]


def _told(wrong: list[str]) -> int:
    for line in wrong:
        print("VIOLATION", line)
    return len(wrong)


def _workers(order: dict[str, Any], *, urls: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Answers of workers that start together: two on this database, or one on each of `urls`."""
    places = urls or [os.environ["DATABASE_URL"]] * 2
    running = [
        subprocess.Popen([sys.executable, "-m", "bench._ledger_work"], cwd=ROOT, text=True, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE) for _ in places
    ]  # fmt: skip
    for number, (each, url) in enumerate(zip(running, places, strict=True)):
        _tell(each, json.dumps({**order, "url": url, "seed": order["seed"] * 10 + number}))
    for each in running:
        assert each.stdout
        each.stdout.readline()
    for each in running:
        _tell(each, "go")
    return [json.loads(each.communicate()[0].strip().splitlines()[-1]) for each in running]


def _tell(worker: subprocess.Popen[str], line: str) -> None:
    assert worker.stdin
    worker.stdin.write(line + "\n")
    worker.stdin.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=15, help="of each way of each measurement")
    parser.add_argument("--postings", type=int, default=200_000)
    parser.add_argument("--sequences", type=int, default=1_000)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--database-kills", type=int, default=10)
    parser.add_argument("--worker-kills", type=int, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(_arguments()))
