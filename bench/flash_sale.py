"""A flash sale over HTTP: our API under granian, a crowd from another process, django-oscar's checkout beside it.

    .venv/bin/python -m bench.flash_sale [UNITS] [BUYERS] [ATTEMPTS PER BUYER] [CONNECTIONS]

A migrated scratch database; granian with two workers serves the API on a local socket; this process is the crowd.
Buyers join the queue before the opening, each with a key of its own. Each comes when it is its turn, with half of
its attempts at once (more than its limit, so that they race), and later with the others. Every 100th request is
cut off before its answer and asked again with the same key; every 10th purchase is asked for twice.

attempts: purchase requests that were answered, without those told to wait. sold: pieces in orders. oversold:
pieces sold that were not there. seconds: from the opening to the last answer. p99_ms: of purchase requests, seen by
the buyer, from sending to the last byte. error_pct: answers of 5xx and broken connections. The run fails where an
acknowledged order is not in the database, an order in it was never acknowledged, or a buyer has more than allowed.
peer_oversold: pieces that django-oscar 4.2 sold beyond stock: 50 pieces, 200 attempts, 16 writers, through its
availability check and `OrderCreator.place_order` in one transaction, without HTTP.

What flatters: crowd, server and database share one machine without a network between them. What does not: the
same. The crowd keeps CONNECTIONS requests open at most, so that a slow server is asked more slowly; the queue in
front of the sale is what does that outside of a bench.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from bench._peers import run_peer
from bench._runner import ROOT, empty_database, result, scratch_database

LIMIT = 2
PEER = {"stock": 50, "attempts": 200, "writers": 16}
ADMIT_PER_S = 60.0


@dataclass(slots=True)
class Crowd:
    """What the crowd saw."""

    answers: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    broken: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Stall:
    """The sale, the buyers' keys, and the moment it opens in seconds since 1970."""

    sale_id: UUID
    keys: list[str]
    opens_at: float


