"""The books' further pages: postings behind a figure, what is owed and how old it is, periods, reconciliation. With names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from fondaco.commerce.orders import public as orders
from fondaco.flows.money_pages import CURRENCIES, order_in
from fondaco.flows.payout_rules import people_named
from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import (
    HOUSE,
    AgedLine,
    Balance,
    BreakDTO,
    BreakPage,
    DatedRate,
    EntryFilter,
    EntryPage,
    ExpectedDTO,
    FileDTO,
    LineDTO,
    MatchRate,
    Owed,
    PeriodDTO,
    RunReport,
    TakenFile,
)


@dataclass(frozen=True, slots=True)
class PostingSheet:
    """A page of postings with the names of owners and the numbers of orders."""

    page: EntryPage
    names: Mapping[UUID, str]
    numbers: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class OwedLine:
    """What is owed to one party in one currency, with the party's name and kind."""

    name: str
    kind: str
    owed: Owed


@dataclass(frozen=True, slots=True)
class ReportSheet:
    """What is owed and how old it is; `sums` by currency, `in_one` in the chosen one (None: a rate is missing).

    `lines_in` and `aged_in` are the rows' totals in the chosen currency.
    """

    lines: tuple[OwedLine, ...]
    sums: tuple[Money, ...]
    in_one: Money | None
    aged: tuple[AgedLine, ...]
    currencies: tuple[str, ...]
    lines_in: tuple[Money | None, ...] = ()
    aged_in: tuple[Money | None, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskSheet:
    """The reconciliation desk: breaks, files, the providers whose files may be taken in, and who is to pay the house what."""

    page: BreakPage
    files: tuple[FileDTO, ...]
    providers: tuple[tuple[UUID, str], ...]
    rates: tuple[MatchRate, ...] = ()
    expected: tuple[tuple[ExpectedDTO, str], ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)


def posting_sheet(scope: Scope, *, filters: EntryFilter, cursor: str, size: int) -> PostingSheet:
    """The postings that match, with names: the same number of queries for 1 row and for 50."""
    page = finance.browse_entries(scope, filters=filters, cursor=cursor, size=size)
    about = {found for line in page.lines if (found := order_in(line.source))}
    return PostingSheet(page, _names(line.owner_id for line in page.lines), orders.numbers_of(list(about)))


def every_posting(scope: Scope, *, filters: EntryFilter) -> Iterator[EntryPage]:
    """All postings that match, page by page: for an export."""
    page = EntryPage((), (), "0")
    cursor = ""
    while page.next_cursor:
        page = finance.browse_entries(scope, filters=filters, cursor=cursor, size=200)
        cursor = page.next_cursor
        yield page


def report_sheet(*, on: date, currency: str, kind: str = "") -> ReportSheet:
    """Liabilities to parties (of one kind, if named) and the ageing of open sums, on a day."""
    owed = finance.liabilities()
    known = parties.organisations({one.owner_id for one in owed})
    lines = [
        OwedLine(known[one.owner_id].name, known[one.owner_id].kind, one)
        for one in owed
        if one.owner_id in known
    ]
    lines = [line for line in lines if kind in ("", line.kind)]
    sums: dict[str, Money] = {}
    for line in lines:
        total = line.owed.total
        sums[total.currency] = sums.get(total.currency, Money(0, total.currency)) + total
    ordered = tuple(sums[code] for code in sorted(sums))
    lines.sort(key=lambda line: (line.name, line.owed.total.currency))
    aged = tuple(finance.ageing(on=on))
    worths = finance.each_in(
        [*(line.owed.total for line in lines), *(one.total for one in aged)], currency=currency, on=on
    )
    return ReportSheet(
        tuple(lines), ordered, finance.in_currency(ordered, currency=currency, on=on), aged,
        tuple(sorted({*CURRENCIES, *sums})), tuple(worths[: len(lines)]), tuple(worths[len(lines) :]),
    )  # fmt: skip


def owed_in_one(
    *, on: date, currency: str, kind: str = ""
) -> tuple[ReportSheet, tuple[DatedRate | None, ...]]:
    """The report's sum in one currency with the rate that each currency's sum was taken at (None: missing, or the same)."""
    sheet = report_sheet(on=on, currency=currency, kind=kind)
    rates = finance.rates_for([(one.currency, currency) for one in sheet.sums], on)
    return sheet, tuple(rates.get((one.currency, currency)) for one in sheet.sums)


def accounts_in_one(
    scope: Scope, owner_id: UUID | None, *, on: date, currency: str
) -> tuple[list[tuple[Balance, DatedRate | None]], Money | None]:
    """The accounts of one owner (the operator names any, others have their own), each with its rate, and their sum.

    None for a rate that is missing, or is not needed; None for the sum where one is missing.
    """
    owner = (owner_id or HOUSE) if scope.is_operator else scope.organisation_id
    found = [one for one in finance.balances(owner) if one.balance_minor]
    rates = finance.rates_for([(one.currency, currency) for one in found if one.currency != currency], on)
    sums = [Money(one.balance_minor, one.currency) for one in found]
    total = finance.in_currency(sums, currency=currency, on=on)
    return [(one, rates.get((one.currency, currency))) for one in found], total


def period_list(scope: Scope, *, after: UUID | None = None, size: int | None = None) -> list[PeriodDTO]:
    """The periods, the newest first, for the platform's operator: all, or `size` of them past period `after`."""
    scope.require(kinds=(Kind.PLATFORM,))
    return finance.list_periods(after=after, size=size)


def close_books(scope: Scope, *, first_on: date, last_on: date, now: datetime) -> PeriodDTO:
    """Close a period; the operator's manager."""
    scope.require(role=Role.MANAGER, kinds=(Kind.PLATFORM,))
    return finance.close_period(first_on, last_on, actor=who(scope), now=now)


def reopen_books(scope: Scope, period_id: UUID, *, reason: str, now: datetime) -> PeriodDTO:
    """Reopen a period; the operator's manager, but not who closed it."""
    scope.require(role=Role.MANAGER, kinds=(Kind.PLATFORM,))
    return finance.reopen_period(period_id, actor=who(scope), reason=reason, now=now)


def desk_sheet(
    scope: Scope, *, state: str, kind: str, leg: str, offset: int, size: int, today: date
) -> DeskSheet:
    """The breaks as filtered, the files taken in last, and what others have still to transfer."""
    page = finance.browse_breaks(
        scope, state=state, kind=kind, leg=leg, offset=offset, size=size, today=today
    )
    providers = tuple((one.id, one.name) for one in parties.organisations_of_kind(Kind.PSP))
    owners = people_named([row.owner for row in page.rows if row.owner])
    waiting = finance.expected_payments(scope, state=finance.ExpectedState.EXPECTED)
    names = _names(one.payer_id for one in waiting)
    return DeskSheet(
        page, finance.list_files(scope), providers, finance.match_rates(scope),
        tuple((one, names.get(one.payer_id, "")) for one in waiting), owners,
    )  # fmt: skip


def break_sheet(scope: Scope, break_id: UUID, *, today: date) -> tuple[BreakDTO, tuple[LineDTO, ...]]:
    """One break and what it might be."""
    return finance.break_of(scope, break_id, today=today)


def take_file(
    scope: Scope, content: bytes, *, provider_id: UUID | None, reference: str, now: datetime
) -> list[TakenFile]:
    """Take in a settlement file (with a provider) or a bank statement (without); the operator's clerk.

    NotFound for a provider that is none.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.PLATFORM,))
    if provider_id is None:
        return finance.take_bank_statement(content, now=now)
    if provider_id not in {one.id for one in parties.organisations_of_kind(Kind.PSP)}:
        raise NotFound(field="provider", value=provider_id)
    return [finance.take_provider_file(content, provider_id=provider_id, reference=reference, now=now)]


def try_matching(scope: Scope, *, now: datetime) -> tuple[list[RunReport], Mapping[UUID, str]]:
    """What matching both legs would match and post, with the names of the accounts' owners; nothing is kept."""
    told = [reconcile_leg(scope, leg, dry_run=True, now=now) for leg in finance.LEGS]
    return told, _names(line.owner_id for one in told for line in one.postings)


def match_as_tried(scope: Scope, plans: Mapping[str, str], *, now: datetime) -> list[RunReport]:
    """Match both legs exactly as tried (`plans` by leg), or neither: PlanChanged."""
    with transaction.atomic():
        return [
            reconcile_leg(scope, leg, dry_run=False, plan=plans.get(leg, ""), now=now) for leg in finance.LEGS
        ]


def reconcile_leg(scope: Scope, leg: str, *, dry_run: bool, plan: str = "", now: datetime) -> RunReport:
    """Match one leg, or only tell, or match exactly what was told (`plan`); the operator's clerk. PlanChanged."""
    scope.require(role=Role.CLERK, kinds=(Kind.PLATFORM,))
    return finance.run_reconciliation(leg, now=now, actor=who(scope), dry_run=dry_run, plan=plan)


def resolve_break(
    scope: Scope, break_id: UUID, *, deed: str, note: str = "", line_id: UUID | None = None, now: datetime
) -> None:
    """Assign (`note` names whom), propose, reject or approve a write-off, or match by hand with `line_id`."""
    scope.require(role=Role.CLERK, kinds=(Kind.PLATFORM,))
    actor = who(scope)
    if deed == "assign":
        finance.assign_break(break_id, owner=note or actor, actor=actor, now=now)
    elif deed == "propose":
        finance.propose_write_off(break_id, note=note, actor=actor, now=now)
    elif deed == "reject":
        finance.reject_write_off(break_id, actor=actor, now=now)
    elif deed == "approve":
        scope.require(role=Role.MANAGER)
        finance.approve_write_off(break_id, actor=actor, now=now)
    elif deed == "match" and line_id:
        found, _ = finance.break_of(scope, break_id, today=now.date())
        mine = found.line
        pair = ([mine.id], [line_id]) if mine.side == "ledger" else ([line_id], [mine.id])
        finance.match_by_hand(*pair, actor=actor, now=now)
    else:
        raise finance.NoMatch(
            "Assign, propose, reject, approve, or match with a line.", field="deed", value=deed
        )


def who(scope: Scope) -> str:
    """The person, as the audit trail names them: what four eyes are told apart by."""
    return str(scope.user_id) if scope.user_id else scope.actor or str(scope.organisation_id)


def _names(ids: Iterable[UUID]) -> dict[UUID, str]:
    return {key: one.name for key, one in parties.organisations(set(ids) - {HOUSE}).items()}
