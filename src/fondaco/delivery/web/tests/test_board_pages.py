"""The board's pages: post by form, see matches, negotiate to an agreement; bad input stays on the form."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind
from tests.tenants import Tenant, make_tenants

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


def form(**changes: object) -> dict[str, object]:
    today = clock.today()
    return {
        "origin": "CGO", "destination": "LUX", "first_on": today + timedelta(3), "last_on": today + timedelta(9),
        "mass_kg": "850.5", "volume_m3": "5", "currency": "eur", "price": "3000.00", "mode": "air", "per_kg": "2.5",
        "per_m3": "200", "contact_name": "Desk of Quay", "contact_email": "desk@quay.example", "classes": ["general"],
    } | changes  # fmt: skip


def test_two_people_post_and_agree_by_clicking(tenants: dict[str, Tenant]) -> None:
    carrier, seller = tenants[Kind.CARRIER].client, tenants[Kind.SELLER].client
    last = clock.today() + timedelta(5)
    offer = carrier.post("/board/new/", form(mass_kg="10000", volume_m3="60", price="50", last_on=last))
    lot = seller.post("/board/new/", form(contact_name="Merchant Person"))
    assert (offer.status_code, lot.status_code) == (302, 302)
    page = seller.get(lot["Location"]).content.decode()
    assert "2,126.25" in page
    assert "price below the maximum" in page
    assert "Desk of Quay" not in page
    theirs = offer["Location"].split("/")[-2]
    deal = seller.post(f"{lot['Location']}negotiate/", {"theirs": theirs})["Location"]
    for client, given in (
        (carrier, {"event": "offer", "price": "2100.00", "currency": "EUR"}),
        (seller, {"event": "say", "text": "Gladly; call +44 20 7946 0000"}),
        (seller, {"event": "accept", "price": "2100.00", "currency": "EUR"}),
        (carrier, {"event": "confirm"}),
    ):
        assert client.post(f"{deal}step/", given).status_code == 302
        told = carrier.get(deal).content.decode()
        assert "Merchant Person" not in told
        assert "7946" not in told
    seller.post(f"{deal}step/", {"event": "confirm"})
    told = carrier.get(deal).content.decode()
    assert "Merchant Person" in told
    assert "7946" in told
    assert "Desk of Quay" in seller.get(deal).content.decode()
    assert tenants["another seller"].client.get(deal).status_code == 404
    assert tenants[Kind.BANK].client.get("/board/").status_code == 403
    for client in (carrier, seller):
        for kind in ("capacity", "cargo"):
            assert client.get("/board/", {"kind": kind}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mass_kg": "-1"}, "greater than or equal to 0"),
        ({"mass_kg": "0"}, "above nought"),
        ({"last_on": "2020-01-01"}, "do not go together"),
        ({"destination": "CGO"}, "not on the board"),
        ({"currency": "XYZ"}, "ISO 4217"),
        ({"price": ""}, "cannot be posted"),
    ],
)
def test_a_bad_post_stays_on_the_form_with_its_reason(
    tenants: dict[str, Tenant], changes: dict[str, object], words: str
) -> None:
    answer = tenants[Kind.SELLER].client.post("/board/new/", form(**changes))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert "G-0" not in tenants[Kind.SELLER].client.get("/board/?kind=cargo").content.decode()
