"""Declarations from draft to release: checked, sent over HTTP to the agency SIMULATOR, answered, matched.

    .venv/bin/python -m bench.declare [LISTS]

A list is one import declaration of three goods items with its order, payment and waybill. Every stage is
durable (committed) in a scratch database of the house's own server, in batches of 100 as GACC's specification
allows. p99_ms is a whole batch: draft, send, receipts, match, release. machines_for_2_45bn: how many such
machines take a year of 2.45 bn lists, one city's figure. scaling: seconds per list in the last tenth over
the first.

xsd_valid_pct, round_trip_pct: of GACC messages 303, 403, 505, 603 and 311, 411, 511, 621 of all positive
orders of ../shared/data/orders, ten orders to a message, how many the official schema finds valid and how
many come back from our reader as they were. Tariff codes, weights and identity numbers are stand-ins. The
keys are null where that folder is absent.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

_BATCH = 100
_ORDERS_PER_MESSAGE = 10
_KINDS = {"export": ("303", "403", "505", "603"), "import": ("311", "411", "511", "621")}
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
    valid, same = _gacc_messages()
    seconds, released = _run(lists)
    total = sum(seconds)
    tenth = max(len(seconds) // 10, 1)
    result = {
        "lists": lists,
        "lists_per_s": round(lists / total),
        "p99_ms": round(1000 * sorted(seconds)[max(int(len(seconds) * 0.99) - 1, 0)]),
        "machines_for_2_45bn": round(_YEAR / (lists / total), 3),
        "xsd_valid_pct": valid,
        "round_trip_pct": same,
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


def _gacc_messages() -> tuple[float | None, float | None]:
    """Per cent of GACC messages of the real orders that are valid, and that are read back as written."""
    from fondaco.platforms.window.tests.gacc_samples import GACC, ORDERS

    if not GACC.is_dir() or not ORDERS.is_file():
        print(f"{GACC} or {ORDERS} is not on this machine: GACC messages are not measured.")
        return None, None
    checked = [outcome for side, kinds in _KINDS.items() for outcome in _gacc_side(side, kinds)]
    total = len(checked)
    valid, same = sum(ok for ok, _ in checked), sum(ok for _, ok in checked)
    print(f"{total} GACC messages: {valid} valid, {same} the same after reading.")
    return round(100 * valid / total, 3), round(100 * same / total, 3)


def _gacc_side(side: str, kinds: Sequence[str]) -> Iterator[tuple[bool, bool]]:
    """Of each message of one direction: whether it is valid, and whether it comes back."""
    from lxml import etree

    from fondaco.platforms.window.adapters.gacc import gacc_book, gacc_codes, gacc_profile
    from fondaco.platforms.window.domain.messages.gacc.build import build_message
    from fondaco.platforms.window.domain.messages.gacc.papers import Papers
    from fondaco.platforms.window.domain.messages.gacc.parse import parse_message
    from fondaco.platforms.window.domain.messages.gacc.render import render_message
    from fondaco.platforms.window.tests.gacc_samples import GACC, real_filings
    from fondaco.platforms.window.tests.gacc_signing import signer

    book, papers = gacc_book(), Papers(gacc_profile(), gacc_codes())
    official = etree.XMLSchema(etree.parse(str(GACC / "xsd" / f"ceb_{side}_202205.xsd")))
    filings = list(real_filings(side))
    for start in range(0, len(filings), _ORDERS_PER_MESSAGE):
        for number in kinds:
            part = filings[start : start + _ORDERS_PER_MESSAGE]
            message = build_message(number, part, papers=papers, book=book)
            signed = signer() if book.shape(number).signature == "required" else None
            raw = render_message(message, book=book, signer=signed)
            reading = parse_message(raw, book=book)
            yield official.validate(etree.fromstring(raw)), reading.message == message


def _batches(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + _BATCH] for start in range(0, len(names), _BATCH)]


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
