"""The officer's record of an inspection: opened, samples and photographs added, closed with what was found."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from fondaco.kernel import audit
from fondaco.kernel.errors import Conflict, Forbidden, NotFound, Refused
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.domain.declaration_states import WAIT_FOR_OFFICER
from fondaco.platforms.window.models import Declaration, Inspection, InspectionPhoto, InspectionResult

MOST_PHOTO = 8 * 1024 * 1024
MOST_PHOTOS = 40
MOST_SAMPLES = 40
# What a photograph begins with: what somebody calls a file says nothing.
_IMAGES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))


class NotWaiting(Conflict):
    code = "declaration-not-waiting"
    title = "This declaration does not wait for an officer."
    remedy = "Only what lies on the desk is inspected."


class InspectionOpen(Conflict):
    code = "inspection-open"
    title = "An inspection of this declaration is under way."
    remedy = "Add to it, or close it with what was found."


class InspectionClosed(Conflict):
    code = "inspection-closed"
    title = "This inspection is closed."
    remedy = "Open another one; what was recorded stays."


class BadPhoto(Refused):
    code = "bad-photo"
    title = "This is no photograph that can be kept."
    remedy = "Give a JPEG or PNG of at most 8 MB."


class BadSample(Refused):
    code = "bad-sample"
    title = "A sample needs a goods item of the declaration, a quantity and a seal number."
    remedy = "Mend the field named here."


class BadFindings(Refused):
    code = "bad-findings"
    title = "An inspection is closed with a result and, unless all is as declared, with what was found."
    remedy = "Choose the result and say in a sentence what was found."


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph without its bytes."""

    id: UUID
    name: str
    caption: str
    media_type: str
    size: int
    sha256: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class InspectionDTO:
    """An inspection; `samples` are {number, item, quantity, seal, purpose}, numbered from 1."""

    id: UUID
    declaration_id: UUID
    result: str
    findings: str
    samples: tuple[dict[str, Any], ...]
    photos: tuple[Photo, ...]
    opened_by: str
    opened_at: datetime
    closed_by: str
    closed_at: datetime | None


def open_inspection(scope: Scope, declaration_id: UUID, *, now: datetime) -> UUID:
    """Begin the record of an inspection; its id. Forbidden, NotFound, NotWaiting, InspectionOpen."""
    _officer(scope)
    found = (
        Declaration.objects.of(scope).filter(id=declaration_id).values("state", "authority_id", "seller_id")
    )
    if not found:
        raise NotFound(field="declaration", value=declaration_id)
    row = found[0]
    if row["state"] not in WAIT_FOR_OFFICER:
        raise NotWaiting(field="state", value=row["state"])
    try:
        with transaction.atomic():
            made = Inspection.objects.create(
                declaration_id=declaration_id, authority_id=row["authority_id"], seller_id=row["seller_id"],
                opened_by=_actor(scope), opened_at=now,
            )  # fmt: skip
            _tell(made, "opened", scope=scope, now=now)
    except IntegrityError as fault:
        raise InspectionOpen(field="declaration", value=declaration_id) from fault
    return made.id


def add_sample(
    scope: Scope, inspection_id: UUID, *, item: int, quantity: str, seal: str, purpose: str, now: datetime
) -> int:
    """Record a sample taken of goods item `item`; its number. The same seal again changes nothing. BadSample."""
    with transaction.atomic():
        row = _open(scope, inspection_id)
        if not row.declaration.items.filter(number=item).exists():
            raise BadSample(field="item", value=item)
        told = {
            "item": item,
            "quantity": quantity.strip()[:60],
            "seal": seal.strip()[:60],
            "purpose": purpose.strip()[:200],
        }
        for name in ("quantity", "seal"):
            if not told[name]:
                raise BadSample(field=name)
        known = next((one["number"] for one in row.samples if one["seal"] == told["seal"]), None)
        if known is not None:
            return int(known)
        if len(row.samples) >= MOST_SAMPLES:
            raise BadSample("There are enough.", field="samples", value=len(row.samples))
        number = len(row.samples) + 1
        row.samples = [*row.samples, {"number": number, **told}]
        row.save(update_fields=["samples"])
        _tell(row, "sampled", scope=scope, now=now, seal=told["seal"], item=item)
    return number


