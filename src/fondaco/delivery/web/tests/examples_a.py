"""Examples of pages that the small book has no row for: baskets, the board, breaks, claims, clearances, loads, cover."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile

from fondaco.delivery.web.tests.test_board_pages import form
from fondaco.flows.checkout import standing_house
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.tests.return_samples import ask, line
from fondaco.systems.logistics.tests.conftest import booked
from fondaco.systems.logistics.tests.test_consolidating import load_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from django.test import Client

    from fondaco.flows.house import House

_ASKED = {
    "value": "120.00", "freight": "14.50", "currency": "GBP", "hs_code": "650500", "made_in": "CN", "origin": "GB",
    "destination": "DE", "quantity": "6", "mass_g": "900", "buyer": "person",
}  # fmt: skip


def examples(clients: dict[str, Client], now: datetime) -> list[tuple[str, str]]:
    """(role, path) of each page, made by posting forms as the people of the demonstration."""
    house = standing_house()
    return [
        ("public", f"/landed-cost/why/duty/?{urlencode(_ASKED)}"),
        ("operator", "/books/accounts/?account=escrow"),
        *_on_the_board(clients["carrier"], clients["seller"]),
        ("operator", _break(clients["operator"], house)),
        ("seller", _claim(clients, house, now)),
        ("seller", _cover(clients["seller"])),
        *_travelling(clients["operator"], house),
        *_basket(clients["shopper"]),
    ]


def _on_the_board(carrier: Client, seller: Client) -> list[tuple[str, str]]:
    """A carrier's offer, a seller's lot, and what they said of the price."""
    offer = carrier.post("/board/new/", form(mass_kg="10000", volume_m3="60", price="50"))["Location"]
    lot = seller.post("/board/new/", form())["Location"]
    deal = seller.post(f"{lot}negotiate/", {"theirs": offer.split("/")[-2]})["Location"]
    carrier.post(f"{deal}step/", {"event": "offer", "price": "2100.00", "currency": "EUR"})
    seller.post(f"{deal}step/", {"event": "say", "text": "Gladly"})
    return [("seller", lot), ("seller", deal)]


def _break(operator: Client, house: House) -> str:
    """A line of a settlement file that the books know nothing of."""
    rows = b"kind,key,currency,gross,fee\ncharge,stranger,GBP,1000,10\ntotal,,GBP,1000,10\n"
    file = SimpleUploadedFile("strange.csv", rows)
    operator.post("/reconciliation/take/", {"file": file, "provider": str(house.psp)})
    tried = operator.post("/reconciliation/run/").content.decode()
    operator.post("/reconciliation/run/", dict(re.findall(r'name="(plan-\w+)" value="(\w+)"', tried)))
    return _first(operator, "/reconciliation/?kind=", r"/reconciliation/[0-9a-f-]{36}/")


def _claim(clients: Mapping[str, Client], house: House, now: datetime) -> str:
    """The duty of goods that came back broken and were destroyed before an officer, asked back."""
    owner = Scope(house.seller, Kind.SELLER, role=Role.OWNER, actor="examples")
    back = ask(
        line(1), seller_id=house.seller, buyer_id=house.seller, authorities={"DE": house.authority("DE")}
    )
    case = window.open_returns([back], now=now, actor="examples", authorised=True)[0]
    step, row = f"/return-centre/{case}/step/", window.return_sheet(owner, case, now=now).lines[0].id
    clients["seller"].post(step, {"event": "arrive", f"got-{row}": "1"})
    clients["seller"].post(step, {"event": "grade", f"gradeC-{row}": "1"})
    verdict = window.return_sheet(owner, case, now=now).lines[0].verdicts[0].id
    clients["seller"].post(step, {"event": "route", f"route-{verdict}": "destroy", "why": "broken"})
    for role, event in zip(
        ("seller", "customs", "seller", "seller"), ("carry", "witness", "carry", "claims"), strict=True
    ):
        clients[role].post(step, {"event": event, "verdict": str(verdict), "note": "crushed"})
    return _first(clients["seller"], f"/return-centre/{case}/", r"/duty-claims/[0-9a-f-]{36}/why/")


def _cover(seller: Client) -> str:
    """The reason of one of today's proposals."""
    seller.post("/exposure/cover/")
    return _first(seller, "/exposure/", r"/exposure/cover/[0-9a-f-]{36}/why/")


def _travelling(operator: Client, house: House) -> list[tuple[str, str]]:
    """A day's batch for the authority, a shared load, and from a consignment to its routes."""
    owners: dict[str, UUID] = {
        Kind.SELLER: house.seller,
        Kind.BUYER: house.seller,
        Kind.CARRIER: next(iter(house.carriers.values())),
    }
    sent = booked(owners, count=2)
    operator.post("/clearances/collect/", {"on": sent[0].ready_at.date().isoformat()})
    batch = _first(operator, "/clearances/", r"/clearances/[0-9a-f-]{36}/")
    load = load_of(owners, [one.id for one in sent], "K1")
    return [
        ("operator", batch),
        ("seller", f"/consolidations/{load}/"),
        ("seller", f"/consignments/{sent[0].id}/routes/"),
    ]


def _basket(buyer: Client) -> list[tuple[str, str]]:
    """The waiting orders of several sellers, to be paid once; and back from the provider's page, unpaid."""
    waiting = re.findall(r'name="order" value="([0-9a-f-]{36})"', buyer.get("/baskets/").content.decode())
    basket = buyer.post("/baskets/make/", {"order": waiting})["Location"]
    return [("shopper", basket), ("shopper", f"{basket}paid/")]


def _first(client: Client, path: str, wanted: str) -> str:
    """The first link of a page that reads as `wanted`."""
    found = re.search(wanted, client.get(path).content.decode())
    assert found, f"{path} leads to no {wanted}"
    return found[0]
