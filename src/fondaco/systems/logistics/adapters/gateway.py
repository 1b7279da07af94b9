"""The carrier port over HTTP and JSON, with repeats where an answer failed to come."""

from __future__ import annotations

import hashlib
import json
import time
from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from fondaco.kernel.errors import Refused, Unavailable
from fondaco.kernel.http_client import HttpClient
from fondaco.systems.logistics.adapters.ports import (
    Booking,
    Cancelled,
    CarrierEvent,
    CarrierLabel,
    LabelFormat,
)

BATCH = 100


class CarrierRefused(Refused):
    code = "carrier-refused"
    title = "The carrier refused the request."
    remedy = "Read the carrier's reason, mend the consignment and book again."


class HttpCarrier(HttpClient):
    """A carrier that speaks our JSON over HTTP: the simulator, or an agent in front of a real one."""

    def __init__(self, url: str, *, name: str, timeout_s: float = 10.0, attempts: int = 4) -> None:
        super().__init__(url, timeout_s=timeout_s)
        self.name, self._attempts = name, attempts

    def book(self, bookings: Sequence[Booking]) -> dict[str, str]:
        """See `Carrier.book`."""
        answer = self._post("/v1/shipments", {"shipments": [_booking(b) for b in bookings]})
        try:
            return {str(label["number"]): str(label["reference"]) for label in answer["labels"]}
        except (KeyError, TypeError) as exc:
            raise Unavailable(f"{self.name}: unreadable labels ({exc!r})") from exc

    def label(self, tracking_number: str, *, form: LabelFormat = LabelFormat.PDF) -> CarrierLabel:
        """See `Carrier.label`."""
        answer = self._post("/v1/labels", {"tracking_number": tracking_number, "format": form.value})
        try:
            content = b64decode(answer["content"], validate=True)
            return CarrierLabel(
                str(answer["tracking_number"]),
                str(answer["reference"]),
                LabelFormat(answer["format"]),
                content,
            )
        except (KeyError, TypeError, ValueError) as exc:
            raise Unavailable(f"{self.name}: unreadable label ({exc!r})") from exc

    def cancel(self, numbers: Sequence[str]) -> dict[str, Cancelled]:
        """See `Carrier.cancel`."""
        answer = self._post("/v1/cancellations", {"numbers": list(numbers)})
        try:
            return {str(number): Cancelled(what) for number, what in answer["outcomes"].items()}
        except (KeyError, AttributeError, ValueError) as exc:
            raise Unavailable(f"{self.name}: unreadable answer to a cancellation ({exc!r})") from exc

    def events(self, numbers: Sequence[str]) -> list[CarrierEvent]:
        """See `Carrier.events`."""
        answer = self._post("/v1/events", {"numbers": list(numbers)})
        try:
            return [read_event(e) for e in answer["events"]]
        except (KeyError, TypeError, ValueError) as exc:
            raise Unavailable(f"{self.name}: unreadable events ({exc!r})") from exc

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST `body`; repeat on silence, a server error or an answer that is not JSON.

        Every repeat carries the same key, made from what is asked: a carrier that acted and could not say so
        acts once.
        """
        failure: Exception | None = None
        content = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": _key(path, content)}
        for attempt in range(self._attempts):
            if attempt:
                time.sleep(0.05 * 2**attempt)
            try:
                response = self._http.post(path, content=content, headers=headers)
                if response.is_client_error:
                    raise CarrierRefused(response.text[:200], field="carrier", value=self.name)
                response.raise_for_status()
                answer: dict[str, Any] = response.json()
                return answer
            except (httpx.HTTPError, ValueError) as exc:
                failure = exc
        raise Unavailable(f"{self.name}: {failure}") from failure


def _key(path: str, content: bytes) -> str:
    return hashlib.sha256(path.encode() + b"\n" + content).hexdigest()[:40]


def _booking(b: Booking) -> dict[str, Any]:
    return {
        "number": b.number,
        "origin": b.origin,
        "destination": b.destination,
        "ready_at": b.ready_at.isoformat(),
        "transit_days": [b.transit_days_min, b.transit_days_max],
        "pieces": list(b.tracking_numbers),
    }


_CONVEYANCE = ("bill", "vessel", "voyage")


def read_event(e: dict[str, Any]) -> CarrierEvent:
    """A carrier's event in our JSON. KeyError, TypeError or ValueError where it is none."""
    at, told = datetime.fromisoformat(e["at"]), dict(e.get("conveyance") or {})
    return CarrierEvent(
        id=str(e["id"]),
        number=str(e["number"]),
        code=str(e["code"]),
        vocabulary=str(e["vocabulary"]),
        # A carrier that names no zone is taken to mean UTC.
        event_at=at if at.tzinfo else at.replace(tzinfo=UTC),
        location=str(e.get("location", "")),
        detail=str(e.get("detail", "")),
        conveyance={name: str(told[name])[:100] for name in _CONVEYANCE if told.get(name)},
    )
