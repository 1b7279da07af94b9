"""Quotes: every service priced, sorted and every refusal explained; beside karrio's universal rating.

    .venv/bin/python -m bench.quote [quotes compared, 100000]

What is timed: `quote_table` (all services priced and sorted), its counts by reason, for every refused service its
reason, lane, measured figure and limit as columns, and the ten cheapest offers (with the named few) as objects.
What is not: offers and refusals beyond those as Python objects. They are made from the columns when read; the
line "all as objects" says what that costs. Store and compiled kernel are warm, one process, one core; what was
loaded before is kept from the garbage collector, as config.wsgi does in a server. The figures
are of the clock on the wall; on a machine that does other things, those of the processor stand before them.

`p99_ms` is the worse of two tables of 2,000 services and 160,000 or more cells: a flat one in which every service
can carry every parcel (so all 2,000 are priced; the same table that karrio gets), and the demonstration book
(zones, fuel, volume, increments, mixed refusals). `p99_ms_20k` is the flat one with 20,000 services (400,000
cells). `ratio` is the smaller of the ratios at the median and at p99. karrio sees no limits, no volume and no
fuel in this table, which flatters it; it also builds its rate objects, which we do for ten only: that flatters us,
and "ratio, all offers as objects" says by how much.

`mismatches` counts services, over all quotes, whose price or reason differs from the Decimal reference of the
tests; 200 random books with every rule, five services each. A tenth of the quotes runs on the numpy engine.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from random import Random
from statistics import median
from typing import Any

import numpy as np

from bench._peers import run_peer
from bench._runner import result
from fondaco.systems.logistics.domain import kernel
from fondaco.systems.logistics.domain.demo import generate_demo_book
from fondaco.systems.logistics.domain.draft_store import store_of
from fondaco.systems.logistics.domain.dto import ParcelSpec, QuoteRequest
from fondaco.systems.logistics.domain.quoting import QuoteTable, quote_table
from fondaco.systems.logistics.domain.store import (
    CELL_INTS,
    FOREVER,
    LANE_INTS,
    SERVICE_INTS,
    SERVICE_TEXT,
    RateStore,
    build_store,
)
from fondaco.systems.logistics.tests.randoms import STARTS, edges, random_book, random_shipment
from fondaco.systems.logistics.tests.reference import quote_slowly

DESTINATIONS = ("DE", "FR", "US", "AU", "NO", "CA", "JP", "ES")
BANDS_G = (0, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 15_000, 20_000, 30_000, 70_000)
ON = date(2026, 9, 1)
PEER_QUOTES = 25


def price_minor(service: Any, destination: Any, band: Any) -> Any:
    """The made-up rate of a cell; bench/peers/quote.py has the same."""
    return (service * 7919 + destination * 104_729 + band * 1_301) % 4_000 + 300 + band * 150


def flat_store(services: int, destinations: Sequence[str]) -> RateStore:
    """Every service to every destination, ten flat bands each."""
    bands, count = len(BANDS_G) - 1, len(destinations)
    lane_service = np.repeat(np.arange(services), count)
    lane_to = np.tile(np.arange(count), services)
    cell_lane, cell_band = (
        np.repeat(np.arange(services * count), bands),
        np.tile(np.arange(bands), services * count),
    )
    edges_g = np.array(BANDS_G)
    lanes: dict[str, Any] = {name: np.zeros(len(lane_service), dtype=np.int64) for name in LANE_INTS}
    lanes |= {"service": lane_service, "starts": lanes["id"] + 1, "ends": lanes["id"] + FOREVER}
    lanes |= dict.fromkeys(("fuel", "zone_area", "remote_area"), lanes["id"] - 1)
    lanes |= {
        "transit_min": lanes["id"] + 2,
        "transit_max": 3 + lane_service % 9,
        "max_a": lanes["id"] + 1_200,
    }
    cells: dict[str, Any] = {name: np.zeros(len(cell_lane), dtype=np.int64) for name in CELL_INTS}
    cells |= {
        "lane": cell_lane, "from_g": edges_g[cell_band], "to_g": edges_g[cell_band + 1], "increment": cells["lane"] + 1,
        "unit": price_minor(lane_service[cell_lane], lane_to[cell_lane], cell_band),
    }  # fmt: skip
    names = [f"S{number:05d}" for number in range(services)]
    texts: dict[str, Any] = dict.fromkeys(SERVICE_TEXT, names) | {
        "id": ["00000000-0000-0000-0000-000000000000"] * services
    }
    return build_store(
        version="bench", currency="GBP", services=texts | {name: [1] * services for name in SERVICE_INTS},
        lanes=lanes | { "origin": ["GB"] * len(lane_service), "destination": np.array(destinations)[lane_to].tolist(),
               "zone": [""] * len(lane_service)},
        cells=cells, fuel={name: [] for name in ("rule", "starts", "ends", "basis_points")}, areas=[],
    )  # fmt: skip


def questions(draw: Random, count: int, destinations: Sequence[str]) -> list[QuoteRequest]:
    """Parcels of 0.05 to 29 kg that no band's edge touches, so that both ways of reading an edge agree."""
    return [
        QuoteRequest(
            "b", "GB", draw.choice(destinations), "10115", ON,
            (ParcelSpec(draw.randint(100, 600), draw.randint(80, 400), draw.randint(20, 300), 50 + 100 * draw.randint(0, 290) + 7),),
        )
        for _ in range(count)
    ]  # fmt: skip


