"""A payment provider simulator: a real HTTP server on the loopback, with faults on demand.

SIMULATOR: it moves no money and knows no cards. JSON over HTTP/1.1, kept alive:

    POST /v1/charges      {"items": [{key, amount, currency, method, reference}, ...]}   at most 100
    POST /v1/refunds      the same, with `against`: the key of the charge that is given back
    POST /v1/lookup       {"keys": [...]}
    POST /v1/settlements  {"reference": "..."} -> text/csv of what was not in a file yet, with totals
    GET  /health

Each answer is {"results": [{key, status, reference, reason}]}. A key is done once; repeated with the
same body it gets the same answer, with another body `declined: key_reused`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import threading
import time
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

MAX_ITEMS = 100


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, and how often (shares of requests between 0 and 1; the same seed, the same luck).

    `vanish_after`: the deed is done, the answer lost. `vanish_before`: lost before anything is done.
    `server_error`: a 500 before anything is done. `repeat`: results come twice and in reverse order.
    `decline_amounts`: minor units always declined; `decline_methods`: first letters of methods declined.
    """

    vanish_after: float = 0.0
    vanish_before: float = 0.0
    server_error: float = 0.0
    repeat: float = 0.0
    slow_s: float = 0.0
    decline_amounts: frozenset[int] = frozenset()
    decline_methods: str = ""
    seed: str = "fondaco"


@dataclass
class Deed:
    """A charge or refund that the simulator has done or declined."""

    kind: str
    item: dict[str, Any]
    status: str
    reference: str
    reason: str = ""
    file: str = ""


