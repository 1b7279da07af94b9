"""What reads requests: strict JSON in UTF-8, and no characters that PostgreSQL's text cannot hold."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

from fondaco.kernel.errors import FondacoError, Refused
from fondaco.kernel.plain_json import is_storable, read_json

JSON_TYPE = "application/json"


class MalformedBody(FondacoError):
    code = "malformed-body"
    title = "The body cannot be read."
    remedy = "Send well-formed JSON in UTF-8, each key once."


class WrongMediaType(FondacoError):
    code = "wrong-media-type"
    title = "The body is not of a type that is read here."
    remedy = f"Send 'Content-Type: {JSON_TYPE}'."
    status = 415


class BadText(Refused):
    code = "bad-text"
    title = "A text holds a character that cannot be kept: U+0000, or half a surrogate pair."
    remedy = "Leave it out."


class ApiParser(Parser):
    """Reads bodies and query strings for ninja."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON of the body. WrongMediaType, MalformedBody or BadText where it is not to be had."""
        if getattr(request, "content_type", JSON_TYPE) != JSON_TYPE:
            raise WrongMediaType(field="Content-Type", value=request.content_type)
        try:
            body = read_json(request.body)
        except ValueError as exc:
            raise MalformedBody from exc
        _refuse_unstorable(body)
        return body

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The values of a query string or form. BadText where one cannot be kept."""
        for values in data.lists():
            _refuse_unstorable(list(values))
        return super().parse_querydict(data, list_fields, request)


def _refuse_unstorable(value: Any) -> None:
    if not is_storable(value):
        raise BadText
