"""Payments in depth: methods, tries, later captures; webhooks of providers; disputes; tax returns; payout policies."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Country, Currency, Page, ReturnUrl, Size, page_of
from fondaco.delivery.api.writes import write
from fondaco.flows import checkout as checkout_flow
from fondaco.flows import disputes as dispute_flow
from fondaco.flows import later_captures
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import (
    AttemptView,
    DisputeDTO,
    PaymentDTO,
    PolicyChangeDTO,
    PolicyDTO,
    TaxItemDTO,
    TaxReturnDTO,
    WebhookNoteDTO,
)

router = Router(tags=["finance"])


class MethodOut(Schema):
    """A way to pay that is offered, with what it costs."""

    method: str
    label: str
    kind: str
    authentication: str
    settlement_days: int
    refundable: bool
    fee_rate: Decimal
    source: str


class MethodRefused(Schema):
    """A way to pay of the country that is not offered, and why."""

    method: str
    code: str
    limit: str


class MenuOut(Schema):
    """What a buyer may pay with, the preferred first."""

    offered: list[MethodOut]
    refused: list[MethodRefused]


class CheckoutOut(Schema):
    """What an order costs and how it may be paid; `stage` says what the buyer can do."""

    stage: checkout_flow.Stage
    due: Money
    amount: Money
    lines: list[checkout_flow.PriceLine]
    menu: MenuOut
    payment: PaymentDTO | None
    transfer: checkout_flow.TransferSlip | None


class ChoiceIn(Schema):
    """A method of the menu, and where the provider's page sends the browser back to."""

    method: str = Field(min_length=1, max_length=30)
    return_url: ReturnUrl


class CaptureIn(Schema):
    """How many minor units to take of what was authorised."""

    minor: int = Field(ge=1, le=10**15)


class AnswerIn(Schema):
    """The seller's answer to a dispute."""

    event: Literal["accept", "challenge"]
    statement: str = Field("", max_length=4000)


class FileIn(Schema):
    """The reference under which a return was declared."""

    reference: str = Field(min_length=1, max_length=60)


class PolicyIn(Schema):
    """How a party's balance is to go out. `hold_days`: days in escrow after delivery, the house's without."""

    currency: Currency
    every: Literal["day", "week", "month"] = "day"
    minimum_minor: int = Field(1, ge=1, le=10**15)
    reserve_share: Decimal = Field(Decimal(0), ge=0, le=1, max_digits=5, decimal_places=4)
    reserve_days: int = Field(0, ge=0, le=365)
    is_held: bool = False
    hold_days: int | None = Field(None, ge=0, le=180)
    reason: str = Field(min_length=1, max_length=200)


class DecisionIn(Schema):
    """Whether a proposal is approved."""

    approve: bool


class HeardOut(Schema):
    """What a webhook did: applied, or known (nothing new)."""

    state: str


class ReturnOut(Schema):
    """A return and its orders."""

    tax_return: TaxReturnDTO
    orders: list[TaxItemDTO]


@router.get("/methods", response=MenuOut, auth=None)
def methods(
    request: HttpRequest,
    *,
    country: Country,
    currency: Currency,
    on: Annotated[date, Query(), Field(ge=date(1990, 1, 1), le=date(2100, 1, 1))],
    value_eur: Annotated[Decimal | None, Query(), Field(ge=0, le=10**12)] = None,
    risk: Literal["low", "medium", "high"] = "low",
) -> dict[str, Any]:
    """What a buyer may pay with, by country, currency, value, risk and day; and why not with the rest."""
    return _menu(finance.methods_for(finance.Basket(country, currency, value_eur, risk, on)))


@router.get("/checkout/{order_id}", response=CheckoutOut)
def checkout(request: HttpRequest, order_id: UUID) -> dict[str, Any]:
    """What a buyer's order costs, line by line, and how it may be paid now; for its buyer."""
    sheet = checkout_flow.checkout_sheet(scope_of(request), order_id, now=clock.now())
    return {
        "stage": sheet.stage, "due": sheet.due, "amount": sheet.amount, "lines": sheet.lines,
        "menu": _menu(sheet.menu), "payment": sheet.live, "transfer": sheet.transfer,
    }  # fmt: skip


@router.post("/checkout/{order_id}", response=checkout_flow.Chosen, openapi_extra=KEYED)
def choose(request: HttpRequest, order_id: UUID, body: ChoiceIn) -> Status[Any]:
    """Choose how to pay an order; another way than before gives the former one up first. No card number comes here."""
    scope, now = scope_of(request), clock.now()

    def act() -> checkout_flow.Chosen:
        return checkout_flow.choose_method(
            scope, order_id, method=body.method, return_url=body.return_url, now=now
        )

    return write(request, act)


def _menu(menu: finance.Menu) -> dict[str, Any]:
    offered = [
        {
            "method": r.method.code, "label": r.method.label, "kind": r.method.kind,
            "authentication": r.method.authentication, "settlement_days": r.method.settlement_days,
            "refundable": r.method.refundable, "fee_rate": r.fee_rate, "source": r.source,
        }
        for r in menu.offered
    ]  # fmt: skip
    refused = [{"method": r.method, "code": r.code, "limit": r.limit} for r in menu.refused]
    return {"offered": offered, "refused": refused}


@router.get("/payments/{payment_id}/attempts", response=list[AttemptView])
def attempts(request: HttpRequest, payment_id: UUID) -> list[AttemptView]:
    """The tries of a payment and the routing behind each; for its seller and the provider asked."""
    scope = scope_of(request)
    finance.payment_of(scope, payment_id)
    return finance.attempts_of(scope, payment_id)


