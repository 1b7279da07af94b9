"""Payments, balances, payouts, rates and the trial balance."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.schemas import Currency, Page, Size, page_of
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import Balance, DatedRate, PaymentDTO, PayoutDTO, TrialLine

router = Router(tags=["finance"])


@router.get("/balances", response=list[Balance])
def balances(request: HttpRequest) -> list[Balance]:
    """The caller's accounts."""
    return finance.my_balances(scope_of(request))


@router.get("/payments", response=Page[PaymentDTO])
def payments(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The payments that the caller may see, newest first."""
    return page_of(finance.list_payments(scope_of(request), after=cursor, size=size + 1), size)


@router.get("/payouts", response=Page[PayoutDTO])
def payouts(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The payouts that the caller may see, newest first."""
    return page_of(finance.list_payouts(scope_of(request), after=cursor, size=size + 1), size)


@router.get("/trial-balance", response=list[TrialLine])
def trial_balance(request: HttpRequest) -> list[TrialLine]:
    """Debits and credits by account code and currency; the platform's operator only."""
    scope_of(request).require(kinds=(Kind.PLATFORM,))
    return finance.trial_balance_table()


@router.get("/rates/{base}/{quote}", response=DatedRate, auth=None)
def rate(
    request: HttpRequest,
    base: Currency,
    quote: Currency,
    on: Annotated[date, Query(), Field(ge=date(1999, 1, 4), le=date(2100, 1, 1))],
) -> DatedRate:
    """The dated reference rate: the latest on or before the day, with its provider."""
    return finance.rate(base, quote, on)
