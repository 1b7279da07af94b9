"""Refunds: owed to the buyer in the books first, then paid back by the provider."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import F, QuerySet

from fondaco.kernel.bulk import update_many
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.connectors import PaymentDesk, desk_of
from fondaco.systems.finance.domain.ledger import AccountKey, JournalDraft, lines
from fondaco.systems.finance.domain.payments import CAPTURED, DECLINED, Charge, Outcome, PaymentGateway
from fondaco.systems.finance.domain.refunds import (
    NothingPaid,
    RefundDTO,
    RefundRequest,
    RefundTooLarge,
    presented,
    refund_entries,
)
from fondaco.systems.finance.models import (
    GIVEN_BACK,
    REFUND_MACHINE,
    Account,
    Dispute,
    PaymentIntent,
    PaymentState,
    Refund,
    RefundState,
    Settlement,
)
from fondaco.systems.finance.services.charges import provider_key
from fondaco.systems.finance.services.ledger import post_journals, retried, reverse_journal
from fondaco.systems.finance.services.payments import CHUNK
from fondaco.systems.finance.services.periods import booking_days
from fondaco.systems.finance.services.support import ACTOR, insert_models, tell

_PAID = [PaymentState.CAPTURED, PaymentState.SETTLED]


def refund_returns(
    requests: Sequence[RefundRequest], given: PaymentGateway | PaymentDesk, *, now: datetime
) -> list[RefundDTO]:
    """Give money back for returns, each `return_id` once; answers in the same order.

    The buyer gets the same share of the payment as the return is of the order, in the currency paid and
    at the rate of the payment. Never more than was captured: such a request is answered `refused`
    (refund-over-captured, nothing-paid, bad-refund) and changes nothing. The escrow pays while the order
    is not settled, then the seller, with an advance of the house where the seller's balance is too
    small. Commission and freight are not given back. Safe to repeat: a refund the provider has not
    answered stays `requested` and is asked for again.
    """
    refused = owe_refunds(requests, now=now)
    ids = [request.return_id for request in requests]
    _ask(Refund.objects.house().filter(return_id__in=ids), given, now=now)
    rows = {row.return_id: row for row in Refund.objects.house().filter(return_id__in=ids)}
    return [_dto(request, rows.get(request.return_id), refused) for request in requests]


def owe_refunds(requests: Sequence[RefundRequest], *, now: datetime) -> dict[UUID, tuple[str, str]]:
    """Book what each return is owed and ask no provider: `ask_refunds_again` does. The refused ones: (code, detail)."""
    return retried(lambda: _owe(requests, now=now))


def ask_refunds_again(given: PaymentGateway | PaymentDesk, *, now: datetime, older_than: timedelta) -> int:
    """Ask the providers for every refund that they have not answered since `older_than`; how many got decided.

    Safe to repeat: the provider knows each refund by its key.
    """
    open_still = Refund.objects.house().filter(changed_at__lte=now - older_than)
    asked = _ask(open_still, given, now=now)
    left = Refund.objects.house().filter(id__in=asked, state=RefundState.REQUESTED).count()
    return len(asked) - int(left)


def count_open_refunds(*, changed_before: datetime) -> int:
    """House work: how many refunds no provider has answered, untouched since `changed_before`."""
    rows = Refund.objects.house().filter(state=RefundState.REQUESTED, changed_at__lte=changed_before)
    return int(rows.count())


def _ask(chosen: QuerySet[Refund], given: PaymentGateway | PaymentDesk, *, now: datetime) -> list[UUID]:
    """Let the providers pay those of `chosen` that wait; which they are."""
    waiting = list(chosen.filter(state=RefundState.REQUESTED).select_related("payment").order_by("id"))
    for connector in desk_of(given).connectors:
        here = [row for row in waiting if row.provider_id == connector.gateway.provider_id]
        for start in range(0, len(here), CHUNK):
            _pay_back(here[start : start + CHUNK], connector.gateway, now=now)
    return [row.id for row in waiting]


# --- owing ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Desk:
    """What is known of the payments and sellers of a batch while it is worked through."""

    payments: dict[UUID, PaymentIntent]
    settled: set[UUID]
    given: dict[UUID, int]
    available: dict[tuple[UUID, str], int]
    refused: dict[UUID, tuple[str, str]] = field(default_factory=dict)


def _owe(requests: Sequence[RefundRequest], *, now: datetime) -> dict[UUID, tuple[str, str]]:
    """Book what each new return is owed; returns the refused ones with their reason."""
    ids = [request.return_id for request in requests]
    desk = _desk(requests)  # locks first: a refund that another process has just made is seen then
    known = set(Refund.objects.house().filter(return_id__in=ids).values_list("return_id", flat=True))
    days = booking_days([request.on or now.date() for request in requests], now=now)
    fresh = {
        request.return_id: replace(request, on=days[request.on or now.date()])
        for request in requests
        if request.return_id not in known
    }
    planned = [plan for request in fresh.values() if (plan := _plan(request, desk, now=now))]
    posted = post_journals([draft for _, draft in planned])
    for (row, _), journal in zip(planned, posted, strict=True):
        row.journal_id = journal.journal_id
    insert_models([row for row, _ in planned], skip_existing=False)
    update_many(
        "finance_paymentintent",
        ("id", "refunded_minor", "changed_at"),
        [(p.id, p.refunded_minor, now) for p in {row.payment_id: row.payment for row, _ in planned}.values()],
    )
    return desk.refused


def _desk(requests: Sequence[RefundRequest]) -> _Desk:
    """Lock the payments, then the sellers' accounts, that the batch draws on."""
    orders = [request.order_id for request in requests]
    rows = PaymentIntent.objects.house().select_for_update(no_key=True)
    payments = {p.order_id: p for p in rows.filter(order_id__in=orders, state__in=_PAID).order_by("id")}
    given: dict[UUID, int] = defaultdict(int)
    before = Refund.objects.house().filter(payment__in=payments.values()).exclude(state=RefundState.FAILED)
    for refund in before:
        given[refund.payment_id] += refund.goods_minor + refund.duty_tax_minor
    disputed = Dispute.objects.house().filter(payment__in=payments.values()).exclude(state__in=GIVEN_BACK)
    for dispute in disputed:
        given[dispute.payment_id] += dispute.order_minor
    sellers = {p.seller_id for p in payments.values()}
    purses = (
        Account.objects.house().select_for_update(no_key=True).filter(owner_id__in=sellers, code="payable")
    )
    return _Desk(
        payments=payments,
        settled=set(
            Settlement.objects.house().filter(order_id__in=orders).values_list("order_id", flat=True)
        ),
        given=given,
        available={(a.owner_id, a.currency): a.balance - a.held for a in purses.order_by("rank", "id")},
    )


