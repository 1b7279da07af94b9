"""A declaration as its page shows it: the colleagues who acted on it by name, nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from fondaco.kernel.tenancy import Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeclarationDetail


@dataclass(frozen=True, slots=True)
class DeclarationSeen:
    """A declaration in full; `names` are those of the reader's own organisation, by the actor of the log."""

    found: DeclarationDetail
    names: Mapping[str, str]


def declaration_seen(scope: Scope, declaration_id: UUID) -> DeclarationSeen:
    """A declaration that `scope` may see, else NotFound; one query more than the declaration alone."""
    found = window.declaration_detail(scope, declaration_id)
    return DeclarationSeen(found, {f"user:{one.user.id}": one.user.name for one in parties.members(scope)})
