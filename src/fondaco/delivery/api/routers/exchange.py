"""Exchange: locked quotes, exposure and its risk, commitments, cover, forwards, the authority's file."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Currency, Key, Page, Size, page_of, page_past
from fondaco.delivery.api.writes import write
from fondaco.flows import exchange as flow
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance.public import exchange
from fondaco.systems.finance.public.exchange import (
    Alert,
    CoverView,
    Exposed,
    FileCheck,
    ForwardView,
    Policy,
    Quote,
    RateCheck,
    RatesTaken,
    RiskView,
)

router = Router(tags=["exchange"])

Amount = Annotated[str, Field(pattern=r"^-?\d{1,15}(\.\d{1,6})?$", description="Major units, plain decimals")]
Day = Annotated[date, Field(ge=date(1999, 1, 4), le=date(2100, 1, 1))]


class QuoteIn(Schema):
    """What to sell, and for which currency."""

    sell: Amount
    sell_currency: Currency
    buy_currency: Currency


class CommitmentIn(Schema):
    """What will come in (positive) or go out (negative)."""

    amount: Amount
    currency: Currency
    due_on: Day
    label: str = Field(min_length=1, max_length=120)


class FileIn(Schema):
    """A file of text."""

    content: str = Field(min_length=1, max_length=4_000_000)


class ShareIn(Schema):
    """How much of the net to cover, in per cent."""

    share_pct: int = Field(ge=1, le=100)


class ExposureOut(Schema):
    """Exposure by currency and bucket (0: to 30 days, 1: to 60, 2: later), in minor units, with its risk."""

    base: str
    on: date
    rows: list[Exposed]
    unpriced: list[str]
    day: RiskView | None
    month: RiskView | None


@router.get("/exposure", response=ExposureOut)
def exposure(request: HttpRequest) -> dict[str, Any]:
    """The caller's exposure after natural netting and forwards, and what it may lose."""
    _, board = flow.policy_and_board(scope_of(request), now=clock.now())
    history = exchange.history_of(board)
    return {
        "base": board.base, "on": board.on, "rows": list(board.rows), "unpriced": list(board.unpriced),
        "day": exchange.risk_of(board, history), "month": exchange.risk_of(board, history, days=flow.MONTH_DAYS),
    }  # fmt: skip


@router.get("/policy", response=Policy)
def policy(request: HttpRequest) -> Policy:
    """How the caller's currencies are looked after."""
    return flow.policy_and_board(scope_of(request), now=clock.now())[0]


@router.put("/policy", response=Policy, openapi_extra=KEYED)
def set_policy(request: HttpRequest, body: Policy) -> Status[Any]:
    """Change it."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: exchange.save_policy(scope, body, now=now))


@router.post("/quotes", response={201: Quote}, openapi_extra=KEYED)
def make_quote(request: HttpRequest, body: QuoteIn) -> Status[Any]:
    """Lock a rate for a minute."""
    scope, now = scope_of(request), clock.now()
    sell = Money.exactly(body.sell, body.sell_currency)
    return write(request, lambda: exchange.make_quote(scope, sell, body.buy_currency, now=now), status=201)


@router.post("/quotes/{quote_id}/take", response=Quote, openapi_extra=KEYED)
def take_quote(request: HttpRequest, quote_id: UUID) -> Status[Any]:
    """Convert at the quote; again, it changes nothing."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: exchange.take_quote(scope, quote_id, now=now))


@router.post("/commitments", response={201: UUID}, openapi_extra=KEYED)
def add_commitment(request: HttpRequest, body: CommitmentIn) -> Status[Any]:
    """Note what will be got or paid in another currency."""
    scope, now = scope_of(request), clock.now()
    amount = Money.exactly(body.amount, body.currency)
    return write(
        request,
        lambda: exchange.add_commitment(scope, amount, due_on=body.due_on, label=body.label, now=now),
        status=201,
    )


