"""Middleware of identity: on whose behalf a request asks, and the second factor some must carry."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from fondaco.kernel.errors import Forbidden
from fondaco.kernel.tenancy import Scope
from fondaco.parties.selectors import scope_or_first

SESSION_KEY = "organisation"
_FREE = ("/accounts/", "/static/", "/i18n/", "/health")
_Handler = Callable[[HttpRequest], HttpResponse]


class SecondFactorMissing(Forbidden):
    code = "second-factor-missing"
    title = "Your role needs a second factor."
    remedy = "Set up an authenticator app or a passkey under your account, then sign in again."


class ScopeMiddleware:
    """Put `request.scope` there: the Scope of the signed-in person and their chosen organisation, or None.

    Members of organisations of `settings.MFA_REQUIRED_KINDS` get nowhere before they set up a second factor.
    """

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scope = scope_of_session(request)
        request.scope = scope  # type: ignore[attr-defined]
        if scope and _lacks_second_factor(request, scope):
            return _send_to_enrolment(request)
        return self.get_response(request)


def scope_of_session(request: HttpRequest) -> Scope | None:
    """The scope a signed-in person acts in; None for a stranger and for a member of nothing."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return None
    return scope_or_first(request.user.pk, request.session.get(SESSION_KEY))


def _lacks_second_factor(request: HttpRequest, scope: Scope) -> bool:
    if scope.kind not in settings.MFA_REQUIRED_KINDS or request.path.startswith(_FREE):
        return False
    return not is_mfa_enabled(request.user)


def _send_to_enrolment(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        problem = SecondFactorMissing()
        return JsonResponse(problem.problem(), status=problem.status, content_type="application/problem+json")
    return redirect("mfa_index")
