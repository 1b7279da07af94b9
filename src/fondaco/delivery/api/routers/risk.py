"""Screening: ask about a name, and decide cases with two people."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Body, Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Page, Size
from fondaco.delivery.api.writes import write
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role
from fondaco.systems.risk import public as risk
from fondaco.systems.risk.public import CaseDetail, CaseDTO, ScreenRequest, ScreenResult

router = Router(tags=["screening"])

Place = Annotated[int, Field(ge=0, le=100_000, description="next_cursor of the page before")]


class NameIn(Schema):
    """A name to screen."""

    name: str = Field(min_length=1, max_length=500)
    country: str = Field("", pattern="^([A-Z]{2})?$")


class ProposalIn(Schema):
    """What one person proposes; another confirms."""

    verdict: Literal["clear", "block"]
    reason: str = Field(min_length=1, max_length=1000)


class ReasonIn(Schema):
    """Why a proposal is confirmed."""

    reason: str = Field(min_length=1, max_length=1000)


@router.post("/names", response=list[ScreenResult])
def screen(request: HttpRequest, body: Annotated[list[NameIn], Body(max_length=100)]) -> list[ScreenResult]:
    """Screen names against the lists in force; nothing is kept."""
    scope_of(request).require(role=Role.CLERK, kinds=(Kind.SELLER, Kind.BANK))
    asked = [ScreenRequest(str(number), item.name, item.country) for number, item in enumerate(body)]
    return risk.screen_names(asked, now=clock.now())


@router.get("/cases", response=Page[CaseDTO])
def cases(request: HttpRequest, cursor: Place = 0, size: Size = 50) -> dict[str, Any]:
    """Open cases, likest first. A seller sees that a buyer is held, not whom the buyer resembles."""
    rows = risk.open_cases(scope_of(request), offset=cursor, limit=size + 1)
    return {"items": rows[:size], "next_cursor": str(cursor + size) if len(rows) > size else ""}


@router.get("/cases/{case_id}", response=CaseDetail)
def case(request: HttpRequest, case_id: UUID) -> CaseDetail:
    """One case with its steps, its orders and the listed entries."""
    return risk.case_detail(scope_of(request), case_id)


@router.post("/cases/{case_id}/proposals", response={204: None}, openapi_extra=KEYED)
def propose(request: HttpRequest, case_id: UUID, body: ProposalIn) -> Status[Any]:
    """Propose to clear or to block."""
    scope = scope_of(request)
    return write(
        request,
        lambda: risk.propose_decision(scope, case_id, body.verdict, body.reason, now=clock.now()),
        status=204,
    )


@router.post("/cases/{case_id}/confirmations", response={204: None}, openapi_extra=KEYED)
def confirm(request: HttpRequest, case_id: UUID, body: ReasonIn) -> Status[Any]:
    """Confirm what another person proposed."""
    scope = scope_of(request)
    return write(
        request, lambda: risk.confirm_decision(scope, case_id, body.reason, now=clock.now()), status=204
    )
