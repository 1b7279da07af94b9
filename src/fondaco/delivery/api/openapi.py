"""The OpenAPI document: what ninja makes of the routers, with errors, headers and bounds of lists added."""

from __future__ import annotations

from typing import Any

from fondaco.delivery.api.problems import MEDIA_TYPE

_BASE = "/api/v1"
_METHODS = {"get", "post", "put", "patch", "delete"}
_MEANINGS = {
    400: "The request cannot be read.",
    401: "Who asks is not known.",
    403: "The caller's role, kind of organisation or key does not allow this.",
    404: "There is no such thing, or it is not the caller's.",
    409: "This contradicts what is already recorded.",
    413: "The body is too large.",
    415: "The body is of another media type.",
    422: "The request is understood and not acceptable; `errors` or `field` name what to mend.",
    429: "Too many requests; `Retry-After` says when to go on.",
    503: "An outside service did not answer; repeating is safe.",
}
_PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457). Programs decide on `code`; people read the rest.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "description": "urn:fondaco:problem:<code>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "field": {"type": "string", "description": "The input at fault"},
        "remedy": {"type": "string", "description": "What to do about it"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        },
    },
}
_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}}
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "1 to 200 printable characters, such as a UUID. The same key with the same request has its effect once "
    "and the same answer for 72 hours; with another request it is 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
KEYED: dict[str, Any] = {"parameters": [_KEY]}  # for `openapi_extra` of the operations that use writes.write

# Lists that come whole, as (path, what bounds them). Every other list comes in pages.
WHOLE = (
    ("/board", "A tab of a page: the newest 50 each of /board/posts (own and others') and /board/deals"),
    ("/board/assignment", "One answer, computed over at most 2,000 posts of each kind"),
    ("/compliance/products/{product_id}", "A verdict for each country with a rule that fits the product"),
    ("/declarations/{declaration_id}/inspections", "The inspections of one declaration"),
    ("/exchange/exposure", "A row for each currency and time until it is due"),
    ("/exchange/rates/check", "One day, a row for each currency"),
    ("/finance/balances", "The accounts of one organisation: a kind of account and a currency each"),
    ("/finance/liabilities", "Sums by kind and currency"),
    ("/finance/methods", "The ways to pay of one country"),
    ("/finance/payments/{payment_id}/attempts", "The tries of one payment"),
    ("/finance/trial-balance", "Sums by account code and currency"),
    ("/logistics/price-books/changes", "Counts of all changes, and the thousand largest"),
    ("/logistics/routes/hubs", "The hubs of the network, from a file"),
    ("/logistics/tracking-numbers/{number}", "The carriers that one number may belong to"),
    ("/modes", "The trade modes of the law, from a file"),
    ("/rebates/rates", "The history of one commodity code"),
    ("/rebates/ways", "The ways of the law, from a file"),
    ("/statistics/trade", "Sums by country, section, channel or time"),
    ("/stock/article", "One article: its lots, and the latest of its reservations and movements"),
    ("/window/quotas", "The accounts of one buyer: one for a quota and a calendar year"),
)


def document(schema: dict[str, Any]) -> dict[str, Any]:
    """Add to ninja's `schema` the problems of each operation, and what bounds each list that comes whole."""
    parts, bounds = schema["components"], dict(WHOLE)
    parts["schemas"]["Problem"] = _PROBLEM
    parts["responses"] = {f"Problem{status}": _response(status) for status in _MEANINGS}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if method in _METHODS:
                _complete(operation, has_id="{" in path, writes=method != "get")
        if bound := bounds.get(path.removeprefix(_BASE)):
            methods["get"]["x-bounded-by"] = bound
    return schema


def _response(status: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    more = {"headers": _RETRY_AFTER} if status == 429 else {}
    return {"description": _MEANINGS[status], "content": content, **more}


def _complete(operation: dict[str, Any], *, has_id: bool, writes: bool) -> None:
    statuses = {400, 422, 429, 503}
    statuses |= {401, 403} if operation.get("security") else set()
    statuses |= {404} if has_id or writes else set()
    statuses |= {409} if writes else set()
    statuses |= {413, 415} if "requestBody" in operation else set()
    for status in sorted(statuses):
        operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