class Line:
    """One kept-alive connection that speaks as little HTTP as needed."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.pipes: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(
        self, path: str, body: bytes, headers: dict[str, str], *, cut: bool = False
    ) -> tuple[int, bytes]:
        """Status and body; (0, b"") where the connection broke, or was cut on purpose after sending."""
        if self.pipes is None:
            self.pipes = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.pipes
        extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{extra}\r\n"
        )
        writer.write(head.encode() + body)
        try:
            await writer.drain()
            return await self._cut() if cut else await self._answer(reader)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            await self._cut()
            return 0, b""

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        sizes = [line for line in lines if line.lower().startswith(b"content-length:")]
        return int(lines[0].split()[1]), await reader.readexactly(int(sizes[0].split(b":")[1]))

    async def _cut(self) -> tuple[int, bytes]:
        if self.pipes:
            self.pipes[1].close()
        self.pipes = None
        return 0, b""


def main(units: int, buyers: int, tries: int, connections: int) -> None:
    """Set up, serve, sell, count; then the peer."""
    with scratch_database("flash"):
        with _server() as port:
            asyncio.run(_warm(port, connections))
            stall = _set_up(units, buyers, wait=15 + buyers / 100)
            crowd = asyncio.run(_sell(port, stall, tries=tries, connections=connections))
        sold, oversold = _count(units, crowd)
    with empty_database("oscar") as url:
        peer = run_peer("oscar", {**PEER, "url": url})
    print(f"answers {dict(crowd.answers)}, refusals {dict(crowd.codes)}, broken {crowd.broken}")
    print(f"django-oscar: {peer}")
    asked = len(crowd.latencies)
    errors = crowd.broken + sum(n for status, n in crowd.answers.items() if status >= 500)
    result({
        "attempts": asked, "sold": sold, "oversold": oversold, "seconds": crowd.seconds,
        "p99_ms": sorted(crowd.latencies)[int(asked * 0.99)] * 1_000, "error_pct": 100 * errors / asked,
        "peer_oversold": peer["oversold"],
    })  # fmt: skip


def _set_up(units: int, buyers: int, *, wait: float) -> Stall:
    """A sale of one article, and a crowd with keys."""
    from django.db import transaction

    from fondaco.commerce.catalog.models import Product
    from fondaco.flows import flash_sale
    from fondaco.kernel import clock
    from fondaco.kernel.money import Money
    from fondaco.kernel.tenancy import Kind, Role, Scope
    from fondaco.parties import public as parties
    from fondaco.parties.public import NewOrganisation
    from fondaco.systems.logistics import public as logistics
    from fondaco.systems.logistics.public import NewReceipt, NewStore, SaleTerms

    now = clock.now()
    new = [
        NewOrganisation(kind=Kind.SELLER, name="Seller", country="GB", slug="flash-seller", currency="GBP")
    ]
    new += [
        NewOrganisation(kind=Kind.BUYER, name=f"Buyer {n}", country="DE", slug=f"flash-buyer-{n}")
        for n in range(buyers)
    ]
    seller, *crowd = (made.id for made in parties.ensure_organisations(new))
    with transaction.atomic():
        keys = [
            parties.issue_api_key(Scope(one, Kind.BUYER, role=Role.OWNER, actor="bench"), "crowd", now=now)[0]
            for one in crowd
        ]
    scope = Scope(seller, Kind.SELLER, role=Role.OWNER, actor="bench")
    Product.objects.create(seller_id=seller, sku="CUP", title="Cup", created_at=now, updated_at=now)
    store = logistics.ensure_stores([NewStore(seller, seller, "home", "Home", "own", "GB")])[0]
    logistics.put_away(store, [NewReceipt("CUP", units, "L1", "CN", "k")], now=now, actor="bench")
    opens_at = clock.now() + timedelta(seconds=wait)
    terms = SaleTerms(
        seller, store.pk, "Bench", "GBP", opens_at, opens_at + timedelta(hours=2), (), ADMIT_PER_S, LIMIT
    )
    sale = flash_sale.set_up_sale(scope, terms, {"CUP": Money(499, "GBP")}, now=now)
    return Stall(sale.id, keys, opens_at.timestamp())


@contextmanager
def _server() -> Iterator[int]:
    """granian with our API on a free port, as `fondaco serve` runs it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    granian = str(Path(sys.executable).with_name("granian"))
    options = [
        "--interface",
        "wsgi",
        "--no-ws",
        "--port",
        str(port),
        "--workers",
        "2",
        "--blocking-threads",
        "4",
    ]
    command = [granian, *options, "--log-level", "warning", "fondaco.config.wsgi:application"]
    server = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ))
    try:
        _await_server(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _await_server(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("granian did not come up.")


async def _warm(port: int, connections: int) -> None:
    """Let every worker and thread answer once, with a refusal."""
    lines = [Line(port) for _ in range(connections)]

    async def ask(n: int, line: Line) -> None:
        await line.post(f"/api/v1/shop/sales/{UUID(int=n)}/queue", b"", {})

    await _work(list(range(connections * 8)), lines, ask)


async def _sell(port: int, stall: Stall, *, tries: int, connections: int) -> Crowd:
    crowd, base, keys = Crowd(), f"/api/v1/shop/sales/{stall.sale_id}", stall.keys
    lines = [Line(port) for _ in range(connections)]
    tickets: list[dict[str, Any]] = [{} for _ in keys]

    async def join(n: int, line: Line) -> None:
        status, body = await line.post(f"{base}/queue", b"", {"Authorization": f"Bearer {keys[n]}"})
        if status != 200:
            raise SystemExit(f"A buyer could not join: {status} {body[:200]!r}")
        tickets[n] = json.loads(body)

    async def attempt(job: tuple[int, int, int, float], line: Line) -> None:
        number, n, turn, at = job
        await asyncio.sleep(max(0.0, at - time.time()))
        headers = {"Authorization": f"Bearer {keys[n]}", "Sale-Ticket": tickets[n]["token"]}
        headers["Idempotency-Key"] = f"t{turn}"
        await _attempt(crowd, line, f"{base}/purchases", headers, number=number)

    began = time.perf_counter()
    await join(0, lines[0])
    headers = {"Authorization": f"Bearer {keys[0]}", "Sale-Ticket": tickets[0]["token"]}
    early = await lines[0].post(f"{base}/purchases", _BODY, {**headers, "Idempotency-Key": "early"})
    print("before the opening:", early[0], json.loads(early[1]).get("retry_after"), flush=True)
    await _work(list(range(1, len(keys))), lines, join)
    print(f"{len(keys)} buyers joined in {time.perf_counter() - began:.1f} s", flush=True)
    await asyncio.sleep(max(0.0, stall.opens_at - time.time()))
    began = time.perf_counter()
    await _work(_jobs(tickets, tries, stall.opens_at), lines, attempt)
    crowd.seconds = time.perf_counter() - began
    return crowd


def _jobs(tickets: list[dict[str, Any]], tries: int, opens_at: float) -> list[tuple[int, int, int, float]]:
    """(number, buyer, turn, not before): half of each buyer's attempts at its turn, the others later."""
    from datetime import datetime

    turns = [max(opens_at, datetime.fromisoformat(t["admitted_at"]).timestamp()) for t in tickets]
    half = (tries + 1) // 2
    jobs = [
        (turns[n] + 0.05 + (20 if turn >= half else 0), n, turn)
        for n in range(len(tickets))
        for turn in range(tries)
    ]
    return [(number, n, turn, at) for number, (at, n, turn) in enumerate(sorted(jobs))]


_BODY = json.dumps({"pieces": [["CUP", 1]], "destination": "DE"}).encode()


async def _attempt(crowd: Crowd, line: Line, path: str, headers: dict[str, str], *, number: int) -> None:
    if number % 100 == 0:
        await line.post(path, _BODY, headers, cut=True)
    for _ in range(2 if number % 10 == 0 else 1):
        began = time.perf_counter()
        status, body = await line.post(path, _BODY, headers)
        crowd.latencies.append(time.perf_counter() - began)
        if not status:
            crowd.broken += 1
            continue
        crowd.answers[status] += 1
        answer = json.loads(body)
        if status == 201:
            crowd.acknowledged.add(answer["number"])
        else:
            crowd.codes[answer["code"]] += 1


async def _work(jobs: list[Any], lines: list[Line], do: Any) -> None:
    """Do the jobs in their order, each connection one at a time."""
    waiting = iter(jobs)

    async def serve(line: Line) -> None:
        for job in waiting:
            await do(job, line)

    await asyncio.gather(*(serve(line) for line in lines))


def _count(units: int, crowd: Crowd) -> tuple[int, int]:
    """Pieces sold and oversold by the database; exits where an order was lost or a limit passed."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM orders_order")
        there = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT coalesce(sum(quantity), 0) FROM orders_orderline")
        sold = int(cursor.fetchone()[0])
        cursor.execute("SELECT reserved FROM logistics_stockbalance")
        reserved = cursor.fetchone()[0]
        cursor.execute("SELECT max(pieces) FROM logistics_flashtally")
        most = cursor.fetchone()[0]
    lost = crowd.acknowledged - there
    print(
        f"sold {sold}, held {reserved}, lost {len(lost)}, not acknowledged {len(there - crowd.acknowledged)}"
    )
    if lost or there != crowd.acknowledged or sold != reserved or most > LIMIT:
        raise SystemExit("Orders, stock and answers do not agree.")
    return sold, max(0, sold - units)


if __name__ == "__main__":
    sizes = [int(text) for text in sys.argv[1:]]
    main(*(sizes + [15_000, 9_200, 6, 32][len(sizes) :]))
