"""Idempotent writes: one effect per `Idempotency-Key`, the stored answer for a repeat, 422 for another body."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from pydantic import TypeAdapter

from fondaco.delivery.api.auth import scope_of
from fondaco.kernel import clock
from fondaco.kernel.idempotency import Answer, once

HEADER = "Idempotency-Key"


def write(request: HttpRequest, action: Callable[[], Any], *, status: int = 200) -> tuple[int, Any]:
    """Run `action` once for the request's key (always, where it has none); the status and body to answer."""

    def act() -> Answer:
        return Answer(status, _plain(action()))

    key = request.headers.get(HEADER, "")
    if not key:
        answer = act()
    else:
        digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).digest()
        answer = once(scope_of(request).organisation_id, key, digest, act, now=clock.now())
    return answer.status, answer.body


def _plain(result: Any) -> Any:
    """`result` as JSON values, so that the kept answer and the first one are the same."""
    return TypeAdapter(type(result)).dump_python(result, mode="json") if result is not None else None
