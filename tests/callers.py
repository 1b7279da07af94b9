"""Callers of the API with keys of their own, and what they need to find there."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from fondaco.delivery.api import webhooks
from fondaco.kernel import clock
from fondaco.kernel.outbox import Event
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.public import ensure_organisation, issue_api_key
from fondaco.systems.risk import public as risk
from tests.traded import Traded

V1 = "/api/v1"
LISTED = "Obsidian Heron Trading"  # on the demonstration list


class Caller:
    """Someone with an API key of an organisation."""

    def __init__(self, organisation: UUID, kind: Kind, *, role: Role = Role.OWNER, **facts: Any) -> None:
        self.scope = Scope(organisation_id=organisation, kind=kind, role=Role.OWNER, actor="test")
        self.key, self.record = issue_api_key(self.scope, "test", now=clock.now(), role=role, **facts)
        self.client = Client(headers={"Authorization": f"Bearer {self.key}"})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(V1 + path, query or None)

    def send(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.generic(
            method, V1 + path, json.dumps(body), content_type="application/json", headers=headers
        )


def assert_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem that `answer` is, with this status and code."""
    body: dict[str, Any] = json.loads(answer.content)
    assert (answer.status_code, body["code"]) == (status, code), body
    assert answer["Content-Type"] == "application/problem+json"
    assert (body["type"], body["status"]) == (f"urn:fondaco:problem:{code}", status)
    assert body["title"]
    return body


def pages_of(caller: Caller, path: str, size: int) -> list[list[dict[str, Any]]]:
    """All pages of a list, by following its cursor."""
    pages: list[list[dict[str, Any]]] = []
    cursor = ""
    while True:
        body = caller.get(path, size=size, **({"cursor": cursor} if cursor else {})).json()
        pages.append(body["items"])
        cursor = body["next_cursor"]
        if not cursor:
            return pages


def webhook_of(caller: Caller, *, deliveries: int = 1) -> tuple[UUID, UUID]:
    """An endpoint of the caller's organisation, and the newest of the deliveries on their way to it."""
    now = clock.now()
    endpoint = webhooks.register(caller.scope, url="http://198.51.100.9/hook", topics=[], now=now)
    event = Event("orders.paid", "A-1", {"seller_id": str(caller.scope.organisation_id)})
    for _ in range(deliveries):
        webhooks.enqueue(event, event_id=uuid4(), now=now)
    return endpoint.id, webhooks.deliveries_of(caller.scope)[0].id


def negotiation_of(seller: Caller) -> tuple[str, str]:
    """A cargo that the seller has posted on the board, and its negotiation with a carrier."""
    carrier = ensure_organisation(
        kind=Kind.CARRIER, name="Board Carrier", country="GB", slug="board-carrier", currency="GBP"
    )
    first = clock.today() + timedelta(days=3)
    post = {
        "origin": "CGO", "destination": "LUX", "first_on": str(first), "last_on": str(first), "mass_g": 1000,
        "volume_l": 10, "currency": "GBP", "price_minor": 5000,
        "contact": {"name": "Dispatch", "email": "dispatch@brook.example"},
    }  # fmt: skip
    lot = seller.send("POST", "/board/posts", post | {"kind": "cargo"}).json()["id"]
    offers = Caller(carrier.id, Kind.CARRIER)
    offer = offers.send("POST", "/board/posts", post | {"kind": "capacity", "mode": "air"}).json()["id"]
    deal = seller.send("POST", "/board/deals", {"mine": lot, "theirs": offer}).json()["id"]
    return lot, deal


def open_case(traded: Traded, *, seller: UUID | None = None) -> UUID:
    """A case about a buyer who resembles a listed name."""
    result = risk.screen_names([risk.ScreenRequest("1", LISTED, "AE")], now=traded.now)[0]
    record = risk.ScreeningRecord(uuid4(), [uuid4()], result, seller or traded.house.seller)
    kept = risk.record_screenings([record], now=traded.now, actor="test")[0]
    assert kept.case_id is not None
    return kept.case_id
