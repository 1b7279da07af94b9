"""Verification dossiers: an organisation shows its papers, the operator decides, never the submitter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from fondaco.kernel.audit import Deed, record
from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.outbox import Event, append
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.dto import DocumentDTO, DossierDTO
from fondaco.parties.errors import BadDocument, DossierIncomplete, DossierOpen, FourEyes, ReasonMissing
from fondaco.parties.models import DOSSIER, DossierDocument, DossierState, VerificationDossier
from fondaco.parties.selectors import organisation_dto

MAX_BYTES = 5_000_000
MAX_DOCUMENTS = 20
_MAGIC = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_NEEDED = {DossierDocument.Type.REGISTRATION, DossierDocument.Type.IDENTITY}


def open_dossier(scope: Scope, *, now: datetime) -> DossierDTO:
    """Begin a dossier of the scope's organisation. DossierOpen while another is undecided."""
    scope.require(role=Role.MANAGER)
    try:
        with transaction.atomic():
            row = VerificationDossier.objects.create(organisation_id=scope.organisation_id, opened_at=now)
            _tell("opened", row, scope=scope, now=now)
    except IntegrityError:
        raise DossierOpen(field="organisation", value=str(scope.organisation_id)) from None
    return dossier(scope, row.id)


def add_document(
    scope: Scope,
    dossier_id: UUID,
    *,
    type: str,  # noqa: A002 - the paper's own word
    name: str,
    content: bytes,
    now: datetime,
) -> DocumentDTO:
    """Put a paper into a draft; the same bytes again change nothing. BadDocument for what is no paper."""
    scope.require(role=Role.MANAGER)
    media_type = _judge(type, name, content)
    with transaction.atomic():
        row = _own_locked(scope, dossier_id)
        if row.state != DossierState.DRAFT:
            DOSSIER.after(row.state, "add_document")
        if row.documents.count() >= MAX_DOCUMENTS:
            raise BadDocument("The dossier is full.", field="documents", value=MAX_DOCUMENTS)
        paper, is_new = DossierDocument.objects.get_or_create(  # lint-skip: tenant-scope the dossier was read in scope
            dossier=row,
            sha256=hashlib.sha256(content).hexdigest(),
            defaults={
                "type": type, "name": name, "media_type": media_type, "size": len(content),
                "content": content, "added_by_id": scope.user_id, "added_at": now,
            },
        )  # fmt: skip
        if is_new:
            _tell("document_added", row, scope=scope, now=now, sha256=paper.sha256, type=type)
    return _document(paper)


def submit_dossier(scope: Scope, dossier_id: UUID, *, now: datetime) -> DossierDTO:
    """Hand a draft to the operator. DossierIncomplete without registration and identity papers."""
    scope.require(role=Role.MANAGER)
    _person(scope)
    with transaction.atomic():
        row = _own_locked(scope, dossier_id)
        state = DOSSIER.after(row.state, "submit")
        missing = _NEEDED - set(row.documents.values_list("type", flat=True))
        if missing:
            raise DossierIncomplete(field="documents", value=", ".join(sorted(missing)))
        row.state, row.submitted_by_id, row.submitted_at = state, scope.user_id, now
        row.decided_by_id = row.decided_at = None
        row.reason = ""
        row.save()
        _tell("submitted", row, scope=scope, now=now)
    return dossier(scope, dossier_id)


def withdraw_dossier(scope: Scope, dossier_id: UUID, *, now: datetime) -> DossierDTO:
    """Take a submitted dossier back to mend it."""
    return _own_step(scope, dossier_id, event="withdraw", now=now)


def reopen_dossier(scope: Scope, dossier_id: UUID, *, now: datetime) -> DossierDTO:
    """Go on with a rejected dossier. DossierOpen while another is undecided."""
    try:
        return _own_step(scope, dossier_id, event="reopen", now=now)
    except IntegrityError:
        raise DossierOpen(field="organisation", value=str(scope.organisation_id)) from None


def decide_dossier(
    scope: Scope, dossier_id: UUID, *, approve: bool, reason: str = "", now: datetime
) -> DossierDTO:
    """Approve or reject a submitted dossier, as a manager of the platform.

    FourEyes where the decider submitted it; ReasonMissing for a refusal without reason.
    """
    _operator(scope)
    _person(scope)
    if not approve and not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        row = _locked(scope, dossier_id)
        state = DOSSIER.after(row.state, "approve" if approve else "reject")
        if row.submitted_by_id == scope.user_id:
            raise FourEyes(field="decided_by", value=str(scope.user_id))
        row.state, row.decided_by_id, row.decided_at, row.reason = (
            state,
            scope.user_id,
            now,
            reason.strip()[:500],
        )
        row.save()
        _tell(state, row, scope=scope, now=now, reason=row.reason)
    return dossier(scope, dossier_id)


