"""Exactly once: requests sent one to five times each, shuffled, through the API; some answers never arrive.

Each request notes a sum to be paid (POST /api/v1/exchange/commitments) under an `Idempotency-Key` of its own. It is
sent one to five times, all sends of all requests shuffled, by four threads at once; of a tenth of the answers the
sender hears nothing and sends once more. Afterwards every key is used once more with another body. The same is then
done one layer down, with postings: one to five calls of the ledger for each key, and one with another sum.

`effects` and `postings` are what stands in the database at the end and must equal `requests`; `refused_pct` is the
share of sends with another body that were refused, of both. `python -m bench.exactly_once [N]`; 10,000 requests by
default. What flatters: the API is called in process (routing, keys of callers, parsing and middleware included, the
socket not), and everything is on one machine.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from bench._runner import result, scratch_database, stopwatch

THREADS, MOST_SENDS, DROPPED, SEED = 4, 5, 0.1, 29


def shuffled(number: int, rng: random.Random) -> list[int]:
    """Each request one to five times, and once more where an answer was lost; in no order."""
    sends = [n for n in range(number) for _ in range(rng.randint(1, MOST_SENDS))]
    sends += [n for n in sends if rng.random() < DROPPED]
    rng.shuffle(sends)
    return sends


def in_threads(deeds: Sequence[Callable[[], Any]]) -> list[Any]:
    """What all `deeds` answered, done by a few threads at once, each with connections of its own."""
    from django.db import connection

    def run(part: Sequence[Callable[[], Any]]) -> list[Any]:
        try:
            return [deed() for deed in part]
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        parts = pool.map(run, [deeds[n::THREADS] for n in range(THREADS)])
        return [answer for part in parts for answer in part]


def caller() -> tuple[UUID, Callable[[int, str], int]]:
    """A seller, and how it sends request `n` with an amount: the status that came back."""
    from django.test import Client

    from fondaco.kernel import clock
    from fondaco.kernel.tenancy import Kind, Role, Scope
    from fondaco.parties.public import NewOrganisation, ensure_organisations, issue_api_key

    new = NewOrganisation(kind=Kind.SELLER, name="Bench", country="GB", slug="bench", currency="GBP")
    seller = ensure_organisations([new])[0].id
    key, _ = issue_api_key(
        Scope(seller, Kind.SELLER, role=Role.OWNER, actor="bench"), "bench", now=clock.now(), role=Role.OWNER
    )

    def send(number: int, amount: str) -> int:
        body = {"amount": amount, "currency": "EUR", "due_on": "2027-01-04", "label": f"Invoice {number}"}
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"bench-{number}"}
        answer = Client().post(
            "/api/v1/exchange/commitments", json.dumps(body), content_type="application/json", headers=headers
        )
        return int(answer.status_code)

    return seller, send


def post(number: int, minor: int) -> bool:
    """Post `minor` under the key of `number`; whether it was refused because the key has another body."""
    from datetime import date

    from fondaco.systems.finance import public as finance

    owner = UUID(int=1_000 + number % 50)
    entries = (
        finance.Entry(finance.AccountKey(finance.HOUSE, "bank", "GBP"), -minor),
        finance.Entry(finance.AccountKey(owner, "payable", "GBP"), minor),
    )
    draft = finance.JournalDraft(
        idem=f"once:{number}", kind="test", entries=entries, effective_on=date(2026, 11, 22)
    )
    try:
        finance.post_journals([draft])
    except finance.KeyReused:
        return True
    return False


def main(number: int) -> None:
    rng = random.Random(SEED)
    with scratch_database("once"):
        from django.conf import settings

        from fondaco.systems.finance.models import FxCommitment, Journal

        settings.ALLOWED_HOSTS = ["*"]
        settings.API_RATE = "1000000000/minute"
        seller, send = caller()
        sends = shuffled(number, rng)
        with stopwatch() as taken:
            in_threads([lambda n=n: send(n, f"-{n + 1}.00") for n in sends])  # type: ignore[misc]
        other = in_threads([lambda n=n: send(n, f"-{n + 2}.00") for n in range(number)])  # type: ignore[misc]
        effects = FxCommitment.objects.house().filter(owner_id=seller).count()
        in_threads([lambda n=n: post(n, n + 1) for n in shuffled(number, rng)])  # type: ignore[misc]
        refused = in_threads([lambda n=n: post(n, n + 2) for n in range(number)])  # type: ignore[misc]
        postings = Journal.objects.filter(kind="test").count()
    kept_out = sum(status == 422 for status in other) + sum(refused)
    result(
        {
            "requests": number, "sends": len(sends), "effects": effects, "postings": postings,
            "refused_pct": 100 * kept_out / (2 * number), "seconds": taken["seconds"],
        }
    )  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
