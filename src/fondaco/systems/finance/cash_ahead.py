"""The cash that a seller may look forward to: what escrow holds for delivered orders, by the day it is free."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.systems.finance.domain.ledger import HOUSE
from fondaco.systems.finance.models import Account, Dispute, DisputeState, EscrowClock, Settlement

_OPEN = (DisputeState.OPENED, DisputeState.CHALLENGED)


@dataclass(frozen=True, slots=True)
class CashDay:
    """What escrow holds of `orders` orders that are free on day `on`: before carriage, duty, tax and commission."""

    on: date
    amount: Money
    orders: int


def cash_ahead(scope: Scope, *, now: datetime) -> tuple[CashDay, ...]:
    """By day and currency, soonest first, of the delivered orders of `scope` that are not settled; two queries.

    Days that are over count as today: that money goes out with the next run. Orders in dispute are left out, for
    nobody knows their day.
    """
    clocks = EscrowClock.objects.of(scope).exclude(
        Exists(Settlement.objects.house().filter(order_id=OuterRef("order_id")))
    )
    clocks = clocks.exclude(
        Exists(Dispute.objects.house().filter(order_id=OuterRef("order_id"), state__in=_OPEN))
    )
    coded = clocks.annotate(code=Concat(Value("escrow:"), Cast("order_id", CharField())))
    days = {code: max(free_at.date(), now.date()) for code, free_at in coded.values_list("code", "free_at")}
    kept = Account.objects.house().filter(owner_id=HOUSE, code__in=list(days), balance__gt=0)
    sums: dict[tuple[date, str], list[int]] = defaultdict(list)
    for code, currency, balance in kept.values_list("code", "currency", "balance"):
        sums[days[code], currency].append(int(balance))
    return tuple(CashDay(on, Money(sum(held), code), len(held)) for (on, code), held in sorted(sums.items()))
