"""How a simulated provider tells what happened: signed webhooks after the Standard Webhooks specification, with faults.

Some are lost, some sent twice, some arrive before one that is older; the same seed, the same luck.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import httpx
from standardwebhooks import Webhook

from fondaco.kernel import clock


@dataclass(frozen=True, slots=True)
class WebhookFaults:
    """Shares of webhooks between 0 and 1 that are lost, sent twice, or overtaken by up to `overtake` later ones."""

    lost: float = 0.0
    doubled: float = 0.0
    reordered: float = 0.0
    overtake: int = 20
    seed: str = "fondaco"


@dataclass
class WebhookSender:
    """Queues what happened and posts it to `url`, signed with `secret` (whsec_…), when asked to."""

    url: str
    secret: str
    faults: WebhookFaults = WebhookFaults()
    now: Callable[[], datetime] = clock.now
    queue: list[tuple[str, str]] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    lost: int = 0
    number: int = 0

    def __post_init__(self) -> None:
        self._random = Random(self.faults.seed)  # noqa: S311 - luck, not a secret
        self._lock = threading.Lock()

    def tell(self, topic: str, data: dict[str, Any]) -> None:
        """Queue one webhook, as the faults will have it."""
        with self._lock:
            self.number += 1
            message = f"msg_{self.faults.seed}_{self.number}"
            body = json.dumps({"type": topic, "timestamp": self.now().isoformat(), "data": data})
            if self._random.random() < self.faults.lost:
                self.lost += 1
                return
            back = self._random.randint(1, self.faults.overtake)
            early = self._random.random() < self.faults.reordered
            self.queue.insert(max(len(self.queue) - back, 0) if early else len(self.queue), (message, body))
            if self._random.random() < self.faults.doubled:
                self.queue.append((message, body))

    def flush(self) -> int:
        """Post all that is queued, each once: a receiver that refuses does not hear it again. How many were sent."""
        with self._lock:
            due, self.queue = self.queue, []
        with httpx.Client(timeout=10) as http:
            for message, body in due:
                answer = http.post(self.url, content=body, headers=self.headers(message, body))
                self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        return len(due)

    def headers(self, message: str, body: str) -> dict[str, str]:
        """The headers of a webhook, signed now."""
        moment = self.now()
        return {
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(message, moment, body),
        }
