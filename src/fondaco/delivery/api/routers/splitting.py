"""Parting orders, consolidating shipments, and batches of collective clearance."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import AwareDatetime, Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Country, Page, Size, page_of
from fondaco.delivery.api.writes import write
from fondaco.flows import clearing, collective
from fondaco.kernel import clock
from fondaco.platforms.window.public import DeclarationDTO
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    CargoClass,
    ClearanceDetail,
    ClearanceState,
    ClearanceView,
    ConsolidationPlan,
    ConsolidationState,
    Feature,
    LoadDetail,
    LoadRoute,
    LoadShipment,
    LoadView,
    Source,
    SplitItem,
    SplitPlan,
    SplitRequest,
    StockAt,
    WeightBreak,
)

router = Router(tags=["logistics"])

Name = Annotated[str, Field(min_length=1, max_length=60)]
Side = Annotated[int, Field(ge=1, le=20_000)]
Grams = Annotated[int, Field(ge=1, le=100_000_000)]
Minor = Annotated[int, Field(ge=0, le=1_000_000_000)]


class SplitLineIn(Schema):
    """Equal pieces of one article: sides in millimetres, mass in grams, the whole line's value in minor units."""

    sku: Name
    quantity: int = Field(1, ge=1, le=10_000)
    mass_g: int = Field(ge=1, le=70_000)
    length_mm: Side
    width_mm: Side
    height_mm: Side
    cargo_classes: list[CargoClass] = Field(default_factory=list, max_length=12)
    heading: str = Field("", pattern="^([0-9]{6})?$")
    value_minor: Minor = 0


class WarehouseIn(Schema):
    """Where goods may leave from. `stock` by article; a warehouse without any has everything."""

    code: Name
    country: Country
    handling_minor: Minor = 0
    stock: dict[str, int] = Field(default_factory=dict, max_length=200)


class SplitIn(Schema):
    """An order to part, or not. `deadline_days` 0: none."""

    destination: Country
    postcode: str = Field("", max_length=12)
    on: date | None = None
    lines: list[SplitLineIn] = Field(min_length=1, max_length=60)
    warehouses: list[WarehouseIn] = Field(min_length=1, max_length=6)
    required: list[Feature] = Field(default_factory=list, max_length=12)
    waybill_minor: Minor = 0
    deadline_days: int = Field(0, ge=0, le=365)
    late_minor: Minor = 0


class BreakIn(Schema):
    """From this mass on, a kilogram costs so much."""

    from_g: int = Field(ge=0)
    per_kg_minor: Minor


class RouteIn(Schema):
    """A departure with a number of equal units (containers, ULDs, pallets)."""

    id: Name
    unit: str = Field("unit", max_length=20)
    departs_at: AwareDatetime
    arrives_at: AwareDatetime
    capacity_g: Grams
    capacity_mm3: int = Field(ge=1)
    most_units: int = Field(1, ge=1, le=50)
    fixed_minor: Minor
    breaks: list[BreakIn] = Field(default_factory=lambda: [BreakIn(from_g=0, per_kg_minor=0)], max_length=12)
    minimum_minor: Minor = 0
    divisor: int = Field(0, ge=0, le=20_000)


class ShipmentIn(Schema):
    """What is to travel, and what it costs outside any unit."""

    id: Name
    mass_g: Grams
    volume_mm3: int = Field(ge=1)
    ready_at: AwareDatetime
    due_at: AwareDatetime
    alone_minor: int = Field(ge=1)


class ConsolidateIn(Schema):
    """Shipments to share out over departures."""

    shipments: list[ShipmentIn] = Field(min_length=1, max_length=200)
    routes: list[RouteIn] = Field(min_length=1, max_length=20)


@router.post("/splits", response=SplitPlan)
def split(request: HttpRequest, body: SplitIn) -> SplitPlan:
    """The cheapest parcels, services and warehouses for an order, the gap left to prove, and what was refused.

    At most a second; nothing is booked. Amounts are minor units of the price books' currency.
    """
    return logistics.split_order(
        SplitRequest(
            reference="api",
            destination=body.destination,
            postcode=body.postcode,
            on=body.on or clock.today(),
            items=tuple(_line(place, line) for place, line in enumerate(body.lines, 1)),
            sources=tuple(
                Source(w.code, w.country, handling_minor=w.handling_minor, stocked=bool(w.stock))
                for w in body.warehouses
            ),
            stock=tuple(
                StockAt(w.code, sku, count) for w in body.warehouses for sku, count in w.stock.items()
            ),
            required=frozenset(body.required),
            waybill_minor=body.waybill_minor,
            deadline_days=body.deadline_days,
            late_minor=body.late_minor,
        )
    )


def _line(place: int, line: SplitLineIn) -> SplitItem:
    return SplitItem(
        str(place), line.sku, line.quantity, line.mass_g, line.length_mm, line.width_mm, line.height_mm,
        frozenset(line.cargo_classes), line.heading, line.value_minor,
    )  # fmt: skip


