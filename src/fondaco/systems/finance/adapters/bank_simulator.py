"""A bank simulator: a real HTTP server on the loopback that confirms or refuses payouts.

SIMULATOR: it moves no money and knows no accounts. JSON over HTTP/1.1:

    POST /v1/instructions  {"items": [{key, amount, currency, party}, ...]}   at most 100

Each answer is {"results": [{key, status, reference, reason}]}, status `executed`, `refused` or `pending`. A
key is decided once and always in the same way, also by a simulator that was started again; the same key
with another body is refused as `key_reused`.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import Any

from fondaco.kernel.local_http import LocalServer, Reply, Request

MAX_ITEMS = 100


@dataclass(frozen=True, slots=True)
class BankFaults:
    """What goes wrong: parties whose account is closed, parties that wait, and whether every answer is lost."""

    closed: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    vanish: bool = False


@dataclass
class BankSimulator(LocalServer):
    """The server; use as a context manager."""

    title = "fondaco bank simulator"
    most_body = 1024 * 1024
    expects = '{"items": [{key, amount, currency, party}]}'

    faults: BankFaults = BankFaults()
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    executed: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Reply | None:
        """Execute or refuse what is asked; with `vanish` the deed is done and the answer lost."""
        results = self.instruct(request.json()["items"])
        return None if self.faults.vanish else Reply(200, {"results": results})

    def instruct(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Execute or refuse each item; a repeated one is answered again and not executed again."""
        with self._lock:
            return [self._one(item) for item in items[:MAX_ITEMS]]

    def _one(self, item: dict[str, Any]) -> dict[str, Any]:
        key, party = str(item["key"]), str(item["party"])
        if self.known.setdefault(key, item) != item:
            return {"key": key, "status": "refused", "reference": "", "reason": "key_reused"}
        if party in self.faults.waiting:
            return {"key": key, "status": "pending", "reference": "", "reason": ""}
        if party in self.faults.closed or int(item["amount"]) <= 0:
            reason = "account_closed" if party in self.faults.closed else "bad_amount"
            return {"key": key, "status": "refused", "reference": "", "reason": reason}
        self.executed[key] = int(item["amount"])
        reference = "bank_" + hashlib.sha256(key.encode()).hexdigest()[:20]
        return {"key": key, "status": "executed", "reference": reference, "reason": ""}
