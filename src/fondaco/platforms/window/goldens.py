"""Sums that authorities and the press have published, asked of the engine: reads files, knows no database.

One table, `data/window/goldens`, is read by the tests, by `bench.duty`, by `fondaco window goldens` and by the
guide: what the engine claims is shown where it can be checked.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.landed_engine import LandedEngine
from fondaco.platforms.window.domain.landed_types import LandedLine, LandedQuote, LandedRequest
from fondaco.platforms.window.domain.tariff_book import TariffMeasure

GIVEN_SINCE = date(2021, 1, 1)


@dataclass(frozen=True, slots=True)
class Golden:
    """A published sum: what to ask, with which rates, and what was published.

    `expected` holds amounts as plain text by name (duty, tax, fees, total; duty_in and tax_in with the
    authority's currency), `collected`, or `missing` where nothing may be priced.
    """

    id: str
    kind: str
    source: str
    request: LandedRequest
    rates: Mapping[tuple[str, str], Decimal]
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Flip:
    """A change of law: the same goods on the last day of the old rule and on the first of the new."""

    id: str
    source: str
    before: Golden
    after: Golden


@dataclass(frozen=True, slots=True)
class Tried:
    """A published sum beside the engine's: `faults` names each amount that differs, empty where all agree."""

    golden: Golden
    quote: LandedQuote
    faults: tuple[str, ...]


def read_goldens(folder: Path) -> list[Golden]:
    """The published sums of `landed.toml` in `folder`."""
    return [_golden(entry, entry["on"], entry["expect"]) for entry in _read(folder / "landed.toml")["golden"]]


def read_flips(folder: Path) -> list[Flip]:
    """The dated changes of `flips.toml` in `folder`."""
    return [
        Flip(
            entry["id"],
            entry["source"],
            _golden(entry, entry["last"], entry["before"]),
            _golden(entry, entry["first"], entry["after"]),
        )
        for entry in _read(folder / "flips.toml")["flip"]
    ]


def read_given(folder: Path) -> list[TariffMeasure]:
    """The duties that the published sums take as given, for use where the full tariffs are not at hand."""
    return [
        TariffMeasure(
            row["jurisdiction"], row["code"], row.get("kind", "mfn"), row["expression"], "as published", GIVEN_SINCE,
            None, row.get("origin", ""), row.get("reference", ""),
        )
        for row in _read(folder / "landed.toml")["measure"]
    ]  # fmt: skip


def try_golden(golden: Golden, engine: LandedEngine) -> Tried:
    """Ask the engine for a published sum and compare every amount that was published."""
    quote = replace(engine, hs6_policy="max").quote(golden.request, rates=_rates(golden.rates))
    faults = [
        f"{name}: published {wanted}, found {found}"
        for name, wanted in golden.expected.items()
        if (found := _found(golden, quote, name)) != _plain(wanted)
    ]
    return Tried(golden, quote, tuple(faults))


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def _golden(entry: Mapping[str, Any], on: str, expected: Mapping[str, Any]) -> Golden:
    currency = entry["currency"]
    request = LandedRequest(
        reference=entry["id"],
        on=date.fromisoformat(on),
        origin=entry.get("from", "CN"),
        destination=entry["to"],
        incoterm=entry.get("incoterm", "DDP"),
        lines=tuple(_line(row, str(n), currency) for n, row in enumerate(entry["lines"], 1)),
        freight=Money.of(entry.get("freight", "0"), currency),
        insurance=Money.of(entry.get("insurance", "0"), currency),
        b2c=entry.get("b2c", True),
        schemes=frozenset(entry.get("schemes", ())),
    )
    rates = {_pair(pair): Decimal(rate) for pair, rate in entry.get("rates", {}).items()}
    return Golden(entry["id"], entry.get("kind", "flip"), entry["source"], request, rates, expected)


def _line(row: Mapping[str, Any], number: str, currency: str) -> LandedLine:
    return LandedLine(
        number, number, "", row.get("hs"), row.get("origin", "CN"), row.get("quantity", 1),
        Money.of(row["value"], currency), row.get("mass_g"), None, row.get("duty"),
    )  # fmt: skip


def _pair(text: str) -> tuple[str, str]:
    base, _, quote = text.partition("/")
    return base, quote


def _rates(given: Mapping[tuple[str, str], Decimal]) -> Any:
    def rate(base: str, quote: str, on: date) -> Decimal:  # noqa: ARG001 - a published sum has one rate
        if (base, quote) in given:
            return given[(base, quote)]
        return 1 / given[(quote, base)]

    return rate


def _found(golden: Golden, quote: LandedQuote, name: str) -> Any:
    if name == "missing":
        return sorted({missing.code for missing in quote.missing})
    if name == "collected":
        return quote.collected
    if quote.charges is None:
        return f"nothing: {', '.join(missing.code for missing in quote.missing)}"
    if name.endswith("_in"):
        return _in_authority(golden, quote, name.removesuffix("_in"))
    return str(getattr(quote.charges, name).amount)


def _in_authority(golden: Golden, quote: LandedQuote, name: str) -> str:
    """An amount as the authority states it: the steps' results, before they are turned back."""
    currency = golden.expected[f"{name}_in"].split()[1]
    kinds = {"duty": ("duty", "duty-flat", "duty-stated"), "tax": ("tax", "excise")}[name]
    total = sum((Decimal(step.result) for step in quote.trace if step.code in kinds), Decimal(0))
    return f"{total} {currency}"


def _plain(wanted: Any) -> Any:
    return sorted(wanted) if isinstance(wanted, list) else wanted
