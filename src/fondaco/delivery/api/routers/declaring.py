"""What a declarant keeps with customs besides declarations: signing keys, monthly summaries of its lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Key, Page, Size, page_of, page_past
from fondaco.delivery.api.writes import write
from fondaco.flows.month_summaries import month_sheet, summarise_month
from fondaco.flows.signing_keys import register_key
from fondaco.kernel import clock
from fondaco.kernel.errors import NotFound
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import KeyDTO

router = Router(tags=["declarations"])


class KeyOut(Schema):
    """A registered key; `fingerprint` is the SHA-256 of the certificate (DER). `expired`: approved, past its time."""

    id: UUID
    declarant_id: UUID
    authority_id: UUID
    name: str
    algorithm: str
    subject: str
    fingerprint: str
    valid_from: datetime
    valid_to: datetime
    state: str
    expired: bool
    entered_at: datetime
    decided_at: datetime | None
    revoked_at: datetime | None
    reason: str


class KeyIn(Schema):
    """A certificate in PEM, without its private key, for the customs office of `country`."""

    name: str = Field(min_length=1, max_length=80)
    country: str = Field(pattern="^[A-Z]{2}$")
    certificate: str = Field(max_length=20_000)
    valid_from: datetime | None = None
    valid_to: datetime | None = None


class KeyDecisionIn(Schema):
    """Approve, or refuse with a reason."""

    approve: bool
    reason: str = Field("", max_length=300)


class RevocationIn(Schema):
    """Why a key no longer signs."""

    reason: Annotated[str, Field(min_length=3, max_length=300)]


class SummaryOut(Schema):
    """One summary declaration of a month; `mrn` is customs' number of the application."""

    id: UUID
    lrn: str
    mrn: str
    reference: str
    state: str


class MonthOut(Schema):
    """A month of a seller's lists: how many, how many no summary holds yet, and its summaries."""

    seller_id: UUID
    period: str
    lists: int
    waiting: int
    due_on: date
    summaries: list[SummaryOut]


@router.get("/signing-keys", response=Page[KeyOut])
def signing_keys(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The keys that the caller may see: its own, or those registered with it; what waits comes first."""
    return page_of(window.keys_of(scope_of(request), now=clock.now(), after=cursor, size=size + 1), size)


@router.post("/signing-keys", response={201: KeyOut}, openapi_extra=KEYED)
def enter_signing_key(request: HttpRequest, body: KeyIn) -> Status[Any]:
    """Enter a certificate of the caller's; it signs once another person of the authority has approved it."""
    scope = scope_of(request)

    def act() -> KeyDTO:
        return register_key(
            scope, body.certificate.encode(), name=body.name, country=body.country, now=clock.now(),
            valid_from=body.valid_from, valid_to=body.valid_to,
        )  # fmt: skip

    return write(request, act, status=201)


@router.post("/signing-keys/{signing_key_id}/decide", response=KeyOut, openapi_extra=KEYED)
def decide_signing_key(request: HttpRequest, signing_key_id: UUID, body: KeyDecisionIn) -> Status[Any]:
    """Approve a key or refuse it, as the authority and as somebody else than who entered it."""
    scope = scope_of(request)
    return write(
        request,
        lambda: window.decide_key(
            scope, signing_key_id, approve=body.approve, reason=body.reason, now=clock.now()
        ),
    )


@router.post("/signing-keys/{signing_key_id}/revoke", response=KeyOut, openapi_extra=KEYED)
def revoke_signing_key(request: HttpRequest, signing_key_id: UUID, body: RevocationIn) -> Status[Any]:
    """Revoke a key in force, at once."""
    scope = scope_of(request)
    return write(
        request, lambda: window.revoke_key(scope, signing_key_id, reason=body.reason, now=clock.now())
    )


@router.get("/monthly-summaries", response=Page[MonthOut])
def monthly_summaries(request: HttpRequest, cursor: Key = "", size: Size = 50) -> dict[str, Any]:
    """The months in which the caller's lists were released that want a summary, latest first."""
    return page_past(_months(request), cursor, size, key=lambda one: f"{one['period']}.{one['seller_id']}")


@router.post("/monthly-summaries/{seller_id}/{period}", response=list[MonthOut])
def lodge_month(
    request: HttpRequest, seller_id: UUID, period: str, *, early: bool = False
) -> list[dict[str, Any]]:
    """Draw up and lodge what a month (such as 2026-10) still lacks; the months afterwards.

    `early`: what there is so far of a month that is not over. Safe to repeat without a key: a list is in one summary only, and customs knows each summary by its number.
    """
    summarise_month(scope_of(request), seller_id, window.read_month(period), early=early, now=clock.now())
    return _months(request)


def _months(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "seller_id": one.seller_id, "period": str(one.period), "lists": one.lists, "waiting": one.waiting,
            "due_on": one.due_on, "summaries": one.summaries,
        }
        for one in month_sheet(scope_of(request), most=None).months
    ]  # fmt: skip


class RequestHeardOut(Schema):
    """The answer that Announcement 2018 No. 179 prescribes: 10000 heard, 20000 not; milliseconds since 1970."""

    code: str
    message: str
    serviceTime: int  # noqa: N815 - the interface's own name


@router.post(
    "/cn/{secret}/platDataOpen",
    response=RequestHeardOut,
    auth=None,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "required": ["openReq"],
                        "properties": {
                            "openReq": {
                                "type": "string",
                                "description": "JSON with orderNo, sessionID and serviceTime.",
                            }
                        },
                    }
                }
            },
        }
    },
)
def hear_payment_request(request: HttpRequest, secret: str) -> dict[str, Any]:
    """Hear Chinese customs ask for the original payment of an order; each sessionID has one effect.

    Customs' request bears no signature, so the address has a part that only customs is told (`fondaco window
    payment-data` shows it). The data go to customs alone; the answer tells nothing of the order.
    """
    if not window.is_customs_address(secret):
        raise NotFound(field="address")
    return window.hear_payment_request(request.POST.get("openReq", ""), now=clock.now())
