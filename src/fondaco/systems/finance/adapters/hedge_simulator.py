"""A hedge provider simulator: a real HTTP server on the loopback that books forwards.

SIMULATOR: no bank stands behind it. JSON over HTTP/1.1:

    POST /v1/forwards  {key, sell_currency, sell_minor, buy_currency, due_on}

answers {status: "booked", buy_minor, rate, reference} or {status: "refused", reason}. A key is decided once, also
where the answer was lost; the same key with another body is refused as `key_reused`.

    POST /v1/deliveries  {the same, on}

answers {status: "delivered", buy_minor} for a booked forward on or after its day, else {status: "refused", reason}.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from fondaco.kernel.local_http import LocalServer, Reply, Request
from fondaco.kernel.money import Money
from fondaco.systems.finance.adapters.hedge_client import order_wire
from fondaco.systems.finance.domain.exchange import BookedForward


@dataclass
class HedgeSimulator(LocalServer):
    """The server; use as a context manager. `price` gives the forward rate of (sold, bought, day)."""

    title = "fondaco hedge simulator"
    most_body = 64 * 1024
    expects = "{key, sell_currency, sell_minor, buy_currency, due_on}"

    price: Callable[[str, str, date], Decimal]
    refused: frozenset[str] = frozenset()
    lose_answers: int = 0
    defaulted: set[str] = field(default_factory=set)
    booked: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Reply | None:
        """Book or refuse; while `lose_answers` lasts, the deed is done and the answer lost."""
        asked = request.json()
        with self._lock:
            if request.path.endswith("/deliveries"):
                answer = self._deliver(asked)
                if self.lose_answers > 0:
                    self.lose_answers -= 1
                    return None
                return Reply(200, answer)
            first, answer = self.booked.setdefault(str(asked["key"]), (asked, self._decide(asked)))
            if first != asked:
                return Reply(200, {"status": "refused", "reason": "key_reused"})
            if self.lose_answers > 0:
                self.lose_answers -= 1
                return None
        return Reply(200, answer)

    def _deliver(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Exchange the sums of a booked forward."""
        order = {name: value for name, value in asked.items() if name != "on"}
        first, said = self.booked.get(str(asked["key"]), ({}, {}))
        if first != order or said["status"] != "booked" or str(asked["key"]) in self.defaulted:
            return {"status": "refused", "reason": "no_such_forward"}
        if asked["on"] < asked["due_on"]:
            return {"status": "refused", "reason": "not_due"}
        return {"status": "delivered", "buy_minor": said["buy_minor"]}

    def _decide(self, asked: dict[str, Any]) -> dict[str, Any]:
        sold = Money(int(asked["sell_minor"]), str(asked["sell_currency"]))
        if sold.currency in self.refused or sold.minor <= 0:
            return {"status": "refused", "reason": "currency_not_offered" if sold.minor > 0 else "bad_amount"}
        rate = self.price(sold.currency, str(asked["buy_currency"]), date.fromisoformat(asked["due_on"]))
        buy = sold.converted(rate, str(asked["buy_currency"]))
        reference = "hedge_" + hashlib.sha256(str(asked["key"]).encode()).hexdigest()[:16]
        return {"status": "booked", "buy_minor": buy.minor, "rate": str(rate), "reference": reference}


def remembered(one: BookedForward) -> tuple[dict[str, Any], dict[str, Any]]:
    """A forward booked with an earlier run of the simulator, as that run would remember it."""
    answer = {"status": "booked", "buy_minor": one.buy.minor, "rate": one.rate, "reference": one.reference}
    return order_wire(one.order), answer
