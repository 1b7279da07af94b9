"""Helpers to try every page and endpoint as every tenant.

`make_tenants()` seats one person in one organisation of each kind, and in a second seller;
`routes()` walks the whole URL tree, so that a page added tomorrow is tried too. A room's end-to-end test
that knows whose an object is asks `leaks(tenants, owner=..., path=...)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.public import ensure_member, ensure_organisation, ensure_user, scope_of

STRANGER = "another seller"
_SAMPLES = {"uuid": str(UUID(int=0)), "int": "0", "slug": "nothing", "str": "nothing", "path": "nothing"}
_CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Tenant:
    """A person signed in for an organisation."""

    name: str
    scope: Scope
    client: Client


@dataclass(frozen=True, slots=True)
class Route:
    """One route: its `template` ("orders/<uuid:order_id>/") and name."""

    template: str
    name: str

    @property
    def is_detail(self) -> bool:
        """Whether it shows one thing by its identifier."""
        return bool(_CONVERTER.search(self.template))

    def path(self, given: Mapping[str, str] | None = None) -> str:
        """The path with `given` values in it, and with values that name nothing elsewhere."""
        values = given or {}
        filled = _CONVERTER.sub(
            lambda m: values.get(m[2], _SAMPLES.get(m[1] or "str", "nothing")), self.template
        )
        return "/" + filled


def make_tenants(*, role: Role = Role.OWNER) -> dict[str, Tenant]:
    """A tenant of each kind under the kind's value, and a second seller under STRANGER."""
    wanted = [(kind.value, kind) for kind in Kind] + [(STRANGER, Kind.SELLER)]
    return {name: _tenant(name, kind, role) for name, kind in wanted}


def routes(*, skip: tuple[str, ...] = ("accounts/", "static/", "^", "__")) -> list[Route]:
    """Every route of the deployment but those whose path begins with one of `skip`."""
    return [route for route in _walk(get_resolver(), "") if not route.template.startswith(skip)]


def leaks(tenants: Mapping[str, Tenant], *, owners: set[str], path: str) -> list[str]:
    """Which tenants that are not among `owners` (the operator may) can open `path`."""
    return [
        name
        for name, tenant in tenants.items()
        if name not in owners | {Kind.PLATFORM.value} and tenant.client.get(path).status_code < 300
    ]


def _tenant(name: str, kind: Kind, role: Role) -> Tenant:
    slug = f"tenant-{name.replace(' ', '-')}"
    organisation = ensure_organisation(kind=kind, name=name.title(), country="GB", slug=slug, currency="GBP")
    user = ensure_user(email=f"{slug}@example.org", name=name, password="a quay in the fog 4")
    ensure_member(user_id=user.id, organisation_id=organisation.id, role=role)
    client = Client(raise_request_exception=False)
    client.force_login(get_user_model().objects.get(id=user.id))
    return Tenant(name, scope_of(user.id, organisation.id), client)


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        template = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, template)
        elif isinstance(entry, URLPattern):
            yield Route(template, entry.name or "")
