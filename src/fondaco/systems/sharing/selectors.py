"""Reads: documents of orders, permissions, looks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Scope
from fondaco.systems.sharing.dto import DocumentDTO, GrantDTO, ReceiptDTO
from fondaco.systems.sharing.models import Document, Grant, SharingReceipt


def documents_for(order_ids: Sequence[UUID], *, scope: Scope | None = None) -> dict[UUID, list[DocumentDTO]]:
    """The documents of each order, oldest first; all of them for house work when no `scope` is given."""
    rows = Document.objects.house() if scope is None else Document.objects.of(scope)
    found: dict[UUID, list[DocumentDTO]] = {order_id: [] for order_id in order_ids}
    for document in rows.filter(order_id__in=order_ids).order_by("created_at", "id"):
        found[document.order_id].append(document_dto(document))
    return found


def list_documents(
    scope: Scope, *, kind: str = "", search: str = "", limit: int = 50, offset: int = 0
) -> list[DocumentDTO]:
    """The documents `scope` owns a part in, latest first."""
    rows = Document.objects.of(scope)
    if kind:
        rows = rows.filter(kind=kind)
    if search:
        rows = rows.filter(number__icontains=search)
    return [document_dto(d) for d in rows.order_by("-created_at", "id")[offset : offset + limit]]


def document_detail(scope: Scope, document_id: UUID, *, now: datetime) -> tuple[DocumentDTO, bool]:
    """A document that `scope` has a part in (True) or was let in to (False). NotFound for others."""
    own = Document.objects.of(scope).filter(id=document_id).first()
    if own is not None:
        return document_dto(own), True
    grant = active_grant(document_id, grantee_id=scope.organisation_id, now=now)
    if grant is None:
        raise NotFound(field="document", value=document_id)
    return document_dto(grant.document), False


def documents_shared_with(
    scope: Scope, *, now: datetime, limit: int = 50
) -> list[tuple[DocumentDTO, GrantDTO]]:
    """The documents others let `scope` see, with the permission; latest first."""
    rows = Grant.objects.house().filter(
        grantee_id=scope.organisation_id, revoked_at__isnull=True, expires_at__gt=now
    )
    rows = rows.select_related("document").order_by("-granted_at", "id")[:limit]
    return [(document_dto(g.document), grant_dto(g, now=now)) for g in rows]


def grants_of(scope: Scope, document_id: UUID, *, now: datetime) -> list[GrantDTO]:
    """The permissions `scope` gave on a document, latest first."""
    rows = Grant.objects.of(scope).filter(document_id=document_id).order_by("-granted_at", "id")
    return [grant_dto(g, now=now) for g in rows]


def receipts_for(scope: Scope, document_id: UUID, *, limit: int = 100) -> list[ReceiptDTO]:
    """Who looked at a document that `scope` owns a part in, latest first; NotFound for others."""
    if not Document.objects.of(scope).filter(id=document_id).exists():
        raise NotFound(field="document", value=document_id)
    rows = (
        SharingReceipt.objects.filter(document_id=document_id).select_related("person").order_by("-at", "-id")
    )
    return [
        ReceiptDTO(
            r.organisation_id, str(r.person) if r.person else "", r.purpose, r.at, r.grant_id is not None
        )
        for r in rows[:limit]
    ]


def active_grant(document_id: UUID, *, grantee_id: UUID, now: datetime) -> Grant | None:
    """The permission in force for `grantee_id` on a document, if there is one."""
    rows = Grant.objects.house().filter(
        document_id=document_id, grantee_id=grantee_id, revoked_at__isnull=True, expires_at__gt=now
    )
    grant: Grant | None = rows.select_related("document__snapshot").first()
    return grant


def document_dto(document: Document) -> DocumentDTO:
    """`document` as it leaves the room."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in document.number)
    return DocumentDTO(
        id=document.id,
        order_id=document.order_id,
        kind=document.kind,
        languages=tuple(document.languages.split(",")),
        number=document.number,
        file_name=f"{document.kind.replace('_', '-')}-{safe}.pdf",
        sha256=document.sha256,
        size=document.size,
        created_at=document.created_at,
        rendered_at=document.rendered_at,
    )


def grant_dto(grant: Grant, *, now: datetime) -> GrantDTO:
    """`grant` as it leaves the room, with its state at `now`."""
    state = "revoked" if grant.revoked_at else "expired" if grant.expires_at <= now else "active"
    return GrantDTO(
        id=grant.id,
        document_id=grant.document_id,
        granted_by_id=grant.granted_by_id,
        grantee_id=grant.grantee_id,
        purpose=grant.purpose,
        granted_at=grant.granted_at,
        expires_at=grant.expires_at,
        state=state,
    )
