"""Quotes and price books over HTTP."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pydantic import TypeAdapter

from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind
from fondaco.systems.logistics.public import (
    ParcelSpec,
    QuoteRequest,
    QuoteResult,
    explain_quote,
    list_price_books,
)
from fondaco.systems.logistics.tests.conftest import demo_book, own_cache  # noqa: F401 - fixtures
from fondaco.systems.logistics.tests.test_books import TEMPLATE
from tests.callers import V1, Caller, assert_problem
from tests.tenants import make_tenants

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_book")]
BOOKS = "/logistics/price-books"


@pytest.fixture
def callers(db: None) -> dict[Kind, Caller]:
    tenants = make_tenants()
    return {
        kind: Caller(tenants[kind].scope.organisation_id, kind)
        for kind in (Kind.PLATFORM, Kind.SELLER, Kind.BUYER)
    }


def bring(caller: Caller, content: bytes, **form: str) -> Any:
    file = SimpleUploadedFile("card.csv", content, content_type="text/csv")
    return caller.client.post(f"{V1}{BOOKS}/imports", {"file": file, "code": "example", **form})


def test_a_quote_has_the_shape_that_its_schema_says(callers: dict[Kind, Caller]) -> None:
    asked = {
        "origin": "GB", "destination": "DE", "on": "2026-09-01", "declared_value_minor": 12_000,
        "parcels": [{"length_mm": 300, "width_mm": 200, "height_mm": 100, "mass_g": 1_200}], "required": ["tracked"],
    }  # fmt: skip
    answer = callers[Kind.SELLER].send("POST", "/logistics/quotes", asked)
    body = json.loads(answer.content)
    schema = TypeAdapter(QuoteResult)
    expected = explain_quote(
        QuoteRequest(
            "api", "GB", "DE", "", clock.today().replace(year=2026, month=9, day=1),
            (ParcelSpec(300, 200, 100, 1_200),), required=frozenset({"tracked"}),
        ),
        limit=10_000,
    )  # fmt: skip
    assert body == json.loads(schema.dump_json(expected))
    assert len(body["offers"]) == body["offer_count"] > 0
    assert len(body["offers"]) + len(body["refused"]) == 60


def test_a_card_is_tried_published_compared_and_undone(callers: dict[Kind, Caller]) -> None:
    operator = callers[Kind.PLATFORM]
    card = TEMPLATE.read_bytes()
    bad = bring(operator, card.replace(b",EXL-EXP,", b",,")).json()
    assert (bad["error_count"], bad["errors"][0]["column"], bad["book"]) == (1, "service_code", None)
    tried = bring(operator, card, effective_from="2026-01-01", dry_run="true").json()
    assert (tried["book"], tried["diff"]["added"]) == (None, 4)
    assert len(list_price_books()) == 1
    first = bring(operator, card, effective_from="2026-01-01").json()["book"]
    dearer = card.replace(b",3.10,", b",3.41,")
    second = bring(operator, dearer, effective_from="2026-02-01").json()["book"]
    diff = operator.get(f"{BOOKS}/changes", before=first["id"], after=second["id"]).json()
    assert (diff["changed"], diff["changes"][0]["percent"]) == (1, "10.0")
    body = {"price_book": second["id"], "effective_from": "2026-03-01"}
    made = operator.send("POST", f"{BOOKS}/rollbacks", body, key="r").json()
    again = operator.send("POST", f"{BOOKS}/rollbacks", body, key="r").json()
    assert made == again
    assert made["version"] == 3
    assert [book["version"] for book in operator.get(BOOKS, code="example").json()["items"]] == [3, 2, 1]
    answer = operator.send("POST", f"{BOOKS}/withdrawals", {"price_book": made["id"]})
    assert answer.json() == {"price_book": made["id"]}
    assert_problem(
        operator.send("POST", f"{BOOKS}/withdrawals", {"price_book": str(uuid4())}), 404, "not-found"
    )


def test_others_read_at_most(callers: dict[Kind, Caller]) -> None:
    seller, buyer = callers[Kind.SELLER], callers[Kind.BUYER]
    assert len(seller.get(BOOKS).json()["items"]) == 1
    assert_problem(buyer.get(BOOKS), 403, "forbidden")
    assert_problem(bring(seller, TEMPLATE.read_bytes()), 403, "forbidden")
    one = str(list_price_books()[0].id)
    assert_problem(seller.send("POST", f"{BOOKS}/withdrawals", {"price_book": one}), 403, "forbidden")
    assert list_price_books()[0].state == "published"
