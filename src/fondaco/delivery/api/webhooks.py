"""Webhooks out, after the Standard Webhooks specification.

An event becomes one delivery per endpoint that wants it; a delivery is repeated with the same id and
body until the endpoint answers 2xx, eight times over about three days; then it waits for a replay.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
import socket
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from django.conf import settings
from django.db import transaction
from standardwebhooks import Webhook

from fondaco.delivery.api.models import DELIVERY, DeliveryState, WebhookDelivery, WebhookEndpoint
from fondaco.kernel import audit
from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.outbox import Event
from fondaco.kernel.paging import newest_after
from fondaco.kernel.tenancy import Role, Scope

RETRY_AFTER = tuple(
    timedelta(seconds=s) for s in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000)
)  # the specification's suggestion
MOST_ENDPOINTS = 20
BOTH_SIGN = timedelta(days=1)
_READ = 2_000  # bytes of an answer that are looked at
_PARTY_KEYS = ("seller_id", "buyer_id", "carrier_id", "authority_id", "organisation_id")


class TooManyEndpoints(Refused):
    code = "too-many-endpoints"
    title = f"An organisation has at most {MOST_ENDPOINTS} webhook endpoints."
    remedy = "Remove one first."


class BadWebhookUrl(Refused):
    code = "bad-webhook-url"
    title = "This address cannot receive webhooks."
    remedy = "Give a public https address."


def register(scope: Scope, *, url: str, topics: Sequence[str], now: datetime) -> WebhookEndpoint:
    """An endpoint of `scope`'s organisation, with a secret to check signatures with.

    An address registered again keeps its secret and gets the new topics.
    """
    scope.require(role=Role.MANAGER)
    _check_url(url)
    known = {endpoint.url for endpoint in endpoints_of(scope)}
    if url not in known and len(known) >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    with transaction.atomic():
        endpoint, _ = (
            WebhookEndpoint.objects.update_or_create(  # lint-skip: tenant-scope keyed by the scope's own id
                organisation_id=scope.organisation_id,
                url=url,
                defaults={"topics": list(topics) or ["*"]},
                create_defaults={"topics": list(topics) or ["*"], "secret": _secret(), "created_at": now},
            )
        )
        _note(scope, endpoint.id, "registered", now=now)
    return endpoint


def renew_secret(scope: Scope, endpoint_id: UUID, *, now: datetime) -> WebhookEndpoint:
    """Give an endpoint a new secret; for a day messages bear both signatures, so that no receiver misses one.

    NotFound, Forbidden.
    """
    scope.require(role=Role.MANAGER)
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.of(scope).select_for_update().filter(id=endpoint_id).first()
        if endpoint is None:
            raise NotFound(field="endpoint_id", value=endpoint_id)
        endpoint.old_secret, endpoint.old_until = endpoint.secret, now + BOTH_SIGN
        endpoint.secret = _secret()
        endpoint.save(update_fields=["secret", "old_secret", "old_until"])
        _note(scope, endpoint.id, "secret_renewed", now=now)
    return endpoint


def endpoints_of(scope: Scope, *, after: UUID | None = None, size: int = 200) -> list[WebhookEndpoint]:
    """The organisation's endpoints, newest first; past endpoint `after` where one is named."""
    return list(newest_after(WebhookEndpoint.objects.of(scope), after, moment="created_at")[:size])


def deliveries_of(
    scope: Scope,
    *,
    state: str = "",
    endpoint_id: UUID | None = None,
    before: UUID | None = None,
    size: int = 50,
) -> list[WebhookDelivery]:
    """The newest deliveries to the organisation's endpoints, older than the one named `before`."""
    rows = WebhookDelivery.objects.of(scope)
    wanted = {"state": state, "endpoint_id": endpoint_id, "id__lt": before}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    return list(rows.select_related("endpoint").order_by("-id")[:size])


def remove(scope: Scope, endpoint_id: UUID, *, now: datetime) -> None:
    """Forget an endpoint and what was on its way to it."""
    scope.require(role=Role.MANAGER)
    with transaction.atomic():
        deleted, _ = WebhookEndpoint.objects.of(scope).filter(id=endpoint_id).delete()
        if not deleted:
            raise NotFound(field="endpoint_id", value=endpoint_id)
        _note(scope, endpoint_id, "removed", now=now)


def replay(scope: Scope, delivery_id: UUID, *, now: datetime) -> None:
    """Send a delivery again from the start, under the same id."""
    scope.require(role=Role.MANAGER)
    with transaction.atomic():
        delivery = WebhookDelivery.objects.of(scope).select_for_update().filter(id=delivery_id).first()
        if delivery is None:
            raise NotFound(field="delivery_id", value=delivery_id)
        delivery.state = DELIVERY.after(delivery.state, "replay")
        delivery.attempts, delivery.next_at = 0, now
        delivery.save(update_fields=["state", "attempts", "next_at"])


