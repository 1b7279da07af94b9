"""A carrier SIMULATOR on a real socket: takes bookings, gives UPU status events, fails on demand.

It is no carrier and says so: its name, its references and every event's detail carry "simulator".
Its events run ahead of the calendar: a consignment's whole journey is told at once, dated by its
day of readiness and a transit time drawn (from the number, so always alike) from the offer's range.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

from fondaco.systems.logistics.adapters.gateway import BATCH, HttpCarrier

NAME = "carrier simulator"
Fault = Literal["error", "silence", "garbage", "duplicates", "disorder"]

# UPU EMSEVT code, part of the transit time at which it happens, where ("o" origin, "d" destination), words.
_JOURNEY = (
    ("EMA", 0.00, "o", "Collected"),
    ("EXA", 0.06, "o", "Presented to export customs"),
    ("EXC", 0.10, "o", "Released by export customs"),
    ("EMC", 0.15, "o", "Departed from outward office of exchange"),
    ("EMD", 0.70, "d", "Arrived at inward office of exchange"),
    ("EDB", 0.74, "d", "Presented to import customs"),
    ("EDC", 0.82, "d", "Returned from import customs"),
    ("EMG", 0.90, "d", "Arrived at delivery office"),
    ("EDG", 0.96, "d", "Out for delivery"),
    ("EMI", 1.00, "d", "Delivered"),
)
_AT_HOME = frozenset({"EXA", "EXC", "EMC", "EMD", "EDB", "EDC"})


class CarrierSimulator:
    """A context manager: a server on 127.0.0.1 while it is open, and `gateway()` to talk to it.

    `fail("error", times=2)` makes the next two answers a 500; "silence" closes without one,
    "garbage" sends no JSON, "duplicates" and "disorder" spoil a status answer's events. `undelivered`
    names consignments whose delivery fails.
    """

    def __init__(self, *, undelivered: frozenset[str] = frozenset()) -> None:
        self.bookings: dict[str, dict[str, Any]] = {}
        self.requests = Counter[str]()
        self.undelivered = undelivered
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def gateway(self) -> HttpCarrier:
        """A client of this simulator."""
        return HttpCarrier(self.url, name=NAME)

    def fail(self, fault: Fault, *, times: int = 1) -> None:
        """Spoil the next `times` answers with `fault`."""
        with self._lock:
            self._faults += [fault] * times

    def next_fault(self) -> Fault | None:
        with self._lock:
            return self._faults.pop(0) if self._faults else None

    def answer(self, path: str, body: dict[str, Any], fault: Fault | None) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to a request."""
        with self._lock:
            self.requests[path] += 1
            if path == "/v1/shipments":
                return self._take(body["shipments"])
            if path == "/v1/events":
                return self._tell(body["numbers"], fault)
        return 404, {"error": "no such path"}

    def _take(self, shipments: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        if len(shipments) > BATCH:
            return 422, {"error": f"at most {BATCH} shipments a request"}
        for shipment in shipments:
            self.bookings.setdefault(shipment["number"], shipment)
        return 200, {
            "labels": [{"number": s["number"], "reference": f"SIM-{s['number']}"} for s in shipments]
        }

    def _tell(self, numbers: list[str], fault: Fault | None) -> tuple[int, dict[str, Any]]:
        if len(numbers) > BATCH:
            return 422, {"error": f"at most {BATCH} numbers a request"}
        events = [e for n in numbers if n in self.bookings for e in self._journey(self.bookings[n])]
        if fault == "duplicates":
            events += events
        if fault == "disorder":
            events.reverse()
        return 200, {"events": events, "unknown": [n for n in numbers if n not in self.bookings]}

    def _journey(self, booking: dict[str, Any]) -> list[dict[str, Any]]:
        number, home = booking["number"], booking["origin"] == booking["destination"]
        ready, days = datetime.fromisoformat(booking["ready_at"]), _drawn_days(booking)
        return [
            {
                "id": f"{number}:{code}",
                "number": number,
                "code": code,
                "vocabulary": "UPU",
                "at": (ready + timedelta(days=days * part)).isoformat(),
                "location": booking["origin"] if where == "o" else booking["destination"],
                "detail": f"{words} (simulator)",
            }
            for code, part, where, words in self._steps(number)
            if not (home and code in _AT_HOME)
        ]

    def _steps(self, number: str) -> list[tuple[str, float, str, str]]:
        if number in self.undelivered:
            return [*_JOURNEY[:-1], ("EMH", 1.0, "d", "Unsuccessful delivery")]
        return list(_JOURNEY)


def _drawn_days(booking: dict[str, Any]) -> float:
    """A transit time in the offer's range, always the same for the same number."""
    low, high = booking["transit_days"]
    draw = int.from_bytes(hashlib.sha256(booking["number"].encode()).digest()[:4]) / 2**32
    return float(low + draw * (high - low))


def _handler(simulator: CarrierSimulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "FondacoCarrierSimulator"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fault = simulator.next_fault()
            if fault == "silence":
                self.close_connection = True
                return
            if fault == "error":
                self._send(500, b"{}")
                return
            status, answer = simulator.answer(self.path, json.loads(raw), fault)
            self._send(status, b"<html>" if fault == "garbage" else json.dumps(answer).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing: the simulator's counters tell what came."""

    return Handler