def _plan(request: RefundRequest, desk: _Desk, *, now: datetime) -> tuple[Refund, JournalDraft] | None:
    """The refund row and its journal; None, with the reason on the desk, when it is refused."""
    payment = desk.payments.get(request.order_id)
    if payment is None:
        desk.refused[request.return_id] = NothingPaid.code, NothingPaid.title
        return None
    if request.goods < 0 or request.duty_tax < 0 or request.total == 0:
        desk.refused[request.return_id] = (
            "bad-refund",
            f"goods {request.goods}, duty and tax {request.duty_tax}",
        )
        return None
    before = desk.given[payment.id]
    minor = presented(
        paid=payment.amount_minor,
        escrow=payment.escrow_minor,
        given_before=before,
        paid_before=payment.refunded_minor,
        now_given=request.total,
    )
    if before + request.total > payment.escrow_minor or minor <= 0:
        left = payment.escrow_minor - before
        desk.refused[request.return_id] = RefundTooLarge.code, f"asked {request.total}, left {left}"
        return None
    desk.given[payment.id] += request.total
    payment.refunded_minor += minor
    return _booked(request, payment, minor, desk, now=now)


def _booked(
    request: RefundRequest, payment: PaymentIntent, minor: int, desk: _Desk, *, now: datetime
) -> tuple[Refund, JournalDraft]:
    purse = (payment.seller_id, payment.escrow_currency)
    from_escrow = request.order_id not in desk.settled
    order_amount = Money(request.total, payment.escrow_currency)
    entries, advanced = refund_entries(
        order_id=request.order_id,
        seller_id=payment.seller_id,
        order_amount=order_amount,
        amount=Money(minor, payment.currency),
        owed_to=AccountKey(payment.buyer_id, "refund_payable", payment.currency),
        from_escrow=from_escrow,
        available=desk.available.get(purse, 0),
    )
    if not from_escrow:
        desk.available[purse] = desk.available.get(purse, 0) - (order_amount.minor - advanced)
    row = _row(request, payment, minor, from_escrow=from_escrow, advanced=advanced, now=now)
    draft = JournalDraft(
        idem=f"refund:{row.return_id}",
        kind="return.refund_owed",
        entries=entries,
        effective_on=row.effective_on,
        source=f"order:{request.order_id}",
        meta={"return": str(request.return_id)},
    )
    return row, draft


