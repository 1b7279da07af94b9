"""Landed cost of every real line: full trace, one core, no database.

    .venv/bin/python -m bench.landed [ORDERS]

Every line is asked, credit notes too (as the goods they give back); lines to a place without a regime are
answered with what is missing. p95_ms is over whole orders, which have 19 lines on average and up to 542.

Orders: ../shared/data/orders (real invoices; dates moved by 780 weeks), else 2,000 made-up ones. Their
commodity codes are dealt out by a checksum of the stock code from data/window/duties_hs6.csv, origin CN;
so the sums mean nothing and the work is real. Short codes take the highest duty, as the flow does.
`bare_formula_per_s` is the figure to be honest beside: `value * rate` in floats, without any rule.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
import time
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from zlib import crc32

from currency_converter import CurrencyConverter

from bench._runner import result
from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.landed_engine import LandedEngine
from fondaco.platforms.window.domain.landed_types import LandedLine, LandedRequest
from fondaco.platforms.window.domain.regime import RegimeBook
from fondaco.platforms.window.domain.tariff_book import TariffBook
from fondaco.platforms.window.regime_read import read_regimes
from fondaco.platforms.window.tariff_files import (
    FULL,
    read_compact,
    read_expiries,
    read_former,
    read_own,
    read_stacking,
)

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "data" / "window"
SHARED_DATA = Path(os.environ.get("FONDACO_DATA", ROOT.parent / "shared" / "data"))

COUNTRIES = {
    "Germany": "DE", "France": "FR", "EIRE": "IE", "Belgium": "BE", "Spain": "ES", "Netherlands": "NL",
    "Switzerland": "CH", "Portugal": "PT", "Australia": "AU", "Italy": "IT", "Finland": "FI", "Sweden": "SE",
    "Norway": "NO", "Japan": "JP", "Poland": "PL", "Denmark": "DK", "Cyprus": "CY", "Austria": "AT",
    "Hong Kong": "HK", "Singapore": "SG", "Malta": "MT", "Israel": "IL", "USA": "US", "Greece": "GR",
    "Canada": "CA", "Czech Republic": "CZ", "Lithuania": "LT", "United Arab Emirates": "AE", "Iceland": "IS",
    "Saudi Arabia": "SA", "RSA": "ZA", "Brazil": "BR", "Channel Islands": "GG", "Bahrain": "BH", "Lebanon": "LB",
    "European Community": "EU", "Unspecified": "ZZ",
}  # fmt: skip


def books() -> LandedEngine:
    """The engine on the full files where they are, else on the compact ones."""
    folder = SHARED_DATA / "tariff"
    releases = [known.read(folder / known.name) for known in FULL if (folder / known.name).exists()]
    if not releases:
        releases = [read_compact(OWN / "duties_hs6.csv", code) for code in ("uk", "eu", "us")]
    releases.append(read_own(OWN / "us_country.csv", "us"))
    measures = [measure for release in releases for measure in release.measures]
    tariff = TariffBook.of(
        measures,
        versions={},
        former=read_former(OWN / "hs2022_hs2017.csv"),
        stacking=read_stacking(OWN / "us_stacking.csv"),
        expired=read_expiries(OWN / "hs2017_ended.csv"),
    )
    return LandedEngine(RegimeBook.of(read_regimes(OWN / "regimes")), tariff, "max")


def requests() -> tuple[list[LandedRequest], bool]:
    """The orders to price, and whether they are real."""
    path = SHARED_DATA / "orders" / "online_retail_crossborder.csv.gz"
    codes = [row["hs6"] for row in csv.DictReader((OWN / "duties_hs6.csv").open())]
    rows = _real(path) if path.exists() else _made_up()
    orders: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        orders[row["InvoiceNo"]].append(row)
    return [_request(number, lines, codes) for number, lines in orders.items()], path.exists()


def _real(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt") as file:
        return list(csv.DictReader(file))


def _made_up() -> list[dict[str, str]]:
    dice, names = Random(7), list(COUNTRIES)
    rows = []
    for number in range(2000):
        country = dice.choice(names)
        for _ in range(dice.randint(1, 40)):
            price = f"{dice.randint(20, 2000) / 100:.2f}"
            rows.append(
                {"InvoiceNo": str(number), "StockCode": str(dice.randint(10000, 13000)), "Description": "made up",
                 "Quantity": str(dice.randint(1, 48)), "InvoiceDate": "2011-06-01", "UnitPrice": price,
                 "Country": country}
            )  # fmt: skip
    return rows


def _request(number: str, rows: list[dict[str, str]], codes: list[str]) -> LandedRequest:
    on = datetime.fromisoformat(rows[0]["InvoiceDate"][:10]).date() + timedelta(weeks=780)
    lines = tuple(_line(str(n), row, codes) for n, row in enumerate(rows))
    freight = Money.of("15.50", "GBP")
    return LandedRequest(
        number, on, "GB", COUNTRIES[rows[0]["Country"]], "DDP", lines, freight, Money(0, "GBP")
    )


def _line(number: str, row: dict[str, str], codes: list[str]) -> LandedLine:
    quantity, code = abs(int(row["Quantity"])), codes[crc32(row["StockCode"].encode()) % len(codes)]
    value = Money.of(Decimal(row["UnitPrice"]) * quantity, "GBP")
    return LandedLine(
        number, row["StockCode"], row["Description"], code, "CN", quantity, value, 200 * quantity
    )


def main() -> None:
    """Price every order once; the slowest order counts as much as the rest."""
    engine, (orders, real) = books(), requests()
    orders = orders[: int(sys.argv[1])] if len(sys.argv) > 1 else orders
    source = CurrencyConverter(fallback_on_missing_rate=True, fallback_on_wrong_date=True, decimal=True)

    @cache
    def rates(base: str, quote: str, on: date) -> Decimal:
        return Decimal(source.convert(1, base, quote, date=on))

    spent: list[float] = []
    worked: list[float] = []
    priced = 0
    for order in orders:
        began, busy = time.perf_counter(), time.process_time()
        quote = engine.quote(order, rates=rates)
        spent.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - busy) * 1000)
        priced += quote.status == "priced"
    cpu = sum(worked) / 1000
    lines = sum(len(order.lines) for order in orders)
    seconds = sum(spent) / 1000
    figures = {
        "real_data": real,
        "orders": len(orders),
        "lines": lines,
        "priced_orders": priced,
        "lines_per_s": round(lines / seconds),
        "lines_per_cpu_s": round(lines / cpu),
        "p95_ms": round(sorted(spent)[int(len(spent) * 0.95)], 3),
        "p95_cpu_ms": round(sorted(worked)[int(len(worked) * 0.95)], 3),
        "all_lines_s": round(seconds, 2),
        "bare_formula_per_s": _bare(orders),
    }
    result(figures)


def _bare(orders: list[LandedRequest]) -> int:
    values = [float(line.value.amount) for order in orders for line in order.lines]
    began = time.perf_counter()
    total = sum(value + value * 0.05 + (value + value * 0.05) * 0.2 for value in values)
    return round(len(values) / (time.perf_counter() - began)) if total else 0


if __name__ == "__main__":
    main()
