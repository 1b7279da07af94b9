"""Shapes of the rebate endpoints."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from fondaco.delivery.api.schemas import Currency, Size

_MINOR = Field(ge=0, le=10**15)


class RateOut(Schema):
    """A rebate rate in per cent; `rate` null: it needs a person and is not 0."""

    prefix: str
    rate: Decimal | None
    vat_rate: Decimal
    valid_from: date
    valid_to: date | None
    confidence: str
    source: str
    note: str


class RateQuery(Schema):
    """Which code's rates."""

    code: str = Field(pattern="^[0-9.]{2,14}$")


class WayOut(Schema):
    """A way in which VAT comes back, with its conditions and source."""

    code: str
    country: str
    currency: str
    calc: str
    name: str
    text: str
    modes: list[str]
    asks: list[str]
    needs: list[str]
    prepaid: bool
    source: str
    confidence: str


class ExportOut(Schema):
    """A released export without a case, and the ways open to it."""

    declaration_id: UUID
    reference: str
    lrn: str
    country: str
    modes: list[str]
    currency: str
    value_minor: int
    released_on: date
    departed_on: date | None
    rates_known: bool
    ways: list[str]


class CaseOut(Schema):
    """A case; sums in minor units of `currency`: claimed = paid + refused + open + clawed_back."""

    id: UUID
    declaration_id: UUID
    order_id: UUID
    reference: str
    way: str
    mode: str
    state: str
    missing: list[str]
    last_day: date | None
    departed_on: date | None
    period: date | None
    currency: str
    claimed: int
    paid: int
    refused: int
    open: int
    clawed_back: int
    set_off: int
    unverified: bool
    changed_at: datetime


class ItemOut(Schema):
    """A goods item with its frozen rate; `worked` are base, amount, cost and steps once it is claimed."""

    number: int
    hs_code: str
    description: str
    quantity: int
    covered: int
    rate: Decimal | None
    rate_row: dict[str, Any]
    worked: dict[str, Any]


class EntryOut(Schema):
    """A line of the case's ledger."""

    kind: str
    amount_minor: int
    entered_on: date
    reference: str
    reason: str


class DetailOut(CaseOut):
    """A case with its items, ledger and possible steps."""

    items: list[ItemOut]
    entries: list[EntryOut]
    events: list[str]


class CaseQuery(Schema):
    """How to narrow the list."""

    state: str = Field("", max_length=16)
    missing: Literal["", "departure", "invoices", "receipt", "rate"] = ""
    cursor: UUID | None = None
    size: Size = 50


class OpenIn(Schema):
    """An export, the way, and what the exporter states of itself."""

    declaration_id: UUID
    way: str = Field(max_length=32)
    stated: list[str] = Field(default_factory=list, max_length=20)


class EvidenceIn(Schema):
    """One piece of evidence: a departure (on, reference), a receipt (amount, currency, on, reference) or an invoice
    (item, invoice_id, quantity).
    """

    kind: Literal["departure", "receipt", "invoice"]
    on: date | None = None
    reference: str = Field("", max_length=80)
    amount_minor: int = Field(0, ge=0, le=10**15)
    currency: str = Field("", pattern="^([A-Z]{3})?$")
    item: int = Field(0, ge=0, le=9_999)
    invoice_id: UUID | None = None
    quantity: int = Field(0, ge=0, le=10**12)


class StepIn(Schema):
    """A step; `minor` in the currency of the tax, `sold` pieces by item."""

    event: Literal["claim", "withdraw", "lapse", "approve", "refuse", "pay", "claw_back", "reconcile"]
    minor: int = Field(0, ge=0, le=10**15)
    reference: str = Field("", max_length=60)
    reason: str = Field("", max_length=300)
    sold: dict[int, int] = Field(default_factory=dict, max_length=99)


class InvoiceBody(Schema):
    """A line of an input invoice."""

    number: str = Field(max_length=40)
    line: int = Field(1, ge=1, le=9_999)
    supplier: str = Field(max_length=200)
    supplier_tax_id: str = Field("", max_length=30)
    issued_on: date
    description: str = Field(max_length=300)
    quantity: int = Field(ge=1, le=10**12)
    net_minor: int = _MINOR
    vat_minor: int = _MINOR
    currency: Currency = "CNY"


class InvoiceOut(Schema):
    """A line of the pool and what is left of it."""

    id: UUID
    number: str
    line: int
    supplier: str
    issued_on: date
    quantity: int
    left: int
    currency: str
    net_minor: int
    vat_minor: int


class MonthIn(Schema):
    """A producer's month; sums in minor units. `brought_minor` for the first month alone."""

    month: date
    input_minor: int = _MINOR
    output_minor: int = _MINOR
    brought_minor: int | None = Field(None, ge=0, le=10**15)


class MonthOut(Schema):
    """What a filed month came to, in minor units."""

    ceiling: int
    not_creditable: int
    due: int
    credit: int
    refund: int
    set_off: int
    carried: int


class BalanceOut(Schema):
    """The ledger of one month, in minor units."""

    period: date
    currency: str
    cases: int
    claimed: int
    paid: int
    refused: int
    open: int
    clawed_back: int
    balanced: bool
