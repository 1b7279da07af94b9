"""Who asks: an API key (`Authorization: Bearer`), or the console's own session."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from fondaco.kernel import clock
from fondaco.kernel.tenancy import Scope
from fondaco.parties.public import BadApiKey, KeyScope, authenticate_api_key


class ApiKeyAuth(HttpBearer):
    """An API key issued to an organisation."""

    def authenticate(self, request: HttpRequest, token: str) -> Scope | None:
        """The key's scope; None for a key that is not good."""
        needs = KeyScope.READ if request.method in {"GET", "HEAD", "OPTIONS"} else KeyScope.WRITE
        try:
            scope = authenticate_api_key(token, now=clock.now(), needs=needs)
        except BadApiKey:
            return None
        request.scope = scope  # type: ignore[attr-defined]
        return scope


class SessionAuth(APIKeyCookie):
    """A signed-in person; CSRF-checked by ninja for unsafe methods. A request with a key stands by its key."""

    param_name = settings.SESSION_COOKIE_NAME

    def _get_key(self, request: HttpRequest) -> str | None:
        if getattr(request, "scope", None) is None or "Authorization" in request.headers:
            return None
        return super()._get_key(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The scope that the session acts in."""
        return request.scope if key else None  # type: ignore[attr-defined]


def scope_of(request: HttpRequest) -> Scope:
    """On whose behalf `request` asks; only for endpoints that need authentication."""
    scope: Scope = request.auth  # type: ignore[attr-defined]
    return scope
