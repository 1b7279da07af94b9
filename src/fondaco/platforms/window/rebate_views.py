"""Rebates for pages, API and flows: the desk, one case, the pool of invoices, months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Prefetch, Q

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.adapters.rebate_tables import ways
from fondaco.platforms.window.domain.rebate import RebateNotFound, Way
from fondaco.platforms.window.models import (
    REBATE_MACHINE,
    InputInvoice,
    InvoiceUse,
    RebateCase,
    RebateItem,
    RebatePeriod,
    RebateState,
)
from fondaco.platforms.window.rebate_cases import last_day_of, way_of
from fondaco.platforms.window.rebate_claims import missing_of

MOST = 200


@dataclass(frozen=True, slots=True)
class RebateDTO:
    """A case: its sums in the currency of the tax, what it lacks, and its next day of reckoning.

    `claimed` = `paid` + `refused` + `open` + `clawed_back`. `last_day` is that of the claim or evidence, of a
    refund on departure that was paid the end of its window; None: no fixed term.
    """

    id: UUID
    seller_id: UUID
    authority_id: UUID
    declaration_id: UUID
    order_id: UUID
    reference: str
    country: str
    way: Way
    mode: str
    state: str
    declared: Money
    claimed: Money
    refused: Money
    paid: Money
    open: Money
    clawed_back: Money
    set_off: Money
    received: Money
    fx_rate: Decimal
    fx_source: str
    released_on: date
    departed_on: date | None
    departure_reference: str
    period: date | None
    last_day: date | None
    missing: tuple[str, ...]
    unverified: bool
    is_demo: bool
    opened_by: str
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ItemDTO:
    """A goods item of a case; sums in minor units of the tax's currency, `worked` as frozen with the claim."""

    number: int
    hs_code: str
    description: str
    quantity: int
    declared: Money
    local: Money
    rate: Decimal | None
    vat_rate: Decimal | None
    rate_row: dict[str, Any]
    worked: dict[str, Any]
    claimed: Money
    covered: int
    sold: int | None


@dataclass(frozen=True, slots=True)
class UseDTO:
    """What an item took of an invoice line; negative: given back."""

    item: int
    invoice_id: UUID
    number: str
    supplier: str
    quantity: int
    net: Money
    is_demo: bool


@dataclass(frozen=True, slots=True)
class ReceiptDTO:
    """Foreign exchange received."""

    reference: str
    amount: Money
    received_on: date


@dataclass(frozen=True, slots=True)
class EntryDTO:
    """A line of the ledger."""

    id: int
    kind: str
    amount: Money
    entered_on: date
    reference: str
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case with all that hangs on it, and the steps its state allows."""

    case: RebateDTO
    items: tuple[ItemDTO, ...]
    uses: tuple[UseDTO, ...]
    receipts: tuple[ReceiptDTO, ...]
    entries: tuple[EntryDTO, ...]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvoiceDTO:
    """A line of the pool and what is left of it."""

    id: UUID
    number: str
    line: int
    supplier: str
    issued_on: date
    description: str
    quantity: int
    left: int
    net: Money
    vat: Money
    is_demo: bool


@dataclass(frozen=True, slots=True)
class PeriodDTO:
    """A producer's filed month."""

    id: UUID
    seller_id: UUID
    month: date
    input_tax: Money
    output_tax: Money
    brought: Money
    ceiling: Money
    not_creditable: Money
    due: Money
    credit: Money
    refund: Money
    carried: Money
    cases: int
    filed_at: datetime


def list_cases(
    scope: Scope, *, today: date, state: str = "", missing: str = "", way: str = "", before: UUID | None = None,
    size: int = 50,
) -> list[RebateDTO]:  # fmt: skip
    """A page of the cases that `scope` may see, newest first. `missing` narrows to cases in preparation that lack it."""
    rows = RebateCase.objects.of(scope)
    if state:
        rows = rows.filter(state=state)
    if way:
        rows = rows.filter(way=way)
    if before is not None:
        rows = rows.filter(id__lt=before)
    if missing:
        rows = _lacking(rows, missing)
    return [_dto(row, today=today) for row in _with_items(rows.order_by("-id")[: min(size, MOST + 1)])]


def case_detail(scope: Scope, case_id: UUID, *, today: date) -> CaseDetail:
    """One case that `scope` may see. RebateNotFound."""
    row = next(iter(_with_items(RebateCase.objects.of(scope).filter(id=case_id))), None)
    if row is None:
        raise RebateNotFound(field="case", value=case_id)
    uses = InvoiceUse.objects.filter(item__case_id=case_id).select_related("invoice", "item").order_by("id")
    return CaseDetail(
        case=_dto(row, today=today),
        items=tuple(_item(row, item) for item in row.items.all()),
        uses=tuple(
            UseDTO(
                u.item.number, u.invoice_id, str(u.invoice), u.invoice.supplier, u.quantity,
                Money(u.net_minor, row.currency), u.invoice.is_demo,
            )
            for u in uses
        ),
        receipts=tuple(
            ReceiptDTO(r.reference, Money(r.amount_minor, row.declared_currency), r.received_on)
            for r in row.receipts.order_by("id")
        ),
        entries=tuple(
            EntryDTO(
                e.id, e.kind, Money(e.amount_minor, row.currency), e.entered_on, e.reference, e.reason, e.actor
            )
            for e in row.entries.order_by("id")
        ),
        events=tuple(REBATE_MACHINE.events(row.state)),
    )  # fmt: skip


