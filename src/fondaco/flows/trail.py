"""The audit trail as a page shows it. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.kernel.models import AuditEvent
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties import public as parties


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One deed: when, by whom (a person's name where it was one), what, to what."""

    id: int
    at: datetime
    actor: str
    action: str
    subject_type: str
    subject_id: str
    detail: Mapping[str, Any]


def audit_trail(
    scope: Scope, *, subject: str = "", action: str = "", before: int = 0, size: int = 50
) -> list[TrailLine]:
    """The newest deeds older than `before`: all for the operator, those of its own organisation for others."""
    rows = AuditEvent.objects.order_by("-id")
    if scope.kind != Kind.PLATFORM:
        rows = rows.filter(organisation_id=scope.organisation_id)
    if subject:
        rows = rows.filter(subject_id=subject[:60])
    if action:
        rows = rows.filter(action__startswith=action[:80])
    if before:
        rows = rows.filter(id__lt=before)
    found = list(rows[: max(1, min(size, 200))])
    names = _names({row.actor for row in found})
    return [
        TrailLine(r.id, r.at, names.get(r.actor, r.actor), r.action, r.subject_type, r.subject_id, r.detail)
        for r in found
    ]


def _names(actors: set[str]) -> dict[str, str]:
    """The names of the people among `actors` ("user:<id>")."""
    ids = {actor: UUID(actor[5:]) for actor in actors if actor.startswith("user:") and len(actor) == 41}
    who = parties.people(ids.values())
    return {actor: who[key].name or who[key].email for actor, key in ids.items() if key in who}
