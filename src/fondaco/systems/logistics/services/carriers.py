"""Carriers' own lines to the house: channels with a secret, and the events pushed through them."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from standardwebhooks import Webhook

from fondaco.kernel import audit
from fondaco.kernel.errors import FondacoError, NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.adapters.ports import CarrierEvent
from fondaco.systems.logistics.domain.dto import NewMilestone
from fondaco.systems.logistics.models import CarrierChannel
from fondaco.systems.logistics.services.milestones import MilestoneReport, record_milestones

TOLERANCE = timedelta(minutes=5)  # the specification's suggestion
OVERLAP = timedelta(hours=24)  # how long the secret before is good after a change


class UnknownCarrier(NotFound):
    code = "unknown-carrier"
    title = "No carrier of this name has a channel here."
    remedy = (
        "Use the address that came with the channel's secret; open one with POST /logistics/carrier-channel."
    )


class BadPushSignature(FondacoError):
    code = "bad-push-signature"
    title = "The signature is not that of this channel's secret."
    remedy = (
        "Sign '<webhook-id>.<webhook-timestamp>.<body>' with the channel's secret (Standard Webhooks, v1)."
    )
    status = 401


class StalePush(FondacoError):
    code = "stale-push"
    title = "The message was not sent just now."
    remedy = "Give the time of sending in webhook-timestamp, at most five minutes off; sign each repeat anew."
    status = 401


@dataclass(frozen=True, slots=True)
class ChannelOpened:
    """A channel with its secret, told to whoever manages it only."""

    carrier_id: UUID
    secret: str
    opened_at: datetime
    changed_at: datetime | None
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Push:
    """A pushed message as it arrived: its three headers and its body."""

    message_id: str
    timestamp: str
    signature: str
    body: bytes


def open_channel(scope: Scope, carrier_id: UUID, *, now: datetime, change: bool = False) -> ChannelOpened:
    """The carrier's channel, made where it has none; with `change` a fresh secret, the one before good for a day.

    Forbidden unless a manager of that carrier, or of the house, asks.
    """
    scope.require(role=Role.MANAGER, kinds=(Kind.CARRIER,))
    if not scope.is_operator and carrier_id != scope.organisation_id:
        raise UnknownCarrier
    with transaction.atomic():
        row, made = CarrierChannel.objects.of(scope).get_or_create(
            carrier_id=carrier_id, defaults={"secret": _secret(), "opened_at": now}
        )
        if change and not made:
            row.previous_secret, row.secret, row.changed_at = row.secret, _secret(), now
            row.save(update_fields=["previous_secret", "secret", "changed_at"])
        if made or change:
            deed = "logistics.channel-opened" if made else "logistics.channel-changed"
            audit.record(
                [audit.Deed(deed, "carrier", str(carrier_id), carrier_id)], actor=scope.actor, at=now
            )
    return ChannelOpened(carrier_id, row.secret, row.opened_at, row.changed_at, row.heard_at)


def channel_times(scope: Scope) -> tuple[datetime, datetime | None, datetime | None] | None:
    """When the reader's channel was opened, its secret changed and a push last heard; None where it has none."""
    return (
        CarrierChannel.objects.of(scope)
        .filter(carrier_id=scope.organisation_id)
        .values_list("opened_at", "changed_at", "heard_at")
        .first()
    )


def admit_push(carrier_id: UUID, push: Push, *, now: datetime) -> Scope:
    """On whose behalf the message speaks: its carrier's. UnknownCarrier, StalePush or BadPushSignature.

    Standard Webhooks 1.0: HMAC-SHA256 over id, time of sending and body; several signatures may be given.
    """
    row = CarrierChannel.objects.house().filter(carrier_id=carrier_id).first()
    if row is None:
        raise UnknownCarrier
    sent_at = _sent_at(push)
    if not _is_signed(push, sent_at, _good_secrets(row, now)):
        raise BadPushSignature(field="webhook-signature")
    # After the signature, so that only whoever knows the secret learns how our clock stands.
    if abs(now - sent_at) > TOLERANCE:
        raise StalePush(field="webhook-timestamp", value=push.timestamp)
    CarrierChannel.objects.house().filter(pk=row.pk).update(heard_at=now)
    return Scope(carrier_id, Kind.CARRIER, role=Role.CLERK, actor="carrier-push")


def record_carrier_events(scope: Scope, events: Sequence[CarrierEvent], *, now: datetime) -> MilestoneReport:
    """Keep what a carrier pushed, each event once by the carrier's own id; see record_milestones for its scope."""
    source = f"push:{scope.organisation_id.hex}"
    new = [
        NewMilestone(
            e.number, e.code, e.vocabulary, e.event_at, source, e.id, e.location, e.detail, e.conveyance
        )
        for e in events
    ]
    return record_milestones(new, actor=scope.actor or "carrier", now=now, scope=scope)


def _sent_at(push: Push) -> datetime:
    if not push.message_id or not push.timestamp.isdecimal() or len(push.timestamp) > 11:
        raise BadPushSignature(field="webhook-timestamp", value=push.timestamp)
    return datetime.fromtimestamp(int(push.timestamp), tz=UTC)


def _is_signed(push: Push, sent_at: datetime, good: Sequence[str]) -> bool:
    try:
        body = push.body.decode()
    except UnicodeDecodeError:
        return False
    wanted = [Webhook(secret).sign(push.message_id, sent_at, body) for secret in good]
    given = push.signature.split()[:8]
    return any(hmac.compare_digest(one.encode(), two.encode()) for one in given for two in wanted)


def _good_secrets(row: CarrierChannel, now: datetime) -> list[str]:
    fresh = row.changed_at is not None and now - row.changed_at <= OVERLAP
    return [row.secret, row.previous_secret] if row.previous_secret and fresh else [row.secret]


def _secret() -> str:
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()
