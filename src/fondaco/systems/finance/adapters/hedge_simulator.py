"""A hedge provider simulator: a real HTTP server on the loopback that books forwards.

SIMULATOR: no bank stands behind it. JSON over HTTP/1.1:

    POST /v1/forwards  {key, sell_currency, sell_minor, buy_currency, due_on}

answers {status: "booked", buy_minor, rate, reference} or {status: "refused", reason}. A key is decided once, also
where the answer was lost; the same key with another body is refused as `key_reused`.
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


@dataclass
class HedgeSimulator(LocalServer):
    """The server; use as a context manager. `price` gives the forward rate of (sold, bought, day)."""

    title = "fondaco hedge simulator"
    most_body = 64 * 1024
    expects = "{key, sell_currency, sell_minor, buy_currency, due_on}"

    price: Callable[[str, str, date], Decimal]
    refused: frozenset[str] = frozenset()
    lose_answers: int = 0
    booked: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Reply | None:
        """Book or refuse; while `lose_answers` lasts, the deed is done and the answer lost."""
        asked = request.json()
        with self._lock:
            first, answer = self.booked.setdefault(str(asked["key"]), (asked, self._decide(asked)))
            if first != asked:
                return Reply(200, {"status": "refused", "reason": "key_reused"})
            if self.lose_answers > 0:
                self.lose_answers -= 1
                return None
        return Reply(200, answer)

    def _decide(self, asked: dict[str, Any]) -> dict[str, Any]:
        sold = Money(int(asked["sell_minor"]), str(asked["sell_currency"]))
        if sold.currency in self.refused or sold.minor <= 0:
            return {"status": "refused", "reason": "currency_not_offered" if sold.minor > 0 else "bad_amount"}
        rate = self.price(sold.currency, str(asked["buy_currency"]), date.fromisoformat(asked["due_on"]))
        buy = sold.converted(rate, str(asked["buy_currency"]))
        reference = "hedge_" + hashlib.sha256(str(asked["key"]).encode()).hexdigest()[:16]
        return {"status": "booked", "buy_minor": buy.minor, "rate": str(rate), "reference": reference}
