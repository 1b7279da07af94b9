"""The HTTP gateway to an agency: declarations in batches or as messages, receipts by polling."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx

from fondaco.kernel.errors import FondacoError
from fondaco.kernel.http_client import HttpClient
from fondaco.platforms.window.adapters.agency_answers import receipts_in
from fondaco.platforms.window.domain.declaration import MOST_PER_MESSAGE, Receipt, content_digest
from fondaco.platforms.window.domain.declaration_wco import read_amount
from fondaco.platforms.window.domain.gateway import Acknowledgement, GatewayUnavailable, Message, ReceiptPage

_RETRY_AFTER_S = (0.05, 0.2, 0.8)
PAYMENT_UPLOAD = "/ceb2grab/grab/realTimeDataUpload"
_MEDIA = {"gacc": "application/xml", "cds": "application/xml", "edifact": "application/edifact"}


class HttpGateway(HttpClient):
    """A CustomsGateway over HTTP with connections kept alive.

    A request that times out, breaks off or meets a 5xx is sent again (3 times, waiting longer each time):
    the agency knows every declaration by its key. `timeout_s` bounds each try.
    """

    def __init__(self, base_url: str, *, name: str = "", timeout_s: float = 10.0, attempts: int = 4) -> None:
        super().__init__(base_url, timeout_s=timeout_s)
        self._name = name or base_url
        self._attempts = attempts

    @property
    def name(self) -> str:
        return self._name

    def send(self, messages: Sequence[Message]) -> list[Acknowledgement]:
        """Deliver at most 100 `messages` in one request."""
        if len(messages) > MOST_PER_MESSAGE:
            raise ValueError(f"At most {MOST_PER_MESSAGE} declarations in a message, not {len(messages)}.")
        plain = [one for one in messages if one.form == "wco"]
        said = self._send_batch(plain) if plain else {}
        for one in messages:
            if one.form != "wco":
                said[one.key] = self._send_message(one)
        return [_acknowledgement(one.key, said.get(one.key)) for one in messages]

    def tell(self, decision: Mapping[str, Any]) -> None:
        """Tell the agency's own system what its officer decided here; again changes nothing there."""
        self._call(
            "POST", "/decisions", content=json.dumps(decision), headers={"Content-Type": "application/json"}
        )

    def upload_payment(self, text: str, *, key: str) -> str:
        """Send payment data of Announcement 179 in the form that customs published; its answer as JSON."""
        said = self._call(
            "POST",
            PAYMENT_UPLOAD,
            data={"payExInfoStr": text},
            headers={"Idempotency-Key": content_digest(key)},
        )
        return json.dumps(said)

    def _send_batch(self, messages: Sequence[Message]) -> dict[str, Mapping[str, Any]]:
        """The acknowledgements of one request by key."""
        content = '{"Declaration":[' + ",".join(one.text for one in messages) + "]}"
        key = content_digest(" ".join(one.key for one in messages))
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        answer = self._call("POST", "/declarations", content=content, headers=headers)
        return {str(ack["key"]): ack for ack in answer.get("acknowledgements", [])}

    def _send_message(self, message: Message) -> Mapping[str, Any]:
        """The acknowledgement of a message in another language; what the agency refuses is told as its reason."""
        headers = {"Idempotency-Key": content_digest(message.key), "Content-Type": _MEDIA[message.form]}
        if message.sent_at:
            headers["Date"] = format_datetime(message.sent_at.astimezone(UTC), usegmt=True)  # RFC 9110, 6.6.1
        path = f"/messages/{message.form}"
        answer = self._call("POST", path, content=message.text.encode(), headers=headers, refusals=(422,))
        said = answer.get("acknowledgements") or [{}]
        return {
            "status": "refused",
            "reason": str(answer.get("detail") or answer.get("title") or ""),
            **said[0],
        }

    def poll(self, *, after: str, limit: int) -> ReceiptPage:
        """The next receipts after the cursor `after`; a receipt that cannot be read stays in `raw`."""
        answer = self._call("GET", "/receipts", params={"after": after, "limit": limit})
        receipts = tuple(one for raw in answer.get("receipts", []) for one in read_anyhow(raw))
        return ReceiptPage(receipts, cursor=str(answer["cursor"]), more=bool(answer.get("more")))

    def _call(
        self, method: str, path: str, *, refusals: tuple[int, ...] = (), **request: Any
    ) -> dict[str, Any]:
        trouble = ""
        for attempt in range(self._attempts):
            if attempt:
                time.sleep(_RETRY_AFTER_S[min(attempt, len(_RETRY_AFTER_S)) - 1])
            try:
                response = self._http.request(method, path, **request)
                if response.status_code < 500:
                    if response.status_code not in refusals:
                        response.raise_for_status()
                    # PostgreSQL's JSON has no NUL: shown as the replacement character, not lost.
                    answer: dict[str, Any] = json.loads(response.text.replace("\\u0000", "\ufffd"))
                    return answer
                trouble = f"HTTP {response.status_code}"
            except httpx.HTTPStatusError as refused:
                raise GatewayUnavailable(f"HTTP {refused.response.status_code}") from refused
            except (httpx.TransportError, ValueError) as broken:
                trouble = str(broken) or type(broken).__name__
        raise GatewayUnavailable(trouble)


