"""What crosses this room's door, besides the frozen content of documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fondaco.systems.sharing.domain.document import DocumentData


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to be kept: its content, and the organisations that may see it."""

    order_id: UUID
    kind: str
    data: DocumentData
    seller_id: UUID
    buyer_id: UUID | None = None
    carrier_id: UUID | None = None
    authority_id: UUID | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentDTO:
    """A document as a page lists it. `size` and `sha256` are empty until its file is first made."""

    id: UUID
    order_id: UUID
    kind: str
    languages: tuple[str, ...]
    number: str
    file_name: str
    sha256: str
    size: int
    created_at: datetime
    rendered_at: datetime | None


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A document's file."""

    name: str
    media_type: str
    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class GrantDTO:
    """A permission to see a document. `state` is "active", "expired" or "revoked"."""

    id: UUID
    document_id: UUID
    granted_by_id: UUID
    grantee_id: UUID
    purpose: str
    granted_at: datetime
    expires_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class ReceiptDTO:
    """A look at a document."""

    organisation_id: UUID
    person: str
    purpose: str
    at: datetime
    by_grant: bool
