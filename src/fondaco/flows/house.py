"""The standing parties of a deployment: the platform, its authorities, carriers, bank and payment provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from fondaco.kernel.countries import country_name
from fondaco.kernel.tenancy import Kind
from fondaco.parties.public import NewOrganisation, ensure_organisations

CARRIER = "carrier-"  # how the slug of a carrier's organisation begins, before its provider's code


@dataclass(frozen=True, slots=True)
class House:
    """Ids of the standing organisations."""

    platform: UUID
    psp: UUID
    bank: UUID
    seller: UUID
    carriers: dict[str, UUID]
    customs: dict[str, UUID]
    providers: dict[str, UUID] = field(default_factory=dict)

    def authority(self, country: str) -> UUID:
        """The customs authority of `country`."""
        return self.customs[country]


def ensure_house(*, countries: Iterable[str], carriers: Mapping[str, str]) -> House:
    """The standing organisations, made where they are missing. All of them are demonstration parties."""
    customs = {code: _customs(code) for code in sorted(set(countries))}
    movers = {code: _carrier(code, name) for code, name in sorted(carriers.items())}
    fixed = {
        "platform": _trader(Kind.PLATFORM, "Fondaco (demonstration)", "fondaco", eori="GB000000000001"),
        "psp": _party(Kind.PSP, "Payment provider (simulator)", "NL", "psp-simulator", "EUR"),
        "bank": _party(Kind.BANK, "Harbour Bank (demonstration)", "GB", "harbour-bank", "GBP"),
        "seller": _trader(
            Kind.SELLER, "Brook & Fern Gifts (demonstration)", "brook-fern", eori="GB000000000002"
        ),
    }
    payers = {
        "north": _party(Kind.PSP, "Northern cards (simulator)", "SE", "psp-north-simulator", "EUR"),
        "pages": _party(Kind.PSP, "Card page (simulator)", "NL", "psp-pages-simulator", "EUR"),
        "east": _party(Kind.PSP, "Eastern wallets (simulator)", "SG", "psp-east-simulator", "EUR"),
    }
    everyone = ensure_organisations([*fixed.values(), *payers.values(), *customs.values(), *movers.values()])
    ids = {made.slug: made.id for made in everyone}
    return House(
        **{name: ids[party.slug] for name, party in fixed.items()},
        carriers={code: ids[party.slug] for code, party in movers.items()},
        customs={code: ids[party.slug] for code, party in customs.items()},
        providers={"harbour": ids[fixed["psp"].slug]}
        | {code: ids[party.slug] for code, party in payers.items()},
    )


def _party(kind: Kind, name: str, country: str, slug: str, currency: str = "") -> NewOrganisation:
    return NewOrganisation(kind=kind, name=name, country=country, slug=slug, currency=currency, is_demo=True)


def _trader(kind: Kind, name: str, slug: str, *, eori: str) -> NewOrganisation:
    address = {"street": "1 Quay Street", "city": "Bristol", "postcode": "BS1 0XX", "country": "GB"}
    return NewOrganisation(
        kind=kind, name=name, country="GB", slug=slug, currency="GBP", is_demo=True, address=address,
        identifiers={"eori": eori, "vat": f"GB{eori[-9:]}"},
    )  # fmt: skip


def _customs(code: str) -> NewOrganisation:
    name = f"Customs of {country_name(code, 'en')} (simulator)"
    return _party(Kind.CUSTOMS, name, code, f"customs-{code.lower()}")


def _carrier(code: str, name: str) -> NewOrganisation:
    return _party(Kind.CARRIER, f"{name} (simulator)", "GB", f"{CARRIER}{code.lower()}")
