"""The return centre: returns with their clocks, inspection, routes, claims and applications to customs."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body, Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Page, Size, page_of
from fondaco.delivery.api.writes import write
from fondaco.flows import return_centre as flow
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import ClaimRow, ReturnRow, ReturnSheet

router = Router(tags=["returns"])

Pieces = Annotated[int, Field(ge=0, le=1_000_000)]
Grade = Literal["A", "B", "C"]
Route = Literal["restock", "reexport", "domestic", "donate", "destroy"]
Stage = Literal[
    "",
    "requested",
    "authorised",
    "in_transit",
    "arrived",
    "graded",
    "routed",
    "closed",
    "refused",
    "cancelled",
    "lapsed",
]
Reason = Literal["mind", "defective", "damaged", "wrong", "not_as_described", "late", "unsafe"]


class ReturnIn(Schema):
    """Pieces to send back by order line, and why."""

    pieces: dict[UUID, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(min_length=1, max_length=500)
    reason: Reason
    note: str = Field("", max_length=1000)


class MadeOut(Schema):
    """The id of what was made."""

    id: UUID


class DecisionIn(Schema):
    """What becomes of a return that was asked for, or of a parcel that is posted."""

    event: Literal["authorise", "refuse", "cancel", "post"]
    why: str = Field("", max_length=500)


class ArrivalIn(Schema):
    """Pieces that arrived, by line of the return."""

    pieces: dict[UUID, Pieces] = Field(min_length=1, max_length=500)


class FoundIn(Schema):
    """A grade for pieces of a line."""

    line_id: UUID
    grade: Grade
    quantity: int = Field(ge=1, le=1_000_000)
    text: str = Field("", max_length=500)


class OverruledIn(Schema):
    """Another route than the proposed one, and why."""

    route: Route
    why: str = Field(min_length=1, max_length=500)


class RoutesIn(Schema):
    """Routes that a person chose, by verdict; the others go as proposed."""

    overruled: dict[UUID, OverruledIn] = Field(default_factory=dict, max_length=500)


class WitnessIn(Schema):
    """What the officer saw."""

    note: str = Field("", max_length=500)


class ClaimStepIn(Schema):
    """A step of a claim; `granted` in minor units."""

    event: Literal["lodge", "appeal", "withdraw", "grant", "refuse", "pay"]
    reference: str = Field("", max_length=60)
    why: str = Field("", max_length=500)
    granted: int | None = Field(None, ge=1, le=10**15)


class ClaimsOut(Schema):
    """The claims that were opened."""

    opened: list[UUID]


class TakenOut(Schema):
    """The applications, one for each declaration the goods came under, and whether customs took all of them in."""

    taken: bool
    applications: list[UUID]


def _today() -> date:
    return clock.now().date()


@router.get("/return-cases", response=Page[ReturnRow])
def list_cases(
    request: HttpRequest, *, state: Stage = "", due: Literal["", "past", "week", "later", "none"] = "",
    cursor: UUID | None = None, size: Size = 50,
) -> dict[str, Any]:  # fmt: skip
    """Returns, the soonest clock first; `due` filters by clock."""
    rows = window.returns_desk(
        scope_of(request), today=_today(), state=state, clock=due, after=cursor, size=size + 1
    )
    return page_of(rows, size)


@router.get("/return-cases/{case_id}", response=ReturnSheet)
def get_case(request: HttpRequest, case_id: UUID) -> ReturnSheet:
    """One return in full: goods, clocks, claims, applications, log."""
    return window.return_sheet(scope_of(request), case_id, now=clock.now())


@router.post("/orders/{order_id}/return-cases", response={201: MadeOut}, openapi_extra=KEYED)
def open_case(request: HttpRequest, order_id: UUID, body: ReturnIn) -> Status[Any]:
    """Ask to send pieces of an order back; authorised at once where the law gives the buyer the return."""
    scope = scope_of(request)

    def act() -> dict[str, str]:
        made = flow.request_return(
            scope, order_id, body.pieces, reason=body.reason, note=body.note, now=clock.now()
        )
        return {"id": str(made)}

    return write(request, act, status=201)


@router.post("/return-cases/{case_id}/decision", response=ReturnSheet, openapi_extra=KEYED)
def decide_case(request: HttpRequest, case_id: UUID, body: DecisionIn) -> Status[Any]:
    """Authorise, refuse or cancel what was asked for; or say that the parcel is on its way."""
    scope = scope_of(request)
    if body.event == "post":
        return _step(request, case_id, lambda: window.post_return(scope, case_id, now=clock.now()))
    return _step(
        request,
        case_id,
        lambda: window.decide_request(scope, case_id, body.event, why=body.why, now=clock.now()),
    )


@router.post("/return-cases/{case_id}/arrival", response=ReturnSheet, openapi_extra=KEYED)
def book_arrival(request: HttpRequest, case_id: UUID, body: ArrivalIn) -> Status[Any]:
    """Book the pieces that arrived at the centre."""
    scope = scope_of(request)
    return _step(
        request, case_id, lambda: window.receive_return(scope, case_id, body.pieces, now=clock.now())
    )


@router.post("/return-cases/{case_id}/inspection", response=ReturnSheet, openapi_extra=KEYED)
def inspect_case(
    request: HttpRequest, case_id: UUID, body: Annotated[list[FoundIn], Body(min_length=1, max_length=1500)]
) -> Status[Any]:
    """Grade every piece that arrived, and pay the buyer back what follows."""
    scope = scope_of(request)
    found = [window.Found(one.line_id, one.grade, one.quantity, one.text) for one in body]
    return _step(request, case_id, lambda: flow.inspect_return(scope, case_id, found, now=clock.now()))


@router.post("/return-cases/{case_id}/routes", response=ReturnSheet, openapi_extra=KEYED)
def route_case(request: HttpRequest, case_id: UUID, body: RoutesIn) -> Status[Any]:
    """Decide where the pieces go; each verdict keeps every route as weighed."""
    scope = scope_of(request)
    chosen = {key: window.Overruled(one.route, one.why) for key, one in body.overruled.items()}
    return _step(
        request, case_id, lambda: flow.route_return(scope, case_id, overruled=chosen, now=clock.now())
    )


@router.post("/return-verdicts/{verdict_id}/witness", response=MadeOut, openapi_extra=KEYED)
def witness(request: HttpRequest, verdict_id: UUID, body: WitnessIn) -> Status[Any]:
    """As the supervising authority's officer: say that the goods were destroyed before you."""
    scope = scope_of(request)
    return write(
        request,
        lambda: {"id": str(window.witness_destruction(scope, verdict_id, note=body.note, now=clock.now()))},
    )


