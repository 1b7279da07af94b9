"""What carriers tell: signed events, EDI statuses; and what is asked of them: labels, bookings taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.security.base import AuthBase
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.parsing import WrongMediaType
from fondaco.flows import carriers as flow
from fondaco.kernel import clock
from fondaco.kernel.errors import NotFound
from fondaco.kernel.idempotency import Answer, body_hash, once
from fondaco.kernel.tenancy import Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    CarrierEvent,
    LabelFormat,
    MilestoneReport,
    PlannedItinerary,
    Push,
)

router = Router(tags=["carriers"])
EDIFACT = "application/edifact"
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class NotEdifact(WrongMediaType):
    """The body is not announced as EDIFACT."""

    remedy = "Send 'Content-Type: application/EDIFACT'."


class PushSignature(AuthBase):
    """A Standard Webhooks signature with the secret of the channel that the address names."""

    openapi_type = "apiKey"
    openapi_in = "header"
    openapi_name = "webhook-signature"

    def __call__(self, request: HttpRequest) -> Scope:
        """The carrier's scope. UnknownCarrier, BadPushSignature or StalePush."""
        match = request.resolver_match
        carrier = str(match.kwargs["carrier"]) if match else ""
        given = [request.headers.get(name, "")[:600] for name in _HEADERS]
        push = Push(given[0][:150], given[1], given[2], request.body)
        return flow.admit_push(carrier, push, now=clock.now())


class EventIn(Schema):
    """Something that happened to a parcel; `id` is the carrier's own and stable over repeats."""

    id: str = Field(min_length=1, max_length=200)
    number: str = Field(min_length=1, max_length=60, description="Tracking or consignment number")
    code: str = Field(min_length=1, max_length=40)
    vocabulary: str = Field(min_length=1, max_length=20, description="Such as UPU, DCSA, IFTSTA, ONE_RECORD")
    at: datetime = Field(description="Without a zone: UTC")
    location: str = Field("", max_length=80)
    detail: str = Field("", max_length=200)


class EventsIn(Schema):
    """The events of one message, in any order."""

    events: list[EventIn] = Field(min_length=1, max_length=1_000)


class PushIn(Schema):
    """A message after Standard Webhooks."""

    type: str = Field(max_length=80)
    timestamp: datetime | None = None
    data: EventsIn


class HeardOut(Schema):
    """What became of a report. `unknown`: numbers that are not of this carrier's consignments; kept aside."""

    recorded: int
    repeated: int
    parked: int
    unknown: list[str]


class ChannelOut(Schema):
    """Where to push events, and the secret to sign them with."""

    url: str
    secret: str
    opened_at: datetime
    changed_at: datetime | None
    heard_at: datetime | None


class ChannelIn(Schema):
    """`carrier` is for the house only: whose channel. `change`: a fresh secret; the one before is good for a day."""

    carrier: str = Field("", max_length=80)
    change: bool = False


class HeardNowOut(Schema):
    """How many milestones were new, and whether the consignment is delivered by now."""

    recorded: int
    delivered: bool


class CancelledOut(Schema):
    """The consignment's state."""

    state: str


@router.post("/carriers/{carrier}/events", response=HeardOut, auth=[PushSignature()])
def hear(request: HttpRequest, carrier: Annotated[str, Field(max_length=80)], body: PushIn) -> HeardOut:
    """Take a carrier's signed events in: each event once, the same message (webhook-id) answered alike.

    Numbers that are not of this carrier's consignments are kept aside, never lost and never recorded.
    """
    scope, now = scope_of(request), clock.now()
    key = request.headers["webhook-id"]
    events = [_event(one) for one in body.data.events]

    def act() -> Answer:
        return Answer(200, _heard(flow.record_events(scope, events, now=now)).dict())

    return HeardOut(**once(f"push:{scope.organisation_id}", key, body_hash(request.body), act, now=now).body)


@router.post(
    "/logistics/edi",
    response=HeardOut,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/EDIFACT": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def take_edi(request: HttpRequest) -> HeardOut:
    """Keep the dated statuses of a carrier's IFTSTA interchange, for its own consignments; again changes nothing."""
    if (request.content_type or "").lower() != EDIFACT:
        raise NotEdifact(field="Content-Type", value=request.content_type)
    scope = scope_of(request)
    report = logistics.record_edi_statuses(
        request.body, actor=scope.actor or "carrier", now=clock.now(), scope=scope
    )
    return _heard(report)


@router.post("/logistics/carrier-channel", response=ChannelOut)
def open_channel(request: HttpRequest, body: ChannelIn) -> ChannelOut:
    """The carrier's channel for signed events, opened where there is none."""
    slug, made = flow.open_channel(
        scope_of(request), carrier=body.carrier, change=body.change, now=clock.now()
    )
    url = request.build_absolute_uri(f"/api/v1/carriers/{slug}/events")
    return ChannelOut(
        url=url,
        secret=made.secret,
        opened_at=made.opened_at,
        changed_at=made.changed_at,
        heard_at=made.heard_at,
    )


@router.get("/logistics/labels/{number}")
def label(
    request: HttpRequest, number: Annotated[str, Field(max_length=40)], form: LabelFormat = LabelFormat.PDF
) -> HttpResponse:
    """The carrier's label of one parcel, for any printer (PDF) or a label printer (ZPL)."""
    found = logistics.parcel_label(scope_of(request), number, form=form)
    disposition = {"Content-Disposition": f'attachment; filename="{found.file_name}"'}
    return HttpResponse(found.content, content_type=found.format.value, headers=disposition)


class BookedOut(Schema):
    """The carrier's own reference."""

    reference: str


@router.post("/logistics/consignments/{consignment_id}/book", response=BookedOut)
def book(request: HttpRequest, consignment_id: UUID) -> BookedOut:
    """Tell the carrier of a consignment that is under way; a second time gives the same reference."""
    return BookedOut(reference=logistics.book_with_carrier(scope_of(request), consignment_id))


@router.post("/logistics/consignments/{consignment_id}/hear", response=HeardNowOut)
def ask_for_news(request: HttpRequest, consignment_id: UUID) -> HeardNowOut:
    """Ask the carrier of a released order's consignment what has happened, and keep what is new."""
    report = flow.hear_consignment(scope_of(request), consignment_id, now=clock.now())
    return HeardNowOut(recorded=report.milestones, delivered=bool(report.delivered))


@router.get("/logistics/consignments/{consignment_id}/itinerary", response=PlannedItinerary)
def itinerary(request: HttpRequest, consignment_id: UUID) -> PlannedItinerary:
    """By which itinerary a consignment is planned to go, frozen as it was found, and why by that one."""
    found = logistics.itinerary_of(scope_of(request), consignment_id)
    if found is None:
        raise NotFound(field="consignment_id", value=str(consignment_id))
    return found


@router.post("/logistics/consignments/{consignment_id}/cancel", response=CancelledOut)
def cancel(request: HttpRequest, consignment_id: UUID) -> CancelledOut:
    """Take a booking back, at the carrier too; its order stays as it is. A second time changes nothing."""
    state = logistics.cancel_consignment(scope_of(request), consignment_id, now=clock.now())
    return CancelledOut(state=str(state))


def _event(one: EventIn) -> CarrierEvent:
    at = one.at if one.at.tzinfo else one.at.replace(tzinfo=UTC)
    return CarrierEvent(one.id, one.number, one.code, one.vocabulary, at, one.location, one.detail)


def _heard(report: MilestoneReport) -> HeardOut:
    return HeardOut(
        recorded=report.recorded, repeated=report.repeated, parked=report.parked, unknown=list(report.unknown)
    )
