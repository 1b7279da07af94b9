"""HTTP client of a payment provider that speaks the simulator's protocol (docs in provider_simulator)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx

from fondaco.kernel.http_client import HttpClient
from fondaco.systems.finance.adapters.settlement_file import read_settlement_file
from fondaco.systems.finance.domain.payments import (
    AUTHORISED,
    CAPTURED,
    DECLINED,
    LOST,
    NOT_FOUND,
    PENDING,
    VOIDED,
    Charge,
    Outcome,
    PageUnavailable,
    ProviderConfused,
    ProviderFile,
)

BATCH = 100
_STATUSES = {AUTHORISED, CAPTURED, DECLINED, NOT_FOUND, VOIDED}


class ProviderClient(HttpClient):
    """Speaks to the provider at `url` over one kept-alive connection; use as a context manager.

    A request that gets no usable answer gives `lost` for all its keys: what happened is then found
    out by `look_up`, never assumed.
    """

    def __init__(self, url: str, *, provider_id: UUID, timeout_s: float = 10.0, at_once: int = BATCH) -> None:
        self._provider_id, self._at_once = provider_id, min(at_once, BATCH)
        super().__init__(url, timeout_s=timeout_s)

    @property
    def provider_id(self) -> UUID:
        return self._provider_id

    def charge(self, charges: list[Charge]) -> list[Outcome]:
        """Take each charge, at most `at_once` a request."""
        return self._instruct("/v1/charges", charges)

    def capture(self, charges: list[Charge]) -> list[Outcome]:
        """Take each amount of what its key authorised."""
        return self._instruct("/v1/captures", charges)

    def void(self, keys: list[str]) -> list[Outcome]:
        """Release what each key authorised."""
        return self._ask("/v1/voids", keys)

    def refund(self, refunds: list[Charge]) -> list[Outcome]:
        """Give back each amount, at most 100 a request."""
        return self._instruct("/v1/refunds", refunds)

    def look_up(self, keys: list[str]) -> list[Outcome]:
        """What became of each key, at most 100 a request."""
        return self._ask("/v1/lookup", keys)

    def settlement_file(self, reference: str) -> ProviderFile:
        """The provider's settlement file `reference`; made of all unsettled lines if it is new.

        ProviderConfused where it gives none, BadSettlementFile when its lines do not add up.
        """
        return read_settlement_file(reference, self.settlement_bytes(reference))

    def settlement_bytes(self, reference: str) -> bytes:
        """The settlement file `reference` as the provider gives it. ProviderConfused when it gives none."""
        try:
            answer = self._http.post("/v1/settlements", json={"reference": reference}).raise_for_status()
        except httpx.HTTPError as exc:
            raise ProviderConfused(str(exc), field="reference", value=reference) from exc
        return answer.content

    def _instruct(self, path: str, charges: Sequence[Charge]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for start in range(0, len(charges), self._at_once):
            part = charges[start : start + self._at_once]
            body = {"items": [_wire(charge) for charge in part]}
            outcomes += self._send(path, body, [charge.key for charge in part])
        return outcomes

    def _ask(self, path: str, keys: list[str]) -> list[Outcome]:
        parts = [keys[i : i + BATCH] for i in range(0, len(keys), BATCH)]
        return [o for part in parts for o in self._send(path, {"keys": part}, part)]

    def _send(self, path: str, body: dict[str, Any], keys: Sequence[str]) -> list[Outcome]:
        """Outcomes of `keys` in order; `lost` for each key that no usable answer speaks of."""
        try:
            answer = self._http.post(path, json=body).raise_for_status()
            said = {str(row["key"]): row for row in answer.json()["results"]}
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            said = {}
        return [_outcome(key, said.get(key)) for key in keys]


class CardPageClient(ProviderClient):
    """A provider at whose own page the buyer pays: nothing is ever charged from here, only asked about.

    What nobody has paid yet is `pending`. Speaks the protocol of `card_page`.
    """

    def charge(self, charges: list[Charge]) -> list[Outcome]:
        """What became of each charge: the buyer makes it."""
        return self.look_up([each.key for each in charges])

    def look_up(self, keys: list[str]) -> list[Outcome]:
        """What became of each key; pending where the buyer has not paid."""
        found = super().look_up(keys)
        return [Outcome(o.key, PENDING) if o.status == NOT_FOUND else o for o in found]

    def open_page(self, charge: Charge, *, return_url: str) -> str:
        """Where the buyer pays `charge`; afterwards the browser comes to `return_url`. PageUnavailable."""
        try:
            body = {**_wire(charge), "return_url": return_url}
            return str(self._http.post("/v1/sessions", json=body).raise_for_status().json()["url"])
        except (httpx.HTTPError, ValueError, KeyError) as exc:
            raise PageUnavailable(str(exc), field="provider") from exc


def _wire(charge: Charge) -> dict[str, Any]:
    return {
        "key": charge.key,
        "amount": charge.amount.minor,
        "currency": charge.amount.currency,
        "method": charge.method,
        "reference": charge.reference,
        "against": charge.against,
        **({} if charge.capture else {"capture": False}),
    }


def _outcome(key: str, row: dict[str, Any] | None) -> Outcome:
    status = str(row.get("status")) if isinstance(row, dict) else ""
    if row is None or status not in _STATUSES:
        return Outcome(key, LOST, reason=str((row or {}).get("reason", "no answer"))[:80])
    return Outcome(key, status, str(row.get("reference", ""))[:80], str(row.get("reason", ""))[:80])
