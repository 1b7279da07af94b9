"""Paying as the buyer chooses: on a provider's own page, by transfer, or at the door; and choosing again.

The intent is ours, the card is typed with the provider, the outcome is asked for. An order has one live payment: the
former one is given up before another is made, and where it was paid meanwhile it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, cast
from uuid import UUID

from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.connectors import Connector, PaymentDesk
from fondaco.systems.finance.domain.payments import (
    GIVEN_UP,
    LOST,
    NOT_FOUND,
    VOIDED,
    AlreadyPaid,
    Charge,
    Outcome,
    PageUnavailable,
    PaymentDTO,
    PaymentRequest,
    TwoStepGateway,
)
from fondaco.systems.finance.models import PAYMENT_MACHINE, PaymentIntent, PaymentState
from fondaco.systems.finance.rules import TRANSFER_DAYS, TRANSFER_GRACE_DAYS
from fondaco.systems.finance.selectors import payment_dto
from fondaco.systems.finance.services.arrivals import paying_lines
from fondaco.systems.finance.services.charges import charge_of, provider_key
from fondaco.systems.finance.services.intents import persist_intents
from fondaco.systems.finance.services.ledger import retried
from fondaco.systems.finance.services.payments import hear_outcomes, poll_intents, save_states
from fondaco.systems.finance.services.routing import close_attempts

TRANSFER = "bank_transfer"
_OVER = (PaymentState.FAILED, PaymentState.CANCELLED)
OPEN = (PaymentState.PROCESSING, PaymentState.UNKNOWN)


class PageGateway(TwoStepGateway, Protocol):
    """A gateway that can show the buyer a page of its own, and close it."""

    def open_page(self, charge: Charge, *, return_url: str) -> str:
        """Where the buyer pays. PageUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class BuyerPage:
    """A payment and where the buyer makes it; without `url` it is decided already."""

    payment: PaymentDTO
    url: str = ""


def open_payment_page(
    request: PaymentRequest, connector: Connector, *, return_url: str, now: datetime
) -> BuyerPage:
    """Make the payment's intent, then ask the provider for the buyer's page: the same `idem`, the same page.

    KeyReused, AlreadyPaid, BadPayment, NoRate, RateTooOld: nothing was asked of the provider. PageUnavailable:
    the intent stays and may be opened again.
    """
    [intent] = persist_intents([request], PaymentDesk((connector,)), now=now)
    if intent.state not in OPEN:
        return BuyerPage(payment_dto(intent))
    gateway = cast("PageGateway", connector.gateway)
    return BuyerPage(payment_dto(intent), gateway.open_page(charge_of(intent), return_url=return_url))


def close_payment_page(payment_id: UUID, connector: Connector, *, now: datetime) -> PaymentDTO:
    """Let the provider close the buyer's page; `cancelled` then, or what was paid there before it could be closed.

    PageUnavailable where the provider does not answer: the payment stays as it is, since it may be being made.
    """
    intent = _seen(payment_id)
    if intent.state in OPEN:
        key = provider_key(intent)
        [said] = cast("PageGateway", connector.gateway).void([key])
        if said.status in (LOST, NOT_FOUND):
            raise PageUnavailable(field="provider", value=said.status)
        hear_outcomes([said], provider_id=connector.gateway.provider_id, now=now)
        intent.refresh_from_db()
    return payment_dto(intent)


def withdraw_payment(payment_id: UUID, *, now: datetime, check: Callable[[], object]) -> PaymentDTO:
    """Give up a payment that nobody has to be asked about: a transfer not yet sent, cash not yet collected.

    `check` raises, under the payment's lock, where its order has gone on with it. AlreadyPaid where a statement shows
    the transfer. What is paid or over stays as it is.
    """

    def act() -> PaymentDTO:
        intent = PaymentIntent.objects.house().select_for_update(no_key=True).get(id=payment_id)
        if intent.state in (*OPEN, PaymentState.AUTHORISED):
            check()
            _withdraw(intent, now=now)
        return payment_dto(intent)

    return retried(act)


def lapse_transfers(provider_id: UUID, *, now: datetime) -> list[UUID]:
    """Give up transfers that have not come in time and their days of grace; the orders, which wait for another choice.

    Call when the bank's statements were taken in. What comes later all the same is a break of the reconciliation.
    """
    last = now - timedelta(days=TRANSFER_DAYS + TRANSFER_GRACE_DAYS)
    rows = PaymentIntent.objects.house().filter(
        provider_id=provider_id, method=TRANSFER, state__in=OPEN, basket__isnull=True, created_at__lt=last
    )

    def act() -> list[UUID]:
        late = list(rows.select_for_update(no_key=True).order_by("id"))
        shown = paying_lines(
            [(one.provider_reference, Money(one.amount_minor, one.currency)) for one in late]
        )
        over = [one for one, line in zip(late, shown, strict=True) if line is None]
        _cancel(over, now=now)
        return [one.order_id for one in over]

    return retried(act)


def pay_until(payment: PaymentDTO) -> date | None:
    """The day by which a transfer is to be there; None for a payment made otherwise."""
    if payment.method != TRANSFER or payment.made_at is None:
        return None
    return payment.made_at.date() + timedelta(days=TRANSFER_DAYS)


def lock_authorised(order_ids: Collection[UUID]) -> set[UUID]:
    """Which of these orders have a payment that is authorised, kept so until the caller's transaction ends."""
    rows = PaymentIntent.objects.house().filter(order_id__in=order_ids, state=PaymentState.AUTHORISED)
    return {row.order_id for row in rows.select_for_update(no_key=True).order_by("id")}


def poll_payment(payment_id: UUID, connector: Connector, *, now: datetime) -> PaymentDTO:
    """Ask the provider what became of one payment and book it; DoesNotExist never: the caller has seen it."""
    intent = _seen(payment_id)
    if intent.state in OPEN:
        poll_intents([intent], PaymentDesk((connector,)), now=now)
        intent.refresh_from_db()
    return payment_dto(intent)


def payments_of(order_id: UUID) -> tuple[list[PaymentDTO], list[PaymentDTO]]:
    """For flows: the live payment of an order, if any, and those before it that came to nothing, in their order."""
    rows = PaymentIntent.objects.house().filter(order_id=order_id).order_by("created_at", "id")
    made = [payment_dto(row) for row in rows]
    return [one for one in made if one.state not in _OVER], [one for one in made if one.state in _OVER]


def _seen(payment_id: UUID) -> PaymentIntent:
    """The payment that the caller has seen."""
    return PaymentIntent.objects.house().get(id=payment_id)


def _withdraw(intent: PaymentIntent, *, now: datetime) -> None:
    """AlreadyPaid where a statement shows its money."""
    due = Money(intent.amount_minor, intent.currency)
    if intent.method == TRANSFER and paying_lines([(intent.provider_reference, due)]) != [None]:
        raise AlreadyPaid(field="payment", value=intent.provider_reference)
    _cancel([intent], now=now)


def _cancel(intents: list[PaymentIntent], *, now: datetime) -> None:
    for intent in intents:
        intent.state, intent.failure = PAYMENT_MACHINE.after(intent.state, "cancel"), GIVEN_UP
    save_states(intents, now=now)
    said = {one.id: Outcome(provider_key(one), VOIDED, reason=GIVEN_UP) for one in intents}
    close_attempts(intents, said, now=now)
