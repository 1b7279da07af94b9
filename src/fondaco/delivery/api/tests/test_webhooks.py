from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks import Webhook

from fondaco.delivery.api import webhooks
from fondaco.delivery.api.models import DELIVERY, DeliveryState, WebhookDelivery
from fondaco.kernel import clock
from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.local_http import LocalServer, Reply, Request
from fondaco.kernel.models import AuditEvent
from fondaco.kernel.outbox import Event
from fondaco.kernel.statemachine import installed_transitions
from fondaco.kernel.tenancy import Kind, Role, Scope

pytestmark = pytest.mark.django_db


class Receiver(LocalServer):
    """A merchant's own server: keeps what it got, answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answer = 204

    def respond(self, request: Request) -> Reply:
        self.got.append((dict(request.headers), request.body))
        return Reply(self.answer)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


@pytest.fixture
def scope() -> Scope:
    return Scope(organisation_id=uuid4(), kind=Kind.SELLER, role=Role.MANAGER)


def _event(scope: Scope) -> Event:
    return Event("orders.released", "A-1", {"seller_id": str(scope.organisation_id), "number": "A-1"})


def test_a_delivery_carries_a_signature_that_the_receiver_can_check(receiver: Receiver, scope: Scope) -> None:
    now = clock.now()
    endpoint = webhooks.register(scope, url=receiver.url, topics=["orders.*"], now=now)
    event_id = uuid4()
    assert webhooks.enqueue(_event(scope), event_id=event_id, now=now) == 1
    webhooks.enqueue(_event(scope), event_id=event_id, now=now)
    assert WebhookDelivery.objects.house().count() == 1
    assert webhooks.deliver_due(now=now) == 1
    headers, body = receiver.got[0]
    assert Webhook(endpoint.secret).verify(body, headers)["data"]["number"] == "A-1"
    assert headers["webhook-id"] == str(event_id)


def test_a_failing_endpoint_is_retried_with_the_same_id_and_then_given_up(
    receiver: Receiver, scope: Scope
) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    receiver.answer = 500
    webhooks.register(scope, url=receiver.url, topics=["*"], now=start)
    webhooks.enqueue(_event(scope), event_id=uuid4(), now=start)
    for day in range(12):
        webhooks.deliver_due(now=start + timedelta(days=day))
    delivery = WebhookDelivery.objects.house().get()
    assert (delivery.state, delivery.attempts, delivery.last_status) == (DeliveryState.FAILED, 9, 500)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    receiver.answer = 204
    webhooks.replay(scope, delivery.id, now=start + timedelta(days=20))
    assert webhooks.deliver_due(now=start + timedelta(days=20)) == 1


def test_a_new_secret_signs_beside_the_old_one_for_a_day(receiver: Receiver, scope: Scope) -> None:
    now = clock.now()
    old = webhooks.register(scope, url=receiver.url, topics=["*"], now=now).secret
    endpoint = webhooks.renew_secret(scope, webhooks.endpoints_of(scope)[0].id, now=now)
    signed = []
    for later in (timedelta(0), webhooks.BOTH_SIGN):
        webhooks.enqueue(_event(scope), event_id=uuid4(), now=now + later)
        assert webhooks.deliver_due(now=now + later) == 1
        signed.append(receiver.got[-1][0]["webhook-signature"])
    headers, body = receiver.got[0]
    for secret in (old, endpoint.secret):
        assert Webhook(secret).verify(body, headers)["data"]["number"] == "A-1"
    assert [len(each.split()) for each in signed] == [2, 1]
    stranger = Scope(organisation_id=uuid4(), kind=Kind.SELLER, role=Role.OWNER)
    with pytest.raises(NotFound):
        webhooks.renew_secret(stranger, endpoint.id, now=now)
    assert webhooks.endpoints_of(scope)[0].secret == endpoint.secret != old
    told = AuditEvent.objects.filter(subject_id=str(endpoint.id)).values_list("action", flat=True)
    assert list(told) == ["webhooks.registered", "webhooks.secret_renewed"]


def test_another_organisation_neither_gets_nor_replays_nor_removes(receiver: Receiver, scope: Scope) -> None:
    now = clock.now()
    endpoint = webhooks.register(scope, url=receiver.url, topics=["*"], now=now)
    stranger = Scope(organisation_id=uuid4(), kind=Kind.SELLER, role=Role.OWNER)
    assert webhooks.enqueue(_event(stranger), event_id=uuid4(), now=now) == 0
    with pytest.raises(NotFound):
        webhooks.remove(stranger, endpoint.id, now=now)
    with pytest.raises(Forbidden):
        webhooks.remove(Scope(organisation_id=scope.organisation_id, kind=Kind.SELLER), endpoint.id, now=now)


@pytest.mark.parametrize(
    "url", ["ftp://example.org", "https://127.0.0.1/x", "http://example.org/x", "https:///x"]
)
def test_production_refuses_addresses_that_are_not_public_https(
    url: str, scope: Scope, settings: Any
) -> None:
    settings.PRODUCTION = True
    with pytest.raises(webhooks.BadWebhookUrl):
        webhooks.register(scope, url=url, topics=["*"], now=clock.now())


def test_the_database_guards_the_same_transitions_as_the_code() -> None:
    assert installed_transitions("api_webhookdelivery") == DELIVERY.edges