def enqueue(event: Event, *, event_id: UUID, now: datetime) -> int:
    """Make a delivery of `event` for each endpoint of its parties that wants the topic; how many were new."""
    parties = [str(event.payload[key]) for key in _PARTY_KEYS if event.payload.get(key)]
    endpoints = WebhookEndpoint.objects.house().filter(organisation_id__in=parties, is_enabled=True)
    body = json.dumps({"type": event.topic, "timestamp": now.isoformat(), "data": event.payload})
    made = [
        WebhookDelivery(
            endpoint=endpoint, organisation_id=endpoint.organisation_id, event_id=event_id,
            topic=event.topic, body=body, next_at=now, created_at=now,
        )
        for endpoint in endpoints
        if _wants(endpoint.topics, event.topic)
    ]  # fmt: skip
    return len(WebhookDelivery.objects.bulk_create(made, ignore_conflicts=True))


def deliver_due(*, now: datetime, limit: int = 100) -> int:
    """Send what is due; how many were delivered. Safe to run in several workers."""
    return sum(_send_one(delivery_id, now=now) for delivery_id in _claim(now, limit))


def _claim(now: datetime, limit: int) -> list[UUID]:
    """Take due deliveries for this worker by moving their next attempt past our own time-out."""
    with transaction.atomic():
        due = WebhookDelivery.objects.house().filter(state=DeliveryState.PENDING, next_at__lte=now)
        ids = list(
            due.select_for_update(skip_locked=True).order_by("next_at").values_list("id", flat=True)[:limit]
        )
        WebhookDelivery.objects.house().filter(id__in=ids).update(next_at=now + timedelta(minutes=2))
    return ids


def _send_one(delivery_id: UUID, *, now: datetime) -> bool:
    delivery = WebhookDelivery.objects.house().select_related("endpoint").get(id=delivery_id)
    status, error = _post(delivery, now)
    delivery.attempts += 1
    delivery.last_status, delivery.last_error = status, error[:200]
    if status is not None and 200 <= status < 300:
        delivery.state = DELIVERY.after(delivery.state, "deliver")
    elif delivery.attempts > len(RETRY_AFTER):
        delivery.state = DELIVERY.after(delivery.state, "give_up")
    else:
        delivery.next_at = now + RETRY_AFTER[delivery.attempts - 1]
    delivery.save(update_fields=["attempts", "last_status", "last_error", "state", "next_at"])
    return delivery.state == DeliveryState.DELIVERED


def _post(delivery: WebhookDelivery, now: datetime) -> tuple[int | None, str]:
    message_id = str(delivery.event_id)
    secrets_now = _signing(delivery.endpoint, now)
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(s).sign(message_id, now, delivery.body) for s in secrets_now),
    }
    try:
        _check_url(delivery.endpoint.url)
        with httpx.stream(
            "POST", delivery.endpoint.url, content=delivery.body, headers=headers, timeout=10
        ) as answer:
            return answer.status_code, "" if answer.is_success else _start_of(answer)
    except (httpx.HTTPError, httpx.InvalidURL, BadWebhookUrl, ValueError, OSError) as exc:
        return None, str(exc) or type(exc).__name__


def _note(scope: Scope, endpoint_id: UUID, word: str, *, now: datetime) -> None:
    """Tell the audit trail what was done to an endpoint; its secret is not told."""
    deed = audit.Deed(f"webhooks.{word}", "webhook_endpoint", str(endpoint_id), scope.organisation_id)
    audit.record([deed], actor=scope.actor or str(scope.user_id or scope.organisation_id), at=now)


def _signing(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    """The secrets that sign now: the new one, and the one before while both do."""
    both = endpoint.old_until is not None and now < endpoint.old_until
    return [endpoint.secret, endpoint.old_secret] if both else [endpoint.secret]


def _start_of(answer: httpx.Response) -> str:
    """How the answer begins, as text that can be kept; a receiver may answer with anything, of any length."""
    read = b""
    for chunk in answer.iter_raw(_READ):
        read += chunk
        if len(read) >= _READ:
            break
    return read[:_READ].decode(errors="replace").replace("\0", "")


def _wants(topics: Sequence[str], topic: str) -> bool:
    return any(t in ("*", topic) or (t.endswith(".*") and topic.startswith(t[:-1])) for t in topics)


def _secret() -> str:
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


def _check_url(url: str) -> None:
    """Refuse what is not http(s), and in production what leads into our own network."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or len(url) > 500:
        raise BadWebhookUrl(field="url", value=url)
    if settings.PRODUCTION and (parts.scheme != "https" or not _is_public(parts.hostname)):
        raise BadWebhookUrl(field="url", value=url)


def _is_public(host: str) -> bool:
    try:
        found: list[Any] = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(address[4][0]).is_global for address in found)
