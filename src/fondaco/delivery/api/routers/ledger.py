"""The books: postings, liabilities, ageing, periods, checks, and the reconciliation of them with files of others."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Currency, Page, Size, page_of
from fondaco.delivery.api.writes import write
from fondaco.flows import ledger_pages as flow
from fondaco.flows.ledger_pages import ReportSheet
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import (
    BreakDTO,
    CheckDTO,
    EntryFilter,
    EntryView,
    ExpectedPage,
    FileDTO,
    PeriodDTO,
    RunReport,
)

router = Router(tags=["finance"])
Word = Annotated[str, Field(max_length=80)]


class PeriodIn(Schema):
    """The first and the last effective day to close."""

    first_on: date
    last_on: date


class ReasonIn(Schema):
    """Why."""

    reason: str = Field(min_length=1, max_length=200)


class RunIn(Schema):
    """Which leg; `dry_run` only tells what would be matched and posted; `plan` is what a dry run named so."""

    leg: Literal["clearing", "bank"]
    dry_run: bool = True
    plan: str = Field(default="", max_length=32)


class DeedIn(Schema):
    """What to do with a break. `note`: whom to assign it to, or why to write it off; `line_id`: what it is."""

    deed: Literal["assign", "propose", "reject", "approve", "match"]
    note: str = Field("", max_length=300)
    line_id: UUID | None = None


class EntryAsk(Schema):
    """Which postings; `cursor` is that of the page before."""

    account: Word = ""
    currency: Annotated[str, Field(max_length=3)] = ""
    kind: Word = ""
    source: Word = ""
    since: date | None = None
    until: date | None = None
    cursor: Annotated[str, Field(max_length=30, pattern=r"^([0-9]{1,18}[.][0-9]{1,4})?$")] = ""
    size: Size = 50


class EntriesOut(Page[EntryView]):
    """Postings; `sums` by currency of all that match, with how many there are."""

    sums: list[tuple[str, Money, int]]


class BreaksOut(Page[BreakDTO]):
    """Lines that nothing explains; `counts` by state, whatever was asked for."""

    counts: dict[str, int]


@router.get("/entries", response=EntriesOut)
def entries(request: HttpRequest, asked: Query[EntryAsk]) -> dict[str, Any]:
    """The postings on the caller's accounts (the operator: on all), newest first, with the sum of all that match."""
    filters = EntryFilter(
        code=asked.account, currency=asked.currency, kind=asked.kind, source=asked.source, since=asked.since,
        until=asked.until,
    )  # fmt: skip
    page = finance.browse_entries(scope_of(request), filters=filters, cursor=asked.cursor, size=asked.size)
    return {"items": page.lines, "next_cursor": page.next_cursor, "sums": page.sums}


@router.get("/liabilities", response=ReportSheet)
def liabilities(request: HttpRequest, currency: Currency = "EUR", on: date | None = None) -> ReportSheet:
    """What is owed to whom by currency and in one, and how old open sums are; the platform's operator only."""
    scope_of(request).require(kinds=(Kind.PLATFORM,))
    return flow.report_sheet(on=on or clock.now().date(), currency=currency)


@router.get("/checks/latest", response=CheckDTO | None)
def latest_check(request: HttpRequest) -> CheckDTO | None:
    """What the last nightly verification of the 13 invariants found; the platform's operator only."""
    scope_of(request).require(kinds=(Kind.PLATFORM,))
    return finance.last_check()


@router.get("/periods", response=Page[PeriodDTO])
def periods(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The periods of the books, newest first; the platform's operator only."""
    return page_of(flow.period_list(scope_of(request), after=cursor, size=size + 1), size)


@router.post("/periods", response={201: PeriodDTO}, openapi_extra=KEYED)
def close(request: HttpRequest, body: PeriodIn) -> Status[Any]:
    """Close a period: nothing more is posted into it."""
    scope, now = scope_of(request), clock.now()
    return write(
        request,
        lambda: flow.close_books(scope, first_on=body.first_on, last_on=body.last_on, now=now),
        status=201,
    )


@router.post("/periods/{period_id}/reopen", response=PeriodDTO, openapi_extra=KEYED)
def reopen(request: HttpRequest, period_id: UUID, body: ReasonIn) -> Status[Any]:
    """Open a closed period again; another person than who closed it."""
    scope, now = scope_of(request), clock.now()
    return write(request, lambda: flow.reopen_books(scope, period_id, reason=body.reason, now=now))


@router.get("/expected-payments", response=ExpectedPage)
def expected(
    request: HttpRequest,
    state: Literal["", "expected", "received", "withdrawn"] = "",
    cursor: UUID | None = None,
    size: Size = 50,
) -> ExpectedPage:
    """Transfers promised to the house, the oldest first: a payer's and a beneficiary's own, the operator's all."""
    return finance.browse_expected(
        scope_of(request), state=state, cursor=str(cursor) if cursor else "", size=size
    )


@router.get("/reconciliation/breaks", response=BreaksOut)
def breaks(
    request: HttpRequest,
    state: Literal["", "open", "assigned", "proposed", "resolved"] = "",
    leg: Literal["", "clearing", "bank"] = "",
    cursor: UUID | None = None,
    size: Size = 50,
) -> dict[str, Any]:
    """Lines that nothing explains, oldest first (without a state: the unresolved); the platform's operator only."""
    today = clock.now().date()
    found = finance.browse_breaks(
        scope_of(request), state=state, leg=leg, after=cursor, size=size, today=today
    )
    following = str(found.rows[-1].id) if found.next_offset else ""
    return {"items": found.rows, "next_cursor": following, "counts": found.counts}


@router.get("/reconciliation/files", response=Page[FileDTO])
def files(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The files taken in last, with how much of them is matched; the platform's operator only."""
    return page_of(finance.list_files(scope_of(request), after=cursor, size=size + 1), size)


@router.post("/reconciliation/runs", response=RunReport, openapi_extra=KEYED)
def run(request: HttpRequest, body: RunIn) -> Status[Any]:
    """Match one leg, or only tell; with a `plan` exactly what a dry run told, else 409. The platform's operator only."""
    scope, now = scope_of(request), clock.now()
    return write(
        request, lambda: flow.reconcile_leg(scope, body.leg, dry_run=body.dry_run, plan=body.plan, now=now)
    )


@router.post("/reconciliation/breaks/{break_id}/deeds", response={204: None}, openapi_extra=KEYED)
def deed(request: HttpRequest, break_id: UUID, body: DeedIn) -> Status[Any]:
    """Assign a break, match it by hand, propose a write-off, or (somebody else) approve or reject it."""
    scope, now = scope_of(request), clock.now()
    return write(
        request,
        lambda: flow.resolve_break(
            scope, break_id, deed=body.deed, note=body.note, line_id=body.line_id, now=now
        ),
        status=204,
    )
