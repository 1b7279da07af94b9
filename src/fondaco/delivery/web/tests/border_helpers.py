"""What the tests of the customs, screening and logistics pages share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.public import ensure_member, ensure_user, scope_of
from fondaco.platforms.window.public import (
    AgencySimulator,
    DeclarationDTO,
    HttpGateway,
    declarations_for,
    draft_declarations,
    lodge_declarations,
    match_documents,
    poll_receipts,
    save_verdicts,
)
from fondaco.platforms.window.tests.declaration_samples import draft, triple, uid
from tests.tenants import Tenant

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def declare(tenants: dict[str, Tenant], names: list[str], *, letter: str = "U") -> list[DeclarationDTO]:
    """Declarations of the tenants that the simulated agency has answered; U waits for papers."""
    mine = [draft(name, lrn=f"{letter}X{name}", **_owners(tenants)) for name in names]
    with AgencySimulator() as agency, HttpGateway(agency.url) as gateway:
        rows = draft_declarations(mine, actor="t", now=NOW)
        lodge_declarations([row.id for row in rows], gateway, actor="t", now=NOW + timedelta(minutes=1))
        poll_receipts(gateway, now=NOW)
    found = declarations_for([uid(name) for name in names])
    return [found[uid(name)][-1] for name in names]


def match(tenants: dict[str, Tenant], names: list[str], **parts: Any) -> None:
    """Compare the documents of orders of the tenants' seller."""
    seller = tenants[Kind.SELLER].scope.organisation_id
    triples = [replace(triple(name, **parts), seller_id=seller) for name in names]
    save_verdicts(match_documents(triples), actor="t", now=NOW)


def _owners(tenants: dict[str, Tenant]) -> dict[str, UUID]:
    return {
        "seller_id": tenants[Kind.SELLER].scope.organisation_id,
        "buyer_id": tenants[Kind.BUYER].scope.organisation_id,
        "authority_id": tenants[Kind.CUSTOMS].scope.organisation_id,
    }


def colleague(of: Tenant, *, role: Role = Role.OWNER, name: str = "colleague") -> tuple[Client, Scope]:
    """Another person of the same organisation."""
    email = f"{name}-{of.name.replace(' ', '-')}@example.org"
    user = ensure_user(email=email, name=name, password="a quay in the fog 4")
    ensure_member(user_id=user.id, organisation_id=of.scope.organisation_id, role=role)
    from django.contrib.auth import get_user_model

    client = Client()
    client.force_login(get_user_model().objects.get(id=user.id))
    return client, scope_of(user.id, of.scope.organisation_id)


def queries_of(client: Client, path: str) -> int:
    """How many queries the page at `path` asks, once everything it keeps is warm."""
    assert client.get(path).status_code == 200, path
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return len(asked)


def text_of(response: Any) -> str:
    """The body of a page or of a streamed file."""
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode()


@contextmanager
def as_many_queries(client: Client, paths: list[str]) -> Iterator[None]:
    """What happens inside must leave the number of queries of each of `paths` as it was."""
    before = {path: queries_of(client, path) for path in paths}
    yield
    after = {path: queries_of(client, path) for path in paths}
    assert before == after