@dataclass
class ProviderSimulator:
    """The server; use as a context manager. `store` keeps what was done in a file, across restarts."""

    faults: Faults = field(default_factory=Faults)
    store: Path | None = None
    fee_rate: Decimal = Decimal("0.015")
    deeds: dict[str, Deed] = field(default_factory=dict)
    requests: int = 0
    given: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._load()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.simulator = self
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
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def captured(self, currency: str) -> int:
        """Minor units of `currency` taken minus given back."""
        signs = {"charge": 1, "refund": -1}
        return sum(
            signs[d.kind] * int(d.item["amount"])
            for d in self.deeds.values()
            if d.status == "captured" and d.item["currency"] == currency
        )

    def luck(self, fault: str, share: float) -> bool:
        """Whether `fault` strikes this request: decided by seed and request number."""
        text = f"{self.faults.seed}:{fault}:{self.requests}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:4], "big") < share * 2**32

    def answer(self, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Do what was asked, one request at a time."""
        with self._lock:
            if path == "/v1/lookup":
                return [self._look_up(str(key)) for key in body["keys"][:MAX_ITEMS]]
            kind = "charge" if path == "/v1/charges" else "refund"
            return [self._do(kind, item) for item in body["items"][:MAX_ITEMS]]

    def settle(self, reference: str) -> str:
        """The settlement file `reference`; the same reference gives the same file again."""
        with self._lock:
            if not any(deed.file == reference for deed in self.deeds.values()):
                for key, deed in self.deeds.items():
                    if deed.status == "captured" and not deed.file:
                        deed.file = reference
                        self._keep(key, deed)
            return self._file(reference)

    def _do(self, kind: str, item: dict[str, Any]) -> dict[str, Any]:
        key = str(item["key"])
        before = self.deeds.get(key)
        if before is None:
            before = self._decide(kind, item)
            self._remember(key, before)
            self._keep(key, before)
        elif before.item != item or before.kind != kind:
            return {"key": key, "status": "declined", "reference": "", "reason": "key_reused"}
        return _shown(key, before)

    def _decide(self, kind: str, item: dict[str, Any]) -> Deed:
        reference = "sim_" + hashlib.sha256(str(item["key"]).encode()).hexdigest()[:20]
        reason = self._objection(kind, item)
        return Deed(kind, item, "declined" if reason else "captured", reference, reason)

    def _objection(self, kind: str, item: dict[str, Any]) -> str:
        if int(item["amount"]) <= 0:
            return "bad_amount"
        if kind == "refund":
            return self._refund_objection(item)
        if int(item["amount"]) in self.faults.decline_amounts:
            return "insufficient_funds"
        letters = tuple(self.faults.decline_methods)
        return "method_refused" if letters and str(item["method"]).startswith(letters) else ""

    def _refund_objection(self, item: dict[str, Any]) -> str:
        charge = self.deeds.get(str(item["against"]))
        if charge is None or charge.status != "captured" or charge.kind != "charge":
            return "no_such_charge"
        given = self.given.get(str(item["against"]), 0)
        too_much = given + int(item["amount"]) > int(charge.item["amount"])
        return "more_than_charged" if too_much or charge.item["currency"] != item["currency"] else ""

    def _look_up(self, key: str) -> dict[str, Any]:
        deed = self.deeds.get(key)
        return _shown(key, deed) if deed else {"key": key, "status": "not_found"}

    def _file(self, reference: str) -> str:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["kind", "key", "currency", "gross", "fee"])
        totals: dict[str, list[int]] = {}
        for key, deed in self.deeds.items():
            if deed.file == reference:
                gross, fee = self._amounts(deed)
                writer.writerow([deed.kind, key, deed.item["currency"], gross, fee])
                total = totals.setdefault(deed.item["currency"], [0, 0])
                total[0], total[1] = total[0] + gross, total[1] + fee
        writer.writerows(["total", "", currency, *sums] for currency, sums in sorted(totals.items()))
        return out.getvalue()

    def _amounts(self, deed: Deed) -> tuple[int, int]:
        """Gross and fee of a line; a refund is negative and costs nothing."""
        amount = int(deed.item["amount"])
        if deed.kind == "refund":
            return -amount, 0
        return amount, int((amount * self.fee_rate).quantize(Decimal(1), rounding=ROUND_HALF_UP))

    def _remember(self, key: str, deed: Deed) -> None:
        """Take note of `deed`; of a refund also against its charge. A deed read twice counts once."""
        if key not in self.deeds and deed.kind == "refund" and deed.status == "captured":
            against = str(deed.item["against"])
            self.given[against] = self.given.get(against, 0) + int(deed.item["amount"])
        self.deeds[key] = deed

    def _keep(self, key: str, deed: Deed) -> None:
        if self.store:
            row = [key, deed.kind, deed.item, deed.status, deed.reference, deed.reason, deed.file]
            with self.store.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def _load(self) -> None:
        """Read back what was done; a torn last line (a crash while writing) is ignored."""
        if self.store and self.store.exists():
            for line in self.store.read_text(encoding="utf-8").splitlines():
                try:
                    key, *rest = json.loads(line)
                except ValueError:
                    continue
                self._remember(key, Deed(*rest))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    simulator: ProviderSimulator


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._reply(200, json.dumps({"simulator": True}).encode(), "application/json")

    def do_POST(self) -> None:
        simulator = cast(_Server, self.server).simulator
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        simulator.requests += 1
        faults = simulator.faults
        if faults.slow_s:
            time.sleep(faults.slow_s)
        if self.path == "/v1/settlements":
            self._reply(200, simulator.settle(str(json.loads(raw)["reference"])).encode(), "text/csv")
        elif simulator.luck("before", faults.vanish_before):
            self._vanish()
        elif simulator.luck("error", faults.server_error):
            self._reply(500, b"{}", "application/json")
        else:
            self._answer(simulator, raw)

    def _answer(self, simulator: ProviderSimulator, raw: bytes) -> None:
        try:
            results = simulator.answer(self.path, json.loads(raw))
        except (ValueError, KeyError, TypeError):
            self._reply(400, b'{"error": "bad request"}', "application/json")
            return
        if simulator.luck("after", simulator.faults.vanish_after):
            self._vanish()
            return
        if simulator.luck("repeat", simulator.faults.repeat):
            results = results[::-1] + results
        self._reply(200, json.dumps({"results": results}).encode(), "application/json")

    def _vanish(self) -> None:
        """Hang up without an answer."""
        self.close_connection = True

    def _reply(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Simulator", "fondaco payment provider simulator")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Quiet: what matters is in the ledger and in the simulator's store."""


def _shown(key: str, deed: Deed) -> dict[str, Any]:
    return {"key": key, "status": deed.status, "reference": deed.reference, "reason": deed.reason}