def answer(store: RateStore, request: QuoteRequest) -> QuoteTable:
    """The whole answer as columns, and its first page as objects."""
    table = quote_table(store, request)
    _ = table.counts, table.reasons, table.lane_of, table.figures
    table.offers(table.shown(10))
    return table


def whole(store: RateStore, request: QuoteRequest) -> None:
    """The whole answer as objects."""
    table = quote_table(store, request)
    table.offers(slice(None))
    table.refusals().all()


def timed(work: Callable[[QuoteRequest], Any], asked: list[QuoteRequest]) -> list[float]:
    """Milliseconds of each."""
    for request in asked[:20]:
        work(request)
    gc.freeze()
    spent, busy = [], []
    for request in asked:
        began, at_work = time.perf_counter(), time.thread_time()
        work(request)
        spent.append((time.perf_counter() - began) * 1000)
        busy.append((time.thread_time() - at_work) * 1000)
    print(f"of the processor alone: p50 {median(busy):.3f} ms, p99 {p99(busy):.3f} ms")
    return spent


def p99(spent: Sequence[float]) -> float:
    """The value that 1 % exceed."""
    return sorted(spent)[int(len(spent) * 0.99)]


def mismatches(count: int) -> tuple[int, int]:
    """Services compared with the reference, and how many differ."""
    draw, compared, wrong = Random(20261122), 0, 0
    books = min(200, max(1, count // 10))
    for number in range(books):
        book = random_book(draw, services=5)
        store = store_of(book, starts_on=STARTS)
        if number % 10 == 0:
            kernel._engine = kernel.price_numpy
        else:
            kernel.warm()
        for place in range(count // books):
            request = random_shipment(draw, str(place))
            request = edges(book, draw, request) if place % 3 == 0 else request
            expected = quote_slowly(book, request)
            table = quote_table(store, request)
            prices = {o.service_code: o.price.minor for o in table.offers(slice(None))}
            reasons = {r.service_code: r.code for r in table.refusals().all()}
            for code, one in expected.items():
                closed = reasons.get(code) == "not-in-force" and request.on < STARTS
                same = prices.get(code) == one.price and reasons.get(code, "") == one.reason
                wrong += not (same or closed)
                compared += 1
    return compared, wrong


def main(count: int) -> None:
    """Time both tables, ask karrio, compare with the reference."""
    kernel.warm()
    draw = Random(1)
    flat, asked = flat_store(2_000, DESTINATIONS), questions(draw, 2_000, DESTINATIONS)
    own = timed(lambda request: answer(flat, request), asked)
    objects = timed(lambda request: whole(flat, request), asked[:100])
    print(f"flat, 2,000 services, 160,000 cells: p50 {median(own):.3f} ms, p99 {p99(own):.3f} ms", flush=True)
    print(f"  all as objects: p50 {median(objects):.3f} ms", flush=True)
    book = generate_demo_book(services=2_000)
    demo, cell_count = store_of(book, starts_on=STARTS), book.cell_count
    del book  # a server holds the columns only, and no draft for the collector to walk
    mixed = timed(lambda request: answer(demo, request), asked)
    mixed_all = timed(lambda request: whole(demo, request), asked[:100])
    print(
        f"demonstration book, {cell_count:,} cells: p50 {median(mixed):.3f} ms, p99 {p99(mixed):.3f} ms",
        flush=True,
    )
    print(f"  all as objects: p50 {median(mixed_all):.3f} ms", flush=True)
    large = flat_store(20_000, DESTINATIONS[:2])
    many = timed(lambda request: answer(large, request), questions(draw, 500, DESTINATIONS[:2]))
    print(f"flat, 20,000 services: p50 {median(many):.3f} ms, p99 {p99(many):.3f} ms", flush=True)
    peer = _peer(flat, asked[:PEER_QUOTES])
    print(f"karrio: p50 {median(peer):.1f} ms, p99 {p99(peer):.1f} ms over {len(peer)} parcels")
    print(f"ratio, all offers as objects: {median(peer) / median(objects):.0f}")
    compared, wrong = mismatches(count)
    print(f"{compared:,} services compared in {count:,} quotes: {wrong} differ")
    result(
        {"p99_ms": max(p99(own), p99(mixed)), "p99_ms_20k": p99(many), "peer_p99_ms": p99(peer),
         "ratio": min(median(peer) / median(own), p99(peer) / p99(own)), "mismatches": wrong}
    )  # fmt: skip


def _peer(store: RateStore, asked: list[QuoteRequest]) -> list[float]:
    rows = [
        [r.destination, r.parcels[0].mass_g / 1000, *(s / 10 for s in (r.parcels[0].length_mm, r.parcels[0].width_mm, r.parcels[0].height_mm))]
        for r in asked
    ]  # fmt: skip
    found = run_peer(
        "quote",
        {"services": store.service_count, "destinations": DESTINATIONS, "bands_kg": [g / 1000 for g in BANDS_G], "asked": rows},
    )  # fmt: skip
    for request, (_, minor, count) in zip(asked, found["cheapest"], strict=True):
        table = quote_table(store, request)
        if (int(table.totals[table.order[0]]), len(table.order)) != (minor, count):
            print(f"karrio disagrees on {request}: {minor} of {count}", file=sys.stderr)
    spent: list[float] = found["ms"]
    return spent


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
