"""A consignment's own line to its carrier, shared loads, and the carrier's channel, as each tenant sees them."""

from __future__ import annotations

from uuid import UUID

import pytest

from fondaco.delivery.web.tests.border_helpers import as_many_queries, text_of
from fondaco.kernel.tenancy import Kind
from fondaco.systems.logistics.public import ensure_demo_network, plan_itineraries
from fondaco.systems.logistics.tests.conftest import NOW, booked, demo_book, own_cache  # noqa: F401 - fixtures
from fondaco.systems.logistics.tests.test_consolidating import load_of
from tests.tenants import STRANGER, Tenant, make_tenants

pytestmark = pytest.mark.usefixtures("demo_book")


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


def parties(tenants: dict[str, Tenant]) -> dict[str, UUID]:
    return {
        str(kind): tenants[kind].scope.organisation_id for kind in (Kind.SELLER, Kind.BUYER, Kind.CARRIER)
    }


def test_a_booking_is_made_printed_and_taken_back_from_its_page(tenants: dict[str, Tenant]) -> None:
    """Each button is there only where the state and the role allow it."""
    one = booked(parties(tenants))[0]
    page, client = f"/consignments/{one.id}/", tenants[Kind.SELLER].client
    assert "Book with the carrier" not in text_of(tenants[Kind.BUYER].client.get(page))
    first = text_of(client.get(page))
    assert "Book with the carrier" in first
    assert "/label/" not in first
    assert "The carrier has the booking." in text_of(client.post(f"{page}book/", follow=True))
    assert "Book with the carrier" not in text_of(client.get(page))
    label = f"/parcels/{one.tracking_numbers[0]}/label/"
    assert client.get(label).content == client.get(label).content
    assert client.get(f"{label}?form=zpl").content.startswith(b"^XA")
    assert tenants[STRANGER].client.get(label).status_code == 404
    told = text_of(client.post(f"{page}hear/", follow=True))
    assert "The carrier was asked" not in told  # these goods are of no order: nobody has released them
    assert "labels are void" in text_of(client.post(f"{page}cancel/", follow=True))
    over = text_of(client.get(page))
    assert "Take the booking back" not in over
    assert "/label/" not in over


def test_the_planned_way_is_on_the_page_with_its_why(tenants: dict[str, Tenant]) -> None:
    one = booked(parties(tenants))[0]
    client = tenants[Kind.BUYER].client
    assert "Planned way" not in text_of(client.get(f"/consignments/{one.id}/"))
    ensure_demo_network(now=NOW)
    plan_itineraries([one.id], now=NOW)
    page = text_of(client.get(f"/consignments/{one.id}/"))
    assert "Planned way" in page
    assert "Why this way?" in page
    assert "Map of the itinerary" in page


def test_a_carrier_opens_its_channel_and_reads_the_secret_once(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.CARRIER].client
    assert "No channel yet" in text_of(client.get("/carrier-channel/"))
    made = text_of(client.post("/carrier-channel/", {"event": "open"}))
    assert "whsec_" in made
    assert "whsec_" not in text_of(client.get("/carrier-channel/"))
    assert made.split("whsec_")[1][:20] not in text_of(client.post("/carrier-channel/", {"event": "change"}))
    assert tenants[Kind.SELLER].client.get("/carrier-channel/").status_code == 403


def test_a_load_is_answered_by_its_owner_alone(tenants: dict[str, Tenant]) -> None:
    owners, client = parties(tenants), tenants[Kind.SELLER].client
    assert "No loads yet" in text_of(client.get("/consolidations/"))
    asked = {"origin": "gb", "destination": "de", "on": "2026-09-01", "later": "x"}
    refused = text_of(client.post("/consolidations/propose/", asked, follow=True))
    assert "No shared load of these consignments costs less" in refused
    ids = [one.id for one in booked(owners, count=2)]
    load = load_of(owners, ids, "K0")
    with as_many_queries(client, ["/consolidations/"]):
        for n in range(1, 50):
            load_of(owners, ids, f"K{n}")
    page = f"/consolidations/{load}/"
    assert tenants[STRANGER].client.get(page).status_code == 404
    assert tenants[STRANGER].client.post(f"{page}step/", {"event": "accept"}, follow=True).status_code == 404
    assert "7.00" in text_of(client.get(page))
    assert "Your answer is kept." in text_of(client.post(f"{page}step/", {"event": "accept"}, follow=True))
    assert "Dismiss" not in text_of(client.get(page))
    assert len(text_of(client.get("/consolidations/export.csv")).strip().splitlines()) == 51
