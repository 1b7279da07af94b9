"""Quotes, consignments and tracking."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.quoting import quote_json
from fondaco.delivery.api.schemas import BadCursor, Country, Page, Size, page_of
from fondaco.kernel import clock
from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    CargoClass,
    ConsignmentDetail,
    ConsignmentDTO,
    ConsignmentState,
    Feature,
    ParcelSpec,
    QuoteRequest,
    QuoteResult,
    Recognised,
    Tracking,
    TroubleView,
)

router = Router(tags=["logistics"])

Side = Annotated[int, Field(ge=1, le=20_000)]


class ParcelIn(Schema):
    """A parcel: outer sides in millimetres, gross mass in grams."""

    length_mm: Side
    width_mm: Side
    height_mm: Side
    mass_g: int = Field(ge=1, le=10_000_000)


class QuoteIn(Schema):
    """What is to go where, when."""

    origin: Country
    destination: Country
    postcode: str = Field("", max_length=12)
    on: date | None = None
    parcels: list[ParcelIn] = Field(min_length=1, max_length=200)
    cargo_classes: list[CargoClass] = Field(default_factory=list, max_length=12)
    required: list[Feature] = Field(default_factory=list, max_length=12)
    declared_value_minor: int | None = Field(
        None, ge=0, le=10**13, description="In the prices' currency, GBP."
    )


class ConsignmentQuery(Schema):
    """How to narrow the list of consignments."""

    search: str = Field("", max_length=60)
    state: ConsignmentState | None = None
    destination: str = Field("", pattern="^([A-Z]{2})?$")
    cursor: str = Field("", max_length=120)
    size: Size = 50


@router.post("/quotes", response=QuoteResult)
def quote(request: HttpRequest, body: QuoteIn) -> HttpResponse:
    """The price of every service that takes these parcels, cheapest first, and why each other one does not."""
    value = None if body.declared_value_minor is None else Money(body.declared_value_minor, "GBP")
    table = logistics.quote_columns(
        QuoteRequest(
            reference="api",
            origin=body.origin,
            destination=body.destination,
            postcode=body.postcode,
            on=body.on or clock.today(),
            parcels=tuple(ParcelSpec(p.length_mm, p.width_mm, p.height_mm, p.mass_g) for p in body.parcels),
            cargo_classes=frozenset(body.cargo_classes),
            declared_value=value,
            required=frozenset(body.required),
        )
    )
    return HttpResponse(quote_json(table), content_type="application/json; charset=utf-8")


@router.get("/consignments", response=Page[ConsignmentDTO])
def list_consignments(request: HttpRequest, query: Query[ConsignmentQuery]) -> Page[ConsignmentDTO]:
    """The consignments that the caller may see, newest first."""
    try:
        page = logistics.list_consignments(
            scope_of(request), search=query.search, state=query.state or "", destination=query.destination,
            cursor=query.cursor or None, size=query.size,
        )  # fmt: skip
    except NotFound as exc:
        raise BadCursor(field="cursor", value=query.cursor) from exc
    return Page[ConsignmentDTO](items=list(page.rows), next_cursor=page.next_cursor or "")


@router.get("/consignments/{consignment_id}", response=ConsignmentDetail)
def consignment(request: HttpRequest, consignment_id: UUID) -> ConsignmentDetail:
    """One consignment with its parcels, contents, milestones, offer and refusals."""
    return logistics.consignment_detail(scope_of(request), consignment_id)


@router.get("/tracking/{number}", response=Tracking, auth=None)
def track(request: HttpRequest, number: str) -> Tracking:
    """Where a parcel is, for anyone who knows its number: no names, no addresses, no contents."""
    return logistics.track(number)


class SeaDistanceOut(Schema):
    """A voyage: kilometres, and the passages in order."""

    origin: str
    destination: str
    km: float
    via: list[str]


@router.get("/sea-distance", response=SeaDistanceOut)
def sea_distance(request: HttpRequest, origin: str, destination: str, closed: str = "") -> SeaDistanceOut:
    """Kilometres by sea between two UN/LOCODEs while the passages named in `closed` (by commas) are shut."""
    found = logistics.sea_voyage(origin, destination, closed=closed.split(","))
    return SeaDistanceOut(origin=origin, destination=destination, km=round(found.km, 1), via=list(found.via))


@router.get("/tracking-numbers/{number}", response=list[Recognised], auth=None)
def recognise(request: HttpRequest, number: str) -> list[Recognised]:
    """Whose a number may be, by its shape and check digit."""
    return list(logistics.recognise(number))


class TroublesOut(Page[TroubleView]):
    """Shipments at risk; `counts` of those open or taken, by kind."""

    counts: dict[str, int]


@router.get("/troubles", response=TroublesOut)
def troubles(
    request: HttpRequest, kind: str = "", *, closed: bool = False, cursor: UUID | None = None, size: Size = 50
) -> dict[str, Any]:
    """Shipments at risk that the caller may see, oldest first; or those closed, the last first."""
    found = logistics.list_troubles(scope_of(request), kind=kind, closed=closed, after=cursor, size=size + 1)
    return page_of(found.rows, size) | {"counts": found.counts}