def expire_dossier(scope: Scope, dossier_id: UUID, *, now: datetime) -> DossierDTO:
    """End an approval, as a manager of the platform: the organisation must show its papers again."""
    _operator(scope)
    with transaction.atomic():
        row = _locked(scope, dossier_id)
        row.state = DOSSIER.after(row.state, "expire")
        row.save(update_fields=["state"])
        _tell("expired", row, scope=scope, now=now)
    return dossier(scope, dossier_id)


def dossier(scope: Scope, dossier_id: UUID) -> DossierDTO:
    """One dossier that the scope may see. NotFound otherwise."""
    rows = VerificationDossier.objects.of(scope).select_related("organisation").filter(id=dossier_id)
    found = [_dto(row) for row in rows]
    if not found:
        raise NotFound(field="dossier", value=str(dossier_id))
    return found[0]


def dossiers(scope: Scope, *, state: str = "", limit: int = 100) -> list[DossierDTO]:
    """The dossiers the scope may see, the longest waiting first: the operator's queue."""
    rows = VerificationDossier.objects.of(scope).select_related("organisation").prefetch_related("documents")
    rows = rows.filter(state=state) if state else rows
    return [_dto(row) for row in rows.order_by("submitted_at", "opened_at")[:limit]]


def document_content(scope: Scope, document_id: UUID) -> tuple[DocumentDTO, bytes]:
    """A paper and its bytes. NotFound outside the scope."""
    row = DossierDocument.objects.of(scope).filter(id=document_id).first()
    if row is None:
        raise NotFound(field="document", value=str(document_id))
    return _document(row), bytes(row.content)


def verified(organisation_ids: Iterable[UUID]) -> set[UUID]:
    """Which of the organisations hold an approved dossier."""
    rows = VerificationDossier.objects.house().filter(
        organisation_id__in=set(organisation_ids), state=DossierState.APPROVED
    )
    return set(rows.values_list("organisation_id", flat=True))


def _judge(type: str, name: str, content: bytes) -> str:  # noqa: A002
    """The media type of a paper, by its bytes and never by its name."""
    if type not in DossierDocument.Type.values:
        raise BadDocument(field="type", value=type)
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise BadDocument(field="name", value=name)
    if not 0 < len(content) <= MAX_BYTES:
        raise BadDocument(field="size", value=len(content))
    for magic, media_type in _MAGIC.items():
        if content.startswith(magic):
            return media_type
    raise BadDocument(field="content", value=content[:8].hex())


def _own_step(scope: Scope, dossier_id: UUID, *, event: str, now: datetime) -> DossierDTO:
    scope.require(role=Role.MANAGER)
    with transaction.atomic():
        row = _own_locked(scope, dossier_id)
        row.state = DOSSIER.after(row.state, event)
        row.save(update_fields=["state"])
        _tell(event, row, scope=scope, now=now)
    return dossier(scope, dossier_id)


def _locked(scope: Scope, dossier_id: UUID) -> VerificationDossier:
    row = VerificationDossier.objects.of(scope).select_for_update().filter(id=dossier_id).first()
    if row is None:
        raise NotFound(field="dossier", value=str(dossier_id))
    found: VerificationDossier = row
    return found


def _own_locked(scope: Scope, dossier_id: UUID) -> VerificationDossier:
    """A dossier of the scope's own organisation: the operator reads all, and edits none but its own."""
    row = _locked(scope, dossier_id)
    if row.organisation_id != scope.organisation_id:
        raise Forbidden(field="organisation", value=str(row.organisation_id))
    return row


def _operator(scope: Scope) -> None:
    scope.require(role=Role.MANAGER, kinds=(Kind.PLATFORM,))


def _person(scope: Scope) -> None:
    """Four eyes are a person's: a key cannot submit or decide."""
    if scope.user_id is None:
        raise Forbidden("Only a person can do this.", field="user")


def _tell(step: str, row: VerificationDossier, *, scope: Scope, now: datetime, **detail: str) -> None:
    """Audit a step and put it into the outbox."""
    deed = Deed(f"parties.dossier_{step}", "dossier", str(row.id), row.organisation_id, dict(detail))
    record([deed], actor=scope.actor or str(scope.user_id), at=now)
    payload = {
        "dossier_id": str(row.id),
        "organisation_id": str(row.organisation_id),
        "state": str(row.state),
    }
    append([Event(f"parties.dossier_{step}", str(row.organisation_id), payload)])


def _dto(row: VerificationDossier) -> DossierDTO:
    papers = sorted(row.documents.all(), key=lambda paper: (paper.added_at, paper.name))
    return DossierDTO(
        row.id, organisation_dto(row.organisation), row.state, row.opened_at, row.submitted_by_id, row.submitted_at,
        row.decided_by_id, row.decided_at, row.reason, tuple(_document(paper) for paper in papers),
    )  # fmt: skip


def _document(row: DossierDocument) -> DocumentDTO:
    return DocumentDTO(row.id, row.type, row.name, row.media_type, row.size, row.sha256, row.added_at)
