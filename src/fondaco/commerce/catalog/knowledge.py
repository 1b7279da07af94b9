"""What the enricher knows, loaded from files: our hints, the nomenclature, labelled listings.

The official nomenclature and the labelled listings are read from settings.SHARED_DATA where they are;
without them our own hints and trade words work alone.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pycountry
from django.conf import settings

from fondaco.commerce.catalog.domain.enrich import Enricher, Guess
from fondaco.commerce.catalog.domain.hints import Hints, hint_of
from fondaco.commerce.catalog.domain.listing import Listing
from fondaco.commerce.catalog.domain.nomenclature import official_texts

if TYPE_CHECKING:
    from fondaco.commerce.catalog.adapters.classifier import HsClassifier


@cache
def hints() -> Hints:
    """Our hints table, `data/catalog/hints.csv`."""
    with _own("hints.csv").open(encoding="utf-8", newline="") as opened:
        return Hints(hint_of(number, row) for number, row in enumerate(csv.DictReader(opened), start=2))


def nomenclature() -> frozenset[str]:
    """The HS 2022 subheadings (6 digits); empty where the nomenclature is not on this machine."""
    return _codes(_nomenclature())


def nomenclature_texts(least: int = 6) -> dict[str, str]:
    """Code of at least `least` digits to its official text; empty where the nomenclature is not here."""
    return _texts(_nomenclature(), least)


@cache  # by file: tests look elsewhere for a while
def _codes(file: Path) -> frozenset[str]:
    return frozenset(_texts(file, 6))


@cache
def _texts(file: Path, least: int) -> dict[str, str]:
    return official_texts(file, least=least)


class _Classifier:
    """The trained classifier, loaded when the first title needs it: its library alone takes seconds."""

    def __init__(self, confirmed: tuple[tuple[str, str], ...]) -> None:
        self.confirmed = confirmed

    def guess(self, titles: Sequence[str]) -> Sequence[Guess | None]:
        """A guess for each title."""
        return _taught(self.confirmed, settings.SHARED_DATA).guess(titles)


@lru_cache(maxsize=4)
def _taught(confirmed: tuple[tuple[str, str], ...], _shared: Path) -> HsClassifier:
    return trained().taught([Listing(title) for title, _ in confirmed], [code for _, code in confirmed])


def trained() -> HsClassifier:
    """The classifier: fitted on first use, kept under HOME, and named by all that it was made from."""
    return _trained(settings.SHARED_DATA)


@cache
def _trained(_shared: Path) -> HsClassifier:
    from fondaco.commerce.catalog.adapters.training import load_classifier

    return load_classifier(
        trade_words=_own("trade_words.csv"),
        materials=_own("materials.csv"),
        official=nomenclature_texts(4),
        listings=_listings(),
        folder=settings.HOME / "models",
    )


def enricher(confirmed: Sequence[tuple[str, str]] = ()) -> Enricher:
    """Everything there is on this machine to enrich with, and the titles whose code a person confirmed."""
    return Enricher(hints(), _Classifier(tuple(confirmed)), nomenclature(), _country_code)


def knowledge_version(*, default_origin: str) -> str:
    """A digest of all that a proposal depends on but its title: hints, texts, listings, code, library."""
    own = Path(__file__).parent
    code = [*sorted((own / "adapters").glob("*.py")), *sorted((own / "domain").glob("*.py"))]
    tables = (_own("hints.csv"), _own("trade_words.csv"), _own("materials.csv"), _nomenclature(), _listings())
    known = [path for path in (*tables, *code) if path.is_file()]
    digest = sha256(f"{default_origin} {version('scikit-learn')} {version('pycountry')}".encode())
    for path in known:
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _own(name: str) -> Path:
    return Path(settings.ROOT) / "data" / "catalog" / name


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
