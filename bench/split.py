"""Parting orders: the exact model against the two plans a merchant makes without one.

    .venv/bin/python -m bench.split [ORDERS]

Three measurements, all on the synthetic demonstration cards (no carrier's figures are in them):

1. Ten telephones (batteries) to the United States and ten garments to the United Kingdom, stock in China
   and some of it abroad: milliseconds for both, and the gap left to prove. Every set of units is a candidate.
2. ORDERS real orders of the order file (wholesale: the median weighs some 50 kg by our estimates) on 100
   services each, drawn by a fixed seed. The merchant has everything at home and the better-selling half of
   the articles also in a warehouse in the destination, where the cards know local services (four EU states,
   the United States and five more; about two thirds of the orders). Rivals on the same cards: the best
   single service for the whole order from one warehouse, and each line by its cheapest service and
   warehouse. A waybill and a parcel cost the same in all plans. What flatters: moving stock abroad is not
   charged, and where the stock is, is ours to say. `one warehouse` is printed beside it: what parting alone
   saves, which on wholesale orders is little, since pallets are cheap by the kilogram.
3. 1,000 made consumer orders of real articles to the EU (4 to 12 lines, at most EUR 150; destinations as often as in the file) under Reg. (EU)
   2026/382: landed cost (carriage, handling, flat duty) of the plan that knows the border against that of the
   plan that minimises carriage and handling alone. VAT at sale is the same in both and left out. Stock
   abroad carries 4 % duty as already paid on entry. `illegal` counts plans that an independent check refuses:
   a class, size or weight that the service refuses, stock that is not there, units lost or doubled, or terms
   other than the whole order's.
"""

from __future__ import annotations

import csv
import gzip
import math
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random
from zlib import crc32

import numpy as np

from bench._runner import ROOT, result
from fondaco.commerce.catalog.domain.enrich import Enricher
from fondaco.commerce.catalog.domain.hints import Hints, hint_of
from fondaco.commerce.orders.domain.countries import country_code
from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.landed_engine import LandedEngine
from fondaco.platforms.window.domain.landed_terms import border_terms
from fondaco.platforms.window.domain.landed_types import LandedLine, LandedRequest
from fondaco.platforms.window.domain.regime import RegimeBook
from fondaco.platforms.window.domain.tariff_book import TariffBook
from fondaco.platforms.window.regime_read import read_regimes
from fondaco.systems.logistics.domain import kernel
from fondaco.systems.logistics.domain.cargo import feature_mask
from fondaco.systems.logistics.domain.demo import generate_demo_book
from fondaco.systems.logistics.domain.draft_store import store_of
from fondaco.systems.logistics.domain.splitting.solve import CannotSplit, split
from fondaco.systems.logistics.domain.splitting.types import (
    LandedTerms,
    Source,
    SplitItem,
    SplitPlan,
    SplitRequest,
    StockAt,
)
from fondaco.systems.logistics.domain.splitting.verify import faults_of
from fondaco.systems.logistics.domain.store import RateStore, build_store

ORDER_FILE = ROOT.parent / "shared/data/orders/online_retail_crossborder.csv.gz"
SERVICES, SEED = 100, 11
ON = date(2026, 11, 2)
TRACKED = frozenset({"tracked"})
EU = frozenset("DE FR BE ES NL PT IT FI SE AT PL DK IE CZ GR LT MT CY".split())
HANDLING, WAYBILL = 40, 60


@dataclass(frozen=True, slots=True)
class Order:
    """A real order: what it is called, where it goes and what is in it."""

    number: str
    destination: str
    items: tuple[SplitItem, ...]


def main(count: int) -> None:
    """Measure all three and print the figures."""
    if not ORDER_FILE.exists():
        print(f"{ORDER_FILE} is not on this machine: bench.split measures real orders and cannot run.")
        raise SystemExit(1)
    kernel.warm()
    store = store_of(generate_demo_book(), starts_on=date(2020, 1, 1))
    phones_ms, phones_gap = _phones(store)
    orders = list(_orders())
    wholesale = _wholesale(store, Random(SEED).sample(orders, min(count, len(orders))))
    duty = _consumers(store, orders, count)
    result({**wholesale, **duty, "phones_ms": phones_ms, "phones_gap": phones_gap})


