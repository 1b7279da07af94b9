"""The money pages: payments, payouts, statements and the books, with the names of orders and parties. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties import public as parties
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import (
    HOUSE,
    AccountLine,
    AttemptView,
    Balance,
    BasketDTO,
    DatedRate,
    DisputeDTO,
    EscrowHold,
    EscrowSum,
    ExpectedDTO,
    Finding,
    JournalView,
    MoneyView,
    PaymentFilter,
    PaymentLine,
    PaymentPage,
    PayoutPage,
    ServiceShare,
    Statement,
    Trace,
    TrialLine,
    WebhookNoteDTO,
)

EXPORT_PAGE = 200
_ACCOUNT_HOLDERS = (Kind.PLATFORM, Kind.SELLER, Kind.CARRIER, Kind.CUSTOMS, Kind.TAX, Kind.BANK, Kind.PSP)
CURRENCIES = ("EUR", "USD", "GBP", "CNY", "JPY")  # in one of which reports add everything up


@dataclass(frozen=True, slots=True)
class PaymentList:
    """A page of payments, the numbers of their orders, the names of their parties, what escrow keeps.

    `stuck` counts the orders whose money is free and could not be shared out.
    """

    page: PaymentPage
    numbers: Mapping[UUID, str]
    names: Mapping[UUID, str]
    kept: tuple[EscrowSum, ...] = ()
    kept_now: Mapping[UUID, Money] = field(default_factory=dict)
    stuck: int = 0


@dataclass(frozen=True, slots=True)
class PaymentSheet:
    """One payment, its order's number, and all of the order's money that the reader may see.

    Its tries and the webhooks about it are for the seller, the provider and the operator, not for the buyer. The
    basket that it is a share of is for the buyer, the provider and the operator: no seller sees another's share.
    """

    line: PaymentLine
    number: str
    money: MoneyView | None
    names: Mapping[UUID, str]
    attempts: tuple[AttemptView, ...] = ()
    webhooks: tuple[WebhookNoteDTO, ...] = ()
    disputes: tuple[DisputeDTO, ...] = ()
    hold: EscrowHold | None = None
    basket: BasketDTO | None = None
    fee: Money | None = None
    services: tuple[tuple[ServiceShare, Money], ...] = ()
    numbers: Mapping[UUID, str] = field(default_factory=dict)
    trace: Trace = field(default_factory=lambda: Trace((), ()))


@dataclass(frozen=True, slots=True)
class PayoutSheet:
    """Payouts and who is paid, the reader's balances, and the transfers promised by or to the reader with the payer's name."""

    page: PayoutPage
    names: Mapping[UUID, str]
    balances: tuple[Balance, ...]
    expected: tuple[tuple[ExpectedDTO, str], ...]


@dataclass(frozen=True, slots=True)
class LedgerSheet:
    """The accounts of one owner and the statement of the one chosen (None: the owner has no account)."""

    owner_id: UUID
    owner_name: str
    balances: tuple[Balance, ...]
    statement: Statement | None
    numbers: Mapping[UUID, str] = field(default_factory=dict)
    owners: tuple[tuple[UUID, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Books:
    """The trial balance, its sum by currency, what a check found (None: not checked now), and each line in one currency.

    `rates` are those of the day that the lines were turned into the one currency at.
    """

    lines: tuple[TrialLine, ...]
    sums: Mapping[str, int]
    findings: tuple[Finding, ...] | None
    worths: Mapping[TrialLine, Money | None] = field(default_factory=dict)
    rates: tuple[DatedRate, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalSheet:
    """One journal with the names of the accounts' owners and the number of its order."""

    journal: JournalView
    names: Mapping[UUID, str]
    order_id: UUID | None
    number: str


def payment_list(scope: Scope, *, filters: PaymentFilter, cursor: str, size: int) -> PaymentList:
    """The payments that `scope` may see: the same number of queries for 1 row and for 50."""
    page = finance.browse_payments(scope, filters=filters, cursor=cursor, size=size)
    found = [row.payment for row in page.rows]
    return PaymentList(
        page=page,
        numbers=_numbers(payment.order_id for payment in found),
        names=_names(party for payment in found for party in (payment.buyer_id, payment.seller_id)),
        kept=tuple(finance.money_in_escrow(scope)),
        kept_now=finance.escrow_of([payment.order_id for payment in found]),
        stuck=finance.count_stuck(scope),
    )


def every_payment(scope: Scope, *, filters: PaymentFilter) -> Iterator[tuple[PaymentLine, str]]:
    """All payments that match, each with its order's number: for an export."""
    cursor = ""
    while True:
        page = finance.browse_payments(scope, filters=filters, cursor=cursor, size=EXPORT_PAGE)
        numbers = _numbers(row.payment.order_id for row in page.rows)
        yield from ((row, numbers.get(row.payment.order_id, "")) for row in page.rows)
        cursor = page.next_cursor
        if not cursor:
            return


