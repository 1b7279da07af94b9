"""What was authorised first: captured later, in full or in part, or released."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from fondaco.kernel.errors import FondacoError, NotFound
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.connectors import PaymentDesk, desk_of
from fondaco.systems.finance.domain.payments import (
    CAPTURED,
    LOST,
    VOIDED,
    BadCapture,
    Charge,
    PaymentDTO,
    PaymentGateway,
    ProviderSilent,
    TwoStepGateway,
)
from fondaco.systems.finance.models import PaymentIntent, PaymentState
from fondaco.systems.finance.selectors import payment_dto
from fondaco.systems.finance.services.charges import provider_key
from fondaco.systems.finance.services.ledger import retried
from fondaco.systems.finance.services.payments import asked_payments, hear_outcomes

_TAKEN = (PaymentState.CAPTURED, PaymentState.SETTLED)


def capture_payment(
    payment_id: UUID, given: PaymentGateway | PaymentDesk, *, minor: int, now: datetime
) -> PaymentDTO:
    """Take `minor` units of what was authorised; the rest is released. Once: a repeat takes the same sum.

    What goes into escrow shrinks in proportion. The sum is written down before the provider is asked, so
    that a rerun, the janitor or a webhook ends what a lost answer left open. BadCapture for a sum that is not
    positive, more than authorised or other than asked for before, for a payment that is not authorised, and where
    the provider refuses: then another sum may be asked for.
    """
    if not minor > 0:
        raise BadCapture(field="amount", value=minor)
    intent = retried(lambda: _ask_for(payment_id, minor, now=now))
    if intent.state == PaymentState.AUTHORISED:
        intent = _ask(intent, _gateway(intent, given), now=now)
    if intent.state not in _TAKEN:
        raise _open_or_refused(intent, "The provider has not captured it.")
    return payment_dto(intent)


def void_payment(payment_id: UUID, given: PaymentGateway | PaymentDesk, *, now: datetime) -> PaymentDTO:
    """Release what was authorised. BadCapture where the provider does not; repeats are free. ProviderSilent."""
    intent = retried(lambda: _ask_for(payment_id, 0, now=now))
    if intent.state == PaymentState.AUTHORISED:
        intent = _ask(intent, _gateway(intent, given), now=now)
    if intent.state != PaymentState.CANCELLED:
        raise _open_or_refused(intent, "The provider has not released it.")
    return payment_dto(intent)


def ask_captures_again(given: PaymentGateway | PaymentDesk, *, now: datetime, older_than: timedelta) -> int:
    """Ask the providers again for captures and releases that they have not answered; how many got decided.

    Safe to repeat: the provider knows each by its key, and takes it once.
    """
    desk, decided = desk_of(given), 0
    rows = PaymentIntent.objects.house().filter(asked_payments(now - older_than))
    for intent in rows.order_by("changed_at", "id"):
        if connector := desk.of(intent.provider_id):
            gateway = cast("TwoStepGateway", connector.gateway)
            decided += _ask(intent, gateway, now=now).asked_minor is None
    return decided


def _ask_for(payment_id: UUID, minor: int, *, now: datetime) -> PaymentIntent:
    """Write down what the provider is about to be asked for; 0 is a release."""
    intent = _locked(payment_id)
    done = intent.state in _TAKEN and minor == intent.amount_minor
    if done or (intent.state == PaymentState.CANCELLED and minor == 0):
        return intent
    if intent.state != PaymentState.AUTHORISED or intent.asked_minor not in (None, minor):
        raise BadCapture(
            "It is not authorised, or another sum was asked for and not answered yet.",
            field="state", value=intent.state,
        )  # fmt: skip
    if minor > intent.authorised_minor:
        raise BadCapture(field="amount", value=minor)
    if intent.asked_minor is None:
        intent.asked_minor, intent.changed_at = minor, now
        intent.save(update_fields=["asked_minor", "changed_at"])
    return intent


def _ask(intent: PaymentIntent, gateway: TwoStepGateway, *, now: datetime) -> PaymentIntent:
    """Ask for what is written down, and record what the provider says; without an answer the question stays open."""
    said = gateway.capture([_charge(intent)]) if intent.asked_minor else gateway.void([provider_key(intent)])
    if said[0].status in (CAPTURED, VOIDED):
        hear_outcomes(said, provider_id=intent.provider_id, now=now)
    elif said[0].status != LOST:  # refused: another sum may be asked for
        still = PaymentIntent.objects.house().filter(id=intent.id, state=PaymentState.AUTHORISED)
        still.filter(asked_minor=intent.asked_minor).update(asked_minor=None, failure=said[0].reason)
    return PaymentIntent.objects.house().get(id=intent.id)


def _open_or_refused(intent: PaymentIntent, refused: str) -> FondacoError:
    if intent.asked_minor is not None:
        return ProviderSilent(field="payment", value=intent.id)
    return BadCapture(refused, field="state", value=intent.failure or intent.state)


def _locked(payment_id: UUID) -> PaymentIntent:
    row = PaymentIntent.objects.house().select_for_update(no_key=True).filter(id=payment_id).first()
    if row is None:
        raise NotFound(field="payment", value=payment_id)
    if row.basket_id:
        raise BadCapture("A basket is captured whole and at once.", field="payment", value=payment_id)
    return row


def _gateway(intent: PaymentIntent, given: PaymentGateway | PaymentDesk) -> TwoStepGateway:
    desk = desk_of(given)
    connector = desk.of(intent.provider_id)
    if connector is None:
        raise NotFound(
            "The provider of this payment is not connected.", field="provider", value=intent.provider_id
        )
    return cast("TwoStepGateway", connector.gateway)


def _charge(intent: PaymentIntent) -> Charge:
    amount = Money(intent.asked_minor or 0, intent.currency)
    return Charge(provider_key(intent), amount, intent.method, f"order:{intent.order_id}")