# ---------------------------------------------------------------- 1


def _phones(store: RateStore) -> tuple[float, float]:
    phone = SplitItem("1", "PHONE", 10, 320, 170, 90, 50, frozenset({"battery-in"}), "851713", 200_000)
    dress = SplitItem("1", "DRESS", 10, 280, 300, 220, 30, frozenset(), "620442", 25_000)
    plans = []
    for item, to in ((phone, "US"), (dress, "GB")):
        sources = (
            Source("park", "CN", "park", HANDLING),
            Source("abroad", to, "overseas", HANDLING, stocked=True),
        )
        request = SplitRequest(
            item.sku, to, "", ON, (item,), sources, (StockAt("abroad", item.sku, 4),),
            {"park": LandedTerms("border", "bench", tax_ppm=200_000)}, TRACKED, waybill_minor=WAYBILL,
        )  # fmt: skip
        split(store, request)  # the first reading of a pair of countries is not the order's
        plans.append(split(store, request))
    for plan in plans:
        print(
            f"{plan.reference}: {plan.method}, {_shape(plan)}, {plan.candidates} candidates, gap {plan.gap:.4f}"
        )
    return 1000 * sum(plan.seconds for plan in plans), max(plan.gap for plan in plans)


def _shape(plan: SplitPlan) -> str:
    parts = [
        f"{sum(n for p in c.parcels for _, n in p.contents)} from {c.warehouse} by {c.service_code}"
        for c in plan.consignments
    ]
    return "; ".join(parts)


# ---------------------------------------------------------------- 2


def _wholesale(store: RateStore, orders: Sequence[Order]) -> dict[str, float]:
    sellers = _better_half(orders)
    cards: dict[str, tuple[RateStore, bool]] = {}
    timed: list[float] = []
    sums: Counter[str] = Counter()
    shares: list[float] = []
    for order in orders:
        if order.destination not in cards:
            cards[order.destination] = _hundred(store, order.destination)
        narrow, local = cards[order.destination]
        home = (Source("home", "GB", "own", HANDLING),)
        abroad = Source("abroad", order.destination, "overseas", HANDLING, stocked=True)
        stock = tuple(StockAt("abroad", i.sku, i.quantity) for i in order.items if i.sku in sellers)
        request = SplitRequest(
            order.number, order.destination, "", ON, order.items, (*home, abroad) if local else home,
            stock if local else (), required=TRACKED, waybill_minor=WAYBILL,
        )  # fmt: skip
        try:
            plan = split(narrow, request)
            alone = split(narrow, replace(request, sources=home, stock=()))
        except CannotSplit as exc:
            sums[f"not sent: {exc.reason if hasattr(exc, 'reason') else exc.code}"] += 1
            continue
        timed.append(1000 * plan.seconds)
        rival = min((c.total for c in plan.baselines.values()), default=0)
        if not rival:
            sums["no rival"] += 1
            continue
        sums.update(rival=rival, ours=plan.cost.total, alone=alone.cost.total,
                    alone_rival=min(c.total for c in alone.baselines.values()), measured=1, proven=plan.proven,
                    parted=len(plan.consignments) > 1, with_local=local)  # fmt: skip
        shares.append(1 - plan.cost.total / rival)
    saving = 100 * (1 - sums["ours"] / sums["rival"])
    spread = 196 * statistics.stdev(shares) / math.sqrt(len(shares))
    print(
        f"{sums['measured']} orders ({sums['with_local']} with stock abroad), {sums['parted']} parted,"
        f" {sums['proven']} proven optimal; {saving:.1f} % saved of the sum, {100 * statistics.mean(shares):.1f}"
        f" ± {spread:.1f} % a order; one warehouse {100 * (1 - sums['alone'] / sums['alone_rival']):.1f} %;"
        f" { ({k: v for k, v in sums.items() if k.startswith('no')}) }"
    )
    p50, p95 = np.percentile(timed, [50, 95])
    return {"order_ms_p50": float(p50), "order_ms_p95": float(p95), "saving_pct": saving}


