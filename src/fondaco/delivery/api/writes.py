"""Idempotent writes: one effect per `Idempotency-Key`, the stored answer for a repeat, 422 for another body."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja.responses import Status
from pydantic import TypeAdapter

from fondaco.delivery.api.auth import scope_of
from fondaco.kernel import clock
from fondaco.kernel.idempotency import Answer, once

HEADER = "Idempotency-Key"


def write(
    request: HttpRequest, action: Callable[[], Any], *, status: int = 200, content: bytes | None = None
) -> Status[Any]:
    """Run `action` once for the request's key (always, where it has none); the status and body to answer.

    `content` stands for the body where that has been read as a form. Keys are the caller's own: another
    key of the same organisation never sees this one's answers.
    """

    def act() -> Answer:
        return Answer(status, _plain(action()))

    key = request.headers.get(HEADER, "")
    if not key:
        answer = act()
    else:
        sent = request.body if content is None else content
        digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + sent).digest()
        scope = scope_of(request)
        answer = once(f"{scope.organisation_id}:{scope.actor}"[:80], key, digest, act, now=clock.now())
    return Status(answer.status, answer.body)


def _plain(result: Any) -> Any:
    """`result` as JSON values, so that the kept answer and the first one are the same."""
    return TypeAdapter(type(result)).dump_python(result, mode="json") if result is not None else None
