"""Every operation of the API document, asked with one seller's identifiers by every other party.

Whoever takes part in the seller's trade is asked too, but as somebody else of the same kind: another
buyer, another carrier, another country's customs. Nobody learns an identifier, a number or a name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as house_settings
from pytest_django import DjangoDbBlocker

from fondaco.kernel.tenancy import Kind, Role
from fondaco.parties.public import ensure_organisation
from tests.callers import Caller, negotiation_of, open_case, webhook_of
from tests.traded import Traded, standing

pytestmark = [pytest.mark.django_db, pytest.mark.slow(40)]
STRANGERS = [kind for kind in Kind if kind is not Kind.PLATFORM]
# The kept document, which `make check` holds equal to the one served: to make it anew takes seconds.
DOCUMENT = json.loads((house_settings.ROOT / "docs" / "openapi.json").read_text())
# Answers that are the same for everyone: what a parcel's number tells is public, on purpose.
PUBLIC = {
    "/api/v1/logistics/tracking/{number}",
    "/api/v1/logistics/tracking-numbers/{number}",
    "/api/v1/finance/rates/{base}/{quote}",
    "/api/v1/finance/methods",
    "/api/v1/landed-costs",
    # A sale is open to every buyer who has its address.
    "/api/v1/shop/sales/{sale_id}",
    "/api/v1/shop/sales/{sale_id}/left",
    "/api/v1/shop/sales/{sale_id}/queue",
    "/api/v1/shop/sales/{sale_id}/purchases",
}
RECEIPT = {"sku": "A", "quantity": 1, "lot": "L", "origin": "CN", "key": "a stranger's"}
BODIES = {
    "decide": {"action": "release", "reason": "a stranger's", "decision": "accept"},
    "apply_for_withdrawal": {"reason": "a stranger's"},
    "receive": [RECEIPT],
    "take_back": RECEIPT | {"disposition": "restock", "reason": "a stranger's"},
    "scan": {"code": "A"},
    "confirm_fact": {"value": "123"},
    "propose": {"verdict": "clear", "reason": "a stranger's"},
    "confirm": {"reason": "a stranger's"},
    "register": {"url": "http://203.0.113.7/mine"},
    "step": {"event": "say", "text": "a stranger's"},
    "capture": {"minor": 1},
    "answer": {"event": "accept"},
    "open_page": {"return_url": "http://203.0.113.7/mine"},
    "choose": {"method": "card", "return_url": "http://203.0.113.7/mine"},
    "answer_load": {"answer": "accept"},
    "file_tax_return": {"reference": "a stranger's"},
    "file_month": {"reference": "a stranger's"},
    "reopen": {"reason": "a stranger's"},
    "deed": {"deed": "assign", "note": "a stranger's"},
    "edit_cover": {"share_pct": 5},
    "bring_evidence": {"kind": "departure", "reference": "a stranger's"},
    "take_step": {"event": "claim"},
    "reroute_declaration": {"lane": "green", "reason": "a stranger's"},
    "issue_bill": {"duty": "1.00", "tax": "1.00", "reason": "a stranger's"},
    "take_sample": {"item": 1, "quantity": "1", "seal": "S1"},
    "end_inspection": {"result": "as_declared"},
    "attach_stray": {"lrn": "LRN1", "reason": "a stranger's"},
    "dismiss_stray": {"reason": "a stranger's"},
    "decide_policy": {"approve": True},
    "open_case": {"pieces": {str(uuid4()): 1}, "reason": "mind"},
    "decide_case": {"event": "cancel"},
    "move_clearance": {"event": "close"},
    "book_arrival": {"pieces": {str(uuid4()): 1}},
    "inspect_case": [{"line_id": str(uuid4()), "grade": "A", "quantity": 1}],
    "route_case": {},
    "witness": {},
    "step_claim": {"event": "lodge", "reference": "a stranger's"},
    "enter_signing_key": {"name": "a stranger's", "country": "CN", "certificate": "-"},
    "decide_signing_key": {"approve": True},
    "revoke_signing_key": {"reason": "a stranger's"},
    "propose_policy": {"currency": "GBP", "reason": "a stranger's"},
}


@dataclass(frozen=True, slots=True)
class Owned:
    """What is the seller's: identifiers to ask with, and words that nobody else may read."""

    ids: dict[str, str]
    words: frozenset[str]


@pytest.fixture(scope="module")
def owned(traded: Traded, django_db_blocker: DjangoDbBlocker) -> Iterator[Owned]:
    with standing(django_db_blocker):
        yield _owned(traded)


