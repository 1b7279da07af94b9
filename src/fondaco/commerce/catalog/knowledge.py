"""What the enricher knows, loaded from files: our hints, the nomenclature, labelled listings.

The official nomenclature and the labelled listings are read from settings.SHARED_DATA where they are;
without them the hints work alone.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pycountry
from django.conf import settings

from fondaco.commerce.catalog.domain.enrich import Classifier, Enricher, Guess
from fondaco.commerce.catalog.domain.hints import Hints, hint_of


@cache
def hints() -> Hints:
    """Our hints table, `data/catalog/hints.csv`."""
    with _hints().open(encoding="utf-8", newline="") as opened:
        return Hints(hint_of(number, row) for number, row in enumerate(csv.DictReader(opened), start=2))


@cache
def nomenclature() -> frozenset[str]:
    """The HS 2022 subheadings (6 digits); empty where the nomenclature is not on this machine."""
    return frozenset(nomenclature_texts())


@cache
def nomenclature_texts() -> dict[str, str]:
    """Subheading to its official text."""
    path = _nomenclature()
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as opened:
        return {row["hscode"]: row["description"] for row in csv.DictReader(opened) if row["level"] == "6"}


class _Classifier:
    """The trained classifier, loaded when the first title needs it: its library alone takes seconds."""

    def guess(self, titles: Sequence[str]) -> list[Guess | None]:
        """A guess for each title; None for all where there are no listings to train on."""
        trained = _trained()
        return trained.guess(titles) if trained else [None] * len(titles)


@cache
def _trained() -> Classifier | None:
    from fondaco.commerce.catalog.adapters.classifier import load_classifier

    return load_classifier(_listings(), nomenclature_texts(), folder=settings.HOME / "models")


@cache
def enricher() -> Enricher:
    """Everything there is on this machine to enrich with, loaded once."""
    return Enricher(hints(), _Classifier(), nomenclature(), _country_code)


def knowledge_version(*, default_origin: str) -> str:
    """A digest of all that a proposal depends on but its title: hints, texts, listings, code, library."""
    own = Path(__file__).parent
    code = [own / "adapters" / "classifier.py", *sorted((own / "domain").glob("*.py"))]
    known = [path for path in (_hints(), _nomenclature(), _listings(), *code) if path.is_file()]
    digest = sha256(f"{default_origin} {version('scikit-learn')} {version('pycountry')}".encode())
    for path in known:
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _hints() -> Path:
    return Path(settings.ROOT) / "data" / "catalog" / "hints.csv"


def _nomenclature() -> Path:
    return Path(settings.SHARED_DATA) / "tariff" / "hs2022_nomenclature.csv"


def _listings() -> Path:
    return Path(settings.SHARED_DATA) / "classify" / "hscodecomp_dev_432.jsonl"


@cache
def _country_code(name: str) -> str | None:
    try:
        code: str = pycountry.countries.lookup(name).alpha_2
    except LookupError:
        return None
    return code
