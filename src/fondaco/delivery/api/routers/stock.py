"""Stock: what there is, reserve it, receive it, pick, pack, and decide what to order."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import BadCursor, Key, Page, Size, page_of, page_past
from fondaco.delivery.api.writes import write
from fondaco.flows import stock as stock_flow
from fondaco.kernel import clock
from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    Held,
    JobView,
    MovementView,
    NewReceipt,
    ProposalState,
    ProposalView,
    Scanned,
    StockArticle,
    StockRow,
    StoreView,
    Want,
    WaveDetail,
    WaveView,
)

router = Router(tags=["stock"])

Pieces = Annotated[int, Field(ge=1, le=1_000_000)]
Sku = Annotated[str, Field(min_length=1, max_length=80)]
Place = Annotated[int, Field(ge=0, le=100_000, description="next_cursor of the page before")]


class StockQuery(Schema):
    """How to narrow the list of stock."""

    search: str = Field("", max_length=80)
    store_id: UUID | None = None
    show: Literal["", "out", "reserved", "quarantine", "on_order"] = ""
    cursor: str = Field("", max_length=120)
    size: Size = 50


class ReserveIn(Schema):
    """Pieces to hold for an order or a cart; the same SKU twice counts as the sum."""

    order_id: UUID
    store_id: UUID
    number: str = Field("", max_length=20)
    pieces: list[tuple[Sku, Pieces]] = Field(min_length=1, max_length=200)
    minutes: int | None = Field(
        None, ge=1, le=10_080, description="Let go after so long; empty: until shipped."
    )


class ReceiptIn(Schema):
    """Pieces of one lot that came in. `key` names the delivery: the same one has no second effect."""

    sku: Sku
    quantity: Pieces
    lot: str = Field(min_length=1, max_length=60)
    origin: str = Field(pattern="^[A-Z]{2}$")
    key: str = Field(min_length=1, max_length=80)
    title: str = Field("", max_length=300)
    location: str = Field("", max_length=24)
    supplier: str = Field("", max_length=120)
    document: str = Field("", max_length=80)
    customs_document: str = Field("", max_length=60)
    expires_on: date | None = None


class ReturnIn(ReceiptIn):
    """Pieces that a buyer sent back, and what becomes of them."""

    disposition: Literal["restock", "quarantine", "destroy"]
    reason: str = Field(min_length=1, max_length=200)


class WaveIn(Schema):
    """How many waiting orders go on one pick list."""

    orders: int = Field(20, ge=1, le=60)


class ScanIn(Schema):
    """What the wand read."""

    code: str = Field(min_length=1, max_length=120)


class DecisionIn(Schema):
    """Order (so many pieces, or what was proposed) or dismiss."""

    decision: Literal["accept", "dismiss"]
    quantity: Pieces | None = None


@router.get("/stores", response=Page[StoreView])
def stores(request: HttpRequest, cursor: Key = "", size: Size = 50) -> dict[str, Any]:
    """The stores that the caller may see, with what waits in each."""
    return page_past(logistics.list_stores(scope_of(request)), cursor, size, key=lambda store: store.id)


@router.get("", response=Page[StockRow])
def stock(request: HttpRequest, query: Query[StockQuery]) -> Page[StockRow]:
    """Articles in stock by SKU."""
    try:
        page = logistics.list_stock(
            scope_of(request), search=query.search, store_id=query.store_id, show=query.show, cursor=query.cursor,
            size=query.size,
        )  # fmt: skip
    except NotFound as exc:
        raise BadCursor(field="cursor", value=query.cursor) from exc
    return Page[StockRow](items=list(page.rows), next_cursor=page.next_cursor)


@router.get("/article", response=StockArticle)
def article(request: HttpRequest, sku: Annotated[str, Query(max_length=80)]) -> StockArticle:
    """One article: lots and places, reservations, movements."""
    return logistics.stock_article(scope_of(request), sku)


@router.get("/movements", response=Page[MovementView])
def movements(
    request: HttpRequest, cursor: Annotated[int, Field(ge=0, le=2**62)] = 0, size: Size = 50
) -> dict[str, Any]:
    """Every movement, newest first."""
    rows = logistics.list_movements(scope_of(request), before=cursor, size=size + 1)
    return page_of(rows, size)


@router.post("/reservations", response={201: list[Held]}, openapi_extra=KEYED)
def reserve(request: HttpRequest, body: ReserveIn) -> Status[Any]:
    """Hold all of it or nothing; 409 names the SKU of which there is not enough."""
    scope = _seller(request)

    def act() -> list[Held]:
        _own_store(scope, body.store_id)
        now = clock.now()
        want = Want(body.order_id, body.number, scope.organisation_id, "", tuple(body.pieces))
        until = now + timedelta(minutes=body.minutes) if body.minutes else None
        held = logistics.reserve(want, store_id=body.store_id, now=now, actor=scope.actor, expires_at=until)
        return list(held)

    return write(request, act, status=201)


@router.post("/stores/{store_id}/receipts", response={201: int}, openapi_extra=KEYED)
def receive(request: HttpRequest, store_id: UUID, body: list[ReceiptIn]) -> Status[Any]:
    """Book goods in, each key once; how many were new."""
    scope, now = scope_of(request), clock.now()
    rows = [NewReceipt(**one.dict()) for one in body[:1_000]]
    return write(
        request,
        lambda: logistics.receive_goods(scope, store_id, rows, now=now, actor=scope.actor),
        status=201,
    )


@router.post("/stores/{store_id}/returns", response={204: None}, openapi_extra=KEYED)
def take_back(request: HttpRequest, store_id: UUID, body: ReturnIn) -> Status[Any]:
    """Book pieces that came back: on sale again, in quarantine, or destroyed."""
    scope = scope_of(request)
    facts = body.dict()
    how, reason = facts.pop("disposition"), facts.pop("reason")
    receipt = NewReceipt(**facts)
    return write(
        request,
        lambda: logistics.take_back(
            scope, store_id, receipt, disposition=how, reason=reason, now=clock.now(), actor=scope.actor
        ),
        status=204,
    )


@router.get("/waves", response=Page[WaveView])
def waves(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The pick lists, newest first."""
    return page_of(logistics.list_waves(scope_of(request), after=cursor, size=size + 1), size)


