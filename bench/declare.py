"""Declarations from draft to release: checked, sent over HTTP to the agency SIMULATOR, answered, matched.

    .venv/bin/python -m bench.declare [LISTS]

A list is one import declaration of three goods items with its order, payment and waybill. Every stage is
durable (committed) in a scratch database of the house's own server, in batches of 100 as GACC's specification
allows. p99_ms is a whole batch: draft, send, receipts, match, release. machines_for_2_45bn: how many such
machines take a year of 2.45 bn lists, one city's figure. scaling: seconds per list in the last tenth over
the first.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

_BATCH = 100
_YEAR = 2_450_000_000 / (365 * 86_400)


def _scratch() -> str:
    """An empty database `bench_declare` on the house's server."""
    import psycopg

    from fondaco.kernel.postgres import cluster

    home = cluster(Path(os.environ.get("FONDACO_HOME", ".fondaco")))
    home.start()
    with psycopg.connect(home.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS bench_declare WITH (FORCE)")
        connection.execute("CREATE DATABASE bench_declare")
    return home.url("bench_declare")


def main(lists: int) -> None:
    """Run `lists` declarations through, batch by batch, and print the figures."""
    os.environ["DATABASE_URL"] = _scratch()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    seconds, released = _run(lists)
    total = sum(seconds)
    tenth = max(len(seconds) // 10, 1)
    result = {
        "lists": lists,
        "lists_per_s": round(lists / total),
        "p99_ms": round(1000 * sorted(seconds)[max(int(len(seconds) * 0.99) - 1, 0)]),
        "machines_for_2_45bn": round(_YEAR / (lists / total), 3),
        "straight_through_pct": round(100 * released / lists, 2),
        "scaling": round(_median(seconds[-tenth:]) / _median(seconds[:tenth]), 3),
    }
    print("RESULT", json.dumps(result))


def _run(lists: int) -> tuple[list[float], int]:
    """Seconds of each batch, and how many declarations were released without a person."""
    from fondaco.platforms.window.adapters.gateway import HttpGateway
    from fondaco.platforms.window.adapters.simulator import AgencySimulator
    from fondaco.platforms.window.models import Declaration
    from fondaco.platforms.window.public import (
        draft_declarations,
        lodge_declarations,
        match_documents,
        poll_receipts,
        save_verdicts,
    )
    from fondaco.platforms.window.tests.declaration_samples import draft, triple

    now, seconds = datetime(2026, 11, 22, 9, tzinfo=UTC), []
    with AgencySimulator() as agency, HttpGateway(agency.url, name="bench") as gateway:
        for names in _batches([f"L{n:07}" for n in range(lists)]):
            drafts, triples = [draft(name) for name in names], [triple(name) for name in names]
            began = time.perf_counter()
            rows = draft_declarations(drafts, actor="bench", now=now)
            lodge_declarations([row.id for row in rows], gateway, actor="bench", now=now)
            poll_receipts(gateway, now=now)
            save_verdicts(match_documents(triples, on=now.date()), actor="bench", now=now)
            seconds.append(time.perf_counter() - began)
    return seconds, Declaration.objects.house().filter(state="released").count()


def _batches(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + _BATCH] for start in range(0, len(names), _BATCH)]


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
