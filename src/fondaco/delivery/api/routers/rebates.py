"""Export VAT rebates: rates, released exports, cases with their evidence and steps, invoices, months."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.rebate_schemas import (
    BalanceOut,
    CaseOut,
    CaseQuery,
    DetailOut,
    EntryOut,
    EvidenceIn,
    ExportOut,
    InvoiceBody,
    InvoiceOut,
    ItemOut,
    MonthIn,
    MonthOut,
    OpenIn,
    RateOut,
    RateQuery,
    StepIn,
    WayOut,
)
from fondaco.delivery.api.schemas import Key, Page, Size, page_of, page_past
from fondaco.delivery.api.writes import write
from fondaco.flows import rebates as flow
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.platforms.window.public import rebates
from fondaco.platforms.window.public.rebates import CaseDetail, InvoiceIn, RebateDTO

router = Router(tags=["rebates"])


@router.get("/rates", response=list[RateOut])
def list_rates(request: HttpRequest, query: Query[RateQuery]) -> list[Any]:
    """The history of a code's rebate rate, oldest first; empty: no rate is known."""
    return list(rebates.rate_book().history(query.code))


@router.get("/ways", response=list[WayOut])
def list_ways(request: HttpRequest) -> list[Any]:
    """The ways in which VAT comes back."""
    return list(rebates.ways().values())


