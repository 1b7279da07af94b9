"""Reading the books: trial balance, balances, statements, the money of one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.paging import newest_after
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.finance.domain.ledger import HOUSE, Balance, EntryView, key_of
from fondaco.systems.finance.domain.money_view import FxView, MoneyView, StageView, can_see, stage_of
from fondaco.systems.finance.domain.payments import PaymentDTO
from fondaco.systems.finance.domain.payouts import PayoutDTO
from fondaco.systems.finance.models import (
    Account,
    Entry,
    FxDeal,
    PaymentAttempt,
    PaymentIntent,
    Payout,
    PayoutState,
    Refund,
    Settlement,
)

# A guarded account's row is its balance; an open one's is its snapshot and the entries since.
_BALANCES = """
SELECT a.owner_id, a.code, a.currency, a.class,
       CASE WHEN a.kind = 'guarded' THEN a.balance
            ELSE coalesce(s.balance, 0) + coalesce((SELECT sum(e.amount) FROM finance_entry e
              WHERE e.account_id = a.id AND e.journal_id > coalesce(s.journal_id, 0)), 0) END,
       a.held
  FROM finance_account a LEFT JOIN finance_balancesnapshot s ON s.account_id = a.id WHERE a.owner_id = ANY (%s) {code} ORDER BY a.owner_id, a.code, a.currency
"""
_TRIAL_TABLE = """
SELECT a.class, split_part(a.code, ':', 1) AS code, e.currency, count(DISTINCT a.id),
       sum(e.amount) FILTER (WHERE e.amount < 0), sum(e.amount) FILTER (WHERE e.amount > 0)
  FROM finance_entry e JOIN finance_account a ON a.id = e.account_id
  JOIN finance_journal j ON j.id = e.journal_id AND j.effective_on <= %s
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class TrialLine:
    """All accounts of one code and currency: debits and credits as positive minor units."""

    account_class: str
    code: str
    currency: str
    accounts: int
    debit_minor: int
    credit_minor: int

    @property
    def balance_minor(self) -> int:
        return self.credit_minor - self.debit_minor


@dataclass(frozen=True, slots=True)
class EscrowSum:
    """Money kept in the escrow of `orders` orders."""

    amount: Money
    orders: int


def trial_balance() -> dict[str, int]:
    """The sum of all entries by currency, in minor units: zero in each, or the books are wrong."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT currency, sum(amount) FROM finance_entry GROUP BY currency ORDER BY currency")
        return {currency: int(total) for currency, total in cursor.fetchall()}


def trial_balance_table(*, until: date = date.max) -> list[TrialLine]:
    """Debits and credits by class, code and currency, of journals effective on or before `until`."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL_TABLE, [until])
        rows = cursor.fetchall()
    return [TrialLine(c, code, cur, n, -int(dr or 0), int(cr or 0)) for c, code, cur, n, dr, cr in rows]


def balances(owner_id: UUID, *, codes: Sequence[str] = ()) -> list[Balance]:
    """All accounts of one owner (of `codes` only, if given), without the escrow of single orders."""
    return balances_of([owner_id], codes=codes).get(owner_id, [])


def balances_of(owner_ids: Iterable[UUID], *, codes: Sequence[str] = ()) -> dict[UUID, list[Balance]]:
    """The accounts of several owners in one query."""
    code = "AND a.code = ANY (%s)" if codes else "AND a.code NOT LIKE 'escrow:%%'"
    arguments: list[Any] = [list(owner_ids), *([list(codes)] if codes else [])]
    found: dict[UUID, list[Balance]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES.format(code=code), arguments)
        for owner, name, currency, cls, balance, held in cursor.fetchall():
            found.setdefault(owner, []).append(Balance(owner, name, currency, cls, int(balance), held))
    return found


def my_balances(scope: Scope) -> list[Balance]:
    """The balances of the asking organisation."""
    return balances(scope.organisation_id)


def statement(
    scope: Scope,
    *,
    owner_id: UUID | None = None,
    code: str = "payable",
    currency: str | None = None,
    before: int | None = None,
    size: int = 50,
) -> list[EntryView]:
    """The lines of an account, newest first; `before` (a journal id) turns the page.

    An organisation reads its own accounts; the platform's operator names any `owner_id`.
    """
    owner = owner_id or scope.organisation_id
    rows = Entry.objects.of(scope).filter(account__owner_id=owner, account__code=code)
    if currency:
        rows = rows.filter(currency=currency)
    if before is not None:
        rows = rows.filter(journal_id__lt=before)
    return entry_views(rows.order_by("-journal_id", "line")[:size])


def money_of_order(scope: Scope, order_id: UUID) -> MoneyView:
    """Every journal and line of one order that `scope` may see, grouped from payment to payout.

    The seller and the operator see all parts of the order's money, the buyer what was paid, kept and
    given back, everybody else the lines on their own accounts. NotFound for who has no part in it.
    """
    part = _part(scope, order_id)
    lines = _visible(scope, order_id, part)
    if not lines:
        raise NotFound(field="order_id", value=order_id)
    journals = {line.journal_id for line in lines}
    return MoneyView(
        order_id=order_id,
        stages=_stages(lines),
        held=_escrow_left(lines, order_id),
        conversions=_conversions(journals) if part else (),
        payments=tuple(payment_dto(p) for p in PaymentIntent.objects.of(scope).filter(order_id=order_id)),
        settlement=_settlement(scope, order_id),
        refunds=_refunds(scope, order_id),
    )


