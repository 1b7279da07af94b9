"""How signing in is joined to the house: who is counted, what a lockout says, who may sign up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from fondaco.kernel.errors import FondacoError


class TooManyAttempts(FondacoError):
    code = "too-many-attempts"
    title = "Too many wrong attempts."
    remedy = "Wait a quarter of an hour, or reset your password."
    status = 429


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """People may sign up by themselves where the deployment allows it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return bool(settings.SIGNUP_OPEN)


def login_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The address that an attempt is counted under, whichever form it came by."""
    given = credentials or {}
    name = given.get("email") or given.get("username") or request.POST.get("login") or ""
    return str(name).strip().lower()[:255]


def locked_out(request: HttpRequest, *_: Any) -> HttpResponse:
    """The answer while an address is locked: 429 as a page or as a problem."""
    problem = TooManyAttempts()
    if "text/html" in request.headers.get("Accept", "text/html"):
        return render(request, "problem.html", {"problem": problem}, status=problem.status)
    return JsonResponse(problem.problem(), status=problem.status, content_type="application/problem+json")