@router.delete("/commitments/{commitment_id}", response={204: None}, openapi_extra=KEYED)
def drop_commitment(request: HttpRequest, commitment_id: UUID) -> Status[Any]:
    """Forget a commitment."""
    scope = scope_of(request)
    return write(request, lambda: exchange.drop_commitment(scope, commitment_id), status=204)


@router.get("/covers", response=Page[CoverView])
def covers(
    request: HttpRequest,
    on: Annotated[Day | None, Query()] = None,
    cursor: UUID | None = None,
    size: Size = 50,
) -> dict[str, Any]:
    """Proposals of cover, the latest first."""
    return page_of(exchange.list_covers(scope_of(request), on=on, after=cursor, size=size + 1), size)


@router.post("/covers", response=int, openapi_extra=KEYED)
def propose_covers(request: HttpRequest) -> Status[Any]:
    """Make the day's proposals; how many are new."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: flow.propose_cover(scope, now=now))


@router.patch("/covers/{cover_id}", response=CoverView, openapi_extra=KEYED)
def edit_cover(request: HttpRequest, cover_id: UUID, body: ShareIn) -> Status[Any]:
    """Cover another share; more than the policy's layer takes a second person to order."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: exchange.edit_cover(scope, cover_id, share_pct=body.share_pct, now=now))


@router.post("/covers/{cover_id}/order", response=ForwardView)
def order_cover(request: HttpRequest, cover_id: UUID) -> ForwardView:
    """Book the forward; again, it is the same forward. 503 where the provider did not answer: ask again."""
    return flow.order_cover(scope_of(request), cover_id, now=clock.now())


@router.post("/covers/{cover_id}/dismiss", response=CoverView, openapi_extra=KEYED)
def dismiss_cover(request: HttpRequest, cover_id: UUID) -> Status[Any]:
    """Do not cover."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: exchange.dismiss_cover(scope, cover_id, now=now))


@router.get("/forwards", response=Page[ForwardView])
def forwards(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The caller's forwards, the latest first."""
    return page_of(exchange.list_forwards(scope_of(request), after=cursor, size=size + 1), size)


@router.get("/price-alerts", response=Page[Alert])
def price_alerts(request: HttpRequest, cursor: Key = "", size: Size = 50) -> dict[str, Any]:
    """Articles whose margin the rate has eaten into since they were listed, the worst first (of the newest 200)."""
    scope, now = scope_of(request), clock.now()
    found = flow.guard_catalogue(scope, flow.policy_and_board(scope, now=now)[0], now=now)
    return page_past(found, cursor, size, key=lambda alert: alert.sku)


@router.get(
    "/settlement-file",
    response={200: bytes},
    openapi_extra={"responses": {200: {"content": {"text/csv": {}}}}},
)
def settlement_file(
    request: HttpRequest, since: Annotated[Day, Query()], until: Annotated[Day, Query()]
) -> HttpResponse:
    """The exchange settlement file of a time, as CSV: for the platform and the authorities."""
    body = flow.settlement_file(scope_of(request), since=since, until=until)
    return HttpResponse(body, content_type="text/csv; charset=utf-8")


@router.post("/settlement-file/check", response=FileCheck)
def check_settlement_file(request: HttpRequest, body: FileIn) -> FileCheck:
    """Whether a settlement file is what it claims to be: hash, count, every amount, rate and total."""
    scope_of(request).require(kinds=(Kind.TAX, Kind.CUSTOMS, Kind.BANK))
    return exchange.check_file(body.content.encode())


@router.post("/rates", response=RatesTaken, openapi_extra=KEYED)
def take_rates(request: HttpRequest, body: FileIn) -> Status[Any]:
    """Take in the Bank of England's CSV of daily spot rates into sterling, for the platform; says where the two differ."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: flow.take_rates(scope, body.content.encode(), now=now))


@router.get("/rates/check", response=list[RateCheck])
def rate_checks(request: HttpRequest) -> list[RateCheck]:
    """The latest day of which two providers speak, currency by currency, with the alarm where they are too far apart."""
    scope_of(request)
    return exchange.compare_rates(on=clock.today())
