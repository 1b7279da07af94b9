"""A webhook of a provider, checked before a word of it is believed; pure.

Standard Webhooks 1.0.0: HMAC-SHA256 over "id.timestamp.body" of the raw body, compared in constant time,
and a timestamp within five minutes of ours.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from standardwebhooks import Webhook

from fondaco.kernel.errors import Conflict, FondacoError, Refused
from fondaco.kernel.plain_json import is_storable, read_json
from fondaco.systems.finance.domain.cards import refuse_card_number

TOLERANCE = timedelta(seconds=300)
LARGEST = 64 * 1024


class WebhookUnsigned(FondacoError):
    code = "webhook-unsigned"
    title = "This webhook bears no signature that we can trust."
    remedy = "Sign id.timestamp.body with the secret of this connection, as Standard Webhooks says."
    status = 401


class WebhookTooOld(Refused):
    code = "webhook-too-old"
    title = "The timestamp of this webhook is more than five minutes from ours."
    remedy = "Set the sender's clock; send it anew with a fresh timestamp and signature."


class WebhookReplayed(Conflict):
    code = "webhook-replayed"
    title = "This webhook has been heard before; nothing was done again."
    remedy = "Count it as delivered."


class WebhookForeign(Refused):
    code = "webhook-foreign"
    title = "This webhook tells of a payment that is not with this provider."
    remedy = "Send it to the connection that the payment was made through."


class WebhookUnreadable(Refused):
    code = "webhook-unreadable"
    title = "This webhook cannot be read."
    remedy = "Send a JSON object of type and data, each key once, with whole minor units."


class WebhookContradicts(Conflict):
    code = "webhook-contradicts"
    title = "This webhook names another amount than the payment has."
    remedy = "Compare the payment at the provider with ours; the reconciliation desk shows both."


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What a trusted webhook says."""

    message_id: str
    topic: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WebhookNoteDTO:
    """A webhook that came in and what became of it: `state` applied, known or refused (then `code` says why)."""

    id: UUID
    provider_id: UUID
    message_id: str
    topic: str
    state: str
    code: str
    payment_id: UUID | None
    body: Mapping[str, Any]
    received_at: datetime


def read_webhook(raw: bytes, headers: Mapping[str, str], *, secret: str, now: datetime) -> WebhookEvent:
    """The event of a webhook; header names in lower case.

    WebhookUnsigned, WebhookTooOld, WebhookUnreadable, CardNumberRefused.
    """
    message, text = headers.get("webhook-id", ""), _text(raw)
    moment = _moment(headers.get("webhook-timestamp", ""))
    if not 0 < len(message) <= 80 or moment is None:
        raise WebhookUnsigned(field="webhook-id")
    ours = Webhook(secret).sign(message, moment, text)
    given = headers.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(ours.encode(), theirs.encode()) for theirs in given[:10]):
        raise WebhookUnsigned(field="webhook-signature")
    if abs(now - moment) > TOLERANCE:
        raise WebhookTooOld(field="webhook-timestamp", value=moment.isoformat())
    refuse_card_number(text, field="data")
    return _event(message, text)


def _text(raw: bytes) -> str:
    if len(raw) > LARGEST:
        raise WebhookUnreadable(f"More than {LARGEST} bytes.", field="body")
    try:
        return raw.decode("utf-8")
    except ValueError as exc:
        raise WebhookUnreadable(field="body") from exc


def _moment(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text), UTC) if re.fullmatch(r"[0-9]{1,11}", text) else None


def _event(message: str, text: str) -> WebhookEvent:
    try:
        body = read_json(text)
        topic, data = body["type"], body["data"]
    except (ValueError, KeyError, TypeError) as exc:
        raise WebhookUnreadable(str(exc)[:120], field="body") from exc
    if not is_storable(body):
        raise WebhookUnreadable("A text in it cannot be kept.", field="data")
    if not isinstance(topic, str) or not isinstance(data, dict) or len(topic) > 60:
        raise WebhookUnreadable(field="type")
    return WebhookEvent(message, topic, data)
