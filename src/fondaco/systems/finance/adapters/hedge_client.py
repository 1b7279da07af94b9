"""HTTP client of a hedge provider that speaks the simulator's protocol (docs in hedge_simulator)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from fondaco.kernel.money import Money
from fondaco.systems.finance.adapters.http_port import HttpPort
from fondaco.systems.finance.domain.exchange import Delivery, ForwardAnswer, ForwardOrder


class HedgeClient(HttpPort):
    """Speaks to the provider at `url`; use as a context manager. What gets no usable answer is `pending`."""

    def book(self, order: ForwardOrder) -> ForwardAnswer:
        """Book one forward; the same key again is the same forward."""
        try:
            answer = self._http.post("/v1/forwards", json=order_wire(order))
            return _answer(answer.raise_for_status().json(), order)
        except _UNUSABLE:
            return ForwardAnswer("pending")

    def deliver(self, order: ForwardOrder, *, on: date) -> Delivery:
        """Exchange the two sums of a booked forward on or after its day; the same key again is the same delivery."""
        try:
            answer = self._http.post("/v1/deliveries", json=order_wire(order) | {"on": on.isoformat()})
            said = answer.raise_for_status().json()
            if said["status"] == "refused":
                return Delivery("refused", reason=str(said.get("reason", ""))[:80])
            buy = Money(int(said["buy_minor"]), order.buy_currency)
            return Delivery("delivered", buy) if said["status"] == "delivered" else Delivery("pending")
        except _UNUSABLE:
            return Delivery("pending")


_UNUSABLE = (httpx.HTTPError, ValueError, KeyError, TypeError, InvalidOperation)


def order_wire(order: ForwardOrder) -> dict[str, Any]:
    """An order as it goes over the wire."""
    return {
        "key": str(order.key), "sell_currency": order.sell.currency, "sell_minor": order.sell.minor,
        "buy_currency": order.buy_currency, "due_on": order.due_on.isoformat(),
    }  # fmt: skip


def _answer(said: dict[str, Any], order: ForwardOrder) -> ForwardAnswer:
    if said["status"] == "refused":
        return ForwardAnswer("refused", reason=str(said.get("reason", ""))[:80])
    buy, rate = Money(int(said["buy_minor"]), order.buy_currency), Decimal(str(said["rate"]))
    if said["status"] != "booked" or buy.minor <= 0 or rate <= 0:
        return ForwardAnswer("pending")
    return ForwardAnswer("booked", buy, rate, str(said.get("reference", ""))[:80])
