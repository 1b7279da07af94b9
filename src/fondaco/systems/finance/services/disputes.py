"""Disputes: opened by the provider's word, answered by the seller, decided by the buyer's bank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money, split_minor
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance.domain.baskets import is_plain_case, part_of_case
from fondaco.systems.finance.domain.disputes import (
    BadDispute,
    DisputeDTO,
    DisputeNotFound,
    DisputeTooLate,
    check_statement,
    lost_entries,
    waiting_account,
)
from fondaco.systems.finance.domain.ledger import JournalDraft
from fondaco.systems.finance.domain.refunds import refund_entries
from fondaco.systems.finance.models import (
    DISPUTE_MACHINE,
    GIVEN_BACK,
    Account,
    Dispute,
    DisputeState,
    PaymentIntent,
    PaymentState,
    Refund,
    RefundState,
    Settlement,
)
from fondaco.systems.finance.services.ledger import post_journals, retried, reverse_journal
from fondaco.systems.finance.services.support import ACTOR, tell

TIME_TO_ANSWER = timedelta(days=14)
_EVENTS = {
    "dispute.opened": "",
    "dispute.cancelled": "cancel",
    "dispute.won": "win",
    "dispute.lost": "lose",
    "dispute.expired": "expire",
}
DISPUTE_TOPICS = frozenset(_EVENTS)
_BY_SELLER = ("accept", "challenge")


def hear_dispute(payment: PaymentIntent, topic: str, data: Mapping[str, Any], *, now: datetime) -> bool:
    """Take up what a provider says of a dispute; whether it moved anything. Call inside a transaction.

    A verdict on a case never opened here opens it first: webhooks may come in any order. `payment` may be any
    share of a basket: the dispute is then about the order that `data` names, or spread over all. BadDispute.
    """
    case = str(data.get("case", ""))
    if not is_plain_case(case):
        raise BadDispute(field="case", value=case)
    _lock(payment)  # the same webhook twice at once opens one case
    rows = disputes_of_cases([case], provider_id=payment.provider_id)
    known = list(rows.select_for_update(no_key=True).order_by("id"))
    found = known or [
        _open(share, name, minor, data, now=now) for share, name, minor in _disputed(payment, case, data)
    ]
    event = _EVENTS[topic]
    moving = [row for row in found if event and event in DISPUTE_MACHINE.events(row.state)]
    for row in moving:
        _advance(row, event, actor=ACTOR, now=now)
    return bool(moving) or not known


def _lock(payment: PaymentIntent) -> list[PaymentIntent]:
    """The payment, or all shares of its basket, locked for this transaction."""
    chosen = Q(basket_id=payment.basket_id) if payment.basket_id else Q(id=payment.id)
    rows = PaymentIntent.objects.house().select_for_update(no_key=True).filter(chosen)
    return list(rows.order_by("id"))


def disputes_of_cases(cases: Iterable[str], *, provider_id: UUID) -> QuerySet[Dispute]:
    """The disputes that a provider calls so, and the parts of those that are about a whole basket."""
    wanted = Q()
    for case in cases:
        wanted |= Q(case=case) | Q(case__startswith=part_of_case(case, number=0)[:-1])
    return Dispute.objects.house().filter(wanted, provider_id=provider_id)


def accept_dispute(scope: Scope, dispute_id: UUID, *, now: datetime) -> DisputeDTO:
    """The seller lets the buyer have the money. DisputeNotFound, IllegalTransition, DisputeTooLate."""
    return retried(lambda: _answer(scope, dispute_id, "accept", "", "", now=now))


def challenge_dispute(
    scope: Scope, dispute_id: UUID, *, statement: str, evidence_sha256: str, now: datetime
) -> DisputeDTO:
    """The seller answers with a statement and an evidence pack, named by its digest.

    DisputeNotFound, IllegalTransition, DisputeTooLate, CardNumberRefused, BadAnswer.
    """
    said = check_statement(statement)
    return retried(lambda: _answer(scope, dispute_id, "challenge", said, evidence_sha256, now=now))


def expire_disputes(*, now: datetime) -> int:
    """Close disputes that nobody answered in time: the money goes back to the buyer. How many."""
    due = Dispute.objects.house().filter(state=DisputeState.OPENED, respond_by__lt=now)
    ids = list(due.values_list("id", flat=True))
    return sum(retried(lambda one=one: _expire(one, now=now)) for one in ids)  # type: ignore[misc]


def list_disputes(
    scope: Scope,
    *,
    state: str = "",
    payment_id: UUID | None = None,
    before: UUID | None = None,
    size: int = 50,
) -> list[DisputeDTO]:
    """Disputes that `scope` may see, newest first."""
    wanted = {"state": state, "payment_id": payment_id, "id__lt": before}
    rows = Dispute.objects.of(scope).filter(**{name: value for name, value in wanted.items() if value})
    return [dispute_dto(row) for row in rows.order_by("-id")[:size]]


def dispute_of(scope: Scope, dispute_id: UUID) -> DisputeDTO:
    """One dispute that `scope` may see. DisputeNotFound."""
    row = Dispute.objects.of(scope).filter(id=dispute_id).first()
    if row is None:
        raise DisputeNotFound(field="dispute", value=dispute_id)
    return dispute_dto(row, events=DISPUTE_MACHINE.events(row.state) if scope.role != Role.VIEWER else ())


def _disputed(
    payment: PaymentIntent, case: str, data: Mapping[str, Any]
) -> list[tuple[PaymentIntent, str, int]]:
    """Which payments a dispute is about, under which name, and how much of each.

    Of a basket: the one order that the bank names, else all, in proportion to what is left of each, so that the
    parts add up to what the bank has taken. BadDispute for an order that is not in it, or for too much.
    """
    minor = int(data["amount"])
    if payment.basket_id is None:
        return [(payment, case, minor)]
    shares = _lock(payment)
    if order := data.get("order"):
        about = [(share, case, minor) for share in shares if str(share.order_id) == str(order)]
        if not about:
            raise BadDispute("That order is not in this basket.", field="order", value=order)
        return about
    left = [share.amount_minor - share.refunded_minor for share in shares]
    if not 0 < minor <= sum(left):
        raise BadDispute(field="amount", value=minor)
    parts = zip(shares, split_minor(minor, left), strict=True)
    return [
        (share, part_of_case(case, number=place), part)
        for place, (share, part) in enumerate(parts, start=1)
        if part
    ]


def _open(
    payment: PaymentIntent, case: str, minor: int, data: Mapping[str, Any], *, now: datetime
) -> Dispute:
    """The dispute, with its money set apart: from escrow, or from the seller where that is shared out."""
    paid = PaymentIntent.objects.house().select_for_update(no_key=True).get(id=payment.id)
    if paid.state not in (PaymentState.CAPTURED, PaymentState.SETTLED):
        raise BadDispute(field="payment", value=paid.state)
    if not 0 < minor <= paid.amount_minor - paid.refunded_minor:
        raise BadDispute(field="amount", value=minor)
    row = Dispute(
        id=new_id(), payment=paid, order_id=paid.order_id, seller_id=paid.seller_id, provider_id=paid.provider_id,
        case=case, reason=str(data.get("reason", "general"))[:60], currency=paid.currency, amount_minor=minor,
        order_currency=paid.escrow_currency, order_minor=_order_minor(paid, minor),
        respond_by=_moment(data.get("respond_by")) or now + TIME_TO_ANSWER, opened_at=now, changed_at=now,
    )  # fmt: skip
    _set_apart(row, paid, now=now)
    paid.refunded_minor += minor
    paid.save(update_fields=["refunded_minor"])
    row.save(force_insert=True)
    _tell(row, "opened", ACTOR, now=now)
    return row


def _order_minor(paid: PaymentIntent, minor: int) -> int:
    """What `minor` of the payment is of the order: all that is left for all that is left, else in proportion."""
    live = Refund.objects.house().filter(payment=paid).exclude(state=RefundState.FAILED)
    refunded = live.aggregate(a=Sum("goods_minor"), b=Sum("duty_tax_minor"))
    disputed = Dispute.objects.house().filter(payment=paid).exclude(state__in=GIVEN_BACK)
    given = sum(v or 0 for v in refunded.values()) + (disputed.aggregate(c=Sum("order_minor"))["c"] or 0)
    left = paid.escrow_minor - given
    if minor == paid.amount_minor - paid.refunded_minor:
        return int(left)
    return int(max(1, min(left, paid.escrow_minor * minor // paid.amount_minor)))


def _set_apart(row: Dispute, paid: PaymentIntent, *, now: datetime) -> None:
    purse = (
        Account.objects.house()
        .select_for_update(no_key=True)
        .filter(owner_id=paid.seller_id, code="payable", currency=paid.escrow_currency)
        .first()
    )
    entries, row.advanced_minor = refund_entries(
        order_id=row.order_id,
        seller_id=row.seller_id,
        order_amount=Money(row.order_minor, row.order_currency),
        amount=Money(row.amount_minor, row.currency),
        owed_to=waiting_account(row.id, row.currency),
        from_escrow=not Settlement.objects.house().filter(order_id=row.order_id).exists(),
        available=purse.balance - purse.held if purse else 0,
    )
    draft = JournalDraft(
        idem=f"dispute:{row.id}", kind="dispute.opened", entries=entries, effective_on=now.date(),
        source=f"order:{row.order_id}", meta={"dispute": str(row.id), "case": row.case},
    )  # fmt: skip
    row.journal_id = post_journals([draft])[0].journal_id


def _answer(
    scope: Scope, dispute_id: UUID, event: str, statement: str, sha256: str, *, now: datetime
) -> DisputeDTO:
    scope.require(role=Role.MANAGER, kinds=(Kind.SELLER,))
    row = Dispute.objects.of(scope).select_for_update(no_key=True).filter(id=dispute_id).first()
    if row is None:
        raise DisputeNotFound(field="dispute", value=dispute_id)
    if row.state == DisputeState.OPENED and row.respond_by < now:
        raise DisputeTooLate(field="respond_by", value=row.respond_by)
    row.statement, row.evidence_sha256 = statement or row.statement, sha256 or row.evidence_sha256
    _advance(row, event, actor=scope.actor or str(scope.user_id or scope.organisation_id), now=now)
    return dispute_dto(row)


def _expire(dispute_id: UUID, *, now: datetime) -> bool:
    row = Dispute.objects.house().select_for_update(no_key=True).get(id=dispute_id)
    if row.state != DisputeState.OPENED or row.respond_by >= now:
        return False
    _advance(row, "expire", actor=ACTOR, now=now)
    return True


def _advance(row: Dispute, event: str, *, actor: str, now: datetime) -> None:
    """Move `row`; with a verdict its money goes to whom it belongs."""
    row.state = DISPUTE_MACHINE.after(row.state, event)
    row.changed_at = now
    row.save(update_fields=["state", "changed_at", "statement", "evidence_sha256"])
    if row.state in GIVEN_BACK:
        reverse_journal(row.journal_id, effective_on=now.date(), reason=f"dispute {row.state}", actor=actor)
        PaymentIntent.objects.house().filter(id=row.payment_id).update(
            refunded_minor=F("refunded_minor") - row.amount_minor
        )
    elif row.state != DisputeState.CHALLENGED:
        _give_up(row, now=now)
    _tell(row, row.state, actor, now=now)


def _give_up(row: Dispute, *, now: datetime) -> None:
    entries = lost_entries(
        dispute_id=row.id, provider_id=row.provider_id, amount=Money(row.amount_minor, row.currency)
    )
    draft = JournalDraft(
        idem=f"dispute-lost:{row.id}", kind="dispute.lost", entries=entries, effective_on=now.date(),
        source=f"order:{row.order_id}", meta={"dispute": str(row.id), "state": row.state, "case": row.case},
    )  # fmt: skip
    post_journals([draft])


def _tell(row: Dispute, word: str, actor: str, *, now: datetime) -> None:
    detail = {"order_id": str(row.order_id), "case": row.case, "seller_id": str(row.seller_id)}
    tell(
        f"finance.dispute_{word}", subject_type="dispute", facts=[(row.id, row.seller_id, detail)], at=now,
        actor=actor,
    )  # fmt: skip


def _moment(text: object) -> datetime | None:
    """A moment that a provider wrote; None for nothing. BadDispute for what is no moment."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(str(text))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as exc:
        raise BadDispute(field="respond_by", value=text) from exc


def dispute_dto(row: Dispute, *, events: tuple[str, ...] | list[str] = ()) -> DisputeDTO:
    """`row` as others see it; `events` are the seller's steps that are possible now."""
    return DisputeDTO(
        id=row.id, payment_id=row.payment_id, order_id=row.order_id, seller_id=row.seller_id,
        provider_id=row.provider_id, case=row.case, state=row.state, reason=row.reason,
        amount=Money(row.amount_minor, row.currency), order_amount=Money(row.order_minor, row.order_currency),
        respond_by=row.respond_by, evidence_sha256=row.evidence_sha256, statement=row.statement,
        opened_at=row.opened_at, changed_at=row.changed_at,
        events=tuple(event for event in events if event in _BY_SELLER),
    )  # fmt: skip


__all__ = [
    "DISPUTE_TOPICS", "accept_dispute", "challenge_dispute", "dispute_of",
    "expire_disputes", "hear_dispute", "list_disputes",
]  # fmt: skip