def _owned(traded: Traded) -> Owned:
    seller = Caller(traded.house.seller, Kind.SELLER)
    order = seller.get("/orders", state="settled").json()["items"][0]
    product = seller.get("/products").json()["items"][0]
    consignment = seller.get("/logistics/consignments").json()["items"][0]
    declaration = seller.get("/declarations").json()["items"][0]
    payment = seller.get("/finance/payments").json()["items"][0]
    endpoint, delivery = webhook_of(seller)
    case = open_case(traded)
    wave = seller.get("/stock/waves").json()["items"][0]["id"]
    stock = {
        "store_id": seller.get("/stock/stores").json()["items"][0]["id"],
        "wave_id": wave,
        "job_id": seller.get(f"/stock/waves/{wave}").json()["jobs"][0]["id"],
        # nothing waits to be ordered or cleared once all is settled: made up
        "proposal_id": str(uuid4()),
        "batch_id": str(uuid4()),
    }
    post_id, deal_id = negotiation_of(seller)
    asked = {"sell": "1.00", "sell_currency": "GBP", "buy_currency": "EUR"}
    noted = {"amount": "-5.00", "currency": "EUR", "due_on": "2027-01-04", "label": "Invoice"}
    exchange = {
        "quote_id": seller.send("POST", "/exchange/quotes", asked).json()["id"],
        "commitment_id": seller.send("POST", "/exchange/commitments", noted).json(),
        "cover_id": str(uuid4()),
        "licence_id": str(uuid4()),
        "period_id": str(uuid4()),
        "break_id": str(uuid4()),
        "inspection_id": str(uuid4()),
        "photo_id": str(uuid4()),
        "receipt_id": "987654321",
        "change_id": str(uuid4()),
        "sale_id": str(uuid4()),
        "basket_id": str(uuid4()),
        "rebate_id": str(uuid4()),
        "signing_key_id": str(uuid4()),
        "claim_id": str(uuid4()),
        "verdict_id": str(uuid4()),
        "application_id": str(uuid4()),
        "message": "625",
        "secret": "nobody-was-told",
        "load_id": str(uuid4()),
    }
    ids = stock | exchange | {"post_id": post_id, "deal_id": deal_id} | {
        "order_id": order["id"], "product_id": product["id"], "consignment_id": consignment["id"],
        "declaration_id": declaration["id"], "case_id": str(case), "endpoint_id": str(endpoint),
        "delivery_id": str(delivery), "number": consignment["tracking_numbers"][0], "field": "mass_g",
        "payment_id": payment["id"], "dispute_id": str(uuid4()), "return_id": str(uuid4()),
        "provider_id": str(uuid4()), "owner_id": order["seller_id"],
        "seller_id": order["seller_id"], "period": "2026-10",
        "base": "GBP", "quote": "EUR", "carrier": "nobody", "kind": "311", "form": "csv",
    }  # fmt: skip
    parties = {str(traded.house.seller), order["buyer_id"], payment["id"], order["number"], product["sku"]}
    own = {value for name, value in ids.items() if name.endswith("_id")} | parties
    return Owned(
        ids,
        frozenset(
            own | {"Brook & Fern", "dispatch@brook.example", order["ship_to"].get("name") or order["number"]}
        ),
    )


def operations() -> Iterator[tuple[str, str, str]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation["operationId"].rsplit("routers_", 1)[-1].split("_", 1)[1]


@pytest.fixture(params=STRANGERS, ids=str)
def stranger(request: pytest.FixtureRequest, traded: Traded, db: None, settings: Any) -> Caller:
    settings.API_RATE = settings.API_PUBLIC_RATE = "100000/minute"
    made = ensure_organisation(
        kind=request.param,
        name="Somebody Else",
        country="GB",
        slug=f"else-{request.param.value}",
        currency="GBP",
    )
    return Caller(made.id, request.param)


def test_no_stranger_learns_or_changes_anything_of_the_seller(stranger: Caller, owned: Owned) -> None:
    wrong = {}
    for method, path, name in operations():
        if path in PUBLIC:
            continue
        filled = path.format(**owned.ids).removeprefix("/api/v1")
        query = "?size=200" if method == "GET" and "{" not in path else ""
        answer = (
            stranger.send(method, filled + query, BODIES.get(name))
            if method != "GET"
            else stranger.get(filled + query)
        )
        text = answer.content.decode()
        told = {word for word in owned.words if word in text.replace(filled, "")}
        if told or answer.status_code >= 500 or ("{" in path and answer.status_code not in (403, 404)):
            wrong[method, path] = (answer.status_code, told, text[:200])
    assert wrong == {}


def test_the_lists_of_a_stranger_are_empty(stranger: Caller) -> None:
    for path in ("orders", "orders/returns", "products", "logistics/consignments", "declarations",
                 "finance/payments", "finance/payouts", "screening/cases", "webhooks", "webhooks/deliveries"):  # fmt: skip
        answer = stranger.get(f"/{path}")
        assert answer.status_code == 403 or answer.json() == {"items": [], "next_cursor": ""}, path
    assert stranger.get("/finance/balances").json() == []


def test_search_does_not_find_what_is_not_ones_own(stranger: Caller, owned: Owned) -> None:
    for path in ("/orders", "/products", "/logistics/consignments", "/declarations"):
        for word in sorted(owned.words):
            assert stranger.get(path, search=word[:60]).json()["items"] == []


def test_what_is_public_tells_no_party(owned: Owned, traded: Traded) -> None:
    caller = Caller(traded.house.seller, Kind.SELLER, role=Role.VIEWER)
    del caller.client.defaults["HTTP_AUTHORIZATION"]
    answer = caller.get(f"/logistics/tracking/{owned.ids['number']}")
    assert answer.status_code == 200
    assert not [word for word in owned.words if word in answer.content.decode()]


def test_a_made_up_identifier_and_a_strangers_answer_alike(stranger: Caller, owned: Owned) -> None:
    for path in (
        "/orders/{}",
        "/products/{}",
        "/logistics/consignments/{}",
        "/declarations/{}",
        "/screening/cases/{}",
    ):
        name = {"/screening/cases/{}": "case_id"}.get(path) or path.split("/")[-2].rstrip("s") + "_id"
        theirs, none = stranger.get(path.format(owned.ids[name])), stranger.get(path.format(uuid4()))
        bodies = [json.loads(a.content) for a in (theirs, none)]
        assert theirs.status_code == none.status_code
        assert bodies[0]["code"] == bodies[1]["code"]
        assert UUID(owned.ids[name]).hex not in theirs.content.decode()
