"""Requests, rates and books for the landed-cost tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.landed_engine import LandedEngine
from fondaco.platforms.window.domain.landed_types import LandedLine, LandedQuote, LandedRequest
from fondaco.platforms.window.domain.regime import RegimeBook
from fondaco.platforms.window.domain.tariff_book import TariffBook, TariffMeasure
from fondaco.platforms.window.regime_load import FOLDER
from fondaco.platforms.window.regime_read import read_regimes

SINCE = date(2021, 1, 1)
MEASURES = [
    TariffMeasure("uk", "85109000", "mfn", "2.0%", "UKGT", SINCE),
    TariffMeasure("uk", "61091000", "mfn", "12.0%", "UKGT", SINCE),
    TariffMeasure("eu", "61091000", "mfn", "12.0%", "CET", SINCE),
    TariffMeasure("eu", "91021100", "mfn", "4.50% MIN 0.30 EUR / item MAX 0.80 EUR / item", "CET", SINCE),
    TariffMeasure("eu", "34060000", "mfn", "0.0%", "CET", SINCE),
    TariffMeasure("eu", "69120021", "mfn", "5.0%", "CET", SINCE),
    TariffMeasure("eu", "69120023", "mfn", "9.0%", "CET", SINCE),
    TariffMeasure("eu", "19053205", "mfn", "9.00% +  EA MAX 20.70%  + ADFM", "CET", SINCE),
    TariffMeasure("eu", "17011210", "mfn", "33.90 EUR / 100 kg", "CET", SINCE),
    TariffMeasure("eu", "22041011", "mfn", "32.00 EUR / hl", "CET", SINCE),
    TariffMeasure("us", "61091000", "mfn", "16.5%", "HTS", SINCE),
    TariffMeasure("us", "61034120", "mfn", "The rate applicable to each garment", "HTS", SINCE),
    TariffMeasure("us", "39241040", "mfn", "3.4%", "HTS", SINCE),
    TariffMeasure("us", "39241040", "additional", "25%", "HTS 99", SINCE, None, "CN", "9903.88.03"),
    TariffMeasure("us", "", "country", "12.5%", "note 52", date(2026, 9, 29), None, "CN", "9903.05.31"),
    TariffMeasure("us", "", "manual", "not read", "note 52", date(2026, 9, 29), None, "*", "note-52"),
    TariffMeasure("us", "73239300", "mfn", "2%", "HTS", SINCE),
    TariffMeasure("us", "73239300", "manual", "section 232, steel", "232", SINCE, None, "", "s232-steel"),
]
RATES = {
    ("USD", "NZD"): Decimal(1) / Decimal("0.6507"),
    ("USD", "BRL"): Decimal("5.5"),
    ("BRL", "USD"): 1 / Decimal("5.5"),
    ("USD", "EUR"): Decimal("0.9"),
    ("EUR", "USD"): 1 / Decimal("0.9"),
    ("GBP", "EUR"): Decimal("1.15"),
    ("GBP", "USD"): Decimal("1.30"),
    ("USD", "CLP"): Decimal(950),
    ("USD", "MXN"): Decimal(18),
    ("TRY", "EUR"): Decimal("0.02"),
    ("EUR", "TRY"): Decimal(50),
    ("GBP", "CHF"): Decimal("1.10"),
    ("EUR", "PLN"): Decimal("4.25"),
}


def rates(base: str, quote: str, on: date) -> Decimal:
    return RATES[(base, quote)]


@cache
def engine(policy: str = "ask") -> LandedEngine:
    book = TariffBook.of(MEASURES, versions={"uk": "t", "eu": "t", "us": "t"})
    return LandedEngine(RegimeBook.of(read_regimes(FOLDER)), book, policy)


def line(
    value: str,
    currency: str,
    hs: str | None = "61091000",
    *,
    n: str = "1",
    quantity: int = 1,
    origin: str | None = "CN",
    **more,
) -> LandedLine:
    return LandedLine(n, f"SKU{n}", "Thing", hs, origin, quantity, Money.of(value, currency), **more)


def request(
    destination: str,
    *lines: LandedLine,
    on: str = "2026-11-20",
    freight: str = "0",
    origin: str = "CN",
    b2c: bool = True,
    schemes: str = "",
    incoterm: str = "DDP",
    insurance: str = "0",
) -> LandedRequest:
    currency = lines[0].value.currency
    return LandedRequest(
        "R1", date.fromisoformat(on), origin, destination, incoterm, tuple(lines),
        Money.of(freight, currency), Money.of(insurance, currency), b2c, frozenset(schemes.split()),
    )  # fmt: skip


def price(destination: str, *lines: LandedLine, policy: str = "ask", **more) -> LandedQuote:
    return engine(policy).quote(request(destination, *lines, **more), rates=rates)


def amounts(quote: LandedQuote) -> tuple[str, str, str]:
    """Duty, tax, fees as plain text; the codes of what is missing where it needs a person."""
    if quote.status != "priced":
        return tuple(sorted({m.code for m in quote.missing}))  # type: ignore[return-value]
    return str(quote.duty.amount), str(quote.tax.amount), str(quote.fees.amount)