def add_photo(
    scope: Scope, inspection_id: UUID, *, name: str, caption: str, content: bytes, now: datetime
) -> UUID:
    """Keep a photograph; its id. The same bytes again change nothing. BadPhoto."""
    media_type, digest = image_type(content), hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        row = _open(scope, inspection_id)
        if not media_type or len(content) > MOST_PHOTO:
            raise BadPhoto(field="photo", value=f"{name[:60]}, {len(content)} bytes")
        if (known := row.photos.filter(sha256=digest).values_list("id", flat=True).first()) is not None:
            return UUID(str(known))
        if row.photos.count() >= MOST_PHOTOS:
            raise BadPhoto("There are enough.", field="photos", value=MOST_PHOTOS)
        made = InspectionPhoto.objects.create(
            inspection=row, name=name[:200], caption=caption.strip()[:200], media_type=media_type,
            size=len(content), sha256=digest, content=content, added_by=_actor(scope), added_at=now,
        )  # fmt: skip
        _tell(row, "photographed", scope=scope, now=now, sha256=digest)
    return made.id


def image_type(content: bytes) -> str:
    """The media type of a photograph by how its bytes begin; empty for anything else."""
    return next((kind for start, kind in _IMAGES if content.startswith(start)), "")


def close_inspection(
    scope: Scope, inspection_id: UUID, *, result: str, findings: str, now: datetime
) -> InspectionDTO:
    """End an inspection with what was found; the goods are then released, detained or returned by a decision.

    BadFindings, InspectionClosed.
    """
    with transaction.atomic():
        row = _open(scope, inspection_id)
        if result not in InspectionResult.values or result == InspectionResult.OPEN:
            raise BadFindings(field="result", value=result)
        if result != InspectionResult.AS_DECLARED and not findings.strip():
            raise BadFindings(field="findings")
        row.result, row.findings = result, findings.strip()[:2000]
        row.closed_by, row.closed_at = _actor(scope), now
        row.save(update_fields=["result", "findings", "closed_by", "closed_at"])
        _tell(row, "closed", scope=scope, now=now, result=result)
    return _dtos([row])[0]


def inspections_of(scope: Scope, declaration_id: UUID) -> list[InspectionDTO]:
    """The inspections of a declaration that `scope` may see, newest first; two queries."""
    rows = Inspection.objects.of(scope).filter(declaration_id=declaration_id).order_by("-opened_at")
    return _dtos(list(rows))


def inspection_photo(scope: Scope, photo_id: UUID) -> tuple[str, bytes]:
    """Media type and bytes of a photograph that `scope` may see."""
    row = InspectionPhoto.objects.of(scope).filter(id=photo_id).values_list("media_type", "content").first()
    if row is None:
        raise NotFound(field="photo", value=photo_id)
    return row[0], bytes(row[1])


def _officer(scope: Scope) -> None:
    if scope.kind != Kind.CUSTOMS:
        raise Forbidden(field="organisation", value=scope.kind.value)
    scope.require(role=Role.CLERK)


def _open(scope: Scope, inspection_id: UUID) -> Inspection:
    """The inspection, locked and still open."""
    _officer(scope)
    row: Inspection | None = Inspection.objects.of(scope).filter(id=inspection_id).select_for_update().first()
    if row is None:
        raise NotFound(field="inspection", value=inspection_id)
    if row.closed_at is not None:
        raise InspectionClosed(field="inspection", value=inspection_id)
    return row


def _dtos(rows: Sequence[Inspection]) -> list[InspectionDTO]:
    photos: dict[UUID, list[Photo]] = {row.id: [] for row in rows}
    fields = ("id", "name", "caption", "media_type", "size", "sha256", "added_by", "added_at")
    found = InspectionPhoto.objects.house().filter(inspection_id__in=list(photos)).order_by("added_at", "id")
    for owner, *values in found.values_list("inspection_id", *fields):
        photos[owner].append(Photo(*values))
    return [
        InspectionDTO(
            row.id, row.declaration_id, row.result, row.findings, tuple(row.samples), tuple(photos[row.id]),
            row.opened_by, row.opened_at, row.closed_by, row.closed_at,
        )
        for row in rows
    ]  # fmt: skip


def _actor(scope: Scope) -> str:
    return (scope.actor or str(scope.user_id))[:120]


def _tell(row: Inspection, what: str, *, scope: Scope, now: datetime, **facts: Any) -> None:
    deed = audit.Deed(
        action=f"window.inspection.{what}",
        subject_type="inspection",
        subject_id=str(row.id),
        organisation_id=row.authority_id,
        detail={"declaration": str(row.declaration_id), **facts},
    )
    audit.record([deed], actor=_actor(scope), at=now)
