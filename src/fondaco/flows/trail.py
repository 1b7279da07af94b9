"""The audit trail as a page shows it. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

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


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which deeds: empty means all. `action` is how it begins, `actor` the actor's word or a person's e-mail."""

    subject: str = ""
    subject_type: str = ""
    action: str = ""
    actor: str = ""
    since: date | None = None
    until: date | None = None


def audit_trail(
    scope: Scope,
    *,
    subject: str = "",
    action: str = "",
    before: int = 0,
    size: int = 50,
    filters: TrailFilter | None = None,
) -> list[TrailLine]:
    """The newest deeds older than `before`: all for the operator, those of its own organisation for others."""
    chosen = filters or TrailFilter(subject=subject, action=action)
    rows = AuditEvent.objects.order_by("-id")
    if scope.kind != Kind.PLATFORM:
        rows = rows.filter(organisation_id=scope.organisation_id)
    rows = _chosen(rows, chosen)
    if before:
        rows = rows.filter(id__lt=before)
    found = list(rows[: max(1, min(size, 200))])
    names = _names({row.actor for row in found})
    return [
        TrailLine(r.id, r.at, names.get(r.actor, r.actor), r.action, r.subject_type, r.subject_id, r.detail)
        for r in found
    ]


def _chosen(rows: QuerySet[AuditEvent], chosen: TrailFilter) -> QuerySet[AuditEvent]:
    wanted = {
        "subject_id": chosen.subject[:60],
        "subject_type": chosen.subject_type[:60],
        "action__startswith": chosen.action[:80],
        "at__date__gte": chosen.since,
        "at__date__lte": chosen.until,
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if "@" in chosen.actor:
        who = parties.person(chosen.actor)
        return rows.filter(actor=f"user:{who.id}") if who else rows.none()
    return rows.filter(actor=chosen.actor[:120]) if chosen.actor else rows


def _names(actors: set[str]) -> dict[str, str]:
    """The names of the people among `actors` ("user:<id>")."""
    ids = {actor: UUID(actor[5:]) for actor in actors if actor.startswith("user:") and len(actor) == 41}
    who = parties.people(ids.values())
    return {actor: who[key].name or who[key].email for actor, key in ids.items() if key in who}
