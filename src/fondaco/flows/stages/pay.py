"""Pay: the landed total, in the buyer's own currency at the dated ECB rate, into the order's escrow.

The method is the one that the matrix prefers for the country, the currency, the basket and its risk; the
provider is the router's choice. Cash on delivery goes on before it is paid: the courier collects. Whoever has been at
the checkout (`flows.checkout`) is waited for there: nothing is asked for a second time, or otherwise than chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from uuid import UUID

from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.work import Batch, Outcome, Work
from fondaco.kernel.countries import currency_of
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money
from fondaco.platforms.window import public as window
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import Basket, Menu, NoRate, PaymentRequest, PaymentState, RateTooOld

CASH = "cod"
_TAKEN = (PaymentState.CAPTURED, PaymentState.SETTLED)
_LOST = (PaymentState.FAILED, PaymentState.CANCELLED)
_MUCH = Decimal(5_000)  # in the order's currency


def pay(batch: Batch, work: Work) -> Outcome:
    """Captured orders go on; a payment that is declined or not yet certain leaves its order where it is."""
    outcome = Outcome()
    others = finance.other_payments({order.id: pay_key(order) for order in batch})
    waited = {
        key for key, payment in others.items() if payment.state not in (*_TAKEN, PaymentState.AUTHORISED)
    }
    going = _within_quota([order for order in batch if order.id not in waited], work, outcome)
    payable = [order for order in going if order.id not in others]
    requests = [payment_request(order, work) for order in payable]
    payments = finance.take_payments(requests, work.ports.provider, now=work.now)
    lost = [
        order.id
        for order, payment in zip(payable, payments, strict=True)
        if payment.state in _LOST and order.facts.get("scheme")
    ]
    if lost:
        window.free_quota(lost, now=work.now, actor=work.actor)
    by_cash = []
    for payment in (*payments, *(others[order.id] for order in going if order.id in others)):
        is_cash = payment.method == CASH and payment.state == PaymentState.AUTHORISED
        if payment.state in _TAKEN or is_cash:
            stamp = {"payment_id": str(payment.id), "paid_currency": payment.amount.currency}
            outcome.send(payment.order_id, "pay", **stamp)
            by_cash += [payment.order_id] if is_cash else []
    if by_cash:
        outcome.writes.append(partial(_keep_booked, by_cash, outcome))
    return outcome


def _keep_booked(by_cash: Sequence[UUID], outcome: Outcome) -> None:
    """Leave where they are the orders whose cash the buyer has given up since; the others' is held until they moved."""
    gone = set(by_cash) - finance.lock_authorised(by_cash)
    outcome.moves["pay"] = [key for key in outcome.moves["pay"] if key not in gone]


def _within_quota(batch: Batch, work: Work, outcome: Outcome) -> list[OrderDTO]:
    """The orders that may be paid: whoever's yearly quota ran out between quote and payment waits for a person.

    Used before the money is asked for and given back if it does not come, so that none is taken in vain.
    """
    schemed = [order.id for order in batch if order.facts.get("scheme") or order.facts.get("claims")]
    quotes = window.landed_quote_for(schemed) if schemed else {}
    refused: set[UUID] = set()
    for order_id, kept in quotes.items():
        try:
            window.check_quotas(kept.quote, on=work.now.date())
        except window.QuotaExhausted as problem:
            refused.add(order_id)
            outcome.send(order_id, "refer", why=_told(problem))
    asked = [(key, kept.buyer_id, kept.quote) for key, kept in quotes.items() if key not in refused]
    for ask in window.quota_asks(asked):
        try:
            window.use_quota(ask, now=work.now, actor=work.actor)
        except window.QuotaUsedUp as problem:
            refused.add(ask.order_id)
            outcome.send(ask.order_id, "refer", why=_told(problem))
    return [order for order in batch if order.id not in refused]


def _told(problem: FondacoError) -> dict[str, str]:
    return {"code": problem.code, "detail": problem.detail, "remedy": problem.remedy}


def landed_total(order: OrderDTO) -> Money:
    """What the buyer owes in all, in the order's currency."""
    return Money(order.total_minor or 0, order.currency)


def pay_key(order: OrderDTO) -> str:
    """The key of the payment that the flow itself asks for."""
    return f"pay:{order.id}"


def basket_of(order: OrderDTO, work: Work, *, on: date) -> Basket:
    """What the matrix of methods is asked for an order on the day `on`; its value and currency are of its own day."""
    due, priced_on = landed_total(order), order.ordered_at.date()
    currency = _presented(due, order.destination, priced_on).currency
    return Basket(order.destination, currency, _in_euro(due, priced_on), _risk(order, due, work), on)


def payment_request(
    order: OrderDTO, work: Work, *, basket: Basket | None = None, method: str = ""
) -> PaymentRequest:
    """What is asked for: the landed total in the buyer's currency, by `method` or the one that the matrix prefers.

    MethodNotOffered for a method that `basket` (without one: as the order was placed) is not offered.
    """
    due, on = landed_total(order), order.ordered_at.date()
    amount = _presented(due, order.destination, on)
    basket = basket or basket_of(order, work, on=on)
    menu = finance.methods_for(basket)
    return PaymentRequest(
        order_id=order.id,
        buyer_id=order.buyer_id,
        seller_id=order.seller_id,
        amount=amount,
        settlement_currency=order.currency,
        idem=pay_key(order),
        method=(menu.row(method).method if method else menu.first()).code,
        escrow=due,
        on=on,
        country=order.destination,
        why=_why(menu, basket),
    )


def _why(menu: Menu, basket: Basket) -> dict[str, object]:
    """Which methods the buyer was offered, in order, and why others of the country were not."""
    return {
        "offered": [row.method.code for row in menu.offered],
        "refused": [[one.method, one.code, one.limit] for one in menu.refused],
        "risk": basket.risk,
        "value_eur": None if basket.value_eur is None else str(basket.value_eur),
    }


def _in_euro(due: Money, on: date) -> Decimal | None:
    try:
        return finance.convert(due, "EUR", on)[0].amount
    except (NoRate, RateTooOld):
        return None


def _risk(order: OrderDTO, due: Money, work: Work) -> str:
    """Medium where the goods go to another country than the buyer's, high where they are worth a great deal too."""
    buyer = work.parties.get(order.buyer_id)
    elsewhere = buyer is not None and buyer.country != order.destination
    return ("high" if due.amount > _MUCH else "medium") if elsewhere else "low"


def _presented(due: Money, destination: str, on: date) -> Money:
    """`due` as the buyer sees it: in the money of the destination where the ECB quotes it, else unchanged."""
    try:
        shown, _ = finance.convert(due, currency_of(destination) or due.currency, on)
    except (NoRate, RateTooOld):
        return due
    return shown
