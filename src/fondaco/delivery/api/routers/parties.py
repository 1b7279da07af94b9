"""Who asks."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from fondaco.delivery.api.auth import scope_of

router = Router(tags=["parties"])


class Me(Schema):
    """The organisation on whose behalf the caller asks, and the caller's role in it."""

    organisation_id: UUID
    kind: str
    role: str


@router.get("/me", response=Me)
def me(request: HttpRequest) -> Me:
    """On whose behalf this key or session asks."""
    scope = scope_of(request)
    return Me(organisation_id=scope.organisation_id, kind=scope.kind, role=scope.role)