@router.post("/payments/{payment_id}/capture", response=PaymentDTO, openapi_extra=KEYED)
def capture(request: HttpRequest, payment_id: UUID, body: CaptureIn) -> Status[Any]:
    """Take what was authorised, or less; the rest is released. For the seller."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: later_captures.capture(scope, payment_id, minor=body.minor, now=now))


@router.post("/payments/{payment_id}/void", response=PaymentDTO, openapi_extra=KEYED)
def void(request: HttpRequest, payment_id: UUID) -> Status[Any]:
    """Release what was authorised. For the seller."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: later_captures.void(scope, payment_id, now=now))


@router.post("/providers/{provider_id}/webhooks", response=HeardOut, auth=None)
def hear_webhook(request: HttpRequest, provider_id: UUID) -> dict[str, str]:
    """Hear a payment provider: signed after Standard Webhooks, heard once, about its own payments only."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    note = finance.receive_webhook(provider_id, request.body, headers, now=clock.now())
    return {"state": note.state}


@router.get("/provider-webhooks", response=Page[WebhookNoteDTO])
def webhooks_in(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The webhooks that came in, newest first; a provider sees its own."""
    return page_of(finance.list_webhooks(scope_of(request), before=cursor, size=size + 1), size)


@router.get("/disputes", response=Page[DisputeDTO])
def disputes(
    request: HttpRequest, state: str = "", cursor: UUID | None = None, size: Size = 50
) -> dict[str, Any]:
    """The disputes that the caller may see, newest first."""
    found = finance.list_disputes(scope_of(request), state=state, before=cursor, size=size + 1)
    return page_of(found, size)


@router.get("/disputes/{dispute_id}", response=DisputeDTO)
def dispute(request: HttpRequest, dispute_id: UUID) -> DisputeDTO:
    """One dispute with the steps that are possible now."""
    return finance.dispute_of(scope_of(request), dispute_id)


@router.post("/disputes/{dispute_id}/answer", response=DisputeDTO, openapi_extra=KEYED)
def answer(request: HttpRequest, dispute_id: UUID, body: AnswerIn) -> Status[Any]:
    """Accept a dispute, or challenge it with a statement; the evidence pack is made and its digest kept."""
    scope, now = scope_of(request), clock.now()
    return write(
        request,
        lambda: dispute_flow.answer_dispute(scope, dispute_id, body.event, statement=body.statement, now=now),
    )


@router.get("/tax-returns", response=Page[TaxReturnDTO])
def tax_returns(
    request: HttpRequest, state: str = "", cursor: UUID | None = None, size: Size = 50
) -> dict[str, Any]:
    """What is owed to authorities by scheme and period; an authority sees its own."""
    return page_of(finance.list_returns(scope_of(request), state=state, after=cursor, size=size + 1), size)


@router.get("/tax-returns/{return_id}", response=ReturnOut)
def tax_return(request: HttpRequest, return_id: UUID) -> dict[str, Any]:
    """One return with its orders."""
    row, items = finance.return_of(scope_of(request), return_id)
    return {"tax_return": row, "orders": items}


@router.post("/tax-returns/{return_id}/file", response=TaxReturnDTO, openapi_extra=KEYED)
def file_tax_return(request: HttpRequest, return_id: UUID, body: FileIn) -> Status[Any]:
    """Freeze a return whose period is over; the platform's operator only."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: finance.file_return(scope, return_id, reference=body.reference, now=now))


@router.post("/tax-returns/{return_id}/pay", response=TaxReturnDTO, openapi_extra=KEYED)
def pay_tax_return(request: HttpRequest, return_id: UUID) -> Status[Any]:
    """Send a filed return's sum to its authority, or once more what its bank sent back; the operator only."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: finance.pay_return(scope, return_id, now=now))


@router.get("/payout-policies", response=Page[PolicyDTO])
def policies(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """How balances go out where it is not all of them every day; a party sees its own."""
    return page_of(finance.payout_policies(scope_of(request), after=cursor, size=size + 1), size)


@router.get("/payout-policy-changes", response=Page[PolicyChangeDTO])
def policy_changes(
    request: HttpRequest, state: str = "", cursor: UUID | None = None, size: Size = 50
) -> dict[str, Any]:
    """Proposed changes of payout policies and what became of them, newest first; a party sees its own."""
    return page_of(finance.policy_changes(scope_of(request), state=state, after=cursor, size=size + 1), size)


@router.put("/payout-policies/{owner_id}", response=PolicyChangeDTO, openapi_extra=KEYED)
def propose_policy(request: HttpRequest, owner_id: UUID, body: PolicyIn) -> Status[Any]:
    """Propose schedule, minimum, reserve or hold of a party's balance; another person of the operator decides."""
    scope, now = scope_of(request), clock.now()
    policy = finance.Policy(
        body.every, body.minimum_minor, body.reserve_share, body.reserve_days, body.is_held, body.reason,
        body.hold_days,
    )  # fmt: skip
    return write(request, lambda: finance.propose_policy(scope, owner_id, body.currency, policy, now=now))


@router.post("/payout-policy-changes/{change_id}/decide", response=PolicyChangeDTO, openapi_extra=KEYED)
def decide_policy(request: HttpRequest, change_id: UUID, body: DecisionIn) -> Status[Any]:
    """Approve a proposal, which is then in force, or reject it; not by who proposed it."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: finance.decide_policy(scope, change_id, approve=body.approve, now=now))
