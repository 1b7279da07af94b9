"""How long money is kept after delivery: the clock of each delivered order, started once and frozen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet, Sum

from fondaco.kernel.tenancy import Scope
from fondaco.systems.finance.domain.escrow_hold import (
    DISPUTED,
    HOLDING,
    UNPAID,
    Delivery,
    EscrowHold,
    days_for,
    free_at,
)
from fondaco.systems.finance.models import (
    TAKEN,
    Dispute,
    DisputeState,
    EscrowClock,
    PaymentAttempt,
    PaymentIntent,
    PaymentState,
    Settlement,
)
from fondaco.systems.finance.rules import hold_rules
from fondaco.systems.finance.services.payout_policies import hold_days_of
from fondaco.systems.finance.services.support import insert_models

_OPEN = (DisputeState.OPENED, DisputeState.CHALLENGED)
_PAID = (PaymentState.CAPTURED, PaymentState.SETTLED)
_OVER = (PaymentState.FAILED, PaymentState.CANCELLED)
_CODE, _DETAIL = 40, 300  # what the columns hold
_UNKNOWN_RISK = "medium"  # of a payment whose menu was never drawn up


def escrow_holds(deliveries: Sequence[Delivery], *, now: datetime) -> dict[UUID, EscrowHold]:
    """What keeps the money of each delivered order now; its clock is started by the first call and frozen.

    Orders without a payment of ours are left out. NoHoldRule: then no clock is started.
    """
    arrived = {one.order_id: one for one in deliveries}
    _start(arrived)
    clocks = list(EscrowClock.objects.house().filter(order_id__in=arrived))
    return _views(clocks, now=now)


def hold_of_order(scope: Scope, order_id: UUID, *, now: datetime) -> EscrowHold | None:
    """What keeps the money of an order that `scope` takes part in; None before delivery and once it is shared out."""
    clocks = list(EscrowClock.objects.of(scope).filter(order_id=order_id))
    if not clocks or Settlement.objects.house().filter(order_id=order_id).exists():
        return None
    return _views(clocks, now=now).get(order_id)


def lost_in_disputes(order_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What of each order its buyer's bank has taken back for good, in minor units of the order's currency.

    Of orders that are not settled yet: there the escrow holds that much less.
    """
    rows = Dispute.objects.house().filter(order_id__in=order_ids, state__in=TAKEN)
    return dict(rows.order_by().values_list("order_id").annotate(lost=Sum("order_minor")))


def note_stuck(order_ids: Collection[UUID], *, why: Mapping[UUID, tuple[str, str]]) -> int:
    """Keep, for each order that was tried, the (code, detail) of what stopped its sharing out; how many changed.

    An order of `order_ids` that `why` does not name is stuck no longer. Told again, nothing is written.
    """
    changed = []
    for clock in EscrowClock.objects.house().filter(order_id__in=order_ids):
        code, detail = why.get(clock.order_id, ("", ""))
        told = (code[:_CODE], detail[:_DETAIL])
        if told != (clock.stuck_by, clock.stuck_detail):
            clock.stuck_by, clock.stuck_detail = told
            changed.append(clock)
    return EscrowClock.objects.house().bulk_update(changed, ["stuck_by", "stuck_detail"]) if changed else 0


def stuck_orders() -> QuerySet[EscrowClock, UUID]:
    """House work: the ids of all orders whose free money could not be shared out, as a query."""
    return EscrowClock.objects.house().exclude(stuck_by="").values_list("order_id", flat=True)


def count_stuck(scope: Scope) -> int:
    """How many orders that `scope` takes part in have free money that could not be shared out."""
    return EscrowClock.objects.of(scope).exclude(stuck_by="").count()


def _start(arrived: Mapping[UUID, Delivery]) -> None:
    """Start the clocks that are missing."""
    known = EscrowClock.objects.house().filter(order_id__in=arrived).values_list("order_id", flat=True)
    wanted = set(arrived) - set(known)
    if not wanted:
        return
    payments = list(PaymentIntent.objects.house().filter(order_id__in=wanted).exclude(state__in=_OVER))
    risks = _risks(payments)
    own = hold_days_of({payment.seller_id for payment in payments})
    insert_models([_clock(one, arrived[one.order_id], risks.get(one.id, ""), own) for one in payments])


def _risks(payments: Iterable[PaymentIntent]) -> dict[UUID, str]:
    """The risk that each payment's menu of methods was drawn up for."""
    first = PaymentAttempt.objects.house().filter(payment__in=list(payments), number=1)
    return {
        payment: str((decision.get("method") or {}).get("risk", ""))
        for payment, decision in first.values_list("payment_id", "decision")
    }


def _clock(
    payment: PaymentIntent, arrived: Delivery, risk: str, own: Mapping[tuple[UUID, str], int]
) -> EscrowClock:
    risk = risk or _UNKNOWN_RISK
    days, rule, source = days_for(
        hold_rules(),
        method=payment.method,
        risk=risk,
        on=arrived.at.date(),
        own_days=own.get((payment.seller_id, payment.escrow_currency)),
    )
    return EscrowClock(
        order_id=payment.order_id, seller_id=payment.seller_id, buyer_id=payment.buyer_id, method=payment.method,
        risk=risk, delivered_at=arrived.at, free_at=free_at(arrived.at, days), days=days, rule=rule, source=source,
    )  # fmt: skip


def _views(clocks: Sequence[EscrowClock], *, now: datetime) -> dict[UUID, EscrowHold]:
    ids = [clock.order_id for clock in clocks]
    rows = PaymentIntent.objects.house().filter(order_id__in=ids, state__in=_PAID)
    paid = set(rows.values_list("order_id", flat=True))
    fights = Dispute.objects.house().filter(order_id__in=ids, state__in=_OPEN)
    cases = dict(fights.values_list("order_id", "case"))
    return {clock.order_id: _view(clock, cases, is_paid=clock.order_id in paid, now=now) for clock in clocks}


def _view(clock: EscrowClock, cases: Mapping[UUID, str], *, is_paid: bool, now: datetime) -> EscrowHold:
    if not is_paid:
        why = UNPAID
    elif clock.order_id in cases:
        why = DISPUTED
    else:
        why = HOLDING if now < clock.free_at else ""
    return EscrowHold(
        clock.order_id, clock.delivered_at, clock.free_at, clock.days, clock.rule, clock.source, clock.method,
        clock.risk, why, cases.get(clock.order_id, ""), clock.stuck_by, clock.stuck_detail,
    )  # fmt: skip