def list_payments(
    scope: Scope,
    *,
    state: str = "",
    before: datetime | None = None,
    after: UUID | None = None,
    size: int = 50,
) -> list[PaymentDTO]:
    """Payments that `scope` may see, newest first; past payment `after` where one is named."""
    rows = PaymentIntent.objects.of(scope)
    if state:
        rows = rows.filter(state=state)
    if before:
        rows = rows.filter(created_at__lt=before)
    return [payment_dto(row) for row in newest_after(rows, after, moment="created_at")[:size]]


def payments_for(order_ids: Sequence[UUID]) -> dict[UUID, PaymentDTO]:
    """The live payment of each order, for flows."""
    rows = PaymentIntent.objects.house().filter(order_id__in=order_ids)
    return {row.order_id: payment_dto(row) for row in rows.exclude(state__in=["failed", "cancelled"])}


def other_payments(keys: Mapping[UUID, str]) -> dict[UUID, PaymentDTO]:
    """What was asked for orders otherwise than under the key given for each: the live payment, else the last that ended.

    For flows: whoever has been at the checkout is waited for there, also after a try that came to nothing.
    """
    ours = {key_of(key) for key in keys.values()}
    rows = PaymentIntent.objects.house().filter(order_id__in=list(keys)).exclude(idem__in=ours)
    ended = Q(state__in=["failed", "cancelled"])
    return {
        row.order_id: payment_dto(row)
        for part in (rows.filter(ended), rows.exclude(ended))
        for row in part.order_by("created_at", "id")
    }


def provider_fees(scope: Scope, payment_ids: Iterable[UUID]) -> dict[UUID, Money]:
    """What the provider kept for each payment, once its file has said so; of a basket, each order's share of it.

    The house bears it, so only the operator and the provider itself are told.
    """
    if scope.kind not in (Kind.PLATFORM, Kind.PSP):
        return {}
    rows = PaymentIntent.objects.of(scope).filter(id__in=list(payment_ids), fee_minor__gt=0)
    return {row.id: Money(row.fee_minor, row.currency) for row in rows}


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try of a payment at one provider: how it ended, and the choice behind it as data."""

    number: int
    connector: str
    context: str
    outcome: str
    reason: str
    decision: dict[str, Any]
    asked_at: datetime
    answered_at: datetime | None


def attempts_of(scope: Scope, payment_id: UUID) -> list[AttemptView]:
    """The tries of one payment that `scope` may see: its seller, the provider asked, the operator."""
    rows = PaymentAttempt.objects.of(scope).filter(payment_id=payment_id).order_by("number")
    return [
        AttemptView(
            r.number, r.connector, r.context, r.outcome, r.reason, r.decision, r.asked_at, r.answered_at
        )
        for r in rows
    ]


def payments_at(provider_id: UUID, *, captured: bool = True) -> list[PaymentDTO]:
    """House work: all payments that are with one provider now, those it has taken only or every one."""
    rows = PaymentIntent.objects.house().filter(provider_id=provider_id)
    rows = rows.filter(state__in=["captured", "settled"]) if captured else rows
    return [payment_dto(row) for row in rows.order_by("id")]


def list_payouts(scope: Scope, *, after: UUID | None = None, size: int = 50) -> list[PayoutDTO]:
    """Payouts that `scope` may see, newest first; past payout `after` where one is named."""
    rows = newest_after(Payout.objects.of(scope), after, moment="created_at")
    return [payout_dto(row) for row in rows[:size]]


def money_in_escrow(scope: Scope) -> list[EscrowSum]:
    """What is kept for the orders that `scope` takes part in and that are not settled yet, by currency."""
    rows = (
        PaymentIntent.objects.of(scope)
        .filter(state__in=["captured", "settled"])
        .exclude(Exists(Settlement.objects.house().filter(order_id=OuterRef("order_id"))))
        .annotate(code=Concat(Value("escrow:"), Cast("order_id", CharField())))
    )
    kept = Account.objects.house().filter(owner_id=HOUSE, code__in=rows.values("code"), balance__gt=0)
    sums = kept.values("currency").annotate(orders=Count("id"), total=Sum("balance")).order_by("currency")
    return [EscrowSum(Money(int(row["total"]), row["currency"]), row["orders"]) for row in sums]


def refunded_from_escrow(order_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """What was refunded before an order was settled: (goods, duty and tax), in minor units of its currency.

    Its escrow holds that much less.
    """
    rows = Refund.objects.house().filter(order_id__in=order_ids, from_escrow=True).exclude(state="failed")
    sums = rows.order_by().values("order_id").annotate(goods=Sum("goods_minor"), dues=Sum("duty_tax_minor"))
    return {row["order_id"]: (int(row["goods"]), int(row["dues"])) for row in sums}


def count_payouts() -> int:
    """House work: how many payouts have been sent on their way, those that came back left out."""
    return int(Payout.objects.house().exclude(state=PayoutState.RETURNED).count())


def count_payouts_in_transit() -> int:
    """House work: how many payouts no bank has confirmed or sent back yet."""
    return int(Payout.objects.house().filter(state=PayoutState.IN_TRANSIT).count())


def escrow_of(order_ids: Sequence[UUID]) -> dict[UUID, Money]:
    """What each order's escrow holds now."""
    codes = {f"escrow:{order_id}": order_id for order_id in order_ids}
    rows = Account.objects.house().filter(code__in=list(codes)).values_list("code", "balance", "currency")
    return {codes[code]: Money(balance, currency) for code, balance, currency in rows}