def _row(
    request: RefundRequest,
    payment: PaymentIntent,
    minor: int,
    *,
    from_escrow: bool,
    advanced: int,
    now: datetime,
) -> Refund:
    return Refund(
        id=new_id(),
        return_id=request.return_id,
        payment=payment,
        order_id=request.order_id,
        buyer_id=payment.buyer_id,
        seller_id=payment.seller_id,
        provider_id=payment.provider_id,
        currency=payment.currency,
        amount_minor=minor,
        order_currency=payment.escrow_currency,
        goods_minor=request.goods,
        duty_tax_minor=request.duty_tax,
        advanced_minor=advanced,
        from_escrow=from_escrow,
        effective_on=request.on or now.date(),
        created_at=now,
        changed_at=now,
    )


# --- paying back ---------------------------------------------------------------------------------


def _pay_back(refunds: Sequence[Refund], gateway: PaymentGateway, *, now: datetime) -> None:
    """Ask the provider, then record what it said; lost answers leave the refund `requested`."""
    charges = [
        Charge(
            key=f"refund-{refund.id}",
            amount=Money(refund.amount_minor, refund.currency),
            method=refund.payment.method,
            reference=f"order:{refund.order_id}",
            against=provider_key(refund.payment),
        )
        for refund in refunds
    ]
    outcomes = gateway.refund(charges)
    retried(lambda: _record(refunds, outcomes, now=now))


def _record(refunds: Sequence[Refund], outcomes: Sequence[Outcome], *, now: datetime) -> None:
    said = {refund.id: outcome for refund, outcome in zip(refunds, outcomes, strict=True)}
    rows = Refund.objects.house().select_for_update(no_key=True).filter(id__in=list(said))
    open_rows = [row for row in rows.order_by("id") if row.state == RefundState.REQUESTED]
    done = [row for row in open_rows if said[row.id].status == CAPTURED]
    failed = [row for row in open_rows if said[row.id].status == DECLINED]
    _move(done, "finish", said, now=now)
    days = booking_days([row.effective_on for row in open_rows], now=now)
    post_journals([_paid_draft(row, on=days[row.effective_on]) for row in done])
    _move(failed, "fail", said, now=now)
    for row in failed:
        _take_back(row, on=days[row.effective_on])


def _move(rows: Sequence[Refund], event: str, said: dict[UUID, Outcome], *, now: datetime) -> None:
    after = {row.id: REFUND_MACHINE.after(row.state, event) for row in rows}
    update_many(
        "finance_refund",
        ("id", "state", "provider_reference", "failure", "changed_at"),
        [(row.id, after[row.id], said[row.id].reference, said[row.id].reason, now) for row in rows],
    )
    tell(
        f"finance.refund_{event}ed" if event == "fail" else "finance.refund_done",
        subject_type="return",
        facts=[(row.return_id, row.seller_id, {"order_id": str(row.order_id)}) for row in rows],
        at=now,
    )


def _paid_draft(row: Refund, *, on: date) -> JournalDraft:
    return JournalDraft(
        idem=f"refund-paid:{row.id}",
        kind="return.refunded",
        entries=lines(
            (AccountKey(row.buyer_id, "refund_payable", row.currency), -row.amount_minor),
            (AccountKey(row.provider_id, "provider_clearing", row.currency), row.amount_minor),
        ),
        effective_on=on,
        source=f"order:{row.order_id}",
        meta={"return": str(row.return_id), "refund": str(row.id)},
    )


def _take_back(row: Refund, *, on: date) -> None:
    """The provider refused: undo what was owed, and free that part of the payment again."""
    reverse_journal(row.journal_id, effective_on=on, reason="refused by provider", actor=ACTOR)
    PaymentIntent.objects.house().filter(id=row.payment_id).update(
        refunded_minor=F("refunded_minor") - row.amount_minor
    )


def _dto(request: RefundRequest, row: Refund | None, refused: dict[UUID, tuple[str, str]]) -> RefundDTO:
    if row is None:
        code, detail = refused[request.return_id]
        return RefundDTO(request.return_id, request.order_id, "refused", code, detail)
    return RefundDTO(
        return_id=row.return_id,
        order_id=row.order_id,
        status=row.state,
        code="refused-by-provider" if row.state == RefundState.FAILED else "",
        detail=row.failure,
        amount=Money(row.amount_minor, row.currency),
        order_amount=Money(row.goods_minor + row.duty_tax_minor, row.order_currency),
        from_escrow=row.from_escrow,
        advanced_minor=row.advanced_minor,
    )