def _better_half(orders: Sequence[Order]) -> frozenset[str]:
    """The half of the articles that sell most, by units."""
    sold: Counter[str] = Counter()
    for order in orders:
        for item in order.items:
            sold[item.sku] += item.quantity
    return frozenset(sku for sku, _ in sold.most_common(len(sold) // 2))


def _hundred(store: RateStore, destination: str) -> tuple[RateStore, bool]:
    """The cards narrowed to 100 tracked services into `destination`, and whether some are local ones."""
    pairs = [store.spans[p] for p in (("GB", destination), (destination, destination)) if p in store.spans]
    lanes = np.concatenate([np.arange(span.start, span.end) for span in pairs])
    features = store.services["features"][store.lanes["service"][lanes]]
    lanes = lanes[(features & feature_mask(TRACKED)) > 0]
    near = sorted(set(store.lanes["service"][lanes[store.lanes["origin"][lanes] == destination]].tolist()))
    far = sorted(set(store.lanes["service"][lanes].tolist()) - set(near))
    kept = near + Random(crc32(destination.encode())).sample(far, min(SERVICES - len(near), len(far)))
    chosen = lanes[np.isin(store.lanes["service"][lanes], kept)]
    local = bool((store.lanes["origin"][chosen] == destination).any())
    return _narrow(store, chosen), local


def _narrow(store: RateStore, lanes: np.ndarray) -> RateStore:
    """The same cards with these lanes only."""
    place = np.full(len(store.lanes["origin"]), -1)
    place[lanes] = np.arange(len(lanes))
    cells = np.flatnonzero(place[store.cells["lane"]] >= 0)
    taken = {name: column[cells] for name, column in store.cells.items()}
    taken["lane"] = place[taken["lane"]]
    return build_store(
        version="bench", currency=store.currency, services=store.services,
        lanes={name: column[lanes] for name, column in store.lanes.items()}, cells=taken, fuel=store.fuel,
        areas=store.areas.tolist(),
    )  # fmt: skip


# ---------------------------------------------------------------- 3


def _consumers(store: RateStore, orders: Sequence[Order], count: int) -> dict[str, float]:
    engine = LandedEngine(RegimeBook.of(read_regimes(ROOT / "data/window/regimes")), TariffBook({}))
    articles = sorted({i.sku: i for o in orders for i in o.items if i.heading}.values(), key=lambda i: i.sku)
    places = [order.destination for order in orders if order.destination in EU]
    random = Random(SEED)
    sums: Counter[str] = Counter()
    shares: list[float] = []
    for number in range(count):
        request = _consumer(engine, articles, random, name=str(number), to=random.choice(places))
        aware = split(store, request)
        blind = split(store, replace(request, duty_aware=False))
        bad = faults_of(store, request, aware)
        sums.update(aware=aware.cost.landed, blind=blind.cost.landed, illegal=bool(bad),
                    dearer=aware.cost.landed > blind.cost.landed, measured=1)  # fmt: skip
        shares.append(1 - aware.cost.landed / blind.cost.landed)
    print(
        f"{sums['measured']} EU orders: landed {sums['blind'] / 100:.0f} without, {sums['aware'] / 100:.0f} with the"
        f" border in the model; mean saving {100 * statistics.mean(shares):.1f} %"
    )
    return {
        "duty_aware_saving_pct": 100 * statistics.mean(shares),
        "dearer": sums["dearer"],
        "illegal": sums["illegal"],
    }


def _consumer(
    engine: LandedEngine, articles: Sequence[SplitItem], random: Random, *, name: str, to: str
) -> SplitRequest:
    """A consumer's order of 4 to 12 articles, cut to EUR 150, with stock in China, at home and, where there is, abroad."""
    items: list[SplitItem] = []
    for place, article in enumerate(random.sample(articles, random.randint(4, 12))):
        units = random.choice((1, 1, 1, 2, 3))
        each = max(article.value_minor // article.quantity, 50)
        if sum(i.value_minor for i in items) + units * each <= 12_500:
            items.append(replace(article, line_id=str(place), quantity=units, value_minor=units * each))
    items = items or [replace(articles[0], line_id="0", quantity=1, value_minor=500)]
    lines = tuple(
        LandedLine(i.line_id, i.sku, i.sku, i.heading, "CN", i.quantity, Money(i.value_minor, "GBP"))
        for i in items
    )
    asked = LandedRequest(
        name,
        ON,
        "CN",
        to,
        "DDP",
        lines,
        Money(0, "GBP"),
        Money(0, "GBP"),
        b2c=True,
        schemes=frozenset({"IOSS"}),
    )
    terms = border_terms(engine, asked, rates=_rates)
    if terms is None:
        raise SystemExit("The EU regime does not price these orders: mend the regime files.")
    flat = LandedTerms(
        terms.code, terms.source, flat_minor=terms.flat_minor, counts_freight=False, taxes_landed=False
    )
    paid = LandedTerms("paid on entry", "bench", duty_ppm={i.line_id: 40_000 for i in items}, counts_freight=False,
                       taxes_landed=False)  # fmt: skip
    sources = [
        Source("home", "GB", "own", HANDLING, stocked=True),
        Source("park", "CN", "park", HANDLING, stocked=True),
    ]
    landed = {"home": flat, "park": flat}
    if to in ("DE", "FR", "ES", "NL"):
        sources.append(Source("abroad", to, "overseas", HANDLING, stocked=True))
        landed["abroad"] = paid
    stock = tuple(
        StockAt(source.code, i.sku, i.quantity)
        for source in sources
        for i in items
        if crc32(f"{source.code}{i.sku}".encode()) % 100 < 60
        or source.code == ("home", "park")[crc32(i.sku.encode()) % 2]
    )
    return SplitRequest(
        name, to, "", ON, tuple(items), tuple(sources), stock, landed, TRACKED, waybill_minor=WAYBILL
    )


def _rates(base: str, quote: str, on: date) -> Decimal:
    """A fixed rate: the flat duty is EUR 3 = GBP 2.61."""
    del on
    return {("EUR", "GBP"): Decimal("0.87"), ("GBP", "EUR"): 1 / Decimal("0.87")}.get(
        (base, quote), Decimal(1)
    )


# ---------------------------------------------------------------- real orders


def _orders() -> Iterator[Order]:
    """The file's orders to a country that is known, with estimated masses, sizes and codes from the titles."""
    rows: dict[str, list[dict[str, str]]] = {}
    with gzip.open(ORDER_FILE, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if int(row["Quantity"]) > 0 and float(row["UnitPrice"]) > 0 and row["StockCode"][:1].isdigit():
                rows.setdefault(row["InvoiceNo"], []).append(row)
    titles = {row["StockCode"]: row["Description"] for lines in rows.values() for row in lines}
    facts = _facts(titles)
    for number, lines in rows.items():
        to = country_code(
            lines[0]["Country"], aliases={"eire": "IE", "channel islands": "GG", "rsa": "ZA", "usa": "US"}
        )
        if to and to != "GB":
            yield Order(number, to, tuple(_item(n, row, facts) for n, row in enumerate(lines)))


def _item(place: int, row: dict[str, str], facts: dict[str, dict[str, str]]) -> SplitItem:
    known, units = facts[row["StockCode"]], int(row["Quantity"])
    classes = frozenset(filter(None, known.get("cargo_class", "").split(",")))
    return SplitItem(
        str(place), row["StockCode"], units, int(known["mass_g"]), int(known["length_mm"]), int(known["width_mm"]),
        int(known["height_mm"]), classes, known.get("hs_code", "")[:6],
        round(units * float(row["UnitPrice"]) * 100),
    )  # fmt: skip


def _facts(titles: dict[str, str]) -> dict[str, dict[str, str]]:
    with (ROOT / "data/catalog/hints.csv").open(encoding="utf-8", newline="") as file:
        hints = Hints(hint_of(number, row) for number, row in enumerate(csv.DictReader(file), start=2))
    proposed = Enricher(hints, None, (), lambda _: None).propose(list(titles.values()))
    return {sku: {p.field: p.value for p in found} for sku, found in zip(titles, proposed, strict=True)}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
