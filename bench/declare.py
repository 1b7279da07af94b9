"""Declarations taken in through the HTTP gateway, as a city's single window takes them; and GACC's messages.

    .venv/bin/python -m bench.declare [SECONDS]

The house is served by granian as `fondaco serve` does it (two processes), with PostgreSQL and a declarant's
process on the same machine. Batches of 100 lists, as GACC's specification allows, are lodged over three
connections for SECONDS (60): JSON of about 2 KB a list, three goods items, with order, payment and waybill.
When a batch is answered its lists are checked, matched, in a lane and committed (fsync on), with log, audit
and events. The first twelve batches warm the server up and are not counted. p99_ms is a whole batch as the declarant sees
it. machines_for_2_45bn: how many such machines take a year of 2.45 bn lists, one city's figure. scaling:
median seconds of a batch in the last tenth over the first. What flatters: the declarants are well-behaved
(every list is sound, every order new), the database is empty at the start.

xsd_valid_pct, round_trip_pct: of all 16 GACC messages that a declarant sends, for the positive orders of
../shared/data/orders, ten orders to a message, how many the official schema finds valid and how many come
back from our reader as they were. Tariff codes, weights and identity numbers are stand-ins. The keys are null
where that folder is absent. illegal_states, different_ends: of 10,000 random stories of receipts, doubled and
in disorder (`bench._receipts`), steps that the machine does not have, and ends that depend on the order.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench._lodging import arguments
from bench._receipts import check_receipts
from bench._runner import result, scratch_database

_BATCH, _CLIENTS, _WORKERS, _WARM_BATCHES = 100, 3, 2, 12
_ORDERS_PER_MESSAGE = 10
_STORIES = 10_000
_YEAR = 2_450_000_000 / (365 * 86_400)
_EXPORTS = ("303", "403", "505", "507", "509", "603", "605", "607", "213", "215")
_IMPORTS = ("311", "411", "511", "621", "623", "625")


def main(seconds: float) -> None:
    """Lodge for `seconds`, check GACC's messages, and print the figures."""
    with scratch_database("declare"):
        key = _declarant()
        with _served() as port:
            lodged = _lodge(port, key, seconds)
        valid, same = _gacc_messages()
    illegal, different = check_receipts(_STORIES)
    print(
        f"{_STORIES} stories of receipts: {illegal} illegal steps, {different} ends that depend on their order."
    )
    counted = lodged[_WARM_BATCHES:]
    begun = counted[0][0]
    ended = max(began + took for began, took, _, _ in counted)
    lists = sum(taken for _, _, taken, _ in counted)
    rate = lists / (ended - begun)
    took = [one[1] for one in counted]
    tenth = max(len(took) // 10, 1)
    result(
        {
            "lists": lists,
            "lists_per_s": round(rate),
            "p99_ms": round(1000 * sorted(took)[max(int(len(took) * 0.99) - 1, 0)]),
            "machines_for_2_45bn": round(_YEAR / rate, 3),
            "xsd_valid_pct": valid,
            "round_trip_pct": same,
            "receipt_stories": _STORIES,
            "illegal_states": illegal,
            "different_ends": different,
            "straight_through_pct": round(100 * sum(one[3] for one in counted) / lists, 2),
            "scaling": round(_median(took[-tenth:]) / _median(took[:tenth]), 3),
        }
    )


def _declarant() -> str:
    """A customs office, a declarant, and the declarant's API key."""
    from fondaco.kernel import clock
    from fondaco.kernel.tenancy import Kind, Role, Scope
    from fondaco.parties.public import NewOrganisation, ensure_organisations, issue_api_key

    parties = ensure_organisations(
        [
            NewOrganisation(kind=Kind.CUSTOMS, name="Customs of France", country="FR", slug="customs-fr"),
            NewOrganisation(kind=Kind.SELLER, name="Declarant", country="GB", slug="declarant"),
        ]
    )
    declarant = next(one for one in parties if one.slug == "declarant")
    key, _ = issue_api_key(Scope(declarant.id, Kind.SELLER, role=Role.OWNER), "bench", now=clock.now())
    return key


@contextmanager
def _served() -> Iterator[int]:
    """The house on a port of its own, as `fondaco serve` serves it; stopped at the end."""
    port = _free_port()
    command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1",
               "--port", str(port), "--workers", str(_WORKERS), "--blocking-threads", "2",
               "fondaco.config.wsgi:application"]  # fmt: skip
    surroundings = {**os.environ, "FONDACO_API_RATE": "1000000/minute"}
    server = subprocess.Popen(command, env=surroundings, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit("The server did not start.")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server does not answer.")


def _lodge(port: int, key: str, seconds: float) -> list[tuple[float, float, int, int]]:
    """Of every batch: when it was sent, seconds it took, lists taken in, lists released."""
    client = subprocess.run(
        arguments(port, key, seconds, _CLIENTS, _BATCH), stdout=subprocess.PIPE, check=True
    )
    return [tuple(row) for row in json.loads(client.stdout)]


def _gacc_messages() -> tuple[float | None, float | None]:
    """Per cent of GACC messages of the real orders that are valid, and that are read back as written."""
    from fondaco.platforms.window.tests.gacc_samples import GACC, ORDERS

    if not GACC.is_dir() or not ORDERS.is_file():
        print(f"{GACC} or {ORDERS} is not on this machine: GACC messages are not measured.")
        return None, None
    checked = [
        outcome
        for side, kinds in (("export", _EXPORTS), ("import", _IMPORTS))
        for outcome in _side(side, kinds)
    ]
    total = len(checked)
    valid, same = sum(ok for ok, _ in checked), sum(ok for _, ok in checked)
    print(f"{total} GACC messages: {valid} valid, {same} the same after reading.")
    return round(100 * valid / total, 3), round(100 * same / total, 3)


def _side(side: str, kinds: Sequence[str]) -> Iterator[tuple[bool, bool]]:
    """Of each message of one direction: whether it is valid, and whether it comes back."""
    from lxml import etree

    from fondaco.platforms.window.adapters.gacc import gacc_book, gacc_codes, gacc_profile
    from fondaco.platforms.window.domain.messages.gacc.build import build_message
    from fondaco.platforms.window.domain.messages.gacc.papers import Extras, Papers
    from fondaco.platforms.window.domain.messages.gacc.parse import parse_message
    from fondaco.platforms.window.domain.messages.gacc.render import render_message
    from fondaco.platforms.window.tests.gacc_samples import GACC, real_filings
    from fondaco.platforms.window.tests.gacc_signing import signer

    extras = Extras(reason="buyer withdrew", vessel="CA 1234", voyage="CA1234", bill="99912345678")
    filings = list(real_filings(side))
    numbers = {one.id: f"0213202122I{place:07}" for place, one in enumerate(filings)}
    payments = {one.id: f"sim_{one.lrn}" for one in filings}
    book, papers = gacc_book(), Papers(gacc_profile(), gacc_codes(), extras, numbers, payments)
    official = etree.XMLSchema(etree.parse(str(GACC / "xsd" / f"ceb_{side}_202205.xsd")))
    for start in range(0, len(filings), _ORDERS_PER_MESSAGE):
        for number in kinds:
            part = filings[start : start + _ORDERS_PER_MESSAGE]
            message = build_message(number, part, papers=papers, book=book)
            signed = signer() if book.shape(number).signature == "required" else None
            raw = render_message(message, book=book, signer=signed)
            reading = parse_message(raw, book=book)
            yield official.validate(etree.fromstring(raw)), reading.message == message


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60)
