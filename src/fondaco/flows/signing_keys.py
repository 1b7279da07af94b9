"""Signing keys with the names of declarants, offices and people, and the offices that ask for signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fondaco.flows.payout_rules import people_named
from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import KeyDTO


@dataclass(frozen=True, slots=True)
class KeySheet:
    """The keys that a scope may see; names of organisations and people by id; offices to register with."""

    keys: tuple[KeyDTO, ...]
    names: Mapping[UUID, str]
    people: Mapping[str, str]
    offices: tuple[tuple[str, str], ...]


def key_sheet(scope: Scope, *, now: datetime) -> KeySheet:
    """The register as `scope` may see it."""
    keys = tuple(window.keys_of(scope, now=now))
    known = parties.organisations({key for one in keys for key in (one.declarant_id, one.authority_id)})
    asked = [name for one in keys for name in (one.entered_by, one.decided_by, one.revoked_by) if name]
    offices = tuple((office.country, office.name) for office in _offices())
    return KeySheet(keys, {key: one.name for key, one in known.items()}, people_named(asked), offices)


def register_key(
    scope: Scope,
    pem: bytes,
    *,
    name: str,
    country: str,
    now: datetime,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> KeyDTO:
    """Enter a certificate with the customs office of `country`. NotFound where no office there takes signatures."""
    office = next((one for one in _offices() if one.country == country), None)
    if office is None:
        raise NotFound(field="country", value=country, remedy="Choose an office whose messages are signed.")
    return window.enter_key(
        scope, pem, name=name, authority_id=office.id, now=now, valid_from=valid_from, valid_to=valid_to
    )


def register_by_house(seller: str, pem: bytes, *, name: str, country: str, now: datetime) -> KeyDTO:
    """`register_key` for the seller with this short name, on the command line."""
    found = parties.ids_by_slug([seller], kind=Kind.SELLER)
    if seller not in found:
        raise NotFound(field="seller", value=seller)
    scope = Scope(found[seller], Kind.SELLER, role=Role.MANAGER, actor="command line")
    return register_key(scope, pem, name=name, country=country, now=now)


def keys_by_house(*, now: datetime) -> KeySheet:
    """The whole register, on the command line."""
    return key_sheet(_house("command line"), now=now)


def decide_by_house(key_id: UUID, *, by: str, refuse: str = "", now: datetime) -> KeyDTO:
    """Approve a key in the name of `by`, or refuse it for a reason, on the command line."""
    return window.decide_key(_house(by), key_id, approve=not refuse, reason=refuse, now=now)


def revoke_by_house(key_id: UUID, *, by: str, reason: str, now: datetime) -> KeyDTO:
    """Revoke a key in the name of `by`, on the command line."""
    return window.revoke_key(_house(by), key_id, reason=reason, now=now)


def ensure_demo_keys(seller_id: UUID, *, now: datetime) -> None:
    """A demonstration's keys: this installation's own signs for the made-up exporter, and another waits."""
    seller = Scope(seller_id, Kind.SELLER, role=Role.MANAGER, actor="Lin Yu (made up)")
    office = next((one for one in _offices() if one.country == "CN"), None)
    if office is None or window.keys_of(seller, now=now):
        return
    officer = Scope(office.id, Kind.CUSTOMS, role=Role.CLERK, actor="duty officer (made up)")
    own = window.enter_key(
        seller, window.own_certificate(), name="Office key (trial)", authority_id=office.id, now=now
    )
    window.decide_key(officer, own.id, approve=True, now=now)
    spare = window.make_trial_certificate("Fondaco trial: second key", now=now, kind=window.KeyKind.RSA)
    window.enter_key(seller, spare, name="Warehouse key (trial)", authority_id=office.id, now=now)


def _offices() -> list[parties.OrganisationDTO]:
    """The customs offices whose messages are signed, by country."""
    signed = window.signing_countries()
    return sorted(
        (one for one in parties.organisations_of_kind(Kind.CUSTOMS) if one.country in signed),
        key=lambda one: one.country,
    )


def _house(actor: str) -> Scope:
    """The platform at its own desk: whoever runs commands there sees everything."""
    return Scope(UUID(int=0), Kind.PLATFORM, role=Role.MANAGER, actor=actor)
