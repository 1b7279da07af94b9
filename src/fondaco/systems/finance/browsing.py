"""Reading the books page by page: payments, payouts, accounts, statements and single journals, for pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.systems.finance.domain.ledger import EntryView
from fondaco.systems.finance.domain.payments import PaymentDTO
from fondaco.systems.finance.domain.payouts import PayoutDTO
from fondaco.systems.finance.models import Account, ChainLink, Entry, Journal, PaymentIntent, Payout
from fondaco.systems.finance.selectors import entry_views, payment_dto, payout_dto
from fondaco.systems.finance.services.escrow import stuck_orders

MOST = 200


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Which payments: empty means all. Days are those of the payment's posting, both included.

    `stuck`: only those whose order's money is free and could not be shared out.
    """

    state: str = ""
    currency: str = ""
    method: str = ""
    since: date | None = None
    until: date | None = None
    order_id: UUID | None = None
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment with its moments."""

    payment: PaymentDTO
    effective_on: date
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """A page of payments, newest first; `next_cursor` is empty on the last one.

    `counts` are by state over all that the scope may see; `currencies` those it pays or is paid in.
    """

    rows: tuple[PaymentLine, ...]
    next_cursor: str
    counts: Mapping[str, int]
    currencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """A payout with its moments."""

    payout: PayoutDTO
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PayoutPage:
    """A page of payouts, newest first, with the counts by state."""

    rows: tuple[PayoutLine, ...]
    next_cursor: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account as the operator's explorer lists it."""

    id: int
    owner_id: UUID
    code: str
    currency: str
    account_class: str
    balance: Money
    held: Money
    entries: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One account over a time: what stood there before, what came and went, what stands after, and its lines.

    Sums are credits minus debits in minor units; lines are newest first.
    """

    owner_id: UUID
    code: str
    currency: str
    opening: Money
    credits: Money
    debits: Money
    closing: Money
    count: int
    lines: tuple[EntryView, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class JournalView:
    """One journal as far as the reader may see it, with its link in the chain (None: not sealed yet)."""

    id: int
    kind: str
    source: str
    effective_on: date
    created_at: datetime
    lines: tuple[EntryView, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)
    reversal_of: int | None = None
    reversed_by: int | None = None
    seal: str = ""


def browse_payments(scope: Scope, *, filters: PaymentFilter, cursor: str = "", size: int = 50) -> PaymentPage:
    """Payments that `scope` may see, in three queries whatever their number."""
    mine = PaymentIntent.objects.of(scope)
    rows = _chosen(mine, filters).order_by("-id")
    if before := _uuid(cursor):
        rows = rows.filter(id__lt=before)
    found = list(rows[: _capped(size) + 1])
    shown = found[: _capped(size)]
    return PaymentPage(
        rows=tuple(_payment_line(row) for row in shown),
        next_cursor=str(shown[-1].id) if len(found) > len(shown) else "",
        counts=_by_state(mine),
        currencies=tuple(mine.order_by("currency").values_list("currency", flat=True).distinct()),
    )


def payment_of(scope: Scope, payment_id: UUID) -> PaymentLine:
    """One payment that `scope` may see. NotFound otherwise."""
    row = PaymentIntent.objects.of(scope).filter(id=payment_id).first()
    if row is None:
        raise NotFound(field="payment", value=payment_id)
    return _payment_line(row)


def browse_payouts(
    scope: Scope, *, state: str = "", currency: str = "", cursor: str = "", size: int = 50
) -> PayoutPage:
    """Payouts that `scope` may see, in two queries whatever their number."""
    mine = Payout.objects.of(scope)
    rows = mine.order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if currency:
        rows = rows.filter(currency=currency)
    if before := _uuid(cursor):
        rows = rows.filter(id__lt=before)
    found = list(rows[: _capped(size) + 1])
    shown = found[: _capped(size)]
    return PayoutPage(
        rows=tuple(PayoutLine(payout_dto(row), row.created_at, row.changed_at) for row in shown),
        next_cursor=str(shown[-1].id) if len(found) > len(shown) else "",
        counts=_by_state(mine),
    )


def browse_accounts(
    scope: Scope,
    *,
    code: str = "",
    currency: str = "",
    owner_id: UUID | None = None,
    after: int = 0,
    size: int = 50,
) -> list[AccountLine]:
    """Accounts that `scope` may see, in order of making; `code` "escrow" means the escrows of all orders."""
    rows = Account.objects.of(scope).filter(id__gt=after)
    if code:
        rows = rows.filter(Q(code=code) | Q(code__startswith=f"{code}:"))
    if currency:
        rows = rows.filter(currency=currency)
    if owner_id:
        rows = rows.filter(owner_id=owner_id)
    summed = rows.annotate(total=Sum("entries__amount"), number=Count("entries")).order_by("id")
    return [
        AccountLine(
            id=row.id, owner_id=row.owner_id, code=row.code, currency=row.currency, account_class=row.account_class,
            balance=Money(int(row.total or 0), row.currency), held=Money(row.held, row.currency), entries=row.number,
        )
        for row in summed[: _capped(size)]
    ]  # fmt: skip


def account_statement(
    scope: Scope,
    *,
    owner_id: UUID,
    code: str,
    currency: str,
    since: date | None = None,
    until: date | None = None,
    cursor: str = "",
    size: int = 50,
) -> Statement:
    """The statement of one account of `owner_id` from `since` to `until`, in two queries.

    An organisation reads its own accounts, the operator any; an account without lines is all zeros.
    """
    mine = Entry.objects.of(scope).filter(account__owner_id=owner_id, account__code=code, currency=currency)
    within = _effective(mine, since, until)
    before = Q(journal__effective_on__lt=since) if since else Q(pk__in=[])
    inside = Q(journal__effective_on__gte=since) if since else Q()
    sums = _effective(mine, None, until).aggregate(
        opening=Sum("amount", filter=before),
        credits=Sum("amount", filter=inside & Q(amount__gt=0)),
        debits=Sum("amount", filter=inside & Q(amount__lt=0)),
        number=Count("amount", filter=inside),
    )
    rows = _before(within, cursor).order_by("-journal_id", "line")
    found = entry_views(rows[: _capped(size) + 1])
    shown = found[: _capped(size)]
    opening, came, went = (int(sums[name] or 0) for name in ("opening", "credits", "debits"))
    return Statement(
        owner_id=owner_id, code=code, currency=currency,
        opening=Money(opening, currency), credits=Money(came, currency), debits=Money(went, currency),
        closing=Money(opening + came + went, currency), count=sums["number"] or 0, lines=tuple(shown),
        next_cursor=f"{shown[-1].journal_id}.{shown[-1].line}" if len(found) > len(shown) else "",
    )  # fmt: skip


def journal_of(scope: Scope, journal_id: int) -> JournalView:
    """One journal: all its lines for the operator, else those on the reader's own accounts. NotFound for none."""
    rows = Entry.objects.of(scope).filter(journal_id=journal_id).order_by("line")
    lines = entry_views(rows)
    journal = Journal.objects.filter(id=journal_id).select_related("reversed_by").first() if lines else None
    if journal is None:
        raise NotFound(field="journal", value=journal_id)
    link = ChainLink.objects.filter(journal_id=journal_id).first()
    undone = getattr(journal, "reversed_by", None)
    return JournalView(
        id=journal.id, kind=journal.kind, source=journal.source, effective_on=journal.effective_on,
        created_at=journal.created_at, lines=tuple(lines), meta=journal.meta if scope.is_operator else {},
        reversal_of=journal.reversal_of_id, reversed_by=undone.id if undone else None,
        seal=bytes(link.hash).hex() if link else "",
    )  # fmt: skip