def payment_dto(intent: PaymentIntent) -> PaymentDTO:
    """`intent` as others see it."""
    return PaymentDTO(
        id=intent.id,
        order_id=intent.order_id,
        buyer_id=intent.buyer_id,
        seller_id=intent.seller_id,
        state=intent.state,
        method=intent.method,
        amount=Money(intent.amount_minor, intent.currency),
        escrow=Money(intent.escrow_minor, intent.escrow_currency),
        rate=intent.rate,
        rate_provider=intent.rate_provider,
        rate_on=intent.rate_on,
        refunded=Money(intent.refunded_minor, intent.currency),
        provider_reference=intent.provider_reference,
        failure=intent.failure,
        provider_id=intent.provider_id,
        country=intent.country,
        attempt=intent.attempt,
        authorised=Money(intent.authorised_minor, intent.currency) if intent.authorised_minor else None,
        basket_id=intent.basket_id,
        made_at=intent.created_at,
    )


def payout_dto(row: Payout) -> PayoutDTO:
    """`row` as others see it."""
    return PayoutDTO(
        id=row.id,
        owner_id=row.owner_id,
        account_code=row.account_code,
        amount=Money(row.amount_minor, row.currency),
        state=row.state,
        run=row.run,
        confirmed_by=row.confirmed_by,
        bank_reference=row.bank_reference,
        effective_on=row.effective_on,
    )


def _visible(scope: Scope, order_id: UUID, part: Kind | None) -> list[EntryView]:
    rows = Entry.objects.house().filter(journal__source=f"order:{order_id}")
    lines = entry_views(rows.order_by("journal_id", "line"))
    return [line for line in lines if can_see(line, kind=part, owner_id=scope.organisation_id)]


def _part(scope: Scope, order_id: UUID) -> Kind | None:
    """As what `scope` takes part in the order: buyer, seller, operator, or only through own accounts."""
    if scope.is_operator:
        return Kind.PLATFORM
    mine = PaymentIntent.objects.of(scope).filter(order_id=order_id).exists()
    return scope.kind if mine and scope.kind in (Kind.SELLER, Kind.BUYER) else None


def _stages(lines: Sequence[EntryView]) -> tuple[StageView, ...]:
    groups: dict[str, list[EntryView]] = {}
    for line in lines:
        groups.setdefault(stage_of(line.kind), []).append(line)
    return tuple(StageView(stage, group[0].effective_on, tuple(group)) for stage, group in groups.items())


def _escrow_left(lines: Sequence[EntryView], order_id: UUID) -> Money | None:
    kept = [Money(line.amount_minor, line.currency) for line in lines if line.code == f"escrow:{order_id}"]
    return Money.sum(kept, kept[0].currency) if kept else None


def _conversions(journals: Iterable[int]) -> tuple[FxView, ...]:
    return tuple(
        FxView(
            d.journal_id, Money(d.sell_minor, d.sell_currency), Money(d.buy_minor, d.buy_currency), d.rate,
            d.provider, d.rate_on,
        )
        for d in FxDeal.objects.filter(journal_id__in=list(journals)).order_by("journal_id")
    )  # fmt: skip


def _settlement(scope: Scope, order_id: UUID) -> dict[str, Any] | None:
    """The frozen settlement, for the seller and the operator: it shows the commission."""
    if scope.kind not in (Kind.SELLER, Kind.PLATFORM):
        return None
    row = Settlement.objects.of(scope).filter(order_id=order_id).values().first()
    return dict(row) if row else None


def _refunds(scope: Scope, order_id: UUID) -> tuple[dict[str, Any], ...]:
    fields = ("return_id", "state", "amount_minor", "currency", "from_escrow", "effective_on")
    return tuple(Refund.objects.of(scope).filter(order_id=order_id).order_by("created_at").values(*fields))


def entry_views(rows: QuerySet[Entry]) -> list[EntryView]:
    """Lines as others see them."""
    return [
        EntryView(
            journal_id=row.journal_id,
            line=row.line,
            kind=row.journal.kind,
            source=row.journal.source,
            owner_id=row.account.owner_id,
            code=row.account.code,
            currency=row.currency,
            amount_minor=row.amount,
            balance_after=row.balance_after,
            effective_on=row.journal.effective_on,
            created_at=row.journal.created_at,
        )
        for row in rows.select_related("journal", "account")
    ]
