"""What every table can do: columns put away, rows selected for a deed, the whole list as a file, few queries."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from uuid import UUID
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.commerce.orders import public as orders
from fondaco.delivery.web.walking import signed_in
from fondaco.flows.logins import ensure_logins
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.sharing import public as sharing
from tests.traded import Traded

pytestmark = pytest.mark.django_db
PAGE = 50


@pytest.fixture
def seller(traded: Traded) -> Client:
    ensure_logins(traded.house)
    return signed_in("seller@fondaco.example")


@pytest.fixture
def scope(traded: Traded) -> Scope:
    return Scope(organisation_id=traded.house.seller, kind=Kind.SELLER, role=Role.OWNER)


def queries_of(client: Client, path: str) -> int:
    client.get(path)  # whatever is read once per process
    with CaptureQueriesContext(connection) as counted:
        assert client.get(path).status_code == 200
    return len(counted)


def lines_of(client: Client, path: str) -> list[str]:
    answer = client.get(path)
    body: Iterator[bytes] = answer.streaming_content  # type: ignore[attr-defined]
    return b"".join(body).decode("utf-8-sig").splitlines()


def test_a_page_of_fifty_orders_costs_as_many_queries_as_a_page_of_one(scope: Scope, seller: Client) -> None:
    one = orders.list_orders(scope, size=1).orders[0]
    like = apps.get_model("orders", "Order").objects.of(scope).get(id=one.id)
    for place in range(PAGE):
        like.pk, like.number, like.source_ref = new_id(), f"FX{place:06d}", f"copy-{place}"
        like.state = "placed"
        like.save(force_insert=True)
    rows = {
        path: seller.get(path).content.count(b'scope="row"')
        for path in ("/orders/", f"/orders/?q={one.number}")
    }
    assert list(rows.values()) == [PAGE, 1]
    asked = {queries_of(seller, path) for path in rows}
    assert len(asked) == 1
    assert max(asked) <= 10


def test_columns_put_away_stay_away_until_all_are_shown(traded: Traded, seller: Client) -> None:
    assert b" hide-3" not in seller.get("/orders/").content
    form = {"table": "orders", "of": ["3", "4", "5"], "show": ["4"], "next": "/orders/?q=x"}
    answer = seller.post("/columns/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/orders/?q=x")
    page = seller.get("/orders/").content.decode()
    assert " hide-3 hide-5 " in page
    assert 'name="show" value="4" checked' in page
    assert 'name="show" value="3" checked' not in page
    assert b" hide-" not in seller.get("/declarations/").content
    seller.post("/columns/", {**form, "all": "1"})
    assert b" hide-" not in seller.get("/orders/").content


@pytest.mark.parametrize("odd", ["1", "0", "-3", "99", "x", "٣"])
def test_the_first_column_and_nonsense_cannot_be_put_away(traded: Traded, seller: Client, odd: str) -> None:
    seller.post("/columns/", {"table": "orders", "of": [odd], "next": "/orders/"})
    assert b" hide-" not in seller.get("/orders/").content


def test_selected_orders_are_exported_and_nothing_of_others(scope: Scope, seller: Client) -> None:
    chosen = orders.list_orders(scope, size=2).orders
    asked = "&".join(f"id={one}" for one in [*(order.id for order in chosen), UUID(int=7), "nonsense"])
    lines = lines_of(seller, f"/orders/export.csv?{asked}")
    assert [line.split(",")[0] for line in lines[1:]] == [order.number for order in chosen]
    buyer = signed_in("buyer@fondaco.example")
    own = {line.split(",")[0] for line in lines_of(buyer, "/orders/export.csv")[1:]}
    seen = {line.split(",")[0] for line in lines_of(buyer, f"/orders/export.csv?{asked}")[1:]}
    assert seen == own & {order.number for order in chosen}


def test_the_papers_of_selected_orders_come_in_one_file_and_are_recorded(
    scope: Scope, seller: Client
) -> None:
    settled = orders.list_orders(scope, filters=orders.OrderFilter(states=("settled",)), size=2).orders
    answer = seller.get("/orders/papers.zip?" + "&".join(f"id={order.id}" for order in settled))
    names = ZipFile(BytesIO(answer.content)).namelist()
    papers = sharing.documents_for([order.id for order in settled], scope=scope)
    assert len(names) == sum(len(found) for found in papers.values()) >= 8
    assert {name.split("/")[0] for name in names} == {order.number for order in settled}
    first = papers[settled[0].id][0]
    assert sharing.receipts_for(scope, first.id)[0].purpose == "print"
    none = seller.get(f"/orders/papers.zip?id={UUID(int=7)}", follow=True)
    assert "None of the selected orders has papers yet." in none.content.decode()


@pytest.mark.parametrize(
    ("path", "page"), [("/returns/export.csv", "/returns/"), ("/products/export.csv", "/products/")]
)
def test_returns_and_products_are_exported_whole(
    traded: Traded, seller: Client, path: str, page: str
) -> None:
    lines = lines_of(seller, path)
    shown = seller.get(page).content.count(b'scope="row"')
    assert len(lines) - 1 >= shown > 0
    assert len(set(lines)) == len(lines)
    assert path.encode() in seller.get(page).content