@router.post("/consolidations", response=ConsolidationPlan)
def consolidate(request: HttpRequest, body: ConsolidateIn) -> ConsolidationPlan:
    """Shipments shared out over containers, ULDs and pallets, with the bound that no plan undercuts; at most 5 s."""
    shipments = [
        LoadShipment(s.id, s.mass_g, s.volume_mm3, s.ready_at, s.due_at, s.alone_minor)
        for s in body.shipments
    ]
    routes = [
        LoadRoute(
            r.id, r.unit, r.departs_at, r.arrives_at, r.capacity_g, r.capacity_mm3, r.most_units, r.fixed_minor,
            tuple(WeightBreak(b.from_g, b.per_kg_minor) for b in r.breaks), r.minimum_minor, r.divisor,
        )
        for r in body.routes
    ]  # fmt: skip
    return logistics.consolidate(shipments, routes, seconds=5.0)


class LoadsIn(Schema):
    """A pair of countries, and the day by which consignments must be ready.

    `later_days`: how much later than its own service promised an order may arrive.
    """

    origin: Country
    destination: Country
    on: date
    later_days: int = Field(0, ge=0, le=60)


class ClearanceStepIn(Schema):
    """A step of a batch; a park may not say what became of the goods (declare, clear)."""

    event: Literal["close", "reopen", "declare", "clear", "cancel"]


class ClearedOut(Schema):
    """The summary declaration of a batch, how many lists it holds, and how many of its answers they had not heard."""

    declaration: DeclarationDTO
    lists: int
    left_out: int
    applied: int
    repeated: int
    trouble: str


class LoadAnswerIn(Schema):
    """A person's answer to a proposal."""

    answer: Literal["accept", "dismiss"]


@router.post("/loads", response={201: list[LoadView]})
def propose_loads(request: HttpRequest, body: LoadsIn) -> tuple[int, list[LoadView]]:
    """Shared loads of the caller's booked consignments, each cheaper than its consignments alone. Nothing travels yet."""
    scope = scope_of(request)
    made = logistics.propose_consolidations(
        scope,
        origin=body.origin,
        destination=body.destination,
        on=body.on,
        later_days=body.later_days,
        now=clock.now(),
    )
    return 201, [logistics.consolidation_detail(scope, one).load for one in made]


@router.get("/loads", response=Page[LoadView])
def list_loads(
    request: HttpRequest, state: ConsolidationState | None = None, cursor: UUID | None = None, size: Size = 50
) -> dict[str, Any]:
    """Shared loads of the caller, newest first."""
    found = logistics.list_consolidations(scope_of(request), state=state or "", after=cursor, size=size + 1)
    return page_of(found, size)


@router.get("/loads/{load_id}", response=LoadDetail)
def one_load(request: HttpRequest, load_id: UUID) -> LoadDetail:
    """One load with its consignments and their last miles."""
    return logistics.consolidation_detail(scope_of(request), load_id)


@router.post("/loads/{load_id}/answer", response=LoadView)
def answer_load(request: HttpRequest, load_id: UUID, body: LoadAnswerIn) -> LoadView:
    """Accept or dismiss a proposal; accepted, its consignments are booked into it. The same answer twice changes nothing."""
    scope = scope_of(request)
    clearing.answer_load(scope, load_id, body.answer, now=clock.now())
    return logistics.consolidation_detail(scope, load_id).load


@router.get("/clearances", response=Page[ClearanceView])
def list_clearances(
    request: HttpRequest, state: ClearanceState | None = None, cursor: UUID | None = None, size: Size = 50
) -> dict[str, Any]:
    """Batches of collective clearance that the caller may see, newest day first."""
    found = logistics.list_clearances(scope_of(request), state=state or "", after=cursor, limit=size + 1)
    return page_of(found, size)


@router.get("/clearances/{batch_id}", response=ClearanceDetail)
def clearance(request: HttpRequest, batch_id: UUID) -> ClearanceDetail:
    """One batch with its totals and its consignments."""
    return logistics.clearance_detail(scope_of(request), batch_id)


@router.post("/clearances/{batch_id}/step", response=ClearanceView, openapi_extra=KEYED)
def move_clearance(request: HttpRequest, batch_id: UUID, body: ClearanceStepIn) -> Status[Any]:
    """Take a batch one step on: a closed one takes no more consignments, a cancelled one lets them go."""
    scope = scope_of(request)

    def move() -> ClearanceView:
        logistics.move_clearance(scope, batch_id, body.event, now=clock.now())
        return logistics.clearance_detail(scope, batch_id).batch

    return write(request, move)


@router.post("/clearances/{batch_id}/together", response=ClearedOut)
def clear_together(request: HttpRequest, batch_id: UUID) -> ClearedOut:
    """Lodge one summary declaration for a closed batch and give its answers to every list; again, nothing is lodged twice.

    For the platform, and for a park whose stores all of the batch lies in.
    """
    done = collective.clear_together(scope_of(request), batch_id, now=clock.now())
    return ClearedOut(
        declaration=done.declaration, lists=done.lists, left_out=done.left_out, trouble=done.trouble,
        applied=done.carried.applied, repeated=done.carried.repeated,
    )  # fmt: skip
