"""Pay: the landed total, in the buyer's own currency at the dated ECB rate, into the order's escrow."""

from __future__ import annotations

from datetime import date

from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.work import Batch, Outcome, Work
from fondaco.kernel.countries import currency_of
from fondaco.kernel.money import Money
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import NoRate, PaymentRequest, PaymentState, RateTooOld


def pay(batch: Batch, work: Work) -> Outcome:
    """Captured orders go on; a payment that is declined or not yet certain leaves its order where it is."""
    outcome = Outcome()
    requests = [_request(order) for order in batch]
    payments = finance.take_payments(requests, work.ports.provider, now=work.now)
    for order, payment in zip(batch, payments, strict=True):
        if payment.state == PaymentState.CAPTURED:
            outcome.send(order.id, "pay", payment_id=str(payment.id), paid_currency=payment.amount.currency)
    return outcome


def landed_total(order: OrderDTO) -> Money:
    """What the buyer owes in all, in the order's currency."""
    return Money(order.total_minor or 0, order.currency)


def _request(order: OrderDTO) -> PaymentRequest:
    due, on = landed_total(order), order.ordered_at.date()
    return PaymentRequest(
        order_id=order.id,
        buyer_id=order.buyer_id,
        seller_id=order.seller_id,
        amount=_presented(due, order.destination, on),
        settlement_currency=order.currency,
        idem=f"pay:{order.id}",
        escrow=due,
        on=on,
    )


def _presented(due: Money, destination: str, on: date) -> Money:
    """`due` as the buyer sees it: in the money of the destination where the ECB quotes it, else unchanged."""
    try:
        shown, _ = finance.convert(due, currency_of(destination) or due.currency, on)
    except (NoRate, RateTooOld):
        return due
    return shown
