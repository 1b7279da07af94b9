"""HTTP client of a bank that speaks the simulator's protocol (docs in bank_simulator)."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from fondaco.systems.finance.domain.payouts import BankAnswer, BankOrder

BATCH = 100
_STATUSES = ("executed", "refused")


class BankClient:
    """Speaks to the bank at `url`; use as a context manager. What gets no usable answer is `pending`."""

    def __init__(self, url: str, *, name: str, timeout_s: float = 10.0) -> None:
        self.name = name
        self._http = httpx.Client(base_url=url, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def instruct(self, orders: Sequence[BankOrder]) -> list[BankAnswer]:
        """Instruct the bank, at most 100 payouts a request; the same key again is the same payout."""
        parts = [orders[start : start + BATCH] for start in range(0, len(orders), BATCH)]
        return [answer for part in parts for answer in self._send(part)]

    def _send(self, orders: Sequence[BankOrder]) -> list[BankAnswer]:
        try:
            answer = self._http.post("/v1/instructions", json={"items": [_wire(each) for each in orders]})
            said = {str(row["key"]): row for row in answer.raise_for_status().json()["results"]}
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            said = {}
        return [_answer(each.key, said.get(each.key)) for each in orders]


def _wire(order: BankOrder) -> dict[str, Any]:
    return {
        "key": order.key,
        "amount": order.amount.minor,
        "currency": order.amount.currency,
        "party": str(order.owner_id),
    }


def _answer(key: str, row: dict[str, Any] | None) -> BankAnswer:
    status = str((row or {}).get("status"))
    if row is None or status not in _STATUSES:
        return BankAnswer(key, "pending")
    return BankAnswer(key, status, str(row.get("reference", ""))[:80], str(row.get("reason", ""))[:80])
