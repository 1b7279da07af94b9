"""A bank simulator: a real HTTP server on the loopback that confirms or refuses payouts.

SIMULATOR: it moves no money and knows no accounts. JSON over HTTP/1.1:

    POST /v1/instructions  {"items": [{key, amount, currency, party}, ...]}   at most 100

Each answer is {"results": [{key, status, reference, reason}]}, status `executed`, `refused` or `pending`. A
key is decided once and always in the same way, also by a simulator that was started again; the same key
with another body is refused as `key_reused`.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast

MAX_ITEMS = 100
_MOST_BODY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class BankFaults:
    """What goes wrong: parties whose account is closed, parties that wait, and whether every answer is lost."""

    closed: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    vanish: bool = False


@dataclass
class BankSimulator:
    """The server; use as a context manager."""

    faults: BankFaults = BankFaults()
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    executed: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.bank = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    @property
    def url(self) -> str:
        """Where the simulator listens."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    bank: BankSimulator


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def do_POST(self) -> None:
        bank = cast(_Server, self.server).bank
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MOST_BODY:
            self.close_connection = True
            self._reply(413, {"error": "a length of at most 1 MB is needed"})
            return
        raw = self.rfile.read(int(length))
        try:
            results = bank.instruct(json.loads(raw)["items"])
        except (ValueError, KeyError, TypeError):
            self._reply(400, {"error": 'expected {"items": [{key, amount, currency, party}]}'})
            return
        if bank.faults.vanish:
            self.close_connection = True  # the deed is done, the answer is lost
            return
        self._reply(200, {"results": results})

    def _reply(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Simulator", "fondaco bank simulator")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Quiet: what matters is in the ledger."""
