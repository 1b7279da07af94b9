"""The single window's gateway: declarants lodge batches of lists here and are told what became of each."""

from __future__ import annotations

from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import TypeAdapter

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.parsing import JSON_TYPE, WrongMediaType
from fondaco.delivery.api.problems import too_large
from fondaco.flows.intake import answer_in_form, form_of_xml, take_in_batch
from fondaco.kernel import clock
from fondaco.platforms.window.public import ListIn

router = Router(tags=["declarations"])
XML_TYPE = "application/xml"
_FORMS = {JSON_TYPE: "json", XML_TYPE: "xml", "text/xml": "xml"}


class NotABatch(WrongMediaType):
    """The body is announced as something else than a batch."""

    remedy = f"Send 'Content-Type: {JSON_TYPE}', or '{XML_TYPE}' for a GACC or CDS message."


class ReasonOut(Schema):
    """Why a list was refused: the field at fault, a code for programs, and what to do."""

    field: str = ""
    code: str
    message: str
    remedy: str


class ListOut(Schema):
    """What became of one list; `place` counts from 1 in the order sent."""

    place: int
    lrn: str
    status: Literal["taken", "repeated", "refused"]
    mrn: str | None = None
    state: str | None = None
    lane: str | None = None
    differences: list[str] | None = None
    reasons: list[ReasonOut] | None = None


class AcknowledgementOut(Schema):
    """The acknowledgement of a batch; the same bytes again are answered with the same text."""

    batch_id: str
    taken: int
    repeated: int
    refused: int
    lists: list[ListOut]


def _described() -> dict[str, Any]:
    """The request body in the document: it is read as bytes, since whole messages are kept."""
    one = TypeAdapter(ListIn).json_schema()
    lists = {"type": "array", "minItems": 1, "maxItems": 100, "items": _inlined(one, one.pop("$defs", {}))}
    batch = {
        "type": "object", "required": ["lists"], "additionalProperties": False, "properties": {"lists": lists},
    }  # fmt: skip
    forms = {JSON_TYPE: {"schema": batch}, XML_TYPE: {"schema": {"type": "string", "format": "binary"}}}
    return {"requestBody": {"required": True, "content": forms}}


def _inlined(schema: Any, parts: dict[str, Any]) -> Any:
    """`schema` with each reference replaced by what it names: the document's components are ninja's."""
    if isinstance(schema, list):
        return [_inlined(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {name: _inlined(value, parts) for name, value in schema.items()}


@router.post("", response={202: AcknowledgementOut}, openapi_extra=_described())
def lodge(request: HttpRequest) -> HttpResponse:
    """Lodge at most 100 lists with their order, payment and waybill.

    As JSON; as messages of Chinese customs (CEB): orders, payments and waybills (303, 403, 505; 311, 411, 511)
    and the signed list (603; 621), in any order; or as a declaration, amendment or cancellation to the UK's CDS
    (WCO DEC), which is answered with its notifications (RES). Every sound list is recorded, matched and put into a lane before the answer is sent; a bad one is refused
    by name and does not hold up the others. Sending the same batch again changes nothing.
    """
    form = _FORMS.get(str(request.content_type))
    if form is None:
        raise NotABatch(field="Content-Type", value=request.content_type)
    raw = request.read(settings.API_MAX_BATCH + 1)
    if len(raw) > settings.API_MAX_BATCH:
        return too_large(settings.API_MAX_BATCH)
    form = form_of_xml(raw) if form == "xml" else form
    said = take_in_batch(scope_of(request), raw, form=form, now=clock.now())
    headers = {"Idempotent-Replayed": "true"} if said.again else {}
    media_type, text = answer_in_form(said, form)
    return HttpResponse(text, status=202, content_type=media_type, headers=headers)
