"""HTTP client of a hedge provider that speaks the simulator's protocol (docs in hedge_simulator)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from fondaco.kernel.money import Money
from fondaco.systems.finance.adapters.http_port import HttpPort
from fondaco.systems.finance.domain.exchange import ForwardAnswer, ForwardOrder


class HedgeClient(HttpPort):
    """Speaks to the provider at `url`; use as a context manager. What gets no usable answer is `pending`."""

    def book(self, order: ForwardOrder) -> ForwardAnswer:
        """Book one forward; the same key again is the same forward."""
        wire = {
            "key": str(order.key), "sell_currency": order.sell.currency, "sell_minor": order.sell.minor,
            "buy_currency": order.buy_currency, "due_on": order.due_on.isoformat(),
        }  # fmt: skip
        try:
            answer = self._http.post("/v1/forwards", json=wire)
            return _answer(answer.raise_for_status().json(), order)
        except (httpx.HTTPError, ValueError, KeyError, TypeError, InvalidOperation):
            return ForwardAnswer("pending")


def _answer(said: dict[str, Any], order: ForwardOrder) -> ForwardAnswer:
    if said["status"] == "refused":
        return ForwardAnswer("refused", reason=str(said.get("reason", ""))[:80])
    buy, rate = Money(int(said["buy_minor"]), order.buy_currency), Decimal(str(said["rate"]))
    if said["status"] != "booked" or buy.minor <= 0 or rate <= 0:
        return ForwardAnswer("pending")
    return ForwardAnswer("booked", buy, rate, str(said.get("reference", ""))[:80])
