"""Idempotency keys: the same request has its effect once, however often and concurrently it comes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from fondaco.kernel.errors import Refused
from fondaco.kernel.models import IdempotencyKey

KEPT_FOR = timedelta(hours=72)
_KEY_LENGTH = 200


class IdempotencyKeyReused(Refused):
    code = "idempotency-key-reused"
    title = "This idempotency key was used for another request."
    remedy = "Use a fresh key for a new request, or send the first body again."


class BadIdempotencyKey(Refused):
    code = "bad-idempotency-key"
    title = "This is not an idempotency key."
    remedy = "Send 1 to 200 printable characters, such as a UUID."


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with: an HTTP-like `status`, a JSON `body`; `replayed` if from store."""

    status: int
    body: Any
    replayed: bool = False


def body_hash(body: object) -> bytes:
    """The SHA-256 of `body`: of its bytes, or of its JSON with sorted keys."""
    data = body if isinstance(body, bytes) else _json(body).encode()
    return hashlib.sha256(data).digest()


def once(
    scope_id: UUID | str,
    key: str,
    body_hash: bytes,
    action: Callable[[], Answer | Any],
    *,
    now: datetime,
) -> Answer:
    """Run `action` unless `key` of `scope_id` was answered in the last 72 hours; then return that answer.

    `action` runs in the transaction that keeps its answer: both are there or neither. It returns an
    Answer, or any JSON value (status 200); what it raises is not kept, so a mended request may use the
    same key again. A concurrent caller waits for the first one. IdempotencyKeyReused where the body
    differs.
    """
    if not 0 < len(key) <= _KEY_LENGTH or not key.isprintable():
        raise BadIdempotencyKey(field="Idempotency-Key", value=key)
    with transaction.atomic():
        if not _claim(str(scope_id), key, body_hash, now):
            return _stored(str(scope_id), key, body_hash)
        result = action()
        answer = result if isinstance(result, Answer) else Answer(200, result)
        IdempotencyKey.objects.filter(scope=str(scope_id), key=key).update(
            status=answer.status, body=json.loads(_json(answer.body))
        )
        return answer


def purge(*, now: datetime) -> int:
    """Forget the answers whose time is over; how many."""
    return IdempotencyKey.objects.filter(expires_at__lte=now).delete()[0]


def _claim(scope: str, key: str, digest: bytes, now: datetime) -> bool:
    """Take the key, new or expired; False where it is taken. Waits for whoever is just taking it."""
    sql = """
        INSERT INTO kernel_idempotencykey (scope, key, body_hash, created_at, expires_at)
        VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (scope, key) DO UPDATE
        SET body_hash = EXCLUDED.body_hash, created_at = EXCLUDED.created_at,
            expires_at = EXCLUDED.expires_at, status = NULL, body = NULL
        WHERE kernel_idempotencykey.expires_at <= %s
        RETURNING id
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [scope, key, digest, now, now + KEPT_FOR, now])
        return cursor.fetchone() is not None


def _stored(scope: str, key: str, digest: bytes) -> Answer:
    row = IdempotencyKey.objects.get(scope=scope, key=key)
    if bytes(row.body_hash) != digest:
        raise IdempotencyKeyReused(field="Idempotency-Key", value=key)
    return Answer(row.status or 200, row.body, replayed=True)


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