def _chosen(rows: QuerySet[PaymentIntent], chosen: PaymentFilter) -> QuerySet[PaymentIntent]:
    wanted = {
        "state": chosen.state,
        "currency": chosen.currency,
        "method": chosen.method,
        "effective_on__gte": chosen.since,
        "effective_on__lte": chosen.until,
        "order_id": chosen.order_id,
    }
    if chosen.stuck:
        rows = rows.filter(order_id__in=stuck_orders())
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def _payment_line(row: PaymentIntent) -> PaymentLine:
    return PaymentLine(payment_dto(row), row.effective_on, row.created_at, row.changed_at)


def _by_state(rows: QuerySet[Any]) -> dict[str, int]:
    counted = rows.order_by().values_list("state").annotate(number=Count("id"))
    return {state: number for state, number in counted}  # noqa: C416 - a pair of the row, typed


def _effective(rows: QuerySet[Entry], since: date | None, until: date | None) -> QuerySet[Entry]:
    if since:
        rows = rows.filter(journal__effective_on__gte=since)
    return rows.filter(journal__effective_on__lte=until) if until else rows


def _before(rows: QuerySet[Entry], cursor: str) -> QuerySet[Entry]:
    """The lines that stand after the one named "journal.line" when the newest journal is first."""
    journal, _, line = cursor.partition(".")
    if not (journal.isdecimal() and line.isdecimal() and len(journal) < 19 and len(line) < 5):
        return rows
    return rows.filter(Q(journal_id__lt=int(journal)) | Q(journal_id=int(journal), line__gt=int(line)))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _capped(size: int) -> int:
    return max(1, min(size, MOST))


__all__: Sequence[str] = [
    "AccountLine", "JournalView", "PaymentFilter", "PaymentLine", "PaymentPage", "PayoutLine", "PayoutPage",
    "Statement", "account_statement", "browse_accounts", "browse_payments", "browse_payouts", "journal_of",
    "payment_of",
]  # fmt: skip
