"""What the enricher knows, loaded from files: our hints, the nomenclature, labelled listings.

The official nomenclature and the labelled listings are read from settings.SHARED_DATA where they are;
without them the hints work alone.
"""

from __future__ import annotations

import csv
from functools import cache

import pycountry
from django.conf import settings

from fondaco.commerce.catalog.domain.enrich import Enricher
from fondaco.commerce.catalog.domain.hints import Hints, hint_of


@cache
def hints() -> Hints:
    """Our hints table, `data/catalog/hints.csv`."""
    with (settings.ROOT / "data" / "catalog" / "hints.csv").open(encoding="utf-8", newline="") as opened:
        return Hints(hint_of(number, row) for number, row in enumerate(csv.DictReader(opened), start=2))


@cache
def nomenclature() -> frozenset[str]:
    """The HS 2022 subheadings (6 digits); empty where the nomenclature is not on this machine."""
    return frozenset(nomenclature_texts())


@cache
def nomenclature_texts() -> dict[str, str]:
    """Subheading to its official text."""
    path = settings.SHARED_DATA / "tariff" / "hs2022_nomenclature.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as opened:
        return {row["hscode"]: row["description"] for row in csv.DictReader(opened) if row["level"] == "6"}


@cache
def enricher() -> Enricher:
    """Everything there is on this machine to enrich with, loaded once."""
    from fondaco.commerce.catalog.adapters.classifier import load_classifier

    listings = settings.SHARED_DATA / "classify" / "hscodecomp_dev_432.jsonl"
    classifier = load_classifier(listings, nomenclature_texts(), folder=settings.HOME / "models")
    return Enricher(hints(), classifier, nomenclature(), _country_code)


@cache
def _country_code(name: str) -> str | None:
    try:
        code: str = pycountry.countries.lookup(name).alpha_2
    except LookupError:
        return None
    return code
