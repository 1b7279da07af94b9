"""Returns as read: the desk by clock, one return in full, the claims. A fixed number of queries each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.adapters.return_rules import clock_rules, return_policy
from fondaco.platforms.window.domain.returned import ALARM_DAYS, Claimable, Clock, ReturnFacts, clocks_for
from fondaco.platforms.window.models import (
    DutyClaim,
    ReturnableLine,
    ReturnApplication,
    ReturnCase,
    ReturnedLine,
    ReturnEvent,
    ReturnVerdict,
)
from fondaco.platforms.window.return_centre_claims import claims_open_to, explain_claim
from fondaco.platforms.window.return_centre_log import ENDED, clock_of
from fondaco.platforms.window.return_centre_parts import PartRow, part_views
from fondaco.platforms.window.return_centre_rebates import RebateBack, rebates_back

BY_CLOCK = ("past", "week", "later", "none")


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return as the desk lists it; `days_left` is None where no clock runs."""

    id: UUID
    number: str
    order_id: UUID
    order_number: str
    state: str
    reason: str
    sold_into: str
    centre: str
    pieces: int
    value: Money
    next_clock: str
    next_due_on: date | None
    days_left: int | None
    has_missed: bool
    refund_state: str
    opened_on: date
    is_demo: bool


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """Graded pieces and their route; `weighed` is every route with what it brings and why it is closed."""

    id: UUID
    grade: str
    quantity: int
    refund: Money
    finding: str
    graded_by: str
    graded_at: datetime
    route: str
    weighed: tuple[Mapping[str, Any], ...]
    overruled_why: str
    witnessed_by: str
    witness_note: str
    witnessed_at: datetime | None
    moved_at: datetime | None


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a return: what was authorised, came, and became of it.

    `duty` and `tax` are what the `quantity` pieces carry of `duty_of_line` and `tax_of_line`, charged on all `sold`.
    """

    id: UUID
    order_line_id: UUID
    line_no: int
    sku: str
    title: str
    origin: str
    sold: int
    quantity: int
    received: int
    gone: Mapping[str, int]
    price: Money
    duty: Money
    tax: Money
    duty_of_line: Money
    tax_of_line: Money
    verdicts: tuple[VerdictRow, ...] = ()

    @property
    def on_hand(self) -> int:
        """Pieces that lie at the centre."""
        return self.received - sum(self.gone.values())


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim against an authority, about one import declaration. `worked` is how its amount was found."""

    id: UUID
    case_id: UUID
    number: str
    seller_id: UUID
    authority_id: UUID | None
    code: str
    country: str
    form: str
    duty: Money
    tax: Money
    granted: Money | None
    deadline_on: date
    days_left: int
    state: str
    reference: str
    why: str
    worked: Mapping[str, Any]
    part: int
    declaration_id: UUID | None

    @property
    def amount(self) -> Money:
        return self.duty + self.tax


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application to customs about the goods of one declaration, and where it stands."""

    id: UUID
    message: str
    part: int
    declaration_id: UUID | None
    pieces: int
    reference: str
    state: str
    state_at: datetime


@dataclass(frozen=True, slots=True)
class LogRow:
    """One entry of the log."""

    code: str
    before: str
    after: str
    detail: Mapping[str, Any]
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnSheet:
    """One return in full."""

    row: ReturnRow
    seller_id: UUID
    buyer_id: UUID
    authority_id: UUID | None
    credit_note_id: UUID | None
    sent_from: str
    centre_name: str
    centre_country: str
    note: str
    tracking: str
    refund: Money | None
    reimport_id: UUID | None
    regimes: Mapping[str, str]
    lines: tuple[LineRow, ...]
    clocks: tuple[Clock, ...]
    claims: tuple[ClaimRow, ...]
    claimable: tuple[Claimable, ...]
    applications: tuple[ApplicationRow, ...]
    parts: tuple[PartRow, ...]
    rebates: tuple[RebateBack, ...]
    log: tuple[LogRow, ...]
    photos: tuple[UUID, ...]
    policy: str


def returns_desk(
    scope: Scope, *, today: date, state: str = "", clock: str = "", after: UUID | None = None, size: int = 50
) -> list[ReturnRow]:
    """Returns that `scope` may see, the soonest clock first, then those without one; past row `after`."""
    rows = _by_clock(ReturnCase.objects.of(scope), clock, today)
    rows = rows.filter(state=state) if state else rows
    if after is not None:
        last = ReturnCase.objects.of(scope).filter(pk=after).values("next_due_on").first()
        due = last["next_due_on"] if last else None
        later = Q(next_due_on__isnull=True, id__gt=after) if due is None else (
            Q(next_due_on__gt=due) | Q(next_due_on=due, id__gt=after) | Q(next_due_on__isnull=True)
        )  # fmt: skip
        rows = rows.filter(later)
    ordered = rows.annotate(pieces=Sum("lines__quantity"), value=Sum("lines__price_minor"))
    return [_row(row, today) for row in ordered.order_by("next_due_on", "id")[: max(1, min(size, 500))]]


def _by_clock(rows: QuerySet[ReturnCase], clock: str, today: date) -> QuerySet[ReturnCase]:
    week = today + timedelta(days=ALARM_DAYS)
    chosen = {
        "past": Q(has_missed=True),
        "week": Q(next_due_on__lte=week),
        "later": Q(next_due_on__gt=week),
        "none": Q(next_due_on__isnull=True),
    }
    return rows.filter(chosen[clock]) if clock in chosen else rows


def count_returns_desk(scope: Scope, *, today: date) -> dict[str, int]:
    """How many returns are under way, past a clock, due in a week, done; and claims that are open. Two queries."""
    week = today + timedelta(days=ALARM_DAYS)
    counted = ReturnCase.objects.of(scope).aggregate(
        all=Count("id"),
        open=Count("id", filter=~Q(state__in=ENDED)),
        past=Count("id", filter=Q(has_missed=True)),
        week=Count("id", filter=Q(next_due_on__lte=week)),
        here=Count("id", filter=Q(state__in=("arrived", "graded", "routed"))),
    )
    claims = DutyClaim.objects.of(scope).aggregate(
        claims=Count("id", filter=Q(state__in=("open", "lodged", "granted")))
    )
    return {**counted, **claims}


def _row(row: Any, today: date) -> ReturnRow:
    return ReturnRow(
        id=row.id, number=row.number, order_id=row.order_id, order_number=row.order_number, state=row.state,
        reason=row.reason, sold_into=row.sold_into, centre=row.centre, pieces=row.pieces or 0,
        value=Money(row.value or 0, row.currency), next_clock=row.next_clock, next_due_on=row.next_due_on,
        days_left=(row.next_due_on - today).days if row.next_due_on else None, has_missed=row.has_missed,
        refund_state=row.refund_state, opened_on=date.fromisoformat(row.days["opened"]), is_demo=row.is_demo,
    )  # fmt: skip


def return_clocks(facts: ReturnFacts) -> list[Clock]:
    """The time limits that a return of such facts has."""
    return clocks_for(clock_rules(), facts)


def return_sheet(scope: Scope, case_id: UUID, *, now: datetime) -> ReturnSheet:
    """One return in full, if `scope` may see it, else NotFound."""
    mine = ReturnCase.objects.of(scope).filter(pk=case_id).prefetch_related("clocks", "lines")
    row = mine.annotate(pieces=Sum("lines__quantity"), value=Sum("lines__price_minor")).first()
    if row is None:
        raise NotFound(field="return", value=case_id)
    today = now.date()
    centre = return_policy().centre_for(row.sold_into)
    return ReturnSheet(
        row=_row(row, today), seller_id=row.seller_id, buyer_id=row.buyer_id, authority_id=row.authority_id,
        credit_note_id=row.credit_note_id, sent_from=row.sent_from, centre_name=centre.name if centre else "", centre_country=row.centre_country,
        note=row.note, tracking=row.tracking,
        refund=Money(row.refund_minor, row.currency) if row.refund_minor is not None else None,
        reimport_id=row.reimport_id, regimes=row.regimes, lines=_lines(row),
        clocks=tuple(sorted((clock_of(one) for one in row.clocks.all()), key=lambda c: (c.ends_on, c.code, c.part))),
        claims=tuple(_claim(c, today) for c in row.claims.select_related("case").order_by("opened_at", "code", "part")),
        claimable=tuple(claims_open_to(row, now=now)),
        applications=tuple(
            ApplicationRow(*one)
            for one in ReturnApplication.objects.house().filter(case=row).order_by("message", "part")
            .values_list("id", "message", "part", "declaration_id", "pieces", "reference", "state", "state_at")
        ),
        parts=part_views(row), rebates=rebates_back(scope, row),
        log=tuple(
            LogRow(*one)
            for one in ReturnEvent.objects.house().filter(case=row).order_by("at", "id")
            .values_list("code", "before", "after", "detail", "actor", "at")
        ),
        photos=tuple(row.photos.order_by("added_at").values_list("id", flat=True)),
        policy=f"{return_policy().label}, {return_policy().version}",
    )  # fmt: skip


def _lines(case: ReturnCase) -> tuple[LineRow, ...]:
    rows = (
        ReturnedLine.objects.house().filter(case=case).select_related("account").order_by("account__line_no")
    )
    verdicts: dict[UUID, list[VerdictRow]] = {}
    for verdict in ReturnVerdict.objects.house().filter(line__case=case).order_by("grade"):
        verdicts.setdefault(verdict.line_id, []).append(_verdict(verdict, case.currency))
    return tuple(_line(row, tuple(verdicts.get(row.id, ()))) for row in rows)


def _line(row: ReturnedLine, verdicts: tuple[VerdictRow, ...]) -> LineRow:
    account, money = row.account, row.account.currency
    gone = {name: getattr(row, name) for name in ("restock", "reexport", "domestic", "donate", "destroy")}
    return LineRow(
        row.id, account.order_line_id, account.line_no, account.sku, account.title, account.origin, account.sold,
        row.quantity, row.received, {name: n for name, n in gone.items() if n}, Money(row.price_minor, money),
        Money(row.duty_minor, money), Money(row.tax_minor, money), Money(account.duty_minor, money),
        Money(account.tax_minor, money), verdicts,
    )  # fmt: skip


def _verdict(row: ReturnVerdict, currency: str) -> VerdictRow:
    return VerdictRow(
        row.id, row.grade, row.quantity, Money(row.refund_minor, currency), row.finding, row.graded_by, row.graded_at,
        row.route, tuple(row.weighed), row.overruled_why, row.witnessed_by, row.witness_note, row.witnessed_at,
        row.moved_at,
    )  # fmt: skip


def _claim(row: DutyClaim, today: date) -> ClaimRow:
    money = row.currency
    granted = None if row.granted_minor is None else Money(row.granted_minor, money)
    return ClaimRow(
        row.id, row.case_id, row.case.number, row.case.seller_id, row.case.authority_id, row.code, row.country, row.form,
        Money(row.duty_minor, money), Money(row.tax_minor, money), granted, row.deadline_on,
        (row.deadline_on - today).days, row.state, row.reference, row.why, explain_claim(row), row.part,
        row.declaration_id,
    )  # fmt: skip


def claims_desk(
    scope: Scope, *, today: date, state: str = "", after: UUID | None = None, size: int = 50
) -> list[ClaimRow]:
    """Claims that `scope` may see, the nearest deadline first, past row `after`."""
    rows = DutyClaim.objects.of(scope).select_related("case")
    rows = rows.filter(state=state) if state else rows
    if after is not None:
        last = DutyClaim.objects.of(scope).filter(pk=after).values_list("deadline_on", flat=True).first()
        rows = (
            rows.filter(Q(deadline_on__gt=last) | Q(deadline_on=last, id__gt=after)) if last else rows.none()
        )
    return [_claim(row, today) for row in rows.order_by("deadline_on", "id")[: max(1, min(size, 500))]]


def claim_of(scope: Scope, claim_id: UUID, *, today: date) -> ClaimRow:
    """One claim that `scope` may see, else NotFound."""
    row = DutyClaim.objects.of(scope).select_related("case").filter(pk=claim_id).first()
    if row is None:
        raise NotFound(field="claim", value=claim_id)
    return _claim(row, today)


def returns_for_order(scope: Scope, order_id: UUID, *, today: date) -> list[ReturnRow]:
    """The returns of one order that `scope` may see, newest first."""
    rows = ReturnCase.objects.of(scope).filter(order_id=order_id)
    summed = rows.annotate(pieces=Sum("lines__quantity"), value=Sum("lines__price_minor"))
    return [_row(row, today) for row in summed.order_by("-opened_at", "-id")]


def pieces_back(order_id: UUID) -> dict[UUID, int]:
    """Pieces of each line of an order that are in returns, by the line's id."""
    return dict(
        ReturnableLine.objects.house().filter(order_id=order_id).values_list("order_line_id", "claimed")
    )


def cases_of_notes(note_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The return of each credit note that has one."""
    rows = ReturnCase.objects.house().filter(credit_note_id__in=list(note_ids))
    return {note: case for note, case in rows.values_list("credit_note_id", "id") if note}


def case_of_verdict(scope: Scope, verdict_id: UUID) -> UUID:
    """The return that graded pieces belong to, if `scope` may see it, else NotFound."""
    found = (
        ReturnVerdict.objects.of(scope).filter(pk=verdict_id).values_list("line__case_id", flat=True).first()
    )
    if found is None:
        raise NotFound(field="verdict", value=verdict_id)
    return UUID(str(found))
