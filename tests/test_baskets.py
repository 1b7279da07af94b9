"""A buyer pays the orders of two sellers once: over the API and the page, seen by each party as far as it may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.flows import baskets as flow
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from tests.callers import Caller, assert_problem
from tests.waiting import GBP, organisation, pay_by_card, served_pages, signed_in, waiting_order


@dataclass
class Quay:
    """Two sellers, one buyer, an order of each, and the provider's page."""

    buyer: Caller
    sellers: tuple[Caller, Caller]
    orders: list[str]
    pages: finance.CardPages

    def make(self, **more: Any) -> Any:
        return self.buyer.send("POST", "/baskets", {"order_ids": self.orders}, **more)


@pytest.fixture
def quay(db: None, tmp_path: Any) -> Iterator[Quay]:
    finance.ensure_rates()
    people = [organisation(Kind.SELLER, "Alder"), organisation(Kind.SELLER, "Beacon")]
    buyer = organisation(Kind.BUYER, "Orla")
    placed = [
        str(waiting_order(seller, buyer, minor)) for seller, minor in zip(people, (1_001, 2_503), strict=True)
    ]
    with served_pages(tmp_path) as pages:
        yield Quay(
            Caller(buyer, Kind.BUYER), (Caller(people[0], Kind.SELLER), Caller(people[1], Kind.SELLER)), placed, pages
        )  # fmt: skip


def test_two_sellers_are_paid_once_and_each_sees_its_own(quay: Quay) -> None:
    made = quay.make(key="k").json()
    assert quay.make(key="k").json() == quay.make(key="other").json() == made
    shares = {one["order_id"]: one for one in made["payments"]}
    assert set(shares) == set(quay.orders)
    assert made["amount"]["minor"] == sum(one["amount"]["minor"] for one in shares.values())
    assert [shares[key]["escrow"]["minor"] for key in quay.orders] == [1_201, 3_003]
    url = quay.buyer.send(
        "POST", f"/baskets/{made['id']}/page", {"return_url": "http://shop.test/back"}
    ).json()["url"]
    pay_by_card(url)
    now = clock.now()
    done = flow.finish_basket(quay.buyer.scope, UUID(made["id"]), now=now)
    assert (done.state, len(quay.pages.deeds)) == ("captured", 1)
    kept = finance.escrow_of([UUID(key) for key in quay.orders])
    assert [kept[UUID(key)] for key in quay.orders] == [Money(1_201, GBP), Money(3_003, GBP)]
    for seller, own, foreign in (
        (quay.sellers[0], quay.orders[0], quay.orders[1]),
        (quay.sellers[1], quay.orders[1], quay.orders[0]),
    ):
        seen = seller.get("/finance/payments").content.decode()
        assert own in seen
        assert foreign not in seen
        assert seller.get(f"/baskets/{made['id']}").status_code == 404
        assert seller.get("/baskets").json()["items"] == []
    stranger = Caller(organisation(Kind.BUYER, "Nobody"), Kind.BUYER)
    assert_problem(stranger.get(f"/baskets/{made['id']}"), 404, "not-found")


@pytest.mark.parametrize(("ids", "status", "code"), [
    (lambda quay: quay.orders[:1], 422, "invalid-request"), (lambda quay: [quay.orders[0]] * 2, 422, "bad-basket"),
    (lambda quay: [quay.orders[0], str(uuid4())], 404, "order-not-found"),
])  # fmt: skip
def test_orders_that_do_not_go_together_are_refused_and_nothing_is_made(
    quay: Quay, ids: Any, status: int, code: str
) -> None:
    answer = quay.buyer.send("POST", "/baskets", {"order_ids": ids(quay)})
    assert_problem(answer, status, code)
    assert finance.list_baskets(quay.buyer.scope) == []


def test_a_stranger_makes_no_basket_of_anothers_orders(quay: Quay) -> None:
    stranger = Caller(organisation(Kind.BUYER, "Else"), Kind.BUYER)
    answer = stranger.send("POST", "/baskets", {"order_ids": quay.orders})
    assert_problem(answer, 404, "order-not-found")
    assert_problem(quay.sellers[0].send("POST", "/baskets", {"order_ids": quay.orders}), 403, "forbidden")


@pytest.fixture
def browser(quay: Quay) -> Client:
    """The buyer, signed in."""
    return signed_in(quay.buyer.scope)


def test_the_buyer_ticks_the_orders_pays_and_comes_back(quay: Quay, browser: Client) -> None:
    listed = browser.get("/baskets/").content.decode()

    assert all(f'value="{key}"' in listed for key in quay.orders)
    made = browser.post("/baskets/make/", {"order": quay.orders})
    assert made["Location"].startswith("/baskets/")
    sheet = browser.get(made["Location"]).content.decode()
    assert "Basket of 2 orders" in sheet
    led = browser.post(made["Location"])
    assert led["Location"].startswith(quay.pages.url)
    pay_by_card(led["Location"])
    back = browser.get(f"{made['Location']}paid/", follow=True).content.decode()
    assert "Paid once" in back
    payment = finance.list_payments(quay.buyer.scope)[0]
    assert "Paid in one basket" in browser.get(f"/payments/{payment.id}/").content.decode()
    rows = browser.get("/baskets/export.csv").getvalue().decode()
    assert len(rows.strip().splitlines()) == 3


def test_one_basket_and_many_cost_the_same_queries(quay: Quay) -> None:
    buyer = Scope(quay.buyer.scope.organisation_id, Kind.BUYER, role=Role.OWNER, actor="test")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert flow.basket_list(buyer, before=None, size=50).rows
        return len(queries)

    flow.make_basket(buyer, [UUID(key) for key in quay.orders], now=clock.now())
    one = cost()
    for minor in (500, 700, 900):
        pair = [
            waiting_order(seller.scope.organisation_id, buyer.organisation_id, minor)
            for seller in quay.sellers
        ]
        flow.make_basket(buyer, pair, now=clock.now())
    assert cost() == one
