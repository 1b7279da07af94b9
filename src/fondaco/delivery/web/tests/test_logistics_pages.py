"""Consignments, the rate explorer and the price books, as each tenant sees them."""

from __future__ import annotations

import pytest

from fondaco.delivery.web.tests.border_helpers import as_many_queries, text_of
from fondaco.kernel.tenancy import Kind
from fondaco.systems.logistics.public import ConsignmentDTO, deliver_simulated, list_price_books
from fondaco.systems.logistics.tests.conftest import NOW, booked, demo_book, own_cache  # noqa: F401 - fixtures
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
    result = page.context["result"]
    assert result.offer_count + sum(result.refused_counts.values()) == 60
    assert "Why the others refused" in text_of(page)
    by_days = client.get(f"/rates/?{ASKED}&sort=days").context["offers"]
    days = [one.transit_days_max for one, _parts in by_days]
    assert days == sorted(days)
    prices = [one.price.minor for one, _parts in page.context["offers"]]
    assert prices == sorted(prices)
    exported = text_of(client.get(f"/rates/export.csv?{ASKED}")).strip().splitlines()
    assert len(exported) == 61


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
