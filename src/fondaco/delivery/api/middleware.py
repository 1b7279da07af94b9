"""The net under the API: whatever answers a request below `/api/`, an error of it is a problem."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from fondaco.delivery.api import problems

PREFIX = "/api/"
_CODES = {
    400: "bad-request",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    500: "internal-error",
}
_TITLES = {
    404: "There is no such thing here.",
    405: "This cannot be done with this method.",
    500: "Something broke on our side. It is on record.",
}
_REMEDIES = {
    404: "See /api/v1/openapi.json for what there is.",
    500: "Try again; with the same Idempotency-Key a write happens once.",
}


class ApiProblemMiddleware:
    """Turn errors that Django answers by itself (404, 405, CSRF, 400, 500) into application/problem+json.

    It stands before all but the headers, so that no other layer answers after it, and refuses a body that is too large unread.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        if _length(request) > settings.API_MAX_UPLOAD:
            return problems.too_large(settings.API_MAX_UPLOAD)
        response = self.get_response(request)
        plain = not response.headers.get("Content-Type", "").startswith(problems.MEDIA_TYPE)
        return _as_problem(response) if response.status_code >= 400 and plain else response


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _as_problem(response: HttpResponseBase) -> HttpResponse:
    status = response.status_code
    title = _TITLES.get(status) or HTTPStatus(status).phrase
    code = _CODES.get(status) or HTTPStatus(status).phrase.lower().replace(" ", "-")
    answer = problems.respond(problems.problem(status, code, title, remedy=_REMEDIES.get(status)))
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            answer[name] = response.headers[name]
    return answer
