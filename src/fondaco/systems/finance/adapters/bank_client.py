"""HTTP client of a bank that takes pain.001 and answers with pain.002 (the simulator's protocol)."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.systems.finance.adapters.http_port import HttpPort
from fondaco.systems.finance.adapters.iso20022 import (
    BadBankMessage,
    Debtor,
    end_to_end_of,
    read_pain002,
    render_pain001,
)
from fondaco.systems.finance.domain.payouts import BankAnswer, BankOrder
from fondaco.systems.finance.domain.references import reference_for

BATCH = 100
_HOUSE = Debtor("Fondaco")
_XML = {"content-type": "application/xml"}


class BankClient(HttpPort):
    """Speaks to the bank at `url`; use as a context manager. What gets no usable answer is `pending`."""

    def __init__(self, url: str, *, name: str, debtor: Debtor = _HOUSE, timeout_s: float = 10.0) -> None:
        super().__init__(url, name=name, timeout_s=timeout_s)
        self._debtor = debtor

    def instruct(self, orders: Sequence[BankOrder]) -> list[BankAnswer]:
        """Instruct the bank, at most 100 payouts a message; the same key again is the same payout."""
        parts = [orders[start : start + BATCH] for start in range(0, len(orders), BATCH)]
        return [answer for part in parts for answer in self._send(part)]

    def statement(self, reference: str, currency: str) -> bytes:
        """The camt.053 statement `reference` of the house's account in `currency`; BadBankMessage if none comes."""
        query = {"reference": reference, "currency": currency}
        try:
            return self._http.get("/v1/statements", params=query).raise_for_status().content
        except httpx.HTTPError as exc:
            raise BadBankMessage(str(exc), field="reference", value=reference) from exc

    def currencies(self) -> list[str]:
        """In which currencies something is booked that no statement has told yet. BadBankMessage if it stays silent."""
        try:
            said = self._http.get("/v1/accounts").raise_for_status().json()["currencies"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as exc:
            raise BadBankMessage(str(exc), field="accounts") from exc
        return [str(each) for each in said]

    def pay_in(self, amount: Money, *, reference: str) -> None:
        """SIMULATION: let a customer of another bank (an authority) transfer `amount` to the house, once per reference.

        BadBankMessage where the simulator refuses it. A real bank has no such request.
        """
        body = {"minor": amount.minor, "currency": amount.currency, "reference": reference}
        try:
            self._http.post("/v1/incoming", json=body).raise_for_status()
        except httpx.HTTPError as exc:
            raise BadBankMessage(str(exc), field="reference", value=reference) from exc

    def _send(self, orders: Sequence[BankOrder]) -> list[BankAnswer]:
        now = clock.now()
        message = reference_for("|".join(order.key for order in orders))
        content = render_pain001(message, orders, debtor=self._debtor, now=now, on=now.date())
        try:
            answer = self._http.post("/v1/instructions", content=content, headers=_XML).raise_for_status()
            said = read_pain002(answer.content)
        except (httpx.HTTPError, BadBankMessage):
            said = {}
        return [_answer(order.key, said.get(end_to_end_of(order.key))) for order in orders]


def _answer(key: str, said: BankAnswer | None) -> BankAnswer:
    return (
        BankAnswer(key, "pending")
        if said is None
        else BankAnswer(key, said.status, said.reference, said.reason)
    )
