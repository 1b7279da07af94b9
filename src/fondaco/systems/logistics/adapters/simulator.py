"""A carrier SIMULATOR on a real socket: bookings, labels, cancellations, status events, failures on demand.

It is no carrier and says so: its name, its references and every event's detail carry "simulator".
A consignment's journey is dated by its readiness and a transit time drawn (from the number, so always alike) from
the offer's range. It is told ahead of the calendar, whole and at once, unless the simulator is told until when to speak.
What was asked under an Idempotency-Key is done once and answered alike ever after. Told of an address and
a secret, it pushes events there too, signed after the Standard Webhooks specification: see `simulated_push`.
"""

from __future__ import annotations

import hashlib
import json
import threading
from base64 import b64encode
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from fondaco.kernel.local_http import LocalServer, Reply, Request
from fondaco.systems.logistics.adapters.gateway import BATCH, HttpCarrier
from fondaco.systems.logistics.adapters.ports import Cancelled, LabelFormat
from fondaco.systems.logistics.adapters.simulated_labels import print_label

NAME = "carrier simulator"
Fault = Literal["error", "silence", "late", "garbage", "duplicates", "disorder", "lost"]
Answer = tuple[int, dict[str, Any]]

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
_DEPARTS = next(part for code, part, _, _ in _JOURNEY if code == "EMC")
_LOADED = frozenset({"EXA", "EMC"})  # told with what the goods leave in
_AT_HOME = frozenset({"EXA", "EXC", "EMC", "EMD", "EDB", "EDC"})


