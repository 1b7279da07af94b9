"""Writes: documents kept and rendered, permissions given and taken back, looks recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.kernel import audit
from fondaco.kernel.bulk import insert_many
from fondaco.kernel.errors import Conflict, NotFound, Refused
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Role, Scope
from fondaco.systems.sharing.adapters import files
from fondaco.systems.sharing.domain.document import DocumentData, content_hash
from fondaco.systems.sharing.domain.sheet import plain
from fondaco.systems.sharing.dto import DocumentDTO, DocumentFile, GrantDTO, NewDocument
from fondaco.systems.sharing.models import Document, Grant, SharingReceipt
from fondaco.systems.sharing.rendering import KINDS, UnknownKind, printed_languages, render_document
from fondaco.systems.sharing.selectors import active_grant, document_dto, grant_dto


class BadGrant(Refused):
    code = "bad-grant"
    title = "This permission cannot be given."
    remedy = "Name another organisation, a purpose, and a day of expiry that is still to come."


class AlreadyGranted(Conflict):
    code = "already-granted"
    title = "This organisation already has permission."
    remedy = "Take the present permission back first to give another."


Key = tuple[UUID, str, str, str]


def store_documents(
    wanted: Sequence[NewDocument], *, now: datetime, actor: str, render: bool = True
) -> list[DocumentDTO]:
    """Keep documents and make their files; in the order given.

    Idempotent by order, kind, languages and content: the same again makes nothing new. With `render`
    False only the content is frozen and the file is made when it is first opened.
    """
    contents = {id(one.data): one.data for one in wanted}
    bodies = {key: data.as_json() for key, data in contents.items()}
    hashes = {key: content_hash(body) for key, body in bodies.items()}
    keys = [_key(one, hashes[id(one.data)]) for one in wanted]
    with transaction.atomic():
        frozen = [(hashes[key], body) for key, body in bodies.items()]
        insert_many("sharing_snapshot", _SNAPSHOT, frozen, skip_existing=True)
        before = _known(keys)
        fresh = [(k, one) for k, one in dict(zip(keys, wanted, strict=True)).items() if k not in before]
        rows = [_row(one, key, now) for key, one in fresh]
        insert_many("sharing_document", _DOCUMENT, rows, skip_existing=True)
        deeds = [
            audit.Deed("sharing.document-made", "document", str(row[0]), one.seller_id, {"kind": one.kind})
            for row, (_, one) in zip(rows, fresh, strict=True)
        ]
        audit.record(deeds, actor=actor, at=now)
    if render:
        render_pending([key[0] for key in keys], now=now)
    stored = _stored(keys)
    return [document_dto(stored[key]) for key in keys]


def _key(one: NewDocument, content: str) -> Key:
    if one.kind not in KINDS:
        raise UnknownKind(field="kind", value=one.kind)
    return (
        one.order_id,
        one.kind,
        ",".join(printed_languages(one.kind, one.languages)),
        content,
    )


def _known(keys: Sequence[Key]) -> set[Key]:
    rows = Document.objects.house().filter(order_id__in={key[0] for key in keys})
    return set(rows.values_list("order_id", "kind", "languages", "snapshot_id"))


def _stored(keys: Sequence[Key]) -> dict[Key, Document]:
    rows = Document.objects.house().filter(order_id__in={key[0] for key in keys})
    found = {(d.order_id, d.kind, d.languages, d.snapshot_id): d for d in rows}
    return {key: found[key] for key in keys if key in found}


_SNAPSHOT = ("hash", "data")
_DOCUMENT = ("id", "order_id", "kind", "languages", "number", "snapshot_id", "sha256", "size", "seller_id", "buyer_id", "carrier_id", "authority_id", "created_at")  # fmt: skip


def _row(one: NewDocument, key: Key, now: datetime) -> tuple[Any, ...]:
    """A document without its file, in the order of `_DOCUMENT`."""
    order_id, kind, languages, content = key
    parties = (one.seller_id, one.buyer_id, one.carrier_id, one.authority_id)
    return (new_id(), order_id, kind, languages, plain(one.data.number, 60), content, "", 0, *parties, now)


def render_pending(order_ids: Sequence[UUID], *, now: datetime) -> int:
    """Make the files still missing for these orders; how many were made. Safe to stop and repeat."""
    waiting = Document.objects.house().filter(order_id__in=order_ids, sha256="").select_related("snapshot")
    made = [_render(document, now) for document in waiting]
    return len(made)


def _render(document: Document, now: datetime) -> bytes:
    """Render outside any transaction: the file first, then the row that names it."""
    data = DocumentData.from_json(document.snapshot.data)
    content = render_document(document.kind, data, languages=document.languages.split(","))
    document.sha256, document.size, document.rendered_at = files.put(content), len(content), now
    document.save(update_fields=["sha256", "size", "rendered_at"])
    return content


def document_file(scope: Scope, document_id: UUID, *, now: datetime, purpose: str = "view") -> DocumentFile:
    """The file of a document that `scope` owns or was let in to; the look is recorded.

    NotFound for everybody else. A file lost or damaged on disk is made again from the frozen content.
    """
    document, grant = _visible(scope, document_id, now)
    content = _content(document, now)
    SharingReceipt.objects.create(
        document=document,
        organisation_id=scope.organisation_id,
        person_id=scope.user_id,
        purpose=purpose.strip()[:200] or "view",
        grant=grant,
        at=now,
    )
    return DocumentFile(document_dto(document).file_name, "application/pdf", content, document.sha256)


def _visible(scope: Scope, document_id: UUID, now: datetime) -> tuple[Document, Grant | None]:
    own = Document.objects.of(scope).select_related("snapshot").filter(id=document_id).first()
    if own is not None:
        return own, None
    grant = active_grant(document_id, grantee_id=scope.organisation_id, now=now)
    if grant is None:
        raise NotFound(field="document", value=document_id)
    return grant.document, grant


def _content(document: Document, now: datetime) -> bytes:
    if not document.sha256:
        return _render(document, now)
    try:
        return files.get(document.sha256)
    except files.FileDamaged:
        return _render(document, now)


def grant_document(
    scope: Scope, document_id: UUID, *, grantee_id: UUID, purpose: str, expires_at: datetime, now: datetime
) -> GrantDTO:
    """Let another organisation see one document until `expires_at`. Only an owner may (clerk or above)."""
    scope.require(role=Role.CLERK)
    document = Document.objects.of(scope).filter(id=document_id).first()
    if document is None:
        raise NotFound(field="document", value=document_id)
    if not purpose.strip() or expires_at <= now or grantee_id == scope.organisation_id:
        raise BadGrant(field="grant", value=str(grantee_id))
    with transaction.atomic():
        Document.objects.house().select_for_update().get(id=document_id)
        old = Grant.objects.house().filter(document=document, grantee_id=grantee_id, revoked_at__isnull=True)
        if active_grant(document_id, grantee_id=grantee_id, now=now):
            raise AlreadyGranted(field="grantee", value=grantee_id)
        old.update(revoked_at=now)
        grant = Grant.objects.create(
            document=document,
            granted_by_id=scope.organisation_id,
            grantee_id=grantee_id,
            purpose=purpose.strip()[:200],
            granted_at=now,
            expires_at=expires_at,
        )
        _audit_grant("sharing.document-granted", grant, scope, now)
    return grant_dto(grant, now=now)


def revoke_grant(scope: Scope, grant_id: UUID, *, now: datetime) -> None:
    """Take a permission back; it ends at once. Taking it back twice changes nothing."""
    scope.require(role=Role.CLERK)
    with transaction.atomic():
        grant = Grant.objects.of(scope).select_for_update().filter(id=grant_id).first()
        if grant is None:
            raise NotFound(field="grant", value=grant_id)
        if grant.revoked_at is None:
            grant.revoked_at = now
            grant.save(update_fields=["revoked_at"])
            _audit_grant("sharing.grant-revoked", grant, scope, now)


def _audit_grant(action: str, grant: Grant, scope: Scope, now: datetime) -> None:
    detail = {"document": str(grant.document_id), "grantee": str(grant.grantee_id), "purpose": grant.purpose}
    deed = audit.Deed(action, "grant", str(grant.id), grant.granted_by_id, detail)
    audit.record([deed], actor=scope.actor or str(scope.user_id or scope.organisation_id), at=now)
