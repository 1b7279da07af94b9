"""Every error of the API is an RFC 9457 problem; mapped here and nowhere else."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from fondaco.kernel.errors import FondacoError

MEDIA_TYPE = "application/problem+json"


def respond(body: dict[str, Any]) -> HttpResponse:
    """`body` (with its status) as application/problem+json."""
    return HttpResponse(json.dumps(body, default=str), status=body["status"], content_type=MEDIA_TYPE)


def problem(status: int, code: str, title: str, **extras: Any) -> dict[str, Any]:
    """The members of a problem."""
    base = {"type": f"urn:fondaco:problem:{code}", "title": title, "status": status, "code": code}
    return {**base, **{key: value for key, value in extras.items() if value}}


def too_large(limit: int) -> HttpResponse:
    """The answer to a body of more than `limit` bytes."""
    title = f"The body is larger than {limit // 1024} KiB."
    return respond(problem(413, "too-large", title, remedy="Send it in parts."))


def install(api: NinjaAPI) -> None:
    """Map every kind of error of `api` to a problem."""

    @api.exception_handler(FondacoError)
    def known(_request: HttpRequest, exc: FondacoError) -> HttpResponse:
        answer = respond(exc.problem())
        if seconds := exc.facts.get("retry_after"):
            answer["Retry-After"] = str(seconds)
        return answer

    @api.exception_handler(ValidationError)
    def invalid(_request: HttpRequest, exc: ValidationError) -> HttpResponse:
        errors = [
            {"field": ".".join(str(part) for part in e["loc"]), "code": e["type"], "message": e["msg"]}
            for e in exc.errors
        ]
        title = "Some fields are missing or not as they should be."
        return respond(problem(422, "invalid-request", title, errors=errors, remedy="Mend the fields named."))

    @api.exception_handler(AuthenticationError)
    def unknown(_request: HttpRequest, _exc: AuthenticationError) -> HttpResponse:
        remedy = "Send 'Authorization: Bearer <API key>'."
        answer = respond(problem(401, "not-authenticated", "Who asks is not known.", remedy=remedy))
        answer["WWW-Authenticate"] = "Bearer"
        return answer

    @api.exception_handler(Http404)
    def missing(_request: HttpRequest, _exc: Http404) -> HttpResponse:
        return respond(problem(404, "not-found", "There is no such thing here."))

    @api.exception_handler(Throttled)
    def too_many(_request: HttpRequest, _exc: Throttled) -> HttpResponse:
        remedy = "Wait as many seconds as Retry-After says."
        return respond(problem(429, "too-many-requests", "Too many requests.", remedy=remedy))

    @api.exception_handler(HttpError)
    def other(_request: HttpRequest, exc: HttpError) -> HttpResponse:
        if isinstance(exc.__cause__, FondacoError):  # what our parser said, wrapped by ninja
            return respond(exc.__cause__.problem())
        code = "csrf-failed" if exc.status_code == 403 else "bad-request"
        return respond(problem(exc.status_code, code, str(exc)))

    @api.exception_handler(RequestDataTooBig)
    def too_big(_request: HttpRequest, _exc: RequestDataTooBig) -> HttpResponse:
        return too_large(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)

    def unreadable(_request: HttpRequest, _exc: Exception | type[Exception]) -> HttpResponse:
        return respond(problem(400, "malformed-body", "The request cannot be read."))

    for kind in (BadRequest, SuspiciousOperation, MultiPartParserError):
        api.add_exception_handler(kind, unreadable)