@router.post("/stores/{store_id}/waves", response={201: WaveDetail}, openapi_extra=KEYED)
def make_wave(request: HttpRequest, store_id: UUID, body: WaveIn) -> Status[Any]:
    """Put the waiting orders on one pick list by the shortest walk."""
    scope = scope_of(request)

    def act() -> WaveDetail:
        made = logistics.make_wave(scope, store_id, orders=body.orders, now=clock.now(), actor=scope.actor)
        return logistics.wave_detail(scope, made)

    return write(request, act, status=201)


@router.get("/waves/{wave_id}", response=WaveDetail)
def wave(request: HttpRequest, wave_id: UUID) -> WaveDetail:
    """One pick list in walking order, with its packing jobs."""
    return logistics.wave_detail(scope_of(request), wave_id)


@router.get("/packing/{job_id}", response=JobView)
def packing(request: HttpRequest, job_id: UUID) -> JobView:
    """One packing job with its lines and last scans."""
    return logistics.packing_job(scope_of(request), job_id)


@router.post("/packing/{job_id}/scans", response=Scanned, openapi_extra=KEYED)
def scan(request: HttpRequest, job_id: UUID, body: ScanIn) -> Status[Any]:
    """Count one piece into the parcel; the last one books the stock out and makes the label."""
    scope = scope_of(request)
    return write(request, lambda: stock_flow.scan_piece(scope, job_id, body.code, now=clock.now()))


@router.get("/proposals", response=Page[ProposalView])
def proposals(
    request: HttpRequest, state: ProposalState = ProposalState.PROPOSED, cursor: Place = 0, size: Size = 50
) -> dict[str, Any]:
    """Replenishment proposals with what they were computed from, largest first."""
    rows, total = logistics.list_proposals(scope_of(request), state=state, offset=cursor, size=size)
    return {"items": rows, "next_cursor": str(cursor + size) if cursor + size < total else ""}


@router.post("/proposals/{proposal_id}/decisions", response={204: None}, openapi_extra=KEYED)
def decide(request: HttpRequest, proposal_id: UUID, body: DecisionIn) -> Status[Any]:
    """Order what was proposed, order other pieces, or dismiss it."""
    scope, now = scope_of(request), clock.now()

    def act() -> None:
        if body.decision == "dismiss":
            logistics.dismiss_proposal(scope, proposal_id, now=now, actor=scope.actor)
        else:
            logistics.accept_proposal(scope, proposal_id, quantity=body.quantity, now=now, actor=scope.actor)

    return write(request, act, status=204)


def _seller(request: HttpRequest) -> Scope:
    scope = scope_of(request)
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    if scope.kind != Kind.SELLER:
        raise Forbidden(field="organisation", value=scope.kind)
    return scope


def _own_store(scope: Scope, store_id: UUID) -> None:
    if store_id not in {store.id for store in logistics.list_stores(scope)}:
        raise NotFound(field="store", value=str(store_id))
