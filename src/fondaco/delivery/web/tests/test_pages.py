"""Pages over a database in which trade has taken place: what they show, what they cost, what they refuse."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderFilter
from fondaco.delivery.web.walking import signed_in
from fondaco.flows.logins import ensure_logins
from fondaco.kernel.tenancy import Kind, Role, Scope
from tests.traded import Traded

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(traded: Traded) -> Client:
    ensure_logins(traded.house)
    return signed_in("seller@fondaco.example")


@pytest.fixture
def buyer(traded: Traded, seller: Client) -> Client:
    return signed_in("buyer@fondaco.example")


def some_order(traded: Traded, *states: str) -> orders.OrderDTO:
    scope = Scope(organisation_id=traded.house.seller, kind=Kind.SELLER, role=Role.OWNER)
    return orders.list_orders(scope, filters=OrderFilter(states=states), size=1).orders[0]


def queries_of(client: Client, path: str) -> int:
    client.get(path)  # whatever is read once per process
    with CaptureQueriesContext(connection) as counted:
        assert client.get(path).status_code == 200
    return len(counted)


def test_one_row_costs_as_many_queries_as_all(traded: Traded, seller: Client) -> None:
    number = some_order(traded).number
    assert seller.get("/orders/").content.count(b'scope="row"') == traded.orders
    assert seller.get(f"/orders/?q={number}").content.count(b'scope="row"') == 1
    assert queries_of(seller, "/orders/") == queries_of(seller, f"/orders/?q={number}") <= 10


def test_the_order_page_tells_the_whole_life(traded: Traded, seller: Client) -> None:
    order = some_order(traded, "settled")
    text = seller.get(f"/orders/{order.id}/").content.decode()
    for word in (order.number, "Order placed", "Packed and carriage chosen", "Priced to the door", "Parties screened",
                 "Paid into escrow", "Declared to customs", "Documents matched", "Delivered", "Settled"):  # fmt: skip
        assert word in text
    assert "to come" not in text
    assert text.count("<h1>") == 1


def test_the_sellers_home_says_when_cash_comes_and_where_sales_grow(traded: Traded, seller: Client) -> None:
    page = seller.get("/home/").content.decode()
    for title in (
        "Needs you",
        "Cash that will arrive",
        "Shipments at risk",
        "Payouts",
    ):
        assert title in page
    for path in set(re.findall(r'href="(/home/why/[a-z]+/)"', page)):
        assert seller.get(path).status_code == 200
    assert seller.get("/home/why/nothing/").status_code == 404


def test_goods_go_back_in_three_taps(traded: Traded, buyer: Client) -> None:
    home = buyer.get("/home/").content.decode()
    form = buyer.get(re.findall(r'href="(/orders/[0-9a-f-]{36}/return/)"', home)[0]).content.decode()
    assert [step for step in ("1. What comes back", "2. Why", "3. Send it back") if step not in form] == []


def test_who_took_a_step_and_its_papers_stand_beside_it(traded: Traded, seller: Client) -> None:
    order = some_order(traded, "settled")
    page = seller.get(f"/orders/{order.id}/").content.decode()
    timeline = page[page.index('<ol class="timeline">') :]
    assert "Customs, " in timeline
    for paper in ("Packing list", "Commercial invoice", "Customs form CN23"):
        assert paper in timeline


def test_every_why_of_an_order_answers_alone_and_in_the_drawer(traded: Traded, seller: Client) -> None:
    order = some_order(traded, "settled")
    page = seller.get(f"/orders/{order.id}/").content.decode()
    figures = set(re.findall(r'class="why[^"]*" href="([^"]+)"', page))
    assert len(figures) >= 8 + order.line_count
    for path in figures:
        whole, part = seller.get(path), seller.get(path, headers={"HX-Request": "true"})
        assert (whole.status_code, part.status_code) == (200, 200), path
        assert b"<html" in whole.content
        assert b"<html" not in part.content
    assert seller.get(f"/orders/{order.id}/why/nothing/").status_code == 404


def test_a_stranger_sees_no_order_and_a_buyer_only_own_ones(traded: Traded, buyer: Client) -> None:
    own = re.findall(r'href="(/orders/[0-9a-f-]{36}/)"', buyer.get("/orders/").content.decode())
    assert own
    assert buyer.get(own[0]).status_code == 200
    scope = Scope(organisation_id=traded.house.seller, kind=Kind.SELLER, role=Role.OWNER)
    others = [
        order for order in orders.list_orders(scope, size=50).orders if f"/orders/{order.id}/" not in own
    ]
    for order in others:
        assert buyer.get(f"/orders/{order.id}/").status_code == 404
        assert buyer.get(f"/orders/{order.id}/why/goods/").status_code == 404
    assert Client().get(own[0]).status_code == 302


def test_the_export_is_the_list_as_filtered(traded: Traded, seller: Client) -> None:
    order = some_order(traded, "settled")
    lines = b"".join(seller.get(f"/orders/export.csv?q={order.number}").streaming_content).decode("utf-8-sig")
    heading, row = lines.strip().splitlines()
    assert heading.startswith("number,source,ordered_at,state,buyer,destination")
    assert row.startswith(f"{order.number},{order.source_ref},")
    assert "settled" in row


def test_a_view_is_kept_and_found_again(seller: Client) -> None:
    kept = seller.post(
        "/orders/views/", {"name": "Germany", "to": "DE", "state": "settled", "sort": "number"}
    )
    assert kept["Location"] == "/orders/?state=settled&to=DE&sort=number"
    assert b">Germany<" in seller.get("/orders/").content.replace(b"</svg>", b"</svg>>")


@pytest.mark.parametrize(
    "query", ["state=nonsense", "sort=nonsense", "since=yesterday", "cursor=%00", "to=%00"]
)
def test_a_filter_that_is_not_offered_is_refused_on_a_page(seller: Client, query: str) -> None:
    answer = seller.get(f"/orders/?{query}")
    assert answer.status_code in (200, 400, 422)
    assert b"Traceback" not in answer.content


def test_confirming_a_fact_takes_it_from_the_estimates(traded: Traded, seller: Client) -> None:
    page = seller.get("/products/?show=estimated").content.decode()
    product = re.findall(r'href="(/products/[0-9a-f-]{36}/)"', page)[0]
    answer = seller.post(f"{product}mass_g/", {"value": "240"}, follow=True).content.decode()
    assert 'value="240"' in answer
    assert "Confirmed." in answer
    wrong = seller.post(f"{product}mass_g/", {"value": "-3"}, follow=True).content.decode()
    assert "This is not a usable value for this fact." in wrong
    assert 'value="-3"' in wrong  # what was typed stands there still
    assert 'value="240"' in seller.get(product).content.decode()


def test_a_file_is_previewed_then_imported_then_the_same_changes_nothing(seller: Client) -> None:
    text = (
        "order,sku,title,quantity,unit_price,ordered_at,country,buyer\n"
        "W-1,A1,Wooden spoon,4,2.50,2026-11-02,DE,B7\n"
        "W-2,A1,Wooden spoon,none,2.50,2026-11-02,DE,B7\n"
    )
    before = seller.get("/orders/").content.count(b'scope="row"')
    for round_ in (1, 2):
        upload = _file("orders.csv", text)
        assert (
            seller.post("/imports/drop/", {"file": upload, "mapping": ""})["Location"] == "/imports/preview/"
        )
        preview = seller.get("/imports/preview/").content.decode()
        assert "Wooden spoon" in preview
        assert "This is not a whole number." in preview
        columns = {f"column-{name}": name for name in text.splitlines()[0].split(",")}
        seller.post("/imports/columns/", {**columns, "currency": "XXQ"})
        refused = seller.get("/imports/preview/").content.decode()
        assert "This is not an ISO 4217 currency." in refused
        seller.post("/imports/columns/", {**columns, "currency": "EUR"})
        upload_page = seller.post("/imports/run/")["Location"]
        batch = seller.get(upload_page)["Location"]  # a small file is in by now
        assert "/imports/uploads/" in upload_page
        page = seller.get(batch).content.decode()
        assert ("W-2" in page, "Rows kept out" in page) == (True, True), round_
        assert b"W-2" in b"".join(seller.get(f"{batch}rejects.csv").streaming_content)
        assert seller.get("/orders/").content.count(b'scope="row"') == before + 1
    assert seller.get("/imports/preview/").status_code == 302


def _file(name: str, text: str) -> object:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


@pytest.mark.parametrize(
    "path", ["/", "/landed-cost/", "/tariff/", "/guide/", "/guide/de/", "/track/", "/sales/"]
)
def test_a_public_page_is_small_and_useful_without_scripts(traded: Traded, path: str) -> None:
    from fondaco.delivery.web.css import HERE, build

    build()
    page = Client().get(path).content
    static = [HERE / "static" / name for name in set(re.findall(r'/static/(fondaco/[^"]+)"', page.decode()))]
    assert len(page) + sum(file.stat().st_size for file in static) < 100_000
    assert (b"make demo" in page) is (path == "/")
    for part in (b"htmx", b" style="):
        assert part not in page


@pytest.mark.parametrize(
    "path", ["/", "/landed-cost/", "/track/", "/style/", "/help/", "/accounts/login/", "/accounts/signup/"]
)
@pytest.mark.parametrize("language", ["en", "zh-hans", "ar"])
def test_public_pages_open_in_every_language(path: str, language: str) -> None:
    client = Client()
    client.cookies["django_language"] = language
    answer = client.get(path)
    assert answer.status_code == 200
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in answer.content.decode()


def test_the_calculator_says_what_it_does_not_know(traded: Traded) -> None:
    client = Client()
    asked = {"hs_code": "650500", "made_in": "CN", "origin": "GB", "destination": "DE", "quantity": 6, "mass_g": 900,
             "value": "220.00", "freight": "14.50", "currency": "GBP", "buyer": "firm"}  # fmt: skip
    told = client.get("/landed-cost/", asked).content.decode()
    assert "Landed total" in told
    wrong = client.get("/landed-cost/", {**asked, "value": "-1", "hs_code": "<script>"}).content.decode()
    assert wrong.count('class="wrong"') == 2
    assert "<script>alert" not in wrong
    assert "&lt;script&gt;" in wrong


def test_tracking_tells_a_stranger_no_name_and_no_price(traded: Traded, seller: Client) -> None:
    page = seller.get("/consignments/").content.decode()
    consignment = re.findall(r'href="(/consignments/[0-9a-f-]{36}/)', page)[0]
    inside = seller.get(consignment).content.decode()
    number = re.findall(r"number=([A-Z]{2}\d{9}[A-Z]{2})", inside)[0]
    answer = Client().get(f"/track/?number={number}")
    assert answer.status_code == 200
    assert number in answer.content.decode()
    assert 'class="money"' not in answer.content.decode()
    assert Client().get("/track/?number=XX000000000XX").status_code == 404


def test_mode_and_language_are_kept_and_lead_back_only_here() -> None:
    client = Client()
    answer = client.post("/mode/", {"mode": "dark", "next": "/track/"})
    assert (answer["Location"], answer.cookies["mode"].value) == ("/track/", "dark")
    assert 'data-mode="dark"' in client.get("/").content.decode()
    away = client.post("/language/", {"language": "zh-hans", "next": "https://elsewhere.example/"})
    assert (away["Location"], away.cookies["django_language"].value) == ("/", "zh-hans")
    assert "开源" in client.get("/").content.decode()
    assert "django_language" not in client.post("/language/", {"language": "xx"}).cookies


def test_one_acts_only_for_ones_own_organisations(traded: Traded, seller: Client) -> None:
    seller.post("/act-for/", {"organisation": str(traded.house.platform)})
    assert b"The whole house" not in seller.get("/home/").content
    assert seller.get("/trial-balance/").status_code == 403


def test_what_is_not_there_is_a_page_in_our_look(seller: Client) -> None:
    answer = seller.get(f"/orders/{uuid4()}/")
    assert answer.status_code == 404
    assert b"There is no such page" in answer.content


def test_search_finds_across_rooms(traded: Traded, seller: Client) -> None:
    order = some_order(traded)
    found = seller.get(f"/search/?q={order.number}").content.decode()
    assert f"/orders/{order.id}/" in found
    part = seller.get(f"/search/?q={order.number}", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert (
        "/orders/" not in seller.get("/search/?q=x").content.decode().split("<main", 1)[1].split("</main>")[0]
    )