class CarrierSimulator(LocalServer):
    """A context manager: a server on 127.0.0.1 while it is open, and `gateway()` to talk to it.

    `fail("error", times=2)` makes the next two answers a 500; "silence" closes without doing anything,
    "late" does what was asked and closes without saying so, "garbage" sends no JSON; "duplicates",
    "disorder" and "lost" (every second one is missing) spoil a status answer's events. `undelivered`
    names consignments whose delivery fails. A booking whose events were told is too late to cancel. What lies after
    `until` is not told: a simulator of a later moment tells it.
    """

    title = "fondaco carrier simulator"

    def __init__(self, *, undelivered: frozenset[str] = frozenset(), until: datetime | None = None) -> None:
        self.until = until
        self.bookings: dict[str, dict[str, Any]] = {}
        self.requests = Counter[str]()
        self.cancelled: set[str] = set()
        self._told: set[str] = set()
        self._answers: dict[str, tuple[bytes, Answer]] = {}
        self.undelivered = undelivered
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Reply | None:
        """Do what is asked and answer, spoilt by the next fault in the list."""
        fault = self.next_fault()
        if fault == "silence":
            return None
        if fault == "error":
            return Reply(500, {})
        key = request.headers.get("idempotency-key", "")
        status, answer = self.answer(request.path, request.body, key, fault)
        if fault == "late":
            return None
        return Reply(status, b"<html>" if fault == "garbage" else answer)

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

    def answer(self, path: str, raw: bytes, key: str, fault: Fault | None) -> Answer:
        """Status and body of the answer to a request; from store where `key` was answered before."""
        with self._lock:
            self.requests[path] += 1
            if path == "/v1/events":
                return self._tell(json.loads(raw)["numbers"], fault)
            known = self._answers.get(key)
            if known and known[0] != raw:
                return 422, {"error": "this key was used for another request"}
            if known:
                return known[1]
            made = self._act(path, json.loads(raw))
            if key and made[0] == 200:
                self._answers[key] = (raw, made)
            return made

    def journeys(self, numbers: list[str]) -> list[dict[str, Any]]:
        """All events of those of `numbers` that are booked, in order."""
        going = [n for n in numbers if n in self.bookings and n not in self.cancelled]
        told = [event for n in going for event in self._journey(self.bookings[n])]
        return [one for one in told if self.until is None or datetime.fromisoformat(one["at"]) <= self.until]

    def _act(self, path: str, body: dict[str, Any]) -> Answer:
        if path == "/v1/shipments":
            return self._take(body["shipments"])
        if path == "/v1/cancellations":
            return 200, {"outcomes": {number: self._cancel(number) for number in body["numbers"][:BATCH]}}
        if path == "/v1/labels":
            return self._label(body["tracking_number"], LabelFormat(body["format"]))
        return 404, {"error": "no such path"}

    def _cancel(self, number: str) -> Cancelled:
        if number not in self.bookings:
            return Cancelled.UNKNOWN
        if number in self._told:
            return Cancelled.TOO_LATE
        self.cancelled.add(number)
        return Cancelled.DONE

    def _label(self, number: str, form: LabelFormat) -> Answer:
        found = next((b for b in self.bookings.values() if number in b["pieces"]), None)
        if found is None or found["number"] in self.cancelled:
            return 404, {"error": "no such parcel is booked"}
        content = b64encode(print_label(number, booking=found, form=form)).decode()
        reference = f"SIM-{found['number']}"
        return 200, {
            "tracking_number": number, "reference": reference, "format": form.value, "content": content,
        }  # fmt: skip

    def _take(self, shipments: list[dict[str, Any]]) -> Answer:
        if len(shipments) > BATCH:
            return 422, {"error": f"at most {BATCH} shipments a request"}
        for shipment in shipments:
            self.bookings.setdefault(shipment["number"], shipment)
        return 200, {
            "labels": [{"number": s["number"], "reference": f"SIM-{s['number']}"} for s in shipments]
        }

    def _tell(self, numbers: list[str], fault: Fault | None) -> Answer:
        if len(numbers) > BATCH:
            return 422, {"error": f"at most {BATCH} numbers a request"}
        events = self.journeys(numbers)
        self._told |= {event["number"] for event in events}
        if fault == "duplicates":
            events += events
        if fault == "disorder":
            events.reverse()
        if fault == "lost":
            events = events[::2]
        return 200, {"events": events, "unknown": [n for n in numbers if n not in self.bookings]}

    def _journey(self, booking: dict[str, Any]) -> list[dict[str, Any]]:
        number, home = booking["number"], booking["origin"] == booking["destination"]
        ready, days = datetime.fromisoformat(booking["ready_at"]), _drawn_days(booking)
        conveyance = _conveyance(booking, ready + timedelta(days=days * _DEPARTS))
        return [
            {
                "id": f"{number}:{code}",
                "number": number,
                "code": code,
                "vocabulary": "UPU",
                "at": (ready + timedelta(days=days * part)).isoformat(),
                "location": booking["origin"] if where == "o" else booking["destination"],
                "detail": f"{words} (simulator)",
                **({"conveyance": conveyance} if code in _LOADED else {}),
            }
            for code, part, where, words in self._steps(number)
            if not (home and code in _AT_HOME)
        ]

    def _steps(self, number: str) -> list[tuple[str, float, str, str]]:
        if number in self.undelivered:
            return [*_JOURNEY[:-1], ("EMH", 1.0, "d", "Unsuccessful delivery")]
        return list(_JOURNEY)


def _conveyance(booking: dict[str, Any], leaves: datetime) -> dict[str, str]:
    """What it leaves in: one made-up load a day from each country to each other."""
    line = f"{booking['origin']}{booking['destination']}"
    return {
        "bill": f"SIM-{line}-{leaves.astimezone(UTC):%y%m%d}",
        "vessel": "SIMULATOR",
        "voyage": f"SIM{line}{leaves.astimezone(UTC):%j}",
    }


def _drawn_days(booking: dict[str, Any]) -> float:
    """A transit time in the offer's range, always the same for the same number."""
    low, high = booking["transit_days"]
    draw = int.from_bytes(hashlib.sha256(booking["number"].encode()).digest()[:4]) / 2**32
    return float(low + draw * (high - low))
