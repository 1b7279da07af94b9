"""A verification dossier with the names of the people who submitted and decided it. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import DossierDTO


@dataclass(frozen=True, slots=True)
class DossierSheet:
    """One dossier and what the reader may do with it."""

    dossier: DossierDTO
    people: Mapping[UUID, str]
    own: bool
    may_edit: bool
    may_decide: bool
    is_submitter: bool


def dossier_sheet(scope: Scope, dossier_id: UUID) -> DossierSheet:
    """One dossier that `scope` may see, else NotFound."""
    found = parties.dossier(scope, dossier_id)
    people = parties.people(one for one in (found.submitted_by, found.decided_by) if one)
    own = found.organisation.id == scope.organisation_id
    manages = scope.role in (Role.OWNER, Role.MANAGER)
    is_submitter = scope.user_id is not None and found.submitted_by == scope.user_id
    return DossierSheet(
        dossier=found,
        people={key: who.name or who.email for key, who in people.items()},
        own=own,
        may_edit=own and manages,
        may_decide=scope.kind == Kind.PLATFORM and manages and not is_submitter,
        is_submitter=is_submitter,
    )
