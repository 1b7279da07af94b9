"""The way of one order's money outside its own journals: the provider's file, the bank's statement, the payouts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.systems.finance.domain.baskets import whole_case
from fondaco.systems.finance.domain.payouts import PayoutDTO
from fondaco.systems.finance.models import Dispute, Entry, Payout, PayoutState, ReconLine, Refund
from fondaco.systems.finance.selectors import payout_dto


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a provider's file, or of the bank's statement, about this money; `matched` with the books or not."""

    leg: str
    file: str
    on: date
    amount: Money
    fee: Money
    matched: bool


@dataclass(frozen=True, slots=True)
class Trace:
    """Who told of an order's money, and the payouts that its shares went out with."""

    told: tuple[Told, ...]
    payouts: tuple[PayoutDTO, ...]


def trace_order(scope: Scope, order_id: UUID, *, payments: Iterable[UUID]) -> Trace:
    """The trace of an order that `scope` sees the payments of; payouts are those that `scope` may see.

    A party's share leaves with the first payout of its account after the settlement (a payout takes the whole
    balance unless a policy keeps some back). Files and statements are told only to the operator.
    """
    told = _told([*map(str, payments), *_given_back(order_id)]) if scope.is_operator else ()
    return Trace(told, tuple(_payouts(scope, order_id)))


def _given_back(order_id: UUID) -> list[str]:
    """What the provider's files call the refunds and lost disputes of an order."""
    refunds = Refund.objects.house().filter(order_id=order_id).values_list("id", flat=True)
    cases = Dispute.objects.house().filter(order_id=order_id).values_list("case", flat=True)
    return [*map(str, refunds), *map(whole_case, cases)]


def _told(keys: list[str]) -> tuple[Told, ...]:
    """The provider's lines of these payments, and the bank's lines of the sums that they came in."""
    lines = list(ReconLine.objects.filter(leg="clearing", side="other", key__in=keys).select_related("file"))
    names = {line.batch for line in lines}
    sums = ReconLine.objects.filter(leg="bank", side="ledger", key__in=names, group__isnull=False)
    groups = sums.filter(currency__in={line.currency for line in lines}).values("group")
    arrived = ReconLine.objects.filter(leg="bank", side="other", group__in=groups).select_related("file")
    return tuple(map(_line, (*lines, *arrived)))


def _line(row: ReconLine) -> Told:
    file = row.file.reference if row.file else ""
    fee = Money(row.fee_minor, row.currency)
    return Told(row.leg, file, row.on, Money(row.amount_minor, row.currency), fee, row.group_id is not None)


def _payouts(scope: Scope, order_id: UUID) -> list[PayoutDTO]:
    shares = Entry.objects.house().filter(
        journal__source=f"order:{order_id}",
        journal__kind="order.settled",
        account__code="payable",
        amount__gt=0,
    )
    found: dict[UUID, PayoutDTO] = {}
    for owner, currency, journal in set(shares.values_list("account__owner_id", "currency", "journal_id")):
        later = Payout.objects.of(scope).filter(owner_id=owner, currency=currency, account_code="payable")
        sent = (
            later.filter(~Q(state=PayoutState.RETURNED), journal_id__gt=journal)
            .order_by("journal_id")
            .first()
        )
        if sent:
            found[sent.id] = payout_dto(sent)
    return sorted(found.values(), key=lambda one: str(one.owner_id))