def count_cases(scope: Scope) -> dict[str, int]:
    """How many cases stand in each state."""
    rows = RebateCase.objects.of(scope).values("state").annotate(n=Count("id")).values_list("state", "n")
    return dict(rows)


def list_invoices(
    scope: Scope,
    *,
    with_left: bool = False,
    currency: str = "",
    seller_id: UUID | None = None,
    before: UUID | None = None,
    size: int = MOST,
) -> list[InvoiceDTO]:
    """The pool of input invoices that `scope` may see, newest first; `with_left`: those not used up."""
    rows = InputInvoice.objects.of(scope)
    if with_left:
        rows = rows.filter(used__lt=F("quantity"))
    if currency:
        rows = rows.filter(currency=currency)
    if seller_id is not None:
        rows = rows.filter(seller_id=seller_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [
        InvoiceDTO(
            r.id, r.number, r.line, r.supplier, r.issued_on, r.description, r.quantity, r.quantity - r.used,
            Money(r.net_minor, r.currency), Money(r.vat_minor, r.currency), r.is_demo,
        )
        for r in rows.order_by("-id")[:size]
    ]  # fmt: skip


def list_periods(scope: Scope) -> list[PeriodDTO]:
    """The producers' months that `scope` may see, newest first."""
    return [_period(row) for row in RebatePeriod.objects.of(scope).order_by("-month", "seller_id")[:MOST]]


def _lacking(rows: Any, missing: str) -> Any:
    """Narrow to cases in preparation that lack something, as far as the database knows it."""
    lacks = {
        "departure": Q(departed_on__isnull=True),
        "receipt": Q(received_minor__lt=F("declared_minor")),
        "rate": Q(items__rate__isnull=True),
        "invoices": Q(items__uses__isnull=True),
    }
    asking = [code for code, way in ways().items() if missing in way.needs]
    return rows.filter(lacks.get(missing, Q()), state=RebateState.PREPARED, way__in=asking).distinct()


def _with_items(rows: Any) -> Any:
    items = RebateItem.objects.order_by("number").prefetch_related("uses")
    return rows.prefetch_related(Prefetch("items", queryset=items))


def _dto(row: RebateCase, *, today: date) -> RebateDTO:
    way, items = way_of(row.way), list(row.items.all())
    prepared = row.state == RebateState.PREPARED

    def money(minor: int) -> Money:
        return Money(minor, row.currency)

    return RebateDTO(
        id=row.id, seller_id=row.seller_id, authority_id=row.authority_id, declaration_id=row.declaration_id,
        order_id=row.order_id, reference=row.reference, country=row.country, way=way, mode=row.mode,
        state=row.state, declared=Money(row.declared_minor, row.declared_currency),
        claimed=money(row.claimed_minor), refused=money(row.refused_minor),
        paid=money(row.paid_minor - row.clawed_minor),
        open=money(row.claimed_minor - row.refused_minor - row.paid_minor),
        clawed_back=money(row.clawed_minor), set_off=money(row.set_off_minor),
        received=Money(row.received_minor, row.declared_currency), fx_rate=row.fx_rate, fx_source=row.fx_source,
        released_on=row.released_on, departed_on=row.departed_on, departure_reference=row.departure_reference,
        period=row.period, last_day=_next_day(row, way),
        missing=tuple(missing_of(row, way, items, today=today)) if prepared else (),
        unverified=any(item.rate_row.get("confidence") == "C" for item in items) or way.confidence == "C",
        is_demo=row.is_demo, opened_by=row.opened_by, opened_at=row.opened_at, changed_at=row.changed_at,
    )  # fmt: skip


def _next_day(row: RebateCase, way: Way) -> date | None:
    """The day that matters next: of the claim while it waits, of the settlement once it is paid in advance."""
    if row.state == RebateState.PREPARED:
        return last_day_of(row, way)
    if row.state == RebateState.REPAID and way.reconcile_by and row.period:
        return way.reconcile_by.after(row.period)
    return None


def _item(row: RebateCase, item: RebateItem) -> ItemDTO:
    return ItemDTO(
        item.number, item.hs_code, item.description, item.quantity,
        Money(item.declared_minor, row.declared_currency), Money(item.local_minor, row.currency), item.rate,
        item.vat_rate, item.rate_row, item.worked, Money(item.claimed_minor, row.currency),
        sum(use.quantity for use in item.uses.all()), item.sold,
    )  # fmt: skip


def _period(row: RebatePeriod) -> PeriodDTO:
    def money(minor: int) -> Money:
        return Money(minor, row.currency)

    return PeriodDTO(
        row.id, row.seller_id, row.month, money(row.input_minor), money(row.output_minor),
        money(row.brought_minor), money(row.ceiling_minor), money(row.lost_minor), money(row.due_minor),
        money(row.credit_minor), money(row.refund_minor), money(row.credit_minor - row.refund_minor), row.cases,
        row.filed_at,
    )  # fmt: skip
