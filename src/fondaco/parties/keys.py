"""API keys: issued once, kept as a hash, narrowed by role and scope, ended by expiry or revocation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models import Q

from fondaco.kernel.audit import Deed, record
from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.dto import ApiKeyDTO
from fondaco.parties.errors import BadApiKey, BadScope, KeyTooNarrow
from fondaco.parties.models import ApiKey

MARK = "fnd"
LONGEST = timedelta(days=366)
_USED_EVERY = timedelta(minutes=1)  # how exactly `last_used_at` is kept: not a write per request


class KeyScope(models.TextChoices):
    """What a key may be used for."""

    READ = "read"
    WRITE = "write"


class BadKeyFacts(Refused):
    code = "bad-key-facts"
    title = "A key needs a name, a role not above your own, and an end within a year."
    remedy = "Mend the field named here."


def issue_api_key(
    scope: Scope,
    name: str,
    *,
    now: datetime,
    role: Role = Role.CLERK,
    scopes: Iterable[str] = (KeyScope.READ, KeyScope.WRITE),
    lifetime: timedelta = timedelta(days=90),
) -> tuple[str, ApiKeyDTO]:
    """Make a key for the scope's organisation; the plain key, to be shown this once, and its record.

    Needs a manager. `role` is at most the issuer's. The secret has 256 random bits, so one round of
    SHA-256 keeps it as safely as a slow hash would.
    """
    scope.require(role=Role.MANAGER)
    wanted = tuple(sorted(set(scopes)))
    _check(scope, name, role=role, scopes=wanted, lifetime=lifetime)
    prefix = base64.b32encode(secrets.token_bytes(5)).decode().lower()
    plain = f"{MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        row = ApiKey.objects.create(
            organisation_id=scope.organisation_id,
            name=name.strip(),
            prefix=prefix,
            hash=_hash(plain),
            role=role,
            scopes=list(wanted),
            created_by_id=scope.user_id,
            created_at=now,
            expires_at=now + lifetime,
        )
        _audit("parties.key_issued", row, actor=scope.actor, now=now)
    return plain, _dto(row)


def authenticate_api_key(plain: str, *, now: datetime, needs: str = KeyScope.READ) -> Scope:
    """The scope of a key. BadApiKey (401) for an unknown, expired or revoked one, alike.

    KeyTooNarrow (403) where the key is good and lacks the scope `needs`.
    """
    row = _find(plain)
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        raise BadApiKey
    if needs not in row.scopes:
        raise KeyTooNarrow(field="scope", value=str(needs))
    if row.last_used_at is None or row.last_used_at < now - _USED_EVERY:
        ApiKey.objects.house().filter(pk=row.pk).filter(
            Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _USED_EVERY)
        ).update(last_used_at=now)
    return Scope(
        organisation_id=row.organisation_id,
        kind=Kind(row.kind),
        role=Role(row.role),
        actor=f"key:{row.prefix}",
    )


def revoke_api_key(scope: Scope, key_id: UUID, *, now: datetime) -> ApiKeyDTO:
    """End a key of the scope's organisation at once; ending it again changes nothing."""
    scope.require(role=Role.MANAGER)
    with transaction.atomic():
        row = ApiKey.objects.of(scope).select_for_update().filter(id=key_id).first()
        if row is None:
            raise NotFound(field="key", value=str(key_id))
        if row.revoked_at is None:
            row.revoked_at = now
            row.save(update_fields=["revoked_at"])
            _audit("parties.key_revoked", row, actor=scope.actor, now=now)
    return _dto(row)


def list_api_keys(scope: Scope) -> list[ApiKeyDTO]:
    """The keys of the scope's own organisation, newest first. Needs a manager."""
    scope.require(role=Role.MANAGER)
    rows = ApiKey.objects.of(scope).filter(organisation_id=scope.organisation_id)
    return [_dto(row) for row in rows.order_by("-created_at")]


def _check(scope: Scope, name: str, *, role: Role, scopes: tuple[str, ...], lifetime: timedelta) -> None:
    if not name.strip() or len(name) > 80:
        raise BadKeyFacts(field="name", value=name)
    if not timedelta() < lifetime <= LONGEST:
        raise BadKeyFacts(field="lifetime", value=str(lifetime))
    scope.require(role=role)
    unknown = set(scopes) - set(KeyScope.values)
    if unknown or not scopes:
        raise BadScope(field="scopes", value=", ".join(sorted(unknown)))


@dataclass(frozen=True, slots=True)
class _Known:
    """What a request needs of a key's row."""

    pk: UUID
    hash: str
    prefix: str
    role: str
    scopes: Sequence[str]
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    organisation_id: UUID
    kind: str


_FIND = """
SELECT k.id, k.hash, k.prefix, k.role, k.scopes::text, k.expires_at, k.revoked_at, k.last_used_at, o.id, o.kind
FROM parties_apikey k JOIN parties_organisation o ON o.id = k.organisation_id WHERE k.prefix = %s
"""


def _find(plain: str) -> _Known | None:
    """The row of a plain key, compared in constant time.

    In SQL by hand: every request of the API begins here, and composing it anew took as long as the rest of a read.
    """
    parts = plain.split("_", 2)
    if len(parts) != 3 or parts[0] != MARK or not plain.isascii():
        return None
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [parts[1][:12]])
        row = cursor.fetchone()
    if row is None or not hmac.compare_digest(row[1], _hash(plain)):
        return None
    pk, hashed, prefix, role, scopes, *rest = row
    return _Known(pk, hashed, prefix, role, json.loads(scopes), *rest)


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()


def _audit(action: str, row: ApiKey, *, actor: str, now: datetime) -> None:
    detail = {
        "name": row.name,
        "role": row.role,
        "scopes": row.scopes,
        "expires_at": row.expires_at.isoformat(),
    }
    record([Deed(action, "api_key", row.prefix, row.organisation_id, detail)], actor=actor, at=now)


def _dto(row: ApiKey) -> ApiKeyDTO:
    return ApiKeyDTO(
        row.id, row.organisation_id, row.name, row.prefix, Role(row.role), tuple(row.scopes),
        row.created_at, row.expires_at, row.revoked_at, row.last_used_at,
    )  # fmt: skip