@router.get("/exports", response=Page[ExportOut])
def list_exports(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """Released exports on which nobody has opened a case, newest first."""
    found = rebates.export_evidence(scope_of(request), unclaimed=True, before=cursor, size=size + 1)
    items = [
        ExportOut(
            declaration_id=one.declaration_id, reference=one.reference, lrn=one.lrn, country=one.country,
            modes=list(one.modes), currency=one.currency, value_minor=one.value_minor,
            released_on=one.released_on, departed_on=one.departed_on, rates_known=one.is_known,
            ways=[offer.way.code for offer in rebates.offers_for(one) if offer.is_open],
        )
        for one in found
    ]  # fmt: skip
    return page_of(items, size, key=lambda export: export.declaration_id)


@router.get("/invoices", response=Page[InvoiceOut])
def list_pool(
    request: HttpRequest, *, with_left: bool = False, cursor: UUID | None = None, size: Size = 50
) -> dict[str, Any]:
    """The pool of input invoices, newest first."""
    found = rebates.list_invoices(scope_of(request), with_left=with_left, before=cursor, size=size + 1)
    rows = [
        InvoiceOut(
            id=one.id, number=one.number, line=one.line, supplier=one.supplier, issued_on=one.issued_on,
            quantity=one.quantity, left=one.left, currency=one.net.currency, net_minor=one.net.minor,
            vat_minor=one.vat.minor,
        )
        for one in found
    ]  # fmt: skip
    return page_of(rows, size)


@router.post("/invoices", response={201: UUID}, openapi_extra=KEYED)
def add_invoice(request: HttpRequest, body: InvoiceBody) -> Status[Any]:
    """Take an invoice line into the pool; its id. The same line again changes nothing."""
    told = body.model_dump(exclude={"net_minor", "vat_minor", "currency"})
    net, vat = Money(body.net_minor, body.currency), Money(body.vat_minor, body.currency)
    invoice = InvoiceIn(**told, net=net, vat=vat)
    return write(
        request, lambda: rebates.add_invoice(scope_of(request), invoice, now=clock.now()), status=201
    )


@router.get("/months", response=Page[BalanceOut])
def list_months(request: HttpRequest, cursor: Key = "", size: Size = 50) -> dict[str, Any]:
    """The ledger by month and currency, newest first: claimed = paid + refused + open + clawed_back."""
    rows = [
        BalanceOut(
            period=one.period, currency=one.currency, cases=one.cases, claimed=one.standing.claimed,
            paid=one.standing.paid, refused=one.standing.refused, open=one.standing.open,
            clawed_back=one.standing.clawed_back, balanced=one.standing.balanced,
        )
        for one in rebates.balance_by_period(scope_of(request))
    ]  # fmt: skip
    return page_past(rows, cursor, size, key=lambda row: f"{row.period}.{row.currency}")


@router.post("/months", response={201: MonthOut}, openapi_extra=KEYED)
def file_month(request: HttpRequest, body: MonthIn) -> Status[Any]:
    """File a producer's month; every ready case in a producer's way is claimed with its share."""

    def act() -> MonthOut:
        found = rebates.file_period(
            scope_of(request), month=body.month, input_tax=body.input_minor, output_tax=body.output_minor,
            brought=body.brought_minor, now=clock.now(),
        )  # fmt: skip
        return MonthOut.from_orm(found)

    return write(request, act, status=201)


@router.get("", response=Page[CaseOut])
def list_cases(request: HttpRequest, query: Query[CaseQuery]) -> dict[str, Any]:
    """The cases that the caller may see, newest first."""
    found = rebates.list_cases(
        scope_of(request), today=clock.today(), state=query.state, missing=query.missing,
        before=query.cursor, size=query.size + 1,
    )  # fmt: skip
    page = page_of(found, query.size)
    return {**page, "items": [CaseOut(**_case(one)) for one in page["items"]]}


@router.post("", response={201: DetailOut}, openapi_extra=KEYED)
def open_case(request: HttpRequest, body: OpenIn) -> Status[Any]:
    """Open a case on a released export."""
    scope = scope_of(request)

    def act() -> DetailOut:
        made = flow.open_rebate(scope, body.declaration_id, way=body.way, stated=body.stated, now=clock.now())
        return _detail(rebates.case_detail(scope, made, today=clock.today()))

    return write(request, act, status=201)


@router.get("/{rebate_id}", response=DetailOut)
def show_case(request: HttpRequest, rebate_id: UUID) -> DetailOut:
    """One case with its items and ledger."""
    return _detail(rebates.case_detail(scope_of(request), rebate_id, today=clock.today()))


@router.post("/{rebate_id}/evidence", response=DetailOut, openapi_extra=KEYED)
def bring_evidence(request: HttpRequest, rebate_id: UUID, body: EvidenceIn) -> Status[Any]:
    """Record a departure or a receipt of foreign exchange, or use an input invoice."""
    scope, now = scope_of(request), clock.now()

    def act() -> DetailOut:
        on = body.on or now.date()
        if body.kind == "departure":
            rebates.record_departure(scope, rebate_id, departed_on=on, reference=body.reference, now=now)
        elif body.kind == "receipt":
            amount = Money(body.amount_minor, body.currency)
            rebates.note_receipt(
                scope, rebate_id, amount=amount, received_on=on, reference=body.reference, now=now
            )
        else:
            rebates.use_invoice(
                scope, rebate_id, item=body.item, invoice_id=body.invoice_id or UUID(int=0),
                quantity=body.quantity, now=now,
            )  # fmt: skip
        return _detail(rebates.case_detail(scope, rebate_id, today=now.date()))

    return write(request, act)


@router.post("/{rebate_id}/steps", response=DetailOut, openapi_extra=KEYED)
def take_step(request: HttpRequest, rebate_id: UUID, body: StepIn) -> Status[Any]:
    """Claim, approve, refuse, pay, take back, settle by sales, withdraw or close as lapsed."""
    scope, now = scope_of(request), clock.now()

    def act() -> DetailOut:
        flow.take_step(scope, rebate_id, flow.Step(**body.model_dump()), now=now)
        return _detail(rebates.case_detail(scope, rebate_id, today=now.date()))

    return write(request, act)


def _case(one: RebateDTO) -> dict[str, Any]:
    plain = (
        "id",
        "declaration_id",
        "order_id",
        "reference",
        "mode",
        "state",
        "last_day",
        "departed_on",
        "period",
    )
    sums = ("claimed", "paid", "refused", "open", "clawed_back", "set_off")
    return {
        **{name: getattr(one, name) for name in plain},
        **{name: getattr(one, name).minor for name in sums},
        "way": one.way.code,
        "missing": list(one.missing),
        "currency": one.way.currency,
        "unverified": one.unverified,
        "changed_at": one.changed_at,
    }


def _detail(detail: CaseDetail) -> DetailOut:
    return DetailOut(
        **_case(detail.case),
        items=[ItemOut.from_orm(item) for item in detail.items],
        entries=[
            EntryOut(
                kind=one.kind, amount_minor=one.amount.minor, entered_on=one.entered_on,
                reference=one.reference, reason=one.reason,
            )
            for one in detail.entries
        ],
        events=list(detail.events),
    )  # fmt: skip
