"""May these goods go there? Verdicts by destination, the rules in force, and a seller's licences."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Body, Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Page, Size, page_of
from fondaco.delivery.api.writes import write
from fondaco.flows.complying import product_sheet
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind
from fondaco.systems.risk import public as risk
from fondaco.systems.risk.public import GoodsItem, GoodsVerdict, LicenceDraft, LicenceDTO

router = Router(tags=["compliance"])
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class GoodsIn(Schema):
    """Goods and where they are to go."""

    title: str = Field(min_length=1, max_length=500)
    destination: Country
    hs_code: str = Field("", pattern="^([0-9]{4,10})?$")
    origin: str = Field("", pattern="^([A-Z]{2})?$")
    exporter: str = Field("", pattern="^([A-Z]{2})?$", description="Country they are sold from")


class FindingOut(Schema):
    """A rule that fits. `stops` says whether the goods stay because of it."""

    rule: str
    kind: str
    effect: str
    reason: str
    needs: str
    authority: str
    source: str
    valid_from: date | None
    valid_to: date | None
    confidence: str
    licence: str
    stops: bool


class VerdictOut(Schema):
    """What holds at a destination: prohibited, restricted, document, agency or none."""

    destination: str
    on: date
    effect: str
    stops: bool
    findings: list[FindingOut]
    coming: list[FindingOut]
    gaps: list[str]


class LicenceIn(Schema):
    """A licence that lifts a restriction."""

    rule: str = Field(min_length=1, max_length=64)
    destination: Country
    number: str = Field(min_length=1, max_length=80)
    valid_from: date
    valid_to: date | None = None
    hs_prefix: str = Field("", pattern="^[0-9]{0,10}$")


@router.post("/checks", response=list[VerdictOut])
def check(request: HttpRequest, body: Annotated[list[GoodsIn], Body(max_length=500)]) -> list[dict[str, Any]]:
    """A verdict for each of the goods, in order, on today's law; nothing is kept."""
    scope = scope_of(request)
    asked = [(GoodsItem(one.title, one.hs_code, one.origin, one.exporter), one.destination) for one in body]
    own = scope.organisation_id if scope.kind == Kind.SELLER else None
    return [_verdict(found) for found in risk.assess_goods(asked, on=clock.now().date(), seller_id=own)]


@router.get("/products/{product_id}", response=list[VerdictOut])
def product(request: HttpRequest, product_id: UUID) -> list[dict[str, Any]]:
    """Every country where some rule fits a product, on today's law."""
    sheet = product_sheet(scope_of(request), product_id, on=clock.now().date())
    return [_verdict(found) for found in sheet.verdicts if found.findings or found.coming]


@router.get("/licences", response=Page[LicenceDTO])
def licences(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The licences that the caller has stated, latest first."""
    return page_of(risk.licences_of(scope_of(request), after=cursor, size=size + 1), size)


@router.post("/licences", response={201: LicenceDTO}, openapi_extra=KEYED)
def record_licence(request: HttpRequest, body: LicenceIn) -> Status[Any]:
    """State a licence; orders that waited for it go on."""
    scope, draft = scope_of(request), LicenceDraft(**body.dict())
    return write(request, lambda: risk.record_licence(scope, draft, now=clock.now()), status=201)


@router.delete("/licences/{licence_id}", response={204: None}, openapi_extra=KEYED)
def withdraw_licence(request: HttpRequest, licence_id: UUID) -> Status[Any]:
    """A licence no longer counts."""
    scope = scope_of(request)
    return write(request, lambda: risk.withdraw_licence(scope, licence_id, now=clock.now()), status=204)


def _verdict(found: GoodsVerdict) -> dict[str, Any]:
    return {
        "destination": found.destination, "on": found.on, "effect": found.effect, "stops": found.stops,
        "findings": [_finding(one) for one in found.findings], "coming": [_finding(one) for one in found.coming],
        "gaps": list(found.gaps),
    }  # fmt: skip


def _finding(one: risk.Finding) -> dict[str, Any]:
    rule = one.rule
    return {
        "rule": rule.id, "kind": rule.kind, "effect": rule.effect, "reason": rule.reason, "needs": rule.needs,
        "authority": rule.authority, "source": rule.source, "valid_from": rule.valid_from,
        "valid_to": rule.valid_to, "confidence": rule.confidence, "licence": one.licence, "stops": one.stops,
    }  # fmt: skip