def read_receipt(raw: Mapping[str, Any]) -> Receipt:
    """A receipt as the agency wrote it, read liberally: unknown elements are kept in `raw`."""
    taxes = {str(tax.get("TypeCode")): tax for tax in raw.get("DutyTaxFee") or []}
    return Receipt(
        reference=str(raw.get("FunctionalReferenceID", ""))[:60],
        code=str(raw.get("NameCode") or raw.get("StatusCode") or "")[:24],
        issued_at=_moment(str(raw.get("IssueDateTime", ""))),
        vocabulary=str(raw.get("Vocabulary", "cds")),
        mrn=str(raw.get("ID") or "")[:35],
        lane=str(raw.get("SelectivityLane") or ""),
        reason="; ".join(str(error.get("Description", "")) for error in raw.get("Error") or []),
        duty_minor=_assessed(taxes.get("A00")),
        tax_minor=_assessed(taxes.get("B00")),
        raw=dict(raw),
    )


def read_anyhow(raw: Any) -> list[Receipt]:
    """`raw` as receipts; what cannot be read gets a vocabulary nobody knows, and is parked as it came."""
    try:
        if isinstance(raw, dict) and "Message" in raw:
            lane = str(raw.get("SelectivityLane") or "")
            found = receipts_in(str(raw["Form"]), str(raw["Message"]))
            return [replace(one, lane=one.lane or lane) for one in found]
        return [read_receipt(raw)]
    except (ValueError, KeyError, TypeError, AttributeError, FondacoError) as fault:
        shown = raw if isinstance(raw, dict) else {"text": str(raw)}
        reference = str(shown.get("FunctionalReferenceID") or content_digest(repr(shown))[:22])[:60]
        unreadable = Receipt(
            reference=reference,
            code=str(shown.get("NameCode") or "unreadable")[:24],
            issued_at=datetime(1970, 1, 1, tzinfo=UTC),
            vocabulary="unreadable",
            reason=f"{type(fault).__name__}: {fault}"[:300],
            raw=shown,
        )
        return [unreadable]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"A receipt's time needs a zone: {text}")
    return moment


def _assessed(tax: Mapping[str, Any] | None) -> int | None:
    return read_amount(tax["Payment"]["TaxAssessedAmount"]).minor if tax else None


def _acknowledgement(key: str, said: Mapping[str, Any] | None) -> Acknowledgement:
    if said is None:
        return Acknowledgement(key, taken=False, reason="the gateway did not mention this declaration")
    taken = said.get("status") in {"stored", "duplicate"}
    return Acknowledgement(key, taken=taken, reason=str(said.get("reason", "")))
