"""The compliance map: the world for one product, a licence stated, nothing of another's."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.commerce.catalog.public import ProductRow, upsert_products
from fondaco.delivery.web.tests.border_helpers import text_of
from fondaco.kernel.tenancy import Kind
from fondaco.systems.risk.public import licences_of
from tests.tenants import STRANGER, Tenant, leaks, make_tenants

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DRONE = {"hs_code": "880622", "origin": "CN"}


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


def listed(tenants: dict[str, Tenant], sku: str = "D1", **facts: str) -> str:
    seller = tenants[Kind.SELLER].scope.organisation_id
    row = ProductRow(sku, "Foldable camera drone", stated={**DRONE, **facts})
    return str(upsert_products(seller, [row], actor="test", now=NOW).ids[sku])


def test_a_product_has_a_map_and_a_table_with_reasons_and_sources(tenants: dict[str, Tenant]) -> None:
    product, seller = listed(tenants), tenants[Kind.SELLER].client
    page = text_of(seller.get(f"/compliance/?product={product}&on=2026-11-22"))
    for told in (
        "Foldable camera drone",
        "Drones may not be imported",
        "DGFT Notification 54/2015-2020",
        "India",
    ):
        assert told in page
    answer = seller.get(f"/compliance/?product={product}&show=prohibited&on=2026-11-22")
    assert answer.content.count(b"<svg") > 1
    assert "United Arab Emirates" not in text_of(answer).split("Countries and their rules")[1]
    own = text_of(seller.get(f"/products/{product}/"))
    assert "Where it may go" in own
    assert "Drones may not be imported" in own
    assert leaks(tenants, owners={Kind.SELLER.value}, path=f"/products/{product}/") == []
    stranger = text_of(tenants[STRANGER].client.get(f"/compliance/?product={product}"))
    assert "Foldable camera drone" not in stranger
    assert "There is no such product here" in stranger


def test_goods_described_by_a_person_and_law_of_another_day(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.CUSTOMS].client
    asked = "/compliance/?title=Disposable+vape&hs=8543.40&origin=CN&to=GB"
    assert "Single-use vapes may not be sold" in text_of(client.get(asked + "&on=2025-06-01"))
    before = text_of(client.get(asked + "&on=2025-05-31")).split("Countries and their rules")[-1]
    assert "Single-use vapes may not be sold" in before
    assert "Prohibited" not in before
    assert "Describe the goods" in text_of(client.get("/compliance/"))
    assert "cannot be looked up" in text_of(client.get("/compliance/?title=x&hs=95O3"))
    assert "cannot be looked up" in text_of(client.get("/compliance/?title=x&origin=QQ"))


def test_a_licence_is_stated_where_it_is_asked_for_and_withdrawn(tenants: dict[str, Tenant]) -> None:
    product, seller = listed(tenants), tenants[Kind.SELLER]
    path = f"/compliance/?product={product}&to=AE"
    assert "State a licence" in text_of(seller.client.get(path))
    sent = {
        "rule": "ae-drones", "destination": "AE", "number": "GCAA-77", "valid_from": "2026-01-01",
        "hs_prefix": "8806", "asked_product": product, "asked_to": "AE",
    }  # fmt: skip
    answer = seller.client.post("/compliance/licences/", sent)
    assert answer["Location"] == path
    page = text_of(seller.client.get(path))
    assert "Licence held" in page
    assert "GCAA-77" in page
    (kept,) = licences_of(seller.scope)
    assert tenants[STRANGER].client.post(f"/compliance/licences/{kept.id}/withdraw/").status_code == 302
    assert len(licences_of(seller.scope)) == 1
    seller.client.post(f"/compliance/licences/{kept.id}/withdraw/")
    assert licences_of(seller.scope) == []
    refused = seller.client.post("/compliance/licences/", {**sent, "rule": "sg-vapes"}, follow=True)
    assert "This licence cannot be kept" in text_of(refused)
    assert licences_of(seller.scope) == []


def test_the_file_has_every_rule_and_the_page_costs_the_same_for_one_licence_and_for_many(
    tenants: dict[str, Tenant],
) -> None:
    product, seller = listed(tenants), tenants[Kind.SELLER].client
    lines = b"".join(seller.get(f"/compliance/export.csv?product={product}").streaming_content).decode()  # type: ignore[arg-type]
    rows = list(csv.DictReader(io.StringIO(lines.lstrip("\ufeff"))))
    assert {row["rule"] for row in rows if row["country"] == "IN"} >= {"in-drones"}

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            seller.get(f"/compliance/?product={product}")
        return len(caught)

    seller.get(f"/compliance/?product={product}")
    few = queries()
    for number in range(20):
        seller.post("/compliance/licences/", {"rule": "ae-drones", "destination": "AE", "number": f"G{number}", "valid_from": "2026-01-01"})  # fmt: skip
    seller.get(f"/compliance/?product={product}")  # says what was done, and draws the new map once
    assert queries() == few


def test_orders_and_products_say_the_same_over_http(tenants: dict[str, Tenant]) -> None:
    from tests.callers import Caller

    product = listed(tenants)
    scope = tenants[Kind.SELLER].scope
    caller = Caller(scope.organisation_id, Kind.SELLER)
    goods = [{"title": "Vape kit", "hs_code": "854340", "destination": "SG"}, {"title": "Mug", "hs_code": "691200", "destination": "NZ"}]  # fmt: skip
    answers = caller.send("POST", "/compliance/checks", goods).json()  # type: ignore[arg-type]
    assert [(one["effect"], one["stops"]) for one in answers] == [("prohibited", True), ("none", False)]
    assert "Tobacco (Control of Advertisements and Sale) Act" in answers[0]["findings"][0]["source"]
    world = caller.send("GET", f"/compliance/products/{product}").json()
    assert next(one for one in world if one["destination"] == "IN")["effect"] == "prohibited"
    made = caller.send("POST", "/compliance/licences", {"rule": "ae-drones", "destination": "AE", "number": "G1", "valid_from": "2026-01-01"})  # fmt: skip
    assert made.status_code == 201
    assert [one["number"] for one in caller.send("GET", "/compliance/licences").json()["items"]] == ["G1"]
    assert caller.send("DELETE", f"/compliance/licences/{made.json()['id']}").status_code == 204
