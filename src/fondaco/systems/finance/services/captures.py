"""What was authorised first: captured later, in full or in part, or released."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import cast
from uuid import UUID

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.connectors import PaymentDesk, desk_of
from fondaco.systems.finance.domain.payments import (
    CAPTURED,
    VOIDED,
    BadCapture,
    Charge,
    Outcome,
    PaymentDTO,
    PaymentGateway,
    TwoStepGateway,
)
from fondaco.systems.finance.models import PAYMENT_MACHINE, PaymentIntent, PaymentState
from fondaco.systems.finance.selectors import payment_dto
from fondaco.systems.finance.services.charges import provider_key
from fondaco.systems.finance.services.ledger import retried
from fondaco.systems.finance.services.payments import book_captures, save_states


def capture_payment(
    payment_id: UUID, given: PaymentGateway | PaymentDesk, *, minor: int, now: datetime
) -> PaymentDTO:
    """Take `minor` units of what was authorised; the rest is released. Once: a repeat takes the same sum.

    What goes into escrow shrinks in proportion. The sum is written down before the provider is asked, so
    that a rerun after a crash asks for the same. BadCapture for a sum that is not positive, more than
    authorised or other than before, for a payment that is not authorised, and where the provider refuses.
    """
    intent = retried(lambda: _set_sum(payment_id, minor, now=now))
    if intent.state == PaymentState.AUTHORISED:
        outcome = _gateway(intent, given).capture([_charge(intent)])[0]
        intent = retried(lambda: _record(payment_id, outcome, now=now))
    return payment_dto(intent)


def void_payment(payment_id: UUID, given: PaymentGateway | PaymentDesk, *, now: datetime) -> PaymentDTO:
    """Release what was authorised. BadCapture where the provider does not; repeats are free."""
    intent = retried(lambda: _locked(payment_id))
    if intent.state == PaymentState.AUTHORISED:
        outcome = _gateway(intent, given).void([provider_key(intent)])[0]
        if outcome.status != VOIDED:
            raise BadCapture("The provider has not released it.", field="payment", value=outcome.reason)
        intent = retried(lambda: _cancel(payment_id, now=now))
    if intent.state != PaymentState.CANCELLED:
        raise BadCapture("Only what is authorised can be released.", field="state", value=intent.state)
    return payment_dto(intent)


def _set_sum(payment_id: UUID, minor: int, *, now: datetime) -> PaymentIntent:
    intent = _locked(payment_id)
    done = intent.state in (PaymentState.CAPTURED, PaymentState.SETTLED) and minor == intent.amount_minor
    if done or (intent.state == PaymentState.AUTHORISED and minor == intent.amount_minor):
        return intent
    if intent.state != PaymentState.AUTHORISED or intent.amount_minor != intent.authorised_minor:
        raise BadCapture("It was captured before, or is not authorised.", field="state", value=intent.state)
    if not 0 < minor <= intent.authorised_minor:
        raise BadCapture(field="amount", value=minor)
    exact = Decimal(intent.escrow_minor) * minor / intent.authorised_minor
    intent.escrow_minor = max(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)), 1)
    intent.amount_minor, intent.changed_at = minor, now
    intent.save(update_fields=["amount_minor", "escrow_minor", "changed_at"])
    return intent


def _record(payment_id: UUID, outcome: Outcome, *, now: datetime) -> PaymentIntent:
    intent = _locked(payment_id)
    if outcome.status != CAPTURED:
        raise BadCapture("The provider has not captured it.", field="payment", value=outcome.reason)
    if intent.state == PaymentState.AUTHORISED:
        intent.state = PAYMENT_MACHINE.after(intent.state, "capture")
        save_states([intent], now=now)
        book_captures([intent], now=now)
    return intent


def _cancel(payment_id: UUID, *, now: datetime) -> PaymentIntent:
    intent = _locked(payment_id)
    if intent.state == PaymentState.AUTHORISED:
        intent.state = PAYMENT_MACHINE.after(intent.state, "cancel")
        save_states([intent], now=now)
    return intent


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
    amount = Money(intent.amount_minor, intent.currency)
    return Charge(provider_key(intent), amount, intent.method, f"order:{intent.order_id}")