def payment_sheet(scope: Scope, payment_id: UUID, *, now: datetime) -> PaymentSheet:
    """One payment that `scope` may see, else NotFound."""
    line = finance.payment_of(scope, payment_id)
    order_id = line.payment.order_id
    moved = line.payment.state in ("captured", "settled")
    money = finance.money_of_order(scope, order_id) if moved and scope.kind != Kind.PSP else None
    owners = {entry.owner_id for stage in money.stages for entry in stage.lines} if money else set()
    basket_id = line.payment.basket_id
    charge = basket_id or payment_id  # what the provider calls it, in its files and webhooks
    basket = finance.basket_of(scope, basket_id) if basket_id else None
    trace = finance.trace_order(scope, order_id, payments=[charge]) if money else Trace((), ())
    owners |= {one.owner_id for one in trace.payouts}
    numbers = _numbers([order_id, *(one.order_id for one in basket.payments)] if basket else [order_id])
    names = _names({line.payment.buyer_id, line.payment.seller_id, *owners})
    inside = scope.kind in (Kind.PSP, Kind.PLATFORM)
    return PaymentSheet(
        line=line,
        number=numbers.get(order_id, ""),
        money=money,
        names=names,
        attempts=tuple(finance.attempts_of(scope, payment_id)),
        webhooks=tuple(finance.list_webhooks(scope, payment_id=charge)) if inside else (),
        disputes=tuple(finance.list_disputes(scope, payment_id=payment_id)),
        hold=finance.hold_of_order(scope, order_id, now=now),
        basket=basket,
        services=tuple(finance.services_of_order(scope, order_id)),
        fee=finance.provider_fees(scope, [payment_id]).get(payment_id),
        numbers=numbers,
        trace=trace,
    )


def payout_list(scope: Scope, *, state: str, cursor: str, size: int) -> PayoutSheet:
    """The payouts that `scope` may see, with names, its own balances and, but for the operator, what is expected."""
    page = finance.browse_payouts(scope, state=state, cursor=cursor, size=size)
    waiting = (
        () if scope.is_operator else finance.expected_payments(scope, state=finance.ExpectedState.EXPECTED)
    )
    names = _names([*(row.payout.owner_id for row in page.rows), *(one.payer_id for one in waiting)])
    expected = tuple((one, names.get(one.payer_id, "")) for one in waiting)
    return PayoutSheet(page, names, tuple(finance.my_balances(scope)), expected)


def ledger_sheet(
    scope: Scope,
    *,
    owner_id: UUID,
    code: str = "",
    currency: str = "",
    since: date | None = None,
    until: date | None = None,
    cursor: str = "",
    size: int = 50,
) -> LedgerSheet:
    """The accounts of `owner_id` and the statement of one; the operator names any owner, others themselves."""
    balances = tuple(finance.balances(owner_id))
    chosen = next((b for b in balances if b.code == code and b.currency in (currency, "")), None)
    if chosen is None and not code:
        chosen = next((b for b in balances if b.balance_minor), balances[0] if balances else None)
    key = (chosen.code, chosen.currency) if chosen else (code, currency)
    found = None
    if all(key):
        found = finance.account_statement(
            scope,
            owner_id=owner_id,
            code=key[0],
            currency=key[1],
            since=since,
            until=until,
            cursor=cursor,
            size=size,
        )
    numbers = _numbers(_orders_in(line.source for line in found.lines)) if found else {}
    owners = _owners() if scope.is_operator else ()
    name = _names([owner_id]).get(owner_id, "")
    return LedgerSheet(owner_id, name, balances, found, numbers, owners)


def every_line(
    scope: Scope, *, statement: Statement, since: date | None, until: date | None
) -> Iterator[Statement]:
    """The pages of a statement, for an export."""
    page = replace(statement, next_cursor="start", lines=())
    while page.next_cursor:
        page = finance.account_statement(
            scope, owner_id=page.owner_id, code=page.code, currency=page.currency, since=since, until=until,
            cursor=page.next_cursor, size=EXPORT_PAGE,
        )  # fmt: skip
        yield page


def books(*, until: date, check: bool, into: str = "", on: date | None = None) -> Books:
    """The house's books up to a day; with `check` every invariant and the seal are tried.

    With `into` each line's balance in that currency, too, at the reference rates of `on`.
    """
    lines = tuple(finance.trial_balance_table(until=until))
    balances = [Money(line.balance_minor, line.currency) for line in lines] if into and on else []
    worths = finance.each_in(balances, currency=into, on=on) if balances and on else []
    pairs = {(one.currency, into) for one in balances if one.currency != into}
    rates = finance.rates_for(pairs, on) if pairs and on else {}
    return Books(
        lines=lines,
        sums=finance.trial_balance(),
        findings=tuple(finance.verify()) if check else None,
        worths=dict(zip(lines, worths, strict=True)) if worths else {},
        rates=tuple(rates[pair] for pair in sorted(rates)),
    )


def accounts_of(
    scope: Scope, *, code: str, currency: str, after: int, size: int
) -> tuple[list[AccountLine], Mapping[UUID, str]]:
    """The accounts of one code, and their owners' names."""
    rows = finance.browse_accounts(scope, code=code, currency=currency, after=after, size=size)
    return rows, _names(row.owner_id for row in rows)


def journal_sheet(scope: Scope, journal_id: int) -> JournalSheet:
    """One journal as far as `scope` may see it, else NotFound."""
    journal = finance.journal_of(scope, journal_id)
    order_id = next(iter(_orders_in([journal.source])), None)
    return JournalSheet(
        journal=journal,
        names=_names(line.owner_id for line in journal.lines),
        order_id=order_id,
        number=_numbers([order_id]).get(order_id, "") if order_id else "",
    )


def order_in(source: str) -> UUID | None:
    """The order that a journal's source names ("order:<id>"); None for other sources."""
    return next(iter(_orders_in([source])), None)


def _orders_in(sources: Iterable[str]) -> set[UUID]:
    return {UUID(source[6:]) for source in sources if source.startswith("order:") and len(source) == 42}


def _numbers(order_ids: Iterable[UUID]) -> dict[UUID, str]:
    return orders.numbers_of(list(set(order_ids)))


def _names(ids: Iterable[UUID]) -> dict[UUID, str]:
    return {key: who.name for key, who in parties.organisations(set(ids) - {HOUSE}).items()}


def _owners() -> tuple[tuple[UUID, str], ...]:
    found = [(one.id, one.name) for kind in _ACCOUNT_HOLDERS for one in parties.organisations_of_kind(kind)]
    return ((HOUSE, ""), *found)
