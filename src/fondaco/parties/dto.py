"""What the parties room gives and takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.kernel.tenancy import Kind, Role


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """An organisation to be there; `slug` is its lasting short name, `country` alpha-2, `currency` ISO 4217."""

    kind: Kind
    name: str
    country: str
    slug: str
    currency: str = ""
    is_demo: bool = False
    legal_name: str = ""
    address: dict[str, Any] | None = None
    identifiers: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class OrganisationDTO:
    """An organisation as others see it."""

    id: UUID
    kind: Kind
    name: str
    country: str
    currency: str
    slug: str
    is_demo: bool = False
    legal_name: str = ""
    address: dict[str, Any] = field(default_factory=dict)
    identifiers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UserDTO:
    """A person."""

    id: UUID
    email: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class MembershipDTO:
    """A person's role in an organisation."""

    user: UserDTO
    organisation: OrganisationDTO
    role: Role


@dataclass(frozen=True, slots=True)
class ApiKeyDTO:
    """An API key without its secret."""

    id: UUID
    organisation_id: UUID
    name: str
    prefix: str
    role: Role
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class DocumentDTO:
    """One paper of a dossier; `size` in bytes."""

    id: UUID
    type: str
    name: str
    media_type: str
    size: int
    sha256: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class DossierDTO:
    """A verification dossier with its papers."""

    id: UUID
    organisation: OrganisationDTO
    state: str
    opened_at: datetime
    submitted_by: UUID | None
    submitted_at: datetime | None
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str
    documents: tuple[DocumentDTO, ...]
