"""Consignments, the rate explorer and the price books, as each tenant sees them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fondaco.delivery.web.tests.border_helpers import as_many_queries, text_of
from fondaco.kernel.tenancy import Kind
from fondaco.systems.logistics.public import ConsignmentDTO, deliver_simulated, list_price_books
from fondaco.systems.logistics.tests.conftest import NOW, booked, demo_book, own_cache  # noqa: F401 - fixtures
from fondaco.systems.logistics.tests.test_books import TEMPLATE
from tests.tenants import STRANGER, Tenant, leaks, make_tenants

pytestmark = pytest.mark.usefixtures("demo_book")
ASKED = "origin=GB&destination=DE&on=2026-09-01&parcels=1&mass_kg=1.2&length_cm=30&width_cm=20&height_cm=12"


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


def book(tenants: dict[str, Tenant], count: int = 1) -> list[ConsignmentDTO]:
    owners = {
        str(kind): tenants[kind].scope.organisation_id for kind in (Kind.SELLER, Kind.BUYER, Kind.CARRIER)
    }
    return booked(owners, count=count)


def test_only_the_parties_of_a_consignment_open_it(tenants: dict[str, Tenant]) -> None:
    one = book(tenants)[0]
    owners = {Kind.SELLER.value, Kind.BUYER.value, Kind.CARRIER.value}
    assert leaks(tenants, owners=owners, path=f"/consignments/{one.id}/") == []
    for name in owners:
        page = text_of(tenants[name].client.get(f"/consignments/{one.id}/"))
        assert one.number in page
        assert one.tracking_numbers[1] in page
        # What else was offered is the seller's business alone.
        assert ("Why the others refused" in page) == (name == Kind.SELLER.value)
        assert ("To the order" in page) == (name != Kind.CARRIER.value)


def test_the_list_filters_searches_and_exports(tenants: dict[str, Tenant]) -> None:
    first, second = book(tenants, 2)
    client = tenants[Kind.CARRIER].client
    found = text_of(client.get(f"/consignments/?q={second.tracking_numbers[0]}"))
    assert second.number in found
    assert first.number not in found
    assert len(text_of(client.get("/consignments/export.csv")).strip().splitlines()) == 3
    assert "No consignment matches" in text_of(client.get("/consignments/?state=delivered"))
    assert "No consignments yet" in text_of(tenants[STRANGER].client.get("/consignments/"))


def test_fifty_consignments_ask_no_more_queries_than_one(tenants: dict[str, Tenant]) -> None:
    book(tenants)
    with as_many_queries(tenants[Kind.SELLER].client, ["/consignments/", "/consignments/?to=DE&q=C"]):
        book(tenants, 49)


def test_milestones_are_told_in_words(tenants: dict[str, Tenant]) -> None:
    one = book(tenants)[0]
    deliver_simulated([one.id], actor="test", now=NOW)
    page = text_of(tenants[Kind.BUYER].client.get(f"/consignments/{one.id}/"))
    assert "Released by import customs" in page
    public = tenants[Kind.BUYER].client.get(f"/track/?number={one.tracking_numbers[0]}")
    assert public.status_code == 200
    assert "Delivered" in text_of(public)


def test_every_service_answers_with_a_price_or_a_reason(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.SELLER].client
    page = client.get(f"/rates/?{ASKED}")
    table = page.context["table"]
    assert len(table.order) + sum(table.counts.values()) == table.store.service_count >= 60
    assert "Why the others refused" in text_of(page)
    by_days = client.get(f"/rates/?{ASKED}&sort=days").context["offers"]
    days = [one.transit_days_max for one, _parts in by_days]
    assert days == sorted(days)
    prices = [one.price.minor for one, _parts in page.context["offers"]]
    assert prices == sorted(prices)
    exported = text_of(client.get(f"/rates/export.csv?{ASKED}")).strip().splitlines()
    assert len(exported) == table.store.service_count + 1


def test_a_form_with_an_error_keeps_what_was_typed(tenants: dict[str, Tenant]) -> None:
    page = text_of(tenants[Kind.SELLER].client.get(f"/rates/?{ASKED}&mass_kg=heavy"))
    assert 'value="heavy"' in page
    assert "errorlist" in page or "wrong" in page


def test_price_books_show_services_prices_and_changes(tenants: dict[str, Tenant]) -> None:
    client, found = tenants[Kind.CARRIER].client, list_price_books()[0]
    assert found.code in text_of(client.get("/price-books/"))
    page = client.get(f"/price-books/{found.id}/")
    service = page.context["found"].services[0]
    assert service.name in text_of(page)
    prices = client.get(f"/price-books/{found.id}/{service.code}/")
    assert prices.context["rows"]
    assert len(text_of(client.get(f"/price-books/{found.id}/{service.code}/export.csv")).splitlines()) > 1
    assert "Nothing to compare with" in text_of(client.get(f"/price-books/{found.id}/changes/"))
    assert "No service matches" in text_of(client.get(f"/price-books/{found.id}/?q=zzz"))
    assert text_of(client.get("/price-books/export.csv")).count(found.sha256) == 1
    for name in (Kind.BUYER, Kind.CUSTOMS, Kind.BANK):
        assert tenants[name].client.get("/price-books/").status_code == 403


def test_one_service_is_explained_whether_it_offers_or_refuses(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.SELLER].client
    page = client.get(f"/rates/?{ASKED}")
    table = page.context["table"]
    dearest = table.offers(slice(-1, None))[0]
    told = client.get(f"/rates/?{ASKED}&service={dearest.service_code}")
    one = told.context["one"]
    assert (one.place, one.of) == (len(table.order), len(table.order))
    assert one.more == dearest.price - table.offers(slice(0, 1))[0].price
    assert sum(money.minor for _, money in one.parts) == dearest.price.minor
    assert "Why this one" in text_of(told)
    refused = table.refusals().all()[0]
    why_not = client.get(f"/rates/?{ASKED}&service={refused.service_code}")
    assert why_not.context["one"].refusal
    assert "Why not this one" in text_of(why_not)
    assert "No service in force has this code" in text_of(client.get(f"/rates/?{ASKED}&service=nonsense"))


def dropped(client: Client, content: bytes, *, day: str = "2026-01-01") -> Any:
    file = SimpleUploadedFile("card.csv", content, content_type="text/csv")
    form = {"file": file, "effective_from": day, "code": "example"}
    assert client.post("/price-books/import/drop/", form).status_code == 302
    return client.get("/price-books/import/preview/")


def test_a_rate_card_is_checked_published_and_rolled_back(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.PLATFORM].client
    card = TEMPLATE.read_bytes()
    assert "Drop a rate card here" in text_of(client.get("/price-books/import/"))
    bad = dropped(client, card.replace(b",4.20,", b",a lot,"))
    (error,) = bad.context["errors"]
    assert (error.row, error.column) == (2, "price")
    assert "1 fault keeps this file out" in text_of(bad)
    assert client.post("/price-books/import/publish/")["Location"] == "/price-books/import/preview/"
    assert len(list_price_books()) == 1
    good = dropped(client, card)
    assert good.context["diff"].added == 4
    assert len(list_price_books()) == 1
    first = client.post("/price-books/import/publish/")["Location"]
    dropped(client, card.replace(b",3.10,", b",3.41,").replace(b",8000,30,", b",6000,30,"), day="2026-02-01")
    second = client.post("/price-books/import/publish/")["Location"]
    assert first != second
    changes = text_of(client.get(f"{second}changes/"))
    assert "+10" in changes
    assert "8000 → 6000" in changes
    assert "Roll back" in text_of(client.get(second))
    assert "Roll back" not in text_of(tenants[Kind.SELLER].client.get(second))
    third = client.post(f"{second}rollback/", {"from": "2026-03-01"})["Location"]
    assert [book.version for book in list_price_books(code="example")] == [3, 2, 1]
    assert client.post(f"{third}withdraw/")["Location"] == third
    assert list_price_books(code="example")[0].state == "withdrawn"


def test_only_the_platform_manages_price_books(tenants: dict[str, Tenant]) -> None:
    one = list_price_books()[0]
    for kind in (Kind.SELLER, Kind.CARRIER, Kind.BUYER):
        client = tenants[kind].client
        assert client.get("/price-books/import/").status_code == 403
        assert client.post(f"/price-books/{one.id}/withdraw/").status_code == 403
        assert client.post(f"/price-books/{one.id}/rollback/").status_code == 403
    assert list_price_books()[0].state == "published"
    platform = tenants[Kind.PLATFORM].client
    assert platform.post(f"/price-books/{one.id}/rollback/")["Location"] == f"/price-books/{one.id}/"
    assert len(list_price_books()) == 1
