"""Landed costs, on the open web: what a consignment costs at the buyer's door, with every step."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Country, Currency
from fondaco.delivery.api.writes import write
from fondaco.flows.bills import post_bill
from fondaco.kernel import clock
from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money, exponent
from fondaco.kernel.tenancy import Kind
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import (
    BillLine,
    Charges,
    Difference,
    LandedLine,
    LandedQuote,
    LandedRequest,
    QuotaDTO,
    Reconciliation,
    Replay,
)
from fondaco.systems.finance import public as finance

router = Router(tags=["landed cost"], auth=None)

Minor = Annotated[int, Field(ge=0, le=10**12)]


class BadDay(Refused):
    code = "bad-day"
    title = "Landed costs are known from 2020 to a year ahead."
    remedy = "Give a day in that range."


class LineIn(Schema):
    """One line: `value_minor` is the price of the whole line, `mass_g` its net mass."""

    sku: str = Field("", max_length=60)
    title: str = Field("", max_length=200)
    hs_code: str = Field(pattern=r"^\d{6}(\d{2}){0,2}$")
    origin: Country
    quantity: int = Field(1, ge=1, le=1_000_000)
    value_minor: Minor
    mass_g: int | None = Field(None, ge=0, le=10**9)
    additional_code: str = Field(
        "", pattern="^([A-Z0-9][0-9]{3})?$", description="Of the maker, for trade remedies"
    )


class LandedIn(Schema):
    """A consignment to price; amounts in minor units of `currency`."""

    origin: Country
    destination: Country
    currency: Currency
    lines: list[LineIn] = Field(min_length=1, max_length=500)
    freight_minor: Minor = 0
    insurance_minor: Minor = 0
    incoterm: Literal["EXW", "FCA", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"] = "DDP"
    on: date | None = None
    b2c: bool = True
    schemes: list[Annotated[str, Field(max_length=20)]] = Field(default_factory=list, max_length=10)


@router.post("", response=LandedQuote)
def landed_cost(request: HttpRequest, body: LandedIn) -> LandedQuote:
    """Price a consignment: duty, tax and fees per line with the rule and source of each step; nothing is kept."""
    exponent(body.currency)
    today = clock.today()
    on = body.on or today
    if not date(2020, 1, 1) <= on <= date(today.year + 1, 12, 31):
        raise BadDay(field="on", value=on)
    return window.calculate(_request(body, on), rates=finance.rate_source())


def _request(body: LandedIn, on: date) -> LandedRequest:
    lines = tuple(
        LandedLine(
            line_id=str(number), sku=line.sku, title=line.title, hs_code=line.hs_code, origin=line.origin,
            quantity=line.quantity, value=Money(line.value_minor, body.currency), mass_g=line.mass_g,
            additional_code=line.additional_code,
        )
        for number, line in enumerate(body.lines, 1)
    )  # fmt: skip
    return LandedRequest(
        reference="api",
        on=on,
        origin=body.origin,
        destination=body.destination,
        incoterm=body.incoterm,
        lines=lines,
        freight=Money(body.freight_minor, body.currency),
        insurance=Money(body.insurance_minor, body.currency),
        b2c=body.b2c,
        schemes=frozenset(body.schemes),
    )


class ReplayOut(Schema):
    """A kept landed cost, worked out again: whether it is the same, and which versions are others now."""

    same: bool
    digest_was: str
    digest_now: str
    charges_was: Charges | None
    charges_now: Charges | None
    changed: dict[str, tuple[str, str]]


class ReconciliationOut(Schema):
    """Quoted beside assessed; empty while nothing has been assessed."""

    agrees: bool
    assessed_at: datetime | None
    differences: list[Difference]
    lines: list[BillLine]


orders = Router(tags=["landed cost"])


@orders.get("/{order_id}/replay", response=ReplayOut)
def replay(request: HttpRequest, order_id: UUID) -> Replay:
    """Work the landed cost of an order out again from its kept inputs and rates."""
    return window.replay_order(scope_of(request), order_id)


@orders.get("/{order_id}/reconciliation", response=ReconciliationOut)
def reconciliation(request: HttpRequest, order_id: UUID) -> Reconciliation:
    """Hold the landed cost of an order against what the authority assessed."""
    return window.reconcile_landed(scope_of(request), order_id)


@orders.post("/{order_id}/reconciliation/post", response=ReconciliationOut, openapi_extra=KEYED)
def post_differences(request: HttpRequest, order_id: UUID) -> Status[Any]:
    """Move the money of what differs between quote and bill, once; the platform's operator only."""
    scope = scope_of(request)

    def act() -> dict[str, Any]:
        found = post_bill(scope, order_id, now=clock.now()).found
        return {"agrees": found.agrees, "assessed_at": found.assessed_at, "differences": list(found.differences),
                "lines": list(found.lines)}  # fmt: skip

    return write(request, act)


quotas = Router(tags=["landed cost"])


@quotas.get("/quotas", response=list[QuotaDTO])
def yearly_quotas(request: HttpRequest) -> list[QuotaDTO]:
    """What the caller, a buyer, may still buy each year as cross-border retail import; buyers only."""
    scope = scope_of(request)
    scope.require(kinds=(Kind.BUYER,))
    return window.quota_accounts(scope, now=clock.now())
