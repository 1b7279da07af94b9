"""The simulator's other way to tell: events pushed to a receiver, signed after Standard Webhooks, failing on demand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import httpx
from standardwebhooks import Webhook

from fondaco.systems.logistics.adapters.simulator import CarrierSimulator

PushFault = Literal["duplicates", "disorder", "lost", "forged", "old", "impatience"]
_ATTEMPTS = 3


@dataclass(slots=True)
class CarrierPusher:
    """Pushes a simulator's events to `url`, some at a time; `answers` counts the statuses that came back.

    A message that was not answered at all or by 5xx is sent again under its id and with its body, three times in
    all; so it is when the same events are pushed another time. A fault spoils the
    next message: "duplicates" sends it twice, "disorder" turns its events round, "lost" never sends it,
    "forged" signs with another secret, "old" dates it an hour back, "impatience" hangs up before the answer.
    """

    simulator: CarrierSimulator
    url: str
    secret: str
    answers: Counter[int] = field(default_factory=Counter)
    faults: list[PushFault] = field(default_factory=list)
    undelivered: list[str] = field(default_factory=list)
    bodies: dict[str, str] = field(default_factory=dict)
    size: int = 5

    def push(self, numbers: Sequence[str], *, now: datetime) -> int:
        """Tell all that is known of `numbers`; how many messages were answered by 2xx."""
        events = self.simulator.journeys(list(numbers))
        return sum(self._message(chunk, now) for chunk in _chunks(events, self.size))

    def _message(self, events: list[dict[str, Any]], now: datetime) -> bool:
        fault = self.faults.pop(0) if self.faults else None
        message_id = f"msg_{events[0]['id']}"
        if fault == "lost":
            self.undelivered.append(message_id)
            return False
        body = self.bodies.setdefault(message_id, _body(events[::-1] if fault == "disorder" else events, now))
        done = self._send(message_id, body, now, fault)
        if fault == "duplicates":
            self._send(message_id, body, now, None)
        if not done:
            self.undelivered.append(message_id)
        return done

    def _send(self, message_id: str, body: str, now: datetime, fault: PushFault | None) -> bool:
        at = now - timedelta(hours=1) if fault == "old" else now
        secret = "whsec_" + "QUFB" * 8 if fault == "forged" else self.secret
        headers = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(message_id, at, body),
        }
        waits = [0.001 if fault == "impatience" else 10.0, *[10.0] * (_ATTEMPTS - 1)]
        for wait in waits:
            try:
                answer = httpx.post(self.url, content=body, headers=headers, timeout=wait)
            except httpx.HTTPError:
                continue
            self.answers[answer.status_code] += 1
            if answer.status_code < 500:
                return answer.is_success
        return False


def _body(events: list[dict[str, Any]], now: datetime) -> str:
    return json.dumps({"type": "carrier.events", "timestamp": now.isoformat(), "data": {"events": events}})


def _chunks(events: list[dict[str, Any]], size: int) -> Iterable[list[dict[str, Any]]]:
    return (events[start : start + size] for start in range(0, len(events), size))
