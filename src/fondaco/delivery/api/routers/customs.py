"""Declarations, and the officer's desk."""

from __future__ import annotations

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
from fondaco.flows import declaration_papers as papers
from fondaco.flows.withdrawing import withdraw_declaration
from fondaco.kernel import clock
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import (
    DeclarationDetail,
    DeclarationDTO,
    DeclarationFilter,
    DeclarationState,
    DeskLine,
)

router = Router(tags=["declarations"])


class DeclarationQuery(Schema):
    """How to narrow the list of declarations."""

    search: str = Field("", max_length=60)
    state: list[DeclarationState] = Field(default_factory=list, max_length=20)
    kind: Literal["", "import", "export"] = ""
    lane: Literal["", "green", "blue", "yellow", "red"] = ""
    country: str = Field("", pattern="^([A-Z]{2})?$")
    cursor: str = Field("", max_length=60)
    size: Size = 50


class WithdrawalIn(Schema):
    """Why a list is withdrawn, as customs reads it."""

    reason: str = Field(min_length=1, max_length=500)


class DecisionIn(Schema):
    """An officer's decision, with the reason that is kept."""

    action: Literal["release", "inspect", "detain", "return", "query"]
    reason: str = Field(min_length=1, max_length=500)


@router.get("", response=Page[DeclarationDTO])
def list_declarations(request: HttpRequest, query: Query[DeclarationQuery]) -> Page[DeclarationDTO]:
    """The declarations that the caller may see, newest first."""
    filters = DeclarationFilter(
        states=tuple(query.state),
        kind=query.kind,
        lane=query.lane,
        country=query.country,
        search=query.search,
    )
    page = window.list_declarations(scope_of(request), filters=filters, cursor=query.cursor, size=query.size)
    return Page[DeclarationDTO](items=list(page.rows), next_cursor=page.cursor)


@router.get("/desk", response=Page[DeskLine])
def desk(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """What waits for an officer of the caller's authority: red before yellow, then the oldest."""
    found = window.officer_queue(scope_of(request), now=clock.now(), after=cursor, size=size + 1)
    return page_of(found, size, key=lambda line: line.declaration.id)


class CargoIn(Schema):
    """A conveyance and the declarations on it; `mode` after UNECE Recommendation 19, places as UN/LOCODE."""

    declarations: list[UUID] = Field(min_length=1, max_length=500)
    number: str = Field(min_length=1, max_length=35)
    master_bill: str = Field(min_length=1, max_length=35)
    carrier: str = Field(min_length=1, max_length=35)
    voyage: str = Field(min_length=1, max_length=17)
    mode: str = Field(pattern="^[1-9]$")
    loading: str = Field(pattern="^[A-Z]{2}[A-Z0-9]{3}$")
    discharge: str = Field(pattern="^[A-Z]{2}[A-Z0-9]{3}$")


@router.post("/cargo-reports")
def cargo_report(request: HttpRequest, body: CargoIn) -> HttpResponse:
    """The cargo report of a conveyance as a CUSCAR message (UN/EDIFACT D.96B); nothing is kept.

    What its receiver would refuse is a 422 whose `field` is the segment and element at fault.
    """
    told = body.dict()
    ids, now = told.pop("declarations"), clock.now()
    carriage = window.Carriage(**told, reported_at=now)
    raw = window.render_cuscar(scope_of(request), ids, carriage, now=now)
    return HttpResponse(raw, content_type="application/EDIFACT")


@router.get("/{declaration_id}", response=DeclarationDetail)
def declaration(request: HttpRequest, declaration_id: UUID) -> DeclarationDetail:
    """One declaration with its goods, its log and every receipt as it came."""
    return window.declaration_detail(scope_of(request), declaration_id)


@router.get("/{declaration_id}/messages/{kind}")
def message(
    request: HttpRequest, declaration_id: UUID, kind: Annotated[str, Field(pattern="^[0-9]{3}$")]
) -> HttpResponse:
    """A declaration as a message of Chinese customs (CEB 303, 403, 505, 603 … 311, 411, 511, 621 …).

    What customs would refuse is a 422 whose `field` is the path of the element at fault.
    """
    raw = window.render_gacc(scope_of(request), declaration_id, kind, now=clock.now())
    return HttpResponse(
        raw,
        content_type="application/xml",
        headers={"Content-Disposition": f'attachment; filename="CEB{kind}Message.xml"'},
    )


@router.get("/{declaration_id}/papers/{form}")
def paper(
    request: HttpRequest, declaration_id: UUID, form: Annotated[str, Field(pattern="^[a-z0-9-]{2,12}$")]
) -> HttpResponse:
    """A declaration as a paper: `cusdec` (UN/EDIFACT D.96B), `h7`, `itmatt`, `us-entry`, `csv` or `xlsx`.

    What its receiver would refuse is a 422 whose `field` is the place at fault; an unknown format is a 404.
    """
    made = papers.write_paper(scope_of(request), declaration_id, form, now=clock.now())
    return HttpResponse(
        made.content,
        content_type=made.media_type,
        headers={"Content-Disposition": f'attachment; filename="{made.name}"'},
    )


@router.post("/{declaration_id}/withdrawal", response=DeclarationDTO)
def apply_for_withdrawal(request: HttpRequest, declaration_id: UUID, body: WithdrawalIn) -> DeclarationDTO:
    """Apply to Chinese customs for the cancellation of a list that it has not decided on (605, 623).

    The declaration afterwards: cancelled only once customs approved. Safe to repeat without a key: the same application
    goes again, and customs knows it.
    """
    return withdraw_declaration(scope_of(request), declaration_id, reason=body.reason, now=clock.now())


@router.post("/{declaration_id}/decisions", response=DeclarationDTO, openapi_extra=KEYED)
def decide(request: HttpRequest, declaration_id: UUID, body: DecisionIn) -> Status[Any]:
    """Record an officer's decision on a declaration of the officer's own authority."""
    scope = scope_of(request)
    return write(
        request,
        lambda: window.decide(scope, declaration_id, body.action, reason=body.reason, now=clock.now()),
    )
