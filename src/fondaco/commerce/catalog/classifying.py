"""Classify listings: many from a file, or one product with its evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fondaco.commerce.catalog.domain.enrich import LEAST_CONFIDENCE, Guess
from fondaco.commerce.catalog.domain.errors import BadListing
from fondaco.commerce.catalog.domain.listing import Listing, listing_of
from fondaco.commerce.catalog.knowledge import nomenclature, trained
from fondaco.kernel.files import whole_file


@dataclass(frozen=True, slots=True)
class ClassifyReport:
    """What was classified, from how many labelled listings, and how many answers are too unsure to use."""

    listings: int
    trained_on: int
    codes_known: int
    nomenclature: bool
    unsure: int


def classify_listings(listings: Sequence[Listing]) -> list[Guess]:
    """The five likeliest subheadings of each listing with confidence and evidence, in the same order."""
    return trained().suggest(listings)


def classify_file(path: Path, *, out: Path) -> ClassifyReport:
    """Read JSON lines, write a line for each: product_name, codes (five of six digits), confidence.

    BadListing names the line that cannot be read, and nothing is written.
    """
    from fondaco.commerce.catalog.adapters.training import read_jsonl

    rows = read_jsonl(path.read_bytes())
    guesses = classify_listings([_listing(number, row) for number, row in enumerate(rows, start=1)])
    with whole_file(out) as part, part.open("w", encoding="utf-8") as stream:
        for row, guess in zip(rows, guesses, strict=True):
            stream.write(json.dumps(_line(row, guess), ensure_ascii=False) + "\n")
    machine = trained()
    unsure = sum(guess.confidence < LEAST_CONFIDENCE for guess in guesses)
    return ClassifyReport(len(rows), len(machine.labels), len(machine.codes), bool(nomenclature()), unsure)


def _listing(number: int, row: Mapping[str, Any]) -> Listing:
    try:
        return listing_of(row)
    except BadListing as exc:
        raise BadListing(
            f"{exc.field} of listing {number} is missing or malformed.", field="listing"
        ) from exc


def _line(row: Mapping[str, Any], guess: Guess) -> dict[str, Any]:
    codes = [candidate.hs6 for candidate in guess.candidates]
    return {"product_name": row["product_name"], "codes": codes, "confidence": round(guess.confidence, 4)}
