"""What reads requests: JSON in UTF-8, and no NUL characters, which PostgreSQL's text cannot hold."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

from fondaco.kernel.errors import FondacoError, Refused

JSON_TYPE = "application/json"


class MalformedBody(FondacoError):
    code = "malformed-body"
    title = "The body cannot be read."
    remedy = "Send well-formed JSON in UTF-8."


class WrongMediaType(FondacoError):
    code = "wrong-media-type"
    title = "The body is not of a type that is read here."
    remedy = f"Send 'Content-Type: {JSON_TYPE}'."
    status = 415


class BadText(Refused):
    code = "bad-text"
    title = "A text holds the character U+0000, which cannot be kept."
    remedy = "Leave it out."


class ApiParser(Parser):
    """Reads bodies and query strings for ninja."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON of the body. WrongMediaType, MalformedBody or BadText where it is not to be had."""
        if getattr(request, "content_type", JSON_TYPE) != JSON_TYPE:
            raise WrongMediaType(field="Content-Type", value=request.content_type)
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError) as exc:
            raise MalformedBody from exc
        refuse_nul([body])
        return body

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The values of a query string or form. BadText where one holds U+0000."""
        for values in data.lists():
            refuse_nul(values)
        return super().parse_querydict(data, list_fields, request)


def refuse_nul(values: Iterable[Any]) -> None:
    """BadText where a text in `values`, at any depth, holds U+0000."""
    todo = list(values)
    while todo:
        value = todo.pop()
        if isinstance(value, str) and "\0" in value:
            raise BadText
        if isinstance(value, dict):
            todo += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            todo += value
