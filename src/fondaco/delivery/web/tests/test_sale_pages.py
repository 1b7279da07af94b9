"""Flash sales on pages: queue, counter and purchase without scripts; set-up with a preview; the monitor; who may see what."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind
from fondaco.platforms.window import public as window
from fondaco.systems.finance import public as finance
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import Sale
from tests.flash_sales import make_demo_sale
from tests.tenants import STRANGER, Tenant, make_tenants


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    finance.ensure_rates()
    return make_tenants()


@pytest.fixture
def sale(tenants: dict[str, Tenant]) -> Sale:
    return make_demo_sale(tenants[Kind.SELLER].scope, opens_at=clock.now() - timedelta(minutes=2), units=12)


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path).status_code == 200
    return len(caught)


def form_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(key|ticket)" value="([^"]*)"', page))


def test_anybody_sees_the_sale_and_a_buyer_joins_and_buys(tenants: dict[str, Tenant], sale: Sale) -> None:
    at, buyer = f"/sales/{sale.id}/", tenants[Kind.BUYER].client
    seen = Client().get(at).content
    assert (b"More than 10 left" in seen, b"7.90" in seen, len(seen) < 100_000) == (True, True, True)
    assert Client().post(f"{at}join/").status_code == 302
    assert b"Join the queue" in buyer.get(at).content
    buyer.post(f"{at}join/")
    page = buyer.get(at).content.decode()
    assert "It is your turn" in page
    asked = {**form_of(page), "n.CUP": "2", "destination": "DE", "name": "A", "street": "B", "city": "C"}
    assert b"Bought: your pieces" in buyer.post(f"{at}buy/", asked, follow=True).content
    assert b"Bought" in buyer.post(f"{at}buy/", asked, follow=True).content  # the same key: the same purchase
    assert logistics.pieces_left(sale) == {"CUP": 10}
    refused = buyer.post(f"{at}buy/", {**asked, "key": "other", "n.CUP": "1"}, follow=True).content.decode()
    assert "One buyer may not have so many pieces" in refused
    assert logistics.pieces_left(sale) == {"CUP": 10}
    assert (
        "Choose how many pieces."
        in buyer.post(f"{at}buy/", {**asked, "n.CUP": ""}, follow=True).content.decode()
    )


def test_who_waits_looks_again_without_scripts(tenants: dict[str, Tenant]) -> None:
    sale = make_demo_sale(tenants[Kind.SELLER].scope, opens_at=clock.now() + timedelta(seconds=90), units=1)
    at, buyer = f"/sales/{sale.id}/", tenants[Kind.BUYER].client
    buyer.post(f"{at}join/")
    page = buyer.get(at).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert 'role="status">1<' in page
    assert "http-equiv" not in buyer.get(f"{at}?still=1").content.decode()
    assert "The last few" in page
    assert sale.terms.name in Client().get("/sales/").content.decode()


def test_a_sale_is_previewed_set_up_and_watched(tenants: dict[str, Tenant], sale: Sale) -> None:
    seller = tenants[Kind.SELLER].client
    window.ensure_regimes(now=clock.now())
    opens = clock.now() + timedelta(hours=2)
    asked = {
        "name": "Cup hour", "store": str(sale.terms.store_id), "currency": "gbp", "opens_at": f"{opens:%Y-%m-%dT%H:%M}",
        "minutes": "30", "limit_per_buyer": "1", "admit_per_s": "20", "pay_minutes": "15", "sku0": "CUP", "price0": "4.99",
        "units0": "5",
    }  # fmt: skip
    preview = seller.post("/flash-sales/new/", {**asked, "deed": "preview"}).content.decode()
    assert ("Landed total" in preview, "Germany" in preview, preview.count(" GBP")) == (True, True, 0)
    assert len(logistics.list_sales(tenants[Kind.SELLER].scope, now=clock.now())) == 1
    for wrong, told in (({"units0": "99"}, "not so many pieces"), ({"price0": "4.999"}, "decimal"),
                        ({"sku0": "HAT"}, "no such article"), ({"opens_at": "soon"}, "a day and a time")):  # fmt: skip
        answer = seller.post("/flash-sales/new/", {**asked, **wrong})
        assert (answer.status_code, told in answer.content.decode()) == (422, True), wrong
    made = seller.post("/flash-sales/new/", asked)
    assert made.status_code == 302
    watched = seller.get(made.headers["Location"]).content.decode()
    assert ("Cup hour" in watched, "Oversold" in watched) == (True, True)
    assert seller.get("/flash-sales/export.csv").getvalue().decode().count("Cup hour") == 1


def test_a_rival_sees_no_monitor_and_lists_cost_the_same(tenants: dict[str, Tenant], sale: Sale) -> None:
    stranger, seller = tenants[STRANGER].client, tenants[Kind.SELLER]
    assert stranger.get(f"/flash-sales/{sale.id}/").status_code == 404
    assert tenants[Kind.BUYER].client.get("/flash-sales/").status_code == 403
    few = queries(seller.client, "/flash-sales/"), queries(Client(), "/sales/")
    for n in range(12):
        opens = clock.now() + timedelta(minutes=n)
        make_demo_sale(seller.scope, opens_at=opens, units=1, name=f"Sale {n}")
    assert (queries(seller.client, "/flash-sales/"), queries(Client(), "/sales/")) == few
