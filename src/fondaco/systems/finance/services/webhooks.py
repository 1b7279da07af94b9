"""Webhooks of providers: verified, heard once, and never trusted further than their own payments."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fondaco.kernel.errors import FondacoError, NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.finance.domain.payments import AUTHORISED, CAPTURED, DECLINED, Outcome
from fondaco.systems.finance.domain.webhooks import (
    WebhookContradicts,
    WebhookEvent,
    WebhookForeign,
    WebhookNoteDTO,
    WebhookReplayed,
    WebhookUnreadable,
    read_webhook,
)
from fondaco.systems.finance.models import (
    NoteState,
    PaymentIntent,
    PaymentState,
    ProviderConnection,
    WebhookNote,
)
from fondaco.systems.finance.services.charges import charged, id_in_key, named
from fondaco.systems.finance.services.disputes import DISPUTE_TOPICS, hear_dispute
from fondaco.systems.finance.services.ledger import retried
from fondaco.systems.finance.services.payments import hear_outcomes
from fondaco.systems.finance.services.support import insert_models

KEEP_REFUSED = timedelta(days=30)
MOST_REFUSED_A_DAY = 1_000
_UNDECIDED = (PaymentState.PROCESSING, PaymentState.UNKNOWN, PaymentState.AUTHORISED)
_TOPICS = {
    "payment.captured": CAPTURED,
    "payment.authorised": AUTHORISED,
    "payment.declined": DECLINED,
}


def ensure_connection(provider_id: UUID, *, now: datetime) -> str:
    """The secret that a provider signs its webhooks with; made on first use."""
    made, _ = ProviderConnection.objects.house().get_or_create(
        provider_id=provider_id,
        defaults={"secret": "whsec_" + b64encode(secrets.token_bytes(32)).decode(), "made_at": now},
    )
    return str(made.secret)


def receive_webhook(
    provider_id: UUID, raw: bytes, headers: Mapping[str, str], *, now: datetime
) -> WebhookNoteDTO:
    """Hear a webhook of a provider; header names in lower case. What it tells is booked in one transaction.

    Refused, with nothing posted: unsigned, too old, heard before, unreadable, about a payment of another
    provider, with another amount, or holding a card number. NotFound for a provider without connection.
    """
    connection = ProviderConnection.objects.house().filter(provider_id=provider_id).first()
    if connection is None:
        raise NotFound(field="provider_id", value=provider_id)
    try:
        event = read_webhook(raw, headers, secret=connection.secret, now=now)
        return note_dto(retried(lambda: _hear(provider_id, event, now=now)))
    except FondacoError as exc:
        if not isinstance(exc, WebhookReplayed):
            _keep_refused(provider_id, headers.get("webhook-id", "")[:80], exc.code, now=now)
        raise


def list_webhooks(scope: Scope, *, payment_id: UUID | None = None, state: str = "", before: UUID | None = None,
                  size: int = 50) -> list[WebhookNoteDTO]:  # fmt: skip
    """The inbox, newest first: a provider sees what it sent, the operator everything."""
    scope.require(kinds=(Kind.PSP,))
    wanted = {"payment_id": payment_id, "state": state, "id__lt": before}
    rows = WebhookNote.objects.of(scope).filter(**{name: value for name, value in wanted.items() if value})
    return [note_dto(row) for row in rows.order_by("-id")[:size]]


def purge_refused(*, now: datetime) -> int:
    """Forget refused webhooks older than thirty days; how many."""
    old = WebhookNote.objects.house().filter(state=NoteState.REFUSED, received_at__lt=now - KEEP_REFUSED)
    return int(old.delete()[0])


def _hear(provider_id: UUID, event: WebhookEvent, *, now: datetime) -> WebhookNote:
    """Book what `event` tells, then note it down: a note that is there already undoes the booking."""
    moved = _apply(provider_id, event, now=now)
    note = WebhookNote(
        id=new_id(), provider_id=provider_id, message_id=event.message_id, topic=event.topic,
        state=NoteState.APPLIED if moved else NoteState.KNOWN, body=dict(event.data), received_at=now,
        payment_id=id_in_key(str(event.data.get("key", ""))),
    )  # fmt: skip
    if not insert_models([note]):
        raise WebhookReplayed(field="webhook-id", value=event.message_id)
    return note


def _apply(provider_id: UUID, event: WebhookEvent, *, now: datetime) -> bool:
    """Whether `event` moved anything; a topic we do not know moves nothing."""
    if event.topic not in _TOPICS and event.topic not in DISPUTE_TOPICS:
        return False
    payment, key, minor = _payment(provider_id, event)
    if event.topic in DISPUTE_TOPICS:
        return hear_dispute(payment, event.topic, event.data, now=now)
    due = charged(payment).minor
    if minor > (payment.authorised_minor or due) or (event.topic == "payment.captured" and minor != due):
        raise WebhookContradicts(field="amount", value=minor)
    if payment.state not in _UNDECIDED:
        return False
    reference, reason = (str(event.data.get(name, ""))[:80] for name in ("reference", "reason"))
    outcome = Outcome(key, _TOPICS[event.topic], reference, reason)
    return bool(hear_outcomes([outcome], provider_id=provider_id, now=now))


def _payment(provider_id: UUID, event: WebhookEvent) -> tuple[PaymentIntent, str, int]:
    """The payment that `event` is about, its key and the amount told. WebhookForeign, WebhookUnreadable."""
    key, minor = event.data.get("key"), event.data.get("amount")
    if not isinstance(key, str) or type(minor) is not int or minor <= 0:
        raise WebhookUnreadable(field="data")
    found = named([id_in_key(key)]).order_by("id").first()
    if found is None or not _is_try(found, key, provider_id):
        raise WebhookForeign(field="key", value=key)
    if event.data.get("currency") != found.currency:
        raise WebhookContradicts(field="currency", value=event.data.get("currency"))
    return found, key, minor


def _is_try(payment: PaymentIntent, key: str, provider_id: UUID) -> bool:
    """Whether `key` is a try of `payment` at this provider, the present one or an earlier one."""
    number = key[37:]
    return (
        re.fullmatch(r"[1-9][0-9]{0,3}", number) is not None
        and payment.attempts.filter(number=int(number), provider_id=provider_id).exists()
    )


def _keep_refused(provider_id: UUID, message_id: str, code: str, *, now: datetime) -> None:
    """Remember that something was refused, but no word of it, and not without end."""
    today = WebhookNote.objects.house().filter(
        provider_id=provider_id, state=NoteState.REFUSED, received_at__gt=now - timedelta(days=1)
    )
    if today.count() < MOST_REFUSED_A_DAY:
        insert_models(
            [
                WebhookNote(
                    id=new_id(), provider_id=provider_id, message_id=message_id, topic="",
                    state=NoteState.REFUSED, code=code[:40], body={}, received_at=now,
                )
            ]
        )  # fmt: skip


def note_dto(row: WebhookNote) -> WebhookNoteDTO:
    """`row` as others see it."""
    body: dict[str, Any] = row.body
    return WebhookNoteDTO(
        row.id, row.provider_id, row.message_id, row.topic, row.state, row.code, row.payment_id, body,
        row.received_at,
    )  # fmt: skip
