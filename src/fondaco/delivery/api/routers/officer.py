"""What officers do besides deciding: another lane, a tax bill, inspections; and receipts that found no place."""

from __future__ import annotations

from operator import itemgetter
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Page, Size, page_of
from fondaco.delivery.api.writes import write
from fondaco.kernel import clock
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import (
    DeclarationDTO,
    InspectionDTO,
    ParkedReceiptDTO,
    StraightThrough,
)

declarations = Router(tags=["declarations"])
inspections = Router(tags=["declarations"])
strays = Router(tags=["declarations"])

Reason = Annotated[str, Field(min_length=1, max_length=500)]
Amount = Annotated[str, Field(pattern=r"^\d{1,12}(\.\d{1,4})?$", description="In the declaration's currency")]


class RerouteIn(Schema):
    """Another lane, with the reason that is kept."""

    lane: Literal["red", "yellow", "blue", "green"]
    reason: Reason


class TaxBillIn(Schema):
    """What is owed, and why."""

    duty: Amount
    tax: Amount
    reason: Reason


class SampleIn(Schema):
    """A sample taken of a goods item, by its number on the declaration; `seal` names it for good."""

    item: int = Field(ge=1)
    quantity: str = Field(min_length=1, max_length=60)
    seal: str = Field(min_length=1, max_length=60)
    purpose: str = Field("", max_length=200)


class PhotoQuery(Schema):
    """What a photograph is called and shows."""

    name: str = Field("photo", min_length=1, max_length=200)
    caption: str = Field("", max_length=200)


_BYTES = {"schema": {"type": "string", "format": "binary"}}
_PHOTO = KEYED | {"requestBody": {"required": True, "content": {"image/jpeg": _BYTES, "image/png": _BYTES}}}


class FindingsIn(Schema):
    """What an inspection ends with."""

    result: Literal["as_declared", "quantity", "description", "value", "prohibited"]
    findings: str = Field("", max_length=2000)


class AttachIn(Schema):
    """The declaration, by its local reference, that a stray receipt belongs to."""

    lrn: str = Field(min_length=1, max_length=22)
    reason: Annotated[str, Field(min_length=1, max_length=250)]


class AttachedOut(Schema):
    """Where the declaration stands with the receipt."""

    lrn: str
    state: str


class DismissIn(Schema):
    """Why a stray receipt is put aside."""

    reason: Annotated[str, Field(min_length=1, max_length=250)]


@declarations.get("/straight-through", response=StraightThrough)
def straight_through(request: HttpRequest) -> StraightThrough:
    """How many of the declarations that the caller may see were released without a person."""
    return window.straight_through(scope_of(request))


@declarations.post("/{declaration_id}/reroutes", response=DeclarationDTO, openapi_extra=KEYED)
def reroute_declaration(request: HttpRequest, declaration_id: UUID, body: RerouteIn) -> Status[Any]:
    """Put what waits on the officer's desk into another lane; its state stays."""
    scope, now = scope_of(request), clock.now()
    return write(
        request, lambda: window.reroute(scope, declaration_id, body.lane, reason=body.reason, now=now)
    )


@declarations.post("/{declaration_id}/tax-bills", response={201: str}, openapi_extra=KEYED)
def issue_bill(request: HttpRequest, declaration_id: UUID, body: TaxBillIn) -> Status[Any]:
    """Assess what is owed on a declaration that waits on the desk; the bill's number."""
    scope, now = scope_of(request), clock.now()
    return write(
        request,
        lambda: window.issue_tax_bill(
            scope, declaration_id, duty=body.duty, tax=body.tax, reason=body.reason, now=now
        ),
        status=201,
    )


@declarations.get("/{declaration_id}/inspections", response=list[InspectionDTO])
def list_inspections(request: HttpRequest, declaration_id: UUID) -> list[InspectionDTO]:
    """The inspections of a declaration with their samples and photographs, newest first."""
    scope = scope_of(request)
    window.declaration_detail(scope, declaration_id)
    return window.inspections_of(scope, declaration_id)


@declarations.post("/{declaration_id}/inspections", response={201: UUID}, openapi_extra=KEYED)
def begin_inspection(request: HttpRequest, declaration_id: UUID) -> Status[Any]:
    """Begin the record of an inspection; its id."""
    scope = scope_of(request)
    return write(request, lambda: window.open_inspection(scope, declaration_id, now=clock.now()), status=201)


@inspections.post("/{inspection_id}/samples", response={201: int}, openapi_extra=KEYED)
def take_sample(request: HttpRequest, inspection_id: UUID, body: SampleIn) -> Status[Any]:
    """Record a sample; its number. The same seal again changes nothing."""
    scope = scope_of(request)
    return write(
        request,
        lambda: window.add_sample(scope, inspection_id, **body.dict(), now=clock.now()),
        status=201,
    )


@inspections.post("/{inspection_id}/photos", response={201: UUID}, openapi_extra=_PHOTO)
def keep_photo(request: HttpRequest, inspection_id: UUID, query: Query[PhotoQuery]) -> Status[Any]:
    """Keep a photograph, sent as its bytes (JPEG or PNG of at most 8 MB); its id. Again changes nothing."""
    scope, content = scope_of(request), request.read(window.MOST_PHOTO + 1)
    return write(
        request,
        lambda: window.add_photo(
            scope, inspection_id, name=query.name, caption=query.caption, content=content, now=clock.now()
        ),
        status=201,
        content=content,
    )


@inspections.get("/photos/{photo_id}")
def show_photo(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """A photograph's bytes."""
    media_type, content = window.inspection_photo(scope_of(request), photo_id)
    return HttpResponse(content, content_type=media_type, headers={"X-Content-Type-Options": "nosniff"})


@inspections.post("/{inspection_id}/close", response=InspectionDTO, openapi_extra=KEYED)
def end_inspection(request: HttpRequest, inspection_id: UUID, body: FindingsIn) -> Status[Any]:
    """End an inspection with what was found; what becomes of the goods is a decision."""
    scope = scope_of(request)
    return write(
        request,
        lambda: window.close_inspection(scope, inspection_id, **body.dict(), now=clock.now()),
    )


@strays.get("", response=Page[ParkedReceiptDTO])
def list_strays(
    request: HttpRequest, cursor: Annotated[int | None, Field(ge=1, le=2**62)] = None, size: Size = 50
) -> dict[str, Any]:
    """Receipts that found no declaration or contradict one, newest first; for the operator only."""
    found = window.parked_receipts(scope_of(request), size=size + 1, before=cursor)
    return page_of(found, size, key=itemgetter("id"))


@strays.post("/{receipt_id}/attach", response=AttachedOut, openapi_extra=KEYED)
def attach_stray(request: HttpRequest, receipt_id: int, body: AttachIn) -> Status[Any]:
    """Give a stray receipt to a declaration, by the same rules as if it had come for it."""
    scope = scope_of(request)

    def attach() -> dict[str, str]:
        report = window.attach_parked_receipt(
            scope, receipt_id, lrn=body.lrn, reason=body.reason, now=clock.now()
        )
        return {"lrn": body.lrn, "state": next(iter(report.states.values()))}

    return write(request, attach)


@strays.post("/{receipt_id}/dismiss", response={204: None}, openapi_extra=KEYED)
def dismiss_stray(request: HttpRequest, receipt_id: int, body: DismissIn) -> Status[Any]:
    """Put a stray receipt aside; it stays on record with the reason."""
    scope = scope_of(request)
    return write(
        request,
        lambda: window.resolve_parked_receipt(scope, receipt_id, now=clock.now(), reason=body.reason),
        status=204,
    )