@router.post("/return-verdicts/{verdict_id}/departure", response=ReturnSheet, openapi_extra=KEYED)
def carry_out(request: HttpRequest, verdict_id: UUID) -> Status[Any]:
    """Let graded pieces go by their route: stock, re-import declaration and return move together."""
    scope = scope_of(request)
    case_id = window.case_of_verdict(scope, verdict_id)
    return _step(request, case_id, lambda: flow.carry_out(scope, verdict_id, now=clock.now()))


@router.post("/return-cases/{case_id}/claims", response=ClaimsOut, openapi_extra=KEYED)
def open_claims(request: HttpRequest, case_id: UUID) -> Status[Any]:
    """Open the best claim for duty and the best for tax."""
    scope = scope_of(request)
    return write(
        request, lambda: {"opened": [str(key) for key in window.open_claims(scope, case_id, now=clock.now())]}
    )


@router.post("/return-cases/{case_id}/applications/{message}", response=TakenOut, openapi_extra=KEYED)
def apply_to_customs(
    request: HttpRequest, case_id: UUID, message: Literal["213", "215", "625"]
) -> Status[Any]:
    """Draw up CEB213, 215 or 625 for each declaration of the goods, lodge them with Chinese customs, hear the answers."""
    scope = scope_of(request)

    def act() -> dict[str, Any]:
        lodged = flow.send_to_customs(scope, case_id, message, now=clock.now())
        return {"taken": lodged.taken, "applications": [str(key) for key in lodged.applications]}

    return write(request, act)


@router.get("/return-applications/{application_id}/message", response={200: Any})
def get_message(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """An application as it was sent, in XML."""
    _message, text = window.application_text(scope_of(request), application_id)
    return HttpResponse(text, content_type="application/xml")


@router.get("/duty-claims", response=Page[ClaimRow])
def list_claims(
    request: HttpRequest, *,
    state: Literal["", "open", "lodged", "granted", "paid", "refused", "lapsed", "withdrawn"] = "",
    cursor: UUID | None = None, size: Size = 50,
) -> dict[str, Any]:  # fmt: skip
    """Claims for duty and tax on returned goods, the nearest deadline first."""
    rows = window.claims_desk(scope_of(request), today=_today(), state=state, after=cursor, size=size + 1)
    return page_of(rows, size)


@router.post("/duty-claims/{claim_id}/step", response=ClaimRow, openapi_extra=KEYED)
def step_claim(request: HttpRequest, claim_id: UUID, body: ClaimStepIn) -> Status[Any]:
    """Lodge, appeal or withdraw as the seller; grant, refuse or pay as the authority. Money is posted with it.

    `pay` orders the transfer at the simulated bank: the claim is paid when a bank statement shows it.
    """
    scope = scope_of(request)
    return write(
        request,
        lambda: flow.move_claim(
            scope,
            claim_id,
            body.event,
            now=clock.now(),
            reference=body.reference,
            why=body.why,
            granted=body.granted,
        ),
    )


def _step(request: HttpRequest, case_id: UUID, deed: Any) -> Status[Any]:
    """Do `deed`, and answer with the return as it stands then."""
    scope = scope_of(request)
    scope.require(kinds=(Kind.SELLER, Kind.BUYER, Kind.CUSTOMS))

    def act() -> ReturnSheet:
        deed()
        return window.return_sheet(scope, case_id, now=clock.now())

    return write(request, act)
