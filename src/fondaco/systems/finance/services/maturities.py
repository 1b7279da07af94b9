"""Forwards on their day: the merchant's sum goes to the hedge provider, the other one comes back, both are posted.

Two postings with the provider's answer between them: the sum sold leaves the merchant's balance first (it is on its
way), and only what the provider has then delivered is credited. A delivery that is refused is put back; one whose
answer was lost stays on its way and is asked for again under the same key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.exchange import BookedForward, Delivery, ForwardOrder, HedgeProvider
from fondaco.systems.finance.domain.ledger import (
    HOUSE,
    AccountKey,
    Entry,
    InsufficientFunds,
    JournalDraft,
    lines,
)
from fondaco.systems.finance.models import FORWARDS, ForwardState, FxDeal, FxForward
from fondaco.systems.finance.services.ledger import post_journals
from fondaco.systems.finance.services.support import tell

_MOST = 100  # forwards in one run
NO_FUNDS = "insufficient-funds"
OTHER_SUM = "other-sum"


@dataclass(frozen=True, slots=True)
class DeliveryRun:
    """What became of the forwards that were due: delivered, without an answer, refused, without the money."""

    settled: int = 0
    waiting: int = 0
    refused: int = 0
    unfunded: int = 0


def count_due(*, on: date) -> int:
    """House work: how many forwards are to be delivered on or before a day."""
    return int(_due(on).count())


def booked_forwards() -> list[BookedForward]:
    """House work: the forwards that providers have promised and not delivered; what a simulator has to remember."""
    rows = FxForward.objects.house().filter(state__in=(ForwardState.BOOKED, ForwardState.DUE))
    return [
        BookedForward(_order(row), Money(row.buy_minor, row.buy_currency), row.reference, str(row.rate))
        for row in rows
    ]


def deliver_forwards(provider: HedgeProvider, *, now: datetime) -> DeliveryRun:
    """Deliver the forwards whose day has come. Repeatable; each is posted once, whatever answers were lost."""
    found = [_deliver(row.pk, provider, now=now) for row in _due(now.date()).order_by("due_on", "id")[:_MOST]]
    return DeliveryRun(*(found.count(word) for word in ("settled", "waiting", "refused", "unfunded")))


def _due(on: date) -> QuerySet[FxForward]:
    return FxForward.objects.house().filter(state__in=(ForwardState.BOOKED, ForwardState.DUE), due_on__lte=on)


def _deliver(forward_id: UUID, provider: HedgeProvider, *, now: datetime) -> str:
    """One forward: the sum is set aside, the provider asked outside of any transaction, its answer posted."""
    row = _set_aside(forward_id, now=now)
    if row is None:
        return "unfunded"
    answer = provider.deliver(_order(row), on=now.date())
    if answer.status == "delivered" and answer.buy == Money(row.buy_minor, row.buy_currency):
        return _settle(forward_id, now=now)
    if answer.status == "delivered":
        answer = Delivery("refused", reason=OTHER_SUM)
    return _put_back(forward_id, answer, now=now) if answer.status == "refused" else "waiting"


def _set_aside(forward_id: UUID, *, now: datetime) -> FxForward | None:
    """The merchant's sum on its way to the provider; None (and why) where the balance is too small."""
    with transaction.atomic():
        row = _locked(forward_id)
        if row.state == ForwardState.DUE:
            return row
        if row.state != ForwardState.BOOKED:
            return None
        sold = Money(row.sell_minor, row.sell_currency)
        entries = lines((_purse(row, sold), -sold.minor), (_transit(row), sold.minor))
        try:
            with transaction.atomic():
                _post(row, f"out:{row.attempt}", entries, on=now.date())
        except InsufficientFunds:
            _note(row, failure=NO_FUNDS, now=now)
            return None
        row.state, row.failure = FORWARDS.after(row.state, "deliver"), ""
        row.save(update_fields=["state", "failure"])
        return row


def _settle(forward_id: UUID, *, now: datetime) -> str:
    """Post what was delivered: the sum sold has reached the provider, the sum bought is the merchant's."""
    with transaction.atomic():
        row = _locked(forward_id)
        if row.state == ForwardState.DUE:
            sold, bought = Money(row.sell_minor, row.sell_currency), Money(row.buy_minor, row.buy_currency)
            entries = lines(
                (_transit(row), -sold.minor), (AccountKey(HOUSE, "bank", sold.currency), sold.minor),
                (_purse(row, bought), bought.minor), (AccountKey(HOUSE, "bank", bought.currency), -bought.minor),
            )  # fmt: skip
            journal = _post(row, "in", entries, on=now.date())
            FxDeal.objects.create(
                journal_id=journal, sell_currency=sold.currency, sell_minor=sold.minor, buy_currency=bought.currency,
                buy_minor=bought.minor, rate=row.rate or Decimal(0), provider=row.provider[:20],
                rate_on=(row.decided_at or now).date(),
                created_at=now,
            )  # fmt: skip
            row.state, row.settled_at, row.failure = FORWARDS.after(row.state, "settle"), now, ""
            row.journal_id = journal
            row.save(update_fields=["state", "settled_at", "journal", "failure"])
            _tell("exchange.forward-settled", row, now=now)
    return "settled"


def _put_back(forward_id: UUID, answer: Delivery, *, now: datetime) -> str:
    """The provider did not deliver: the merchant has the sum back, and the forward waits with the reason."""
    with transaction.atomic():
        row = _locked(forward_id)
        if row.state == ForwardState.DUE:
            sold = Money(row.sell_minor, row.sell_currency)
            back = lines((_transit(row), -sold.minor), (_purse(row, sold), sold.minor))
            _post(row, f"back:{row.attempt}", back, on=now.date())
            row.state, row.attempt = FORWARDS.after(row.state, "return"), row.attempt + 1
            row.save(update_fields=["state", "attempt"])
            _note(row, failure=answer.reason or "refused", now=now)
    return "refused"


def _locked(forward_id: UUID) -> FxForward:
    return FxForward.objects.house().select_for_update().get(pk=forward_id)


def _order(row: FxForward) -> ForwardOrder:
    return ForwardOrder(row.pk, Money(row.sell_minor, row.sell_currency), row.buy_currency, row.due_on)


def _purse(row: FxForward, money: Money) -> AccountKey:
    return AccountKey(row.owner_id, "payable", money.currency)


def _transit(row: FxForward) -> AccountKey:
    return AccountKey(row.owner_id, "payout_in_transit", row.sell_currency)


def _post(row: FxForward, step: str, entries: tuple[Entry, ...], *, on: date) -> int:
    draft = JournalDraft(f"forward:{row.pk}:{step}", "exchange", entries, on, source=f"forward:{row.pk}")
    return post_journals([draft])[0].journal_id


def _note(row: FxForward, *, failure: str, now: datetime) -> None:
    """Write down why a forward was not delivered; told once, not every time it is tried."""
    if row.failure != failure:
        row.failure = failure
        row.save(update_fields=["failure"])
        _tell("exchange.forward-not-delivered", row, now=now)


def _tell(topic: str, row: FxForward, *, now: datetime) -> None:
    detail = {
        "state": row.state,
        "reference": row.reference,
        "failure": row.failure,
        "due_on": row.due_on.isoformat(),
    }
    tell(topic, subject_type="forward", facts=[(row.pk, row.owner_id, detail)], at=now)
