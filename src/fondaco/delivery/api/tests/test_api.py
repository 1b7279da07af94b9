from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from fondaco.delivery.api.models import WebhookEndpoint
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.public import issue_api_key, revoke_api_key
from tests.traded import Traded

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


class Caller:
    """Someone with an API key."""

    def __init__(self, organisation: UUID, kind: Kind, *, role: Role = Role.OWNER, **facts: Any) -> None:
        self.scope = Scope(organisation_id=organisation, kind=kind, role=Role.OWNER, actor="test")
        self.key, self.record = issue_api_key(self.scope, "test", now=clock.now(), role=role, **facts)
        self.client = Client(headers={"Authorization": f"Bearer {self.key}"})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(V1 + path, query)

    def send(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.generic(
            method, V1 + path, json.dumps(body), content_type="application/json", headers=headers
        )


def is_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.content)
    assert (answer.status_code, body["code"]) == (status, code), body
    assert answer["Content-Type"] == "application/problem+json"
    assert (body["type"], body["status"]) == (f"urn:fondaco:problem:{code}", status)
    assert body["title"]
    return body


@pytest.fixture
def seller(traded: Traded, db: None) -> Caller:
    return Caller(traded.house.seller, Kind.SELLER)


@pytest.fixture
def operator(traded: Traded, db: None) -> Caller:
    return Caller(traded.house.platform, Kind.PLATFORM)


def pages_of(caller: Caller, path: str, size: int) -> list[list[dict[str, Any]]]:
    pages, cursor = [], ""
    while True:
        body = caller.get(path, size=size, cursor=cursor).json()
        pages.append(body["items"])
        cursor = body["next_cursor"]
        if not cursor:
            return pages


def test_me(seller: Caller) -> None:
    assert seller.get("/me").json() == {
        "organisation_id": str(seller.scope.organisation_id), "kind": "seller", "role": "owner",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/orders", "/logistics/consignments", "/declarations", "/products"])
def test_lists_page_by_cursor_without_gap_or_repeat(seller: Caller, path: str) -> None:
    whole = [row["id"] for page in pages_of(seller, path, 200) for row in page]
    pages = pages_of(seller, path, 7)
    assert [row["id"] for page in pages for row in page] == whole
    assert {len(page) for page in pages[:-1]} == {7}
    assert len(set(whole)) == len(whole) >= 20


def test_orders_and_one_of_them(seller: Caller) -> None:
    rows = seller.get("/orders", size=200).json()["items"]
    assert len(rows) == 20
    assert {row["seller_id"] for row in rows} == {str(seller.scope.organisation_id)}
    one = seller.get(f"/orders/{rows[0]['id']}").json()
    assert one["number"] == rows[0]["number"]
    assert sum(line["quantity"] * line["unit_minor"] for line in one["lines"]) == one["goods_minor"]
    money = seller.get(f"/orders/{rows[0]['id']}/money").json()
    assert money
    some = seller.get("/orders", state="settled", destination=one["destination"]).json()["items"]
    assert {(row["state"], row["destination"]) for row in some} <= {("settled", one["destination"])}
