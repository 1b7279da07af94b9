"""Made-up buyers: the order file knows a customer only by number, so a demonstration gives each a name.

Deterministic: the same customer number and country always give the same person. Every such party is
stored with `is_demo`, and every page and document that shows one says so.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Protocol
from uuid import UUID

from faker import Faker

from fondaco.kernel.tenancy import Kind
from fondaco.parties import public as parties
from fondaco.parties.public import NewOrganisation

_LOCALES = {
    "AT": "de_AT", "AU": "en_AU", "BE": "fr_BE", "BR": "pt_BR", "CA": "en_CA", "CH": "de_CH", "CY": "el_GR",
    "CN": "zh_CN", "CZ": "cs_CZ", "DE": "de_DE", "DK": "da_DK", "ES": "es_ES", "FI": "fi_FI", "FR": "fr_FR", "GG": "en_GB",
    "GR": "el_GR", "IE": "en_IE", "IT": "it_IT", "JP": "ja_JP", "KR": "ko_KR", "LT": "lt_LT", "NL": "nl_NL", "NO": "no_NO",
    "PL": "pl_PL", "PT": "pt_PT", "SE": "sv_SE", "US": "en_US",
}  # fmt: skip


class Named(Protocol):
    @property
    def reference(self) -> str: ...
    @property
    def country(self) -> str: ...


@cache
def _faker(locale: str) -> Faker:
    return Faker(locale)


def _unknown(_reference: str, _country: str) -> Mapping[str, str]:
    return {}


def ensure_buyers(
    rows: Sequence[Named], *, book: str, identifiers: Callable[[str, str], Mapping[str, str]] = _unknown
) -> dict[str, UUID]:
    """The party of each row's reference, made where missing; `book` keeps the customers of two books apart.

    `identifiers(reference, country)` are those of a new party.
    """
    slugs = {row.reference: _slug(row, book) for row in rows}
    known = parties.ids_by_slug(slugs.values(), kind=Kind.BUYER)
    fresh = [
        replace(_buyer(row, book), identifiers=dict(identifiers(row.reference, row.country)))
        for row in rows
        if slugs[row.reference] not in known
    ]
    known.update((party.slug, party.id) for party in parties.ensure_organisations(fresh))
    return {reference: known[slug] for reference, slug in slugs.items()}


def _slug(row: Named, book: str) -> str:
    return f"{book}-{row.reference}".lower()[:80]


def _buyer(row: Named, book: str) -> NewOrganisation:
    faker = _faker(_LOCALES.get(row.country, "en_GB"))
    faker.seed_instance(zlib.crc32(f"{book}:{row.reference}".encode()))
    name = faker.name()
    return NewOrganisation(
        kind=Kind.BUYER,
        name=name,
        country=row.country,
        slug=_slug(row, book),
        is_demo=True,
        address={
            "name": name,
            "street": faker.street_address().replace("\n", ", "),
            "city": faker.city(),
            "postcode": faker.postcode(),
            "country": row.country,
            "phone": faker.numerify("+00 000 ### ####"),
            "email": f"buyer-{row.reference}@example.org".lower(),
        },
    )
