"""A carrier's events and EDI over HTTP: signed, its own, once; and a simulator that pushes them over a socket."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from standardwebhooks import Webhook

from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind
from fondaco.parties.public import ensure_organisation
from fondaco.systems.logistics.public import (
    Booking,
    CarrierPusher,
    CarrierSimulator,
    ConsignmentDTO,
    MilestoneView,
    consignment_detail,
    count_strays,
    deliver_simulated,
)
from fondaco.systems.logistics.tests.conftest import (  # noqa: F401 - fixtures
    NOW,
    booked,
    demo_book,
    own_cache,
    parties,
)
from fondaco.systems.logistics.tests.test_edi_service import report
from tests.callers import V1, Caller, assert_problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_book")]
SLUG = "test-carrier"
PATH = f"{V1}/carriers/{SLUG}/events"


@pytest.fixture
def carrier(parties: dict[str, UUID]) -> Caller:  # noqa: F811
    return Caller(parties[Kind.CARRIER], Kind.CARRIER)


def heard(asking: Caller, one: ConsignmentDTO) -> tuple[MilestoneView, ...]:
    return tuple(consignment_detail(asking.scope, one.id).milestones)


def state_of(asking: Caller, one: ConsignmentDTO) -> str:
    return consignment_detail(asking.scope, one.id).consignment.state


def event(number: str, code: str = "EMA", **more: Any) -> dict[str, Any]:
    return {"id": f"{number}:{code}", "number": number, "code": code, "vocabulary": "UPU",
            "at": "2026-09-02T08:00:00", **more}  # fmt: skip


def push(
    secret: str, events: list[dict[str, Any]], *, message: str = "msg_1", path: str = PATH, late: int = 0
) -> Any:
    at = clock.now() - timedelta(seconds=late)
    body = json.dumps({"type": "carrier.events", "data": {"events": events}})
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, at, body),
    }
    return Client().post(path, body, content_type="application/json", headers=headers)


def channel(asking: Caller, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = asking.send("POST", "/logistics/carrier-channel", asked).json()
    return found


def test_a_signed_push_is_kept_once_and_answered_alike(carrier: Caller, parties: dict[str, UUID]) -> None:  # noqa: F811
    (row,) = booked(parties)
    opened = channel(carrier)
    assert opened["url"].endswith(PATH)
    events = [event(row.number), event("RR473124829DK")]
    first, again = push(opened["secret"], events), push(opened["secret"], events)
    assert first.json() == again.json() == {
        "recorded": 1, "repeated": 0, "parked": 1, "unknown": ["RR473124829DK"],
    }  # fmt: skip
    assert push(opened["secret"], events, message="msg_2").json()["repeated"] == 1
    assert [m.event_at.isoformat() for m in heard(carrier, row)] == ["2026-09-02T08:00:00+00:00"]
    other = push(opened["secret"], [event(row.number, "EMI")])
    assert_problem(other, 422, "idempotency-key-reused")
    assert state_of(carrier, row) == "in_transit"


def test_what_is_old_forged_or_of_nobody_is_refused(carrier: Caller, parties: dict[str, UUID]) -> None:  # noqa: F811
    (row,) = booked(parties)
    assert_problem(push("whsec_QUFB", [event(row.number)]), 404, "unknown-carrier")
    secret, told = channel(carrier)["secret"], [event(row.number)]
    assert_problem(push("whsec_QUFB", told), 401, "bad-push-signature")
    assert_problem(push(secret, told, late=400), 401, "stale-push")
    assert_problem(push(secret, told, path=f"{V1}/carriers/nobody/events"), 404, "unknown-carrier")
    assert_problem(Client().post(PATH, "{}", content_type="application/json"), 401, "bad-push-signature")
    assert_problem(push(secret, []), 422, "invalid-request")
    assert_problem(push(secret, [event(row.number, at="soon")]), 422, "invalid-request")
    assert heard(carrier, row) == ()
    assert count_strays() == 0


def test_a_channel_is_its_carriers_and_the_houses(carrier: Caller, parties: dict[str, UUID]) -> None:  # noqa: F811
    secret = channel(carrier)["secret"]
    assert channel(carrier, change=True)["secret"] != secret
    house = Caller(ensure_organisation(
        kind=Kind.PLATFORM, name="House", country="GB", slug="test-house", currency="GBP"
    ).id, Kind.PLATFORM)  # fmt: skip
    assert channel(house, carrier=SLUG)["secret"] == channel(carrier)["secret"]
    unknown = house.send("POST", "/logistics/carrier-channel", {"carrier": "nobody"})
    assert_problem(unknown, 404, "unknown-carrier")
    seller = Caller(parties[Kind.SELLER], Kind.SELLER)
    assert_problem(seller.send("POST", "/logistics/carrier-channel", {}), 403, "forbidden")


def edi(caller: Caller, one: ConsignmentDTO, *, media: str = "application/EDIFACT") -> Any:
    return caller.client.generic("POST", f"{V1}/logistics/edi", report(one, "21", "21"), content_type=media)


def test_edi_over_http_is_for_carriers_and_their_own(carrier: Caller, parties: dict[str, UUID]) -> None:  # noqa: F811
    (row,) = booked(parties)
    seller = Caller(parties[Kind.SELLER], Kind.SELLER)
    assert_problem(edi(seller, row), 403, "forbidden")
    assert_problem(edi(carrier, row, media="text/plain"), 415, "wrong-media-type")
    broken = carrier.client.generic(
        "POST", f"{V1}/logistics/edi", b"UNB+", content_type="application/EDIFACT"
    )
    assert broken.status_code == 422
    assert heard(carrier, row) == ()
    assert edi(carrier, row).json()["recorded"] == 2
    assert edi(carrier, row).json() == {
        "recorded": 0, "repeated": 2, "parked": 0, "unknown": [],
    }  # fmt: skip
    assert state_of(carrier, row) == "delivered"


def test_labels_and_cancelling_over_http(carrier: Caller, parties: dict[str, UUID]) -> None:  # noqa: F811
    (row,) = booked(parties)
    seller, number = Caller(parties[Kind.SELLER], Kind.SELLER), row.tracking_numbers[0]
    pdf = seller.get(f"/logistics/labels/{number}")
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    zpl = carrier.get(f"/logistics/labels/{number}", form="application/zpl")
    assert number in zpl.content.decode()
    assert_problem(seller.get("/logistics/labels/RR473124829DK"), 404, "not-found")
    path = f"/logistics/consignments/{row.id}/cancel"
    assert_problem(carrier.send("POST", path), 403, "forbidden")
    assert [seller.send("POST", path).json() for _ in range(2)] == [{"state": "cancelled"}] * 2
    assert_problem(seller.get(f"/logistics/labels/{number}"), 404, "not-found")


@pytest.mark.django_db(transaction=True)
def test_a_simulator_pushes_through_every_fault_and_nothing_is_lost(
    carrier: Caller,
    parties: dict[str, UUID],  # noqa: F811
    live_server: LiveServer,
) -> None:
    rows = booked(parties, count=3)
    numbers = [row.number for row in rows]
    secret = channel(carrier)["secret"]
    with CarrierSimulator() as simulator, simulator.gateway() as gateway:
        gateway.book([Booking(row.number, "GB", "DE", NOW, 3, 8, row.tracking_numbers) for row in rows])
        pusher = CarrierPusher(simulator, f"{live_server.url}{PATH}", secret)
        pusher.faults += ["duplicates", "disorder", "lost", "forged", "old", "impatience"]
        assert pusher.push(numbers, now=clock.now()) == 3  # not: lost, forged, old
        assert pusher.answers[401] == 2
        assert len(pusher.undelivered) == 3
        assert [state_of(carrier, row) for row in rows].count("delivered") < 3
        # Sent again whole under the same ids: what was heard is answered alike, the rest is new.
        assert pusher.push(numbers, now=clock.now()) == 6
        told = deliver_simulated([row.id for row in rows], actor="test", now=NOW, gateway=gateway)
    assert len(told.delivered) == 3
    assert sum(m.source.startswith("push:") for row in rows for m in heard(carrier, row)) == 30
    connection.close()
