"""Every error of the API is an RFC 9457 problem; mapped here and nowhere else."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from fondaco.kernel.errors import FondacoError

_log = logging.getLogger(__name__)


def respond(body: dict[str, Any]) -> HttpResponse:
    """`body` (with its status) as application/problem+json."""
    return HttpResponse(
        json.dumps(body, default=str), status=body["status"], content_type="application/problem+json"
    )


def problem(status: int, code: str, title: str, **extras: Any) -> dict[str, Any]:
    """The members of a problem."""
    base = {"type": f"urn:fondaco:problem:{code}", "title": title, "status": status, "code": code}
    return {**base, **{key: value for key, value in extras.items() if value}}


def install(api: NinjaAPI) -> None:
    """Map every kind of error of `api` to a problem."""

    @api.exception_handler(FondacoError)
    def known(_request: HttpRequest, exc: FondacoError) -> HttpResponse:
        return respond(exc.problem())

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
        return respond(problem(401, "not-authenticated", "Who asks is not known.", remedy=remedy))

    @api.exception_handler(Http404)
    def missing(_request: HttpRequest, _exc: Http404) -> HttpResponse:
        return respond(problem(404, "not-found", "There is no such thing here."))

    @api.exception_handler(HttpError)
    def other(_request: HttpRequest, exc: HttpError) -> HttpResponse:
        return respond(problem(exc.status_code, "bad-request", str(exc)))
