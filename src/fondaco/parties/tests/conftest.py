from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.public import UserDTO, ensure_member, ensure_organisation, ensure_user, scope_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PASSWORD = "a harbour at night 7"

Seat = Callable[..., Scope]


@pytest.fixture
def person(db: None) -> Callable[..., UserDTO]:
    def make(name: str = "ada", **facts: str) -> UserDTO:
        return ensure_user(email=f"{name}@example.org", name=name.title(), password=PASSWORD, **facts)

    return make


@pytest.fixture
def seat(person: Callable[..., UserDTO]) -> Seat:
    """seat("ada", "brook", role=..., kind=...): the scope of a person in an organisation, both made."""

    def take(name: str, slug: str, *, role: Role = Role.OWNER, kind: Kind = Kind.SELLER) -> Scope:
        organisation = ensure_organisation(kind=kind, name=slug.title(), country="GB", slug=slug)
        user = person(name)
        ensure_member(user_id=user.id, organisation_id=organisation.id, role=role)
        return scope_of(user.id, organisation.id)

    return take
