"""UK declarations: what they say and whether CDS would take them, and the tax that HMRC would compute."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.kernel import clock
from fondaco.platforms.window import public as window

router = Router(tags=["declarations"])

Message = Annotated[str, Field(min_length=1, max_length=8_000_000, description="The XML of a CDS message.")]
Rate = Annotated[Decimal, Field(gt=0, lt=Decimal(10) ** 9)]


class AssessIn(Schema):
    """A UK import declaration; `rates` are units for one pound of currencies it states no rate for."""

    declaration: Message
    on: date | None = None
    rates: dict[Annotated[str, Field(pattern="^[A-Z]{3}$")], Rate] = Field(
        default_factory=dict, max_length=50
    )


class WhyOut(Schema):
    """One step of an explanation."""

    code: str
    text: str
    rule: str


class ReasonOut(Schema):
    """Why a tax has no amount, and what would give it one."""

    code: str
    detail: str
    remedy: str


class TaxLineOut(Schema):
    """One tax of one goods item; amounts in pounds as decimal strings, null where the line is open."""

    item: str
    type: str
    base: str | None
    rate: str | None
    relief: str | None
    payable: str | None
    assessed: str | None
    status: str
    method: str
    explanation: list[WhyOut]
    reason: ReasonOut | None


class AssessedItemOut(Schema):
    """One goods item: its value in pounds and the tariff that rates it."""

    item: str
    commodity: str
    origin: str
    procedure: str
    additional: list[str]
    preference: str
    tariff: str
    value: str | None
    notes: list[WhyOut]


class TotalsOut(Schema):
    """Sums over the lines that have amounts; `open` counts the others."""

    assessed: str
    relief: str
    payable: str
    postponed: str
    open: int


class AssessmentOut(Schema):
    """Every tax line of a declaration."""

    declaration: str
    type: str
    on: date | None
    currency: str
    complete: bool
    items: list[AssessedItemOut]
    lines: list[TaxLineOut]
    totals: TotalsOut


class MessageIn(Schema):
    """A CDS message to read: a declaration (DEC) or notifications (RES)."""

    message: Message


class FaultOut(Schema):
    """What is wrong at one place; level `schema` or `rule`."""

    path: str
    code: str
    problem: str
    remedy: str
    value: str
    level: str


class ErrorOut(Schema):
    """One error of CDS: its code, its words and the element it points at."""

    code: str
    text: str
    path: str


class NotificationOut(Schema):
    """One notification: its name and the state of the declaration it stands for."""

    name: str
    state: str
    lrn: str
    mrn: str
    errors: list[ErrorOut]


class MessageOut(Schema):
    """What a message says and what is wrong with it."""

    message: str
    sound: bool
    declarations: list[str]
    notifications: list[NotificationOut]
    faults: list[FaultOut]


@router.post("/assessments", response=AssessmentOut)
def assess(request: HttpRequest, body: AssessIn) -> dict[str, Any]:
    """The tax lines of a UK import declaration, as HMRC's declaration service computes them; nothing is kept."""
    found = window.assess_cds(body.declaration.encode(), today=clock.today(), on=body.on, rates=body.rates)
    return window.assessment_as_json(found)


@router.post("/cds", response=MessageOut)
def read_message(request: HttpRequest, body: MessageIn) -> dict[str, Any]:
    """Read and check a message of the UK's Customs Declaration Service; nothing is kept."""
    view = window.parse_cds(body.message.encode())
    return {
        "message": view.kind,
        "sound": view.sound,
        "declarations": [declaration.lrn for declaration in view.declarations],
        "notifications": [_notification(response) for response in view.responses],
        "faults": list(view.faults),
    }


@router.get("/{declaration_id}/cds")
def cds_message(request: HttpRequest, declaration_id: UUID) -> HttpResponse:
    """A declaration as a message of the UK's Customs Declaration Service (WCO DEC).

    What CDS would refuse is a 422 whose `field` is the path of the element at fault.
    """
    raw = window.render_cds_of(scope_of(request), declaration_id, now=clock.now())
    return HttpResponse(
        raw,
        content_type="application/xml",
        headers={"Content-Disposition": f'attachment; filename="{declaration_id}.cds.xml"'},
    )


@router.get("/{declaration_id}/assessment", response=AssessmentOut)
def assessment(request: HttpRequest, declaration_id: UUID) -> dict[str, Any]:
    """The tax lines of a declaration of one's own as it would be lodged with CDS today."""
    return window.assessment_as_json(
        window.assess_own_declaration(scope_of(request), declaration_id, now=clock.now())
    )


def _notification(response: window.CdsResponse) -> dict[str, Any]:
    code = response.code
    return {
        "name": code.name if code else response.number,
        "state": str(code.state) if code and code.state else "",
        "lrn": response.lrn,
        "mrn": response.mrn,
        "errors": list(response.errors),
    }
