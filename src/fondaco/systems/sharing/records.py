"""Records of other rooms, shared by permission: who let whom see what for which purpose, and who looked.

A record is named by its type and id ("board-post", …); this room never reads it. Two levels: a permission may let
an organisation see a record's facts without its owner, or whom to contact as well. Whoever asks to look gets the
permissions in force and leaves a receipt for each in the same call: there is no other way in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from fondaco.kernel import audit
from fondaco.kernel.bulk import insert_many
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.sharing.models import RecordGrant, RecordLevel, RecordReceipt
from fondaco.systems.sharing.services import BadGrant


@dataclass(frozen=True, slots=True)
class NewRecordGrant:
    """A permission to be given: to one organisation, or to every organisation of a kind."""

    subject_type: str
    subject_id: UUID
    level: str
    granted_by_id: UUID
    purpose: str
    expires_at: datetime
    grantee_id: UUID | None = None
    grantee_kind: str = ""


@dataclass(frozen=True, slots=True)
class RecordGrantDTO:
    """A permission as its giver sees it. `state` is "active", "expired" or "revoked"."""

    id: UUID
    level: str
    grantee_id: UUID | None
    grantee_kind: str
    purpose: str
    granted_at: datetime
    expires_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class RecordReceiptDTO:
    """A look at a record, as its owner sees it."""

    organisation_id: UUID
    organisation_kind: str
    level: str
    purpose: str
    at: datetime


def grant_records(new: Sequence[NewRecordGrant], *, now: datetime, actor: str) -> int:
    """Give permissions, in the caller's transaction; how many were new. The same one again changes nothing.

    BadGrant for one without a purpose, without a day to come, or to oneself.
    """
    for one in new:
        _check(one, now)
    rows = [
        (
            new_id(), one.subject_type, one.subject_id, one.level, one.granted_by_id, one.grantee_id, one.grantee_kind,
            one.purpose.strip()[:200], now, one.expires_at, None,
        )
        for one in new
    ]  # fmt: skip
    made = insert_many("sharing_recordgrant", _GRANT, rows, skip_existing=True)
    deeds = [
        audit.Deed(
            "sharing.record-granted", one.subject_type, str(one.subject_id), one.granted_by_id,
            {"level": one.level, "purpose": one.purpose, "grantee": str(one.grantee_id or one.grantee_kind)},
        )
        for one in new
    ]  # fmt: skip
    if made:
        audit.record(deeds, actor=actor, at=now)
    return made


def revoke_records(
    scope: Scope,
    subject_type: str,
    subject_ids: Sequence[UUID],
    *,
    now: datetime,
    grantee_id: UUID | None = None,
    level: str = "",
) -> int:
    """Take back what `scope` gave on these records to `grantee_id`, or to whole kinds where none is named.

    How many permissions ended, all of them or those of one `level`. Again, nothing changes.
    """
    rows = RecordGrant.objects.house().filter(
        granted_by_id=scope.organisation_id,
        subject_type=subject_type,
        subject_id__in=subject_ids,
        grantee_id=grantee_id,
        revoked_at=None,
    )
    rows = rows.filter(level=level) if level else rows
    ended: int = rows.update(revoked_at=now)
    detail = {"level": level, "grantee": str(grantee_id or "")}
    deeds = [
        audit.Deed("sharing.record-revoked", subject_type, str(one), scope.organisation_id, detail)
        for one in subject_ids
    ]
    if ended:
        audit.record(deeds, actor=scope.actor or str(scope.user_id), at=now)
    return ended


def look_at_records(
    scope: Scope, subject_type: str, subject_ids: Sequence[UUID], *, level: str, now: datetime
) -> set[UUID]:
    """Those of `subject_ids` that `scope` may see at `level` now; a receipt is left for each of them.

    Two statements, however many are asked for. A permission at the level of contacts does not open the facts
    by itself, nor the other way round.
    """
    wanted = list(dict.fromkeys(subject_ids))
    if not wanted:
        return set()
    found: dict[UUID, RecordGrant] = {}
    for grant in _in_force(scope, subject_type, now).filter(subject_id__in=wanted, level=level):
        found.setdefault(grant.subject_id, grant)
    rows = [
        (subject_type, subject, level, scope.organisation_id, scope.kind.value, scope.user_id, grant.purpose, grant.pk, now)
        for subject, grant in found.items()
    ]  # fmt: skip
    insert_many("sharing_recordreceipt", _RECEIPT, rows)
    return set(found)


def record_grants(
    scope: Scope, subject_type: str, subject_id: UUID, *, now: datetime
) -> list[RecordGrantDTO]:
    """The permissions that `scope` gave on one record, latest first."""
    rows = RecordGrant.objects.house().filter(
        granted_by_id=scope.organisation_id, subject_type=subject_type, subject_id=subject_id
    )
    return [
        RecordGrantDTO(
            g.pk, g.level, g.grantee_id, g.grantee_kind, g.purpose, g.granted_at, g.expires_at, _state(g, now)
        )
        for g in rows.order_by("-granted_at", "-id")
    ]


def record_receipts(subject_type: str, subject_id: UUID, *, limit: int = 50) -> list[RecordReceiptDTO]:
    """Who looked at a record, latest first. House work: the flow asks only for what its reader owns."""
    rows = RecordReceipt.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by(
        "-at", "-id"
    )
    return [
        RecordReceiptDTO(r.organisation_id, r.organisation_kind, r.level, r.purpose, r.at)
        for r in rows[:limit]
    ]


_GRANT = ("id", "subject_type", "subject_id", "level", "granted_by_id", "grantee_id", "grantee_kind", "purpose", "granted_at", "expires_at", "revoked_at")  # fmt: skip
_RECEIPT = ("subject_type", "subject_id", "level", "organisation_id", "organisation_kind", "person_id", "purpose", "grant_id", "at")  # fmt: skip


def _check(one: NewRecordGrant, now: datetime) -> None:
    to_one = one.grantee_id is not None
    if to_one is bool(one.grantee_kind) or one.grantee_id == one.granted_by_id:
        raise BadGrant(field="grantee", value=str(one.grantee_id or one.grantee_kind))
    if one.grantee_kind and one.grantee_kind not in Kind.values:
        raise BadGrant(field="grantee", value=one.grantee_kind)
    if not one.purpose.strip() or one.expires_at <= now or one.level not in RecordLevel.values:
        raise BadGrant(field="purpose", value=one.purpose)


def _in_force(scope: Scope, subject_type: str, now: datetime) -> QuerySet[RecordGrant]:
    """Permissions that let `scope` in now, those to itself before those to its kind; never its own."""
    mine = Q(grantee_id=scope.organisation_id) | Q(grantee_kind=scope.kind.value)
    found: QuerySet[RecordGrant] = (
        RecordGrant.objects.house()
        .filter(mine, subject_type=subject_type, revoked_at=None, expires_at__gt=now)
        .exclude(granted_by_id=scope.organisation_id)
        .order_by(F("grantee_id").asc(nulls_last=True), "granted_at", "id")
    )
    return found


def _state(grant: RecordGrant, now: datetime) -> str:
    if grant.revoked_at is not None:
        return "revoked"
    return "active" if grant.expires_at > now else "expired"
