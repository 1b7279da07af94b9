"""Rendering: frozen content to PDF, in English and the languages asked."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.languages import get_official_languages
from django.conf import settings

from fondaco.kernel.errors import Refused
from fondaco.systems.sharing.adapters.typesetter import printable, typeset
from fondaco.systems.sharing.domain.document import DocumentData
from fondaco.systems.sharing.domain.sheet import Labels, sheet

KINDS: Final = ("commercial_invoice", "packing_list", "cn23", "label")
UPU_LANGUAGE: Final = "fr"  # UPU Convention, art. 25: French is the official language of the Union.
MOST_LANGUAGES: Final = 3
DATA: Final[Path] = settings.ROOT / "data" / "sharing"


class UnknownKind(Refused):
    code = "unknown-document-kind"
    title = "There is no such document."
    remedy = f"Give one of: {', '.join(KINDS)}."


@cache
def labels() -> Labels:
    """The words printed on documents, by key and language (data/sharing/labels.csv)."""
    with (DATA / "labels.csv").open(encoding="utf-8", newline="") as stream:
        return {row.pop("key"): row for row in csv.DictReader(stream)}


@cache
def known_languages() -> frozenset[str]:
    """Languages that have labels and a font."""
    return frozenset(code for code in labels()["page"] if printable(code))


def languages_for(*countries: str) -> tuple[str, ...]:
    """The first official language of each country that documents can be printed in."""
    found = [c for country in countries for c in _official(country)[:1]]
    return tuple(dict.fromkeys(found))


@cache
def _official(country: str) -> tuple[str, ...]:
    """Official languages of `country` after Unicode CLDR, most spoken first, that have labels."""
    codes = [_base(code) for code in get_official_languages(country, regional=True, de_facto=True)]
    return tuple(code for code in codes if code in known_languages())


def _base(code: str) -> str:
    return {"nb": "da", "nn": "da", "no": "da"}.get(
        short := code.replace("-", "_").split("_")[0].lower(), short
    )


def printed_languages(kind: str, languages: Iterable[str]) -> tuple[str, ...]:
    """English first, French on postal forms, then the languages asked that can be printed."""
    wanted = ["en", *([UPU_LANGUAGE] if kind == "cn23" else []), *map(_base, languages)]
    return tuple(dict.fromkeys(c for c in wanted if c in known_languages()))[:MOST_LANGUAGES]


def render_document(kind: str, data: DocumentData, *, languages: Sequence[str] = ()) -> bytes:
    """The PDF of `kind` (see KINDS). Equal content and languages give equal bytes.

    A language without labels or without a font falls away; English always stays. UnknownKind otherwise.
    """
    if kind not in KINDS:
        raise UnknownKind(field="kind", value=kind)
    printed = printed_languages(kind, languages)
    content = sheet(kind, data, languages=printed, labels=labels(), countries=country_names())
    return typeset(kind, content, dated=data.issued_on)


@cache
def country_names() -> dict[str, str]:
    """English names of countries by code (Unicode CLDR)."""
    return {code: name for code, name in Locale("en").territories.items() if len(code) == 2}
