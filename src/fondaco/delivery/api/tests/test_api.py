from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from fondaco.commerce.orders import public as orders
from fondaco.delivery.api.models import RateWindow, WebhookEndpoint
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role
from fondaco.parties.public import ensure_organisation, revoke_api_key
from tests.callers import LISTED, V1, Caller, assert_problem, open_case, pages_of, webhook_of
from tests.traded import Traded

pytestmark = pytest.mark.django_db
BOOK = b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
ROW = b"900001,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850,France\n"


@pytest.fixture
def seller(traded: Traded, db: None) -> Caller:
    return Caller(traded.house.seller, Kind.SELLER)


@pytest.fixture
def operator(traded: Traded, db: None) -> Caller:
    return Caller(traded.house.platform, Kind.PLATFORM)


@pytest.fixture
def other(traded: Traded, db: None) -> Caller:
    made = ensure_organisation(kind=Kind.SELLER, name="Other", country="GB", slug="other", currency="GBP")
    return Caller(made.id, Kind.SELLER)


class TestReads:
    def test_me(self, seller: Caller) -> None:
        assert seller.get("/me").json() == {
            "organisation_id": str(seller.scope.organisation_id), "kind": "seller", "role": "owner",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("path", "rows"),
        [
            ("/orders", 20),
            ("/logistics/consignments", 21),
            ("/declarations", 21),
            ("/products", 240),
        ],  # one in two parts
    )
    def test_lists_page_by_cursor_without_gap_or_repeat(self, seller: Caller, path: str, rows: int) -> None:
        whole = [row["id"] for page in pages_of(seller, path, 200) for row in page]
        pages = pages_of(seller, path, 19)
        assert [row["id"] for page in pages for row in page] == whole
        assert {len(page) for page in pages[:-1]} == {19}
        assert len(set(whole)) == len(whole) == rows

    def test_deliveries_page_by_cursor(self, seller: Caller) -> None:
        webhook_of(seller, deliveries=5)
        pages = pages_of(seller, "/webhooks/deliveries", 2)
        assert [len(page) for page in pages] == [2, 2, 1]
        assert len({row["event_id"] for page in pages for row in page}) == 5

    @pytest.mark.parametrize("path", ["/orders", "/products", "/logistics/consignments", "/declarations"])
    @pytest.mark.parametrize("cursor", ["x", "%%%", "e30=", "2026-11-22|1", "🙂", "AAAA" * 14])
    def test_a_cursor_that_is_none_is_refused(self, seller: Caller, path: str, cursor: str) -> None:
        answer = seller.get(path, cursor=cursor)
        assert (answer.status_code, answer.json()["field"]) == (422, "cursor")

    def test_an_order_its_lines_and_its_money(self, seller: Caller) -> None:
        row = seller.get("/orders", state="settled").json()["items"][0]
        assert row["seller_id"] == str(seller.scope.organisation_id)
        one = seller.get(f"/orders/{row['id']}").json()
        assert (one["number"], one["state"], row["lines"]) == (row["number"], "settled", [])
        assert sum(line["quantity"] * line["unit_minor"] for line in one["lines"]) == one["goods_minor"]
        money = seller.get(f"/orders/{row['id']}/money").json()
        assert {stage["stage"] for stage in money["stages"]} >= {"paid", "released"}

    def test_filters_narrow(self, seller: Caller) -> None:
        rows = seller.get("/orders", size=200).json()["items"]
        for state in ("settled", "declared"):
            some = seller.get("/orders", state=state, size=200).json()["items"]
            assert [row["id"] for row in some] == [row["id"] for row in rows if row["state"] == state]
        number = rows[3]["number"]
        assert [row["number"] for row in seller.get("/orders", search=number).json()["items"]] == [number]

    def test_a_consignment_and_where_it_is(self, seller: Caller) -> None:
        row = seller.get("/logistics/consignments", state="delivered").json()["items"][0]
        detail = seller.get(f"/logistics/consignments/{row['id']}").json()
        assert detail["consignment"]["number"] == row["number"]
        public = Client().get(f"{V1}/logistics/tracking/{row['tracking_numbers'][0]}")
        assert public.status_code == 200
        assert row["ship_to"]["name"] not in public.content.decode()

    def test_a_declaration_with_its_receipts(self, seller: Caller, traded: Traded) -> None:
        row = seller.get("/declarations", kind="import").json()["items"][0]
        officer = Caller(UUID(row["authority_id"]), Kind.CUSTOMS)
        for caller in (seller, officer):
            detail = caller.get(f"/declarations/{row['id']}")
            assert detail.status_code == 200, detail.content
            assert row["lrn"] in detail.content.decode()

    def test_the_books_balance_and_only_the_operator_sees_them(
        self, seller: Caller, operator: Caller
    ) -> None:
        lines = operator.get("/finance/trial-balance").json()
        for currency in {line["currency"] for line in lines}:
            mine = [line for line in lines if line["currency"] == currency]
            assert sum(line["debit_minor"] for line in mine) == sum(line["credit_minor"] for line in mine) > 0
        assert_problem(seller.get("/finance/trial-balance"), 403, "forbidden")

    def test_money_of_the_seller(self, seller: Caller) -> None:
        assert [len(page) for page in pages_of(seller, "/finance/payments", 8)] == [8, 8, 4]
        assert {row["seller_id"] for row in seller.get("/finance/payments").json()["items"]} == {
            str(seller.scope.organisation_id)
        }
        assert seller.get("/finance/balances").json()
        assert [len(page) for page in pages_of(seller, "/orders/returns", 1)] == [1, 1]
        payments = [row["id"] for page in pages_of(seller, "/finance/payments", 8) for row in page]
        assert len(set(payments)) == 20

    def test_a_dated_rate(self, traded: Traded) -> None:
        rate = Client().get(f"{V1}/finance/rates/EUR/USD", {"on": "2020-01-04"}).json()
        assert (rate["provider"], rate["on"], float(rate["rate"])) == ("ECB", "2020-01-03", 1.1147)
        assert_problem(
            Client().get(f"{V1}/finance/rates/EUR/QQQ", {"on": "2020-01-04"}), 422, "unknown-currency"
        )

    def test_trade_counts_what_was_settled(self, seller: Caller) -> None:
        for by in ("destination", "hs_section", "day", "week", "month", "channel"):
            cells = seller.get("/statistics/trade", by=by).json()
            assert cells, by
        settled = seller.get("/orders", state="settled", size=200).json()["items"]
        counted = seller.get("/statistics/trade", by="destination").json()
        assert sum(cell["orders"] for cell in counted) == len(settled)

    def test_a_landed_cost_for_a_stranger(self, traded: Traded) -> None:
        body = {
            "origin": "GB", "destination": "DE", "currency": "EUR", "on": "2026-11-20", "freight_minor": 500,
            "lines": [{"hs_code": "691200", "origin": "GB", "value_minor": 10000, "mass_g": 900}],
        }  # fmt: skip
        quote = Client().post(f"{V1}/landed-costs", body, content_type="application/json").json()
        assert quote["status"] == "priced"
        assert quote["goods"] == {"minor": 10000, "currency": "EUR"}
        charges = {name: amount["minor"] for name, amount in quote["charges"].items()}
        assert charges == {"duty": 300, "tax": 2052, "fees": 0, "total": 12852}  # 3 EUR; 19% of 108.00

    def test_quotes_tell_offers_and_refusals(self, seller: Caller) -> None:
        parcel = {"length_mm": 300, "width_mm": 200, "height_mm": 150, "mass_g": 1200}
        answer = seller.send(
            "POST", "/logistics/quotes", {"origin": "GB", "destination": "FR", "parcels": [parcel]}
        )
        quote = answer.json()
        prices = [offer["price"]["minor"] for offer in quote["offers"]]
        assert prices == sorted(prices) != []
        assert len(quote["offers"]) + len(quote["refused"]) == 60

    def test_screening_a_name(self, seller: Caller) -> None:
        answer = seller.send("POST", "/screening/names", [{"name": LISTED}, {"name": "Maria Schmidt"}])
        assert [row["outcome"] for row in answer.json()] == ["hit", "clear"]
        many = [{"name": "A"}] * 101
        assert_problem(seller.send("POST", "/screening/names", many), 422, "invalid-request")


class TestWrites:
    def test_a_fact_is_confirmed_once_per_key(self, seller: Caller) -> None:
        product = seller.get("/products").json()["items"][0]["id"]
        path = f"/products/{product}/facts/mass_g"
        first = seller.send("PUT", path, {"value": "321"}, key="k-1")
        assert (first.status_code, first.json()["status"], first.json()["value"]) == (200, "confirmed", "321")
        seller.send("PUT", path, {"value": "322"}, key="k-2")
        again = seller.send("PUT", path, {"value": "321"}, key="k-1")
        assert again.json() == first.json()
        facts = {fact["field"]: fact["value"] for fact in seller.get(f"/products/{product}").json()["facts"]}
        assert facts["mass_g"] == "322"  # the repeat had no effect
        assert_problem(seller.send("PUT", path, {"value": "323"}, key="k-1"), 422, "idempotency-key-reused")

    def test_keys_of_two_callers_do_not_meet(self, seller: Caller, traded: Traded) -> None:
        clerk = Caller(traded.house.seller, Kind.SELLER, role=Role.VIEWER)
        body = {"url": "http://203.0.113.7/hook", "topics": ["orders.*"]}
        made = seller.send("POST", "/webhooks", body, key="same")
        assert (made.status_code, made.json()["secret"][:6]) == (201, "whsec_")
        assert_problem(clerk.send("POST", "/webhooks", body, key="same"), 403, "forbidden")

    @pytest.mark.parametrize("key", ["x" * 201, "a\tb", "\x7f"])
    def test_a_bad_key_is_refused(self, seller: Caller, key: str) -> None:
        assert_problem(
            seller.send("POST", "/webhooks", {"url": "http://a.example"}, key=key), 422, "bad-idempotency-key"
        )
        assert not WebhookEndpoint.objects.house().exists()

    def test_a_refused_write_leaves_the_key_free(self, seller: Caller) -> None:
        product = seller.get("/products").json()["items"][0]["id"]
        path = f"/products/{product}/facts/mass_g"
        assert seller.send("PUT", path, {"value": "a feather"}, key="k").status_code == 422
        assert seller.send("PUT", path, {"value": "5"}, key="k").status_code == 200

    def test_a_file_is_imported_once(self, seller: Caller) -> None:
        before = orders.count_by_state(seller_id=seller.scope.organisation_id)["placed"]
        answers = []
        for content in (BOOK + ROW, BOOK + ROW, BOOK + ROW * 2):
            file = SimpleUploadedFile("book.csv", content, content_type="text/csv")
            answers.append(
                seller.client.post(
                    f"{V1}/orders/imports",
                    {"file": file, "mapping": "online-retail"},
                    headers={"Idempotency-Key": "f"},
                )
            )
        assert answers[0].status_code == 200, answers[0].content
        assert answers[0].json()["orders_created"] == 1
        assert answers[1].json() == answers[0].json()
        assert_problem(answers[2], 422, "idempotency-key-reused")
        assert orders.count_by_state(seller_id=seller.scope.organisation_id)["placed"] == before + 1

    @pytest.mark.parametrize(
        "content",
        [b"", b"\0\0\0", b"a,b\n1,2\n", b"PK\x03\x04broken", b"\xff\xfe\x00\xd8", b"{", b'"' * 70_000],
    )
    def test_a_file_that_is_none_is_refused(self, seller: Caller, content: bytes) -> None:
        file = SimpleUploadedFile("b\x01ook.csv", content)
        answer = seller.client.post(f"{V1}/orders/imports", {"file": file})
        assert 400 <= answer.status_code < 500
        assert answer["Content-Type"] == "application/problem+json"

    def test_only_sellers_import(self, operator: Caller) -> None:
        answer = operator.client.post(
            f"{V1}/orders/imports", {"file": SimpleUploadedFile("b.csv", BOOK + ROW)}
        )
        assert_problem(answer, 403, "forbidden")

    def test_an_officer_decides_once(self, traded: Traded, db: None) -> None:
        waiting = orders.orders_in_state("declared", limit=1)[0]
        officer = Caller(traded.house.customs[waiting.destination], Kind.CUSTOMS)
        desk = [one["declaration"] for one in officer.get("/declarations/desk").json()["items"]]
        (declaration,) = [one["id"] for one in desk if one["order_id"] == str(waiting.id)]
        path = f"/declarations/{declaration}/decisions"
        body = {"action": "release", "reason": "Papers seen."}
        first = officer.send("POST", path, body, key="d")
        assert first.status_code == 200, first.content
        assert officer.send("POST", path, body, key="d").json() == first.json()
        assert officer.send("POST", path, body).status_code in (409, 422)

    def test_webhooks_are_registered_listed_replayed_and_removed(self, seller: Caller) -> None:
        endpoint, delivery = webhook_of(seller)
        listed = seller.get("/webhooks").json()["items"]
        assert [(row["id"], row["secret"], row["topics"]) for row in listed] == [(str(endpoint), "", ["*"])]
        assert_problem(
            seller.send("POST", f"/webhooks/deliveries/{delivery}/replays"), 409, "illegal-transition"
        )
        removed = seller.send("DELETE", f"/webhooks/{endpoint}")
        assert (removed.status_code, removed.content) == (204, b"")
        assert_problem(seller.send("DELETE", f"/webhooks/{endpoint}"), 404, "not-found")

    def test_an_address_that_is_too_long_or_too_many(self, seller: Caller) -> None:
        long = {"url": "http://a.example/" + "é" * 300}
        assert_problem(seller.send("POST", "/webhooks", long), 422, "bad-webhook-url")
        for number in range(20):
            assert seller.send("POST", "/webhooks", {"url": f"http://a.example/{number}"}).status_code == 201
        assert_problem(
            seller.send("POST", "/webhooks", {"url": "http://a.example/x"}), 422, "too-many-endpoints"
        )
        again = seller.send("POST", "/webhooks", {"url": "http://a.example/3", "topics": ["orders.paid"]})
        assert again.json()["topics"] == ["orders.paid"]

    def test_a_seller_decides_no_case(self, seller: Caller, traded: Traded) -> None:
        case = open_case(traded)
        body = {"verdict": "clear", "reason": "He is my friend."}
        assert_problem(seller.send("POST", f"/screening/cases/{case}/proposals", body), 403, "forbidden")


class TestKeys:
    def test_none_a_wrong_one_and_a_mangled_one(self, seller: Caller) -> None:
        for header in ({}, {"Authorization": "Bearer nothing"}, {"Authorization": "Bearer " + seller.key[:-1]},
                       {"Authorization": seller.key}, {"Authorization": "Bearer é\0"}):  # fmt: skip
            answer = Client().get(f"{V1}/orders", headers=header)
            assert_problem(answer, 401, "not-authenticated")
            assert answer["WWW-Authenticate"] == "Bearer"
            assert_problem(
                Client().post(f"{V1}/webhooks", "{}", content_type="application/json", headers=header),
                401,
                "not-authenticated",
            )

    def test_a_revoked_and_an_expired_one(
        self, seller: Caller, traded: Traded, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        brief = Caller(traded.house.seller, Kind.SELLER, lifetime=timedelta(hours=1))
        assert brief.get("/me").status_code == seller.get("/me").status_code == 200
        revoke_api_key(seller.scope, seller.record.id, now=clock.now())
        assert_problem(seller.get("/me"), 401, "not-authenticated")
        later = clock.now() + timedelta(hours=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert_problem(brief.get("/me"), 401, "not-authenticated")

    def test_a_key_for_reading_does_not_write(self, traded: Traded, db: None) -> None:
        reader = Caller(traded.house.seller, Kind.SELLER, scopes=("read",))
        assert reader.get("/orders").status_code == 200
        assert reader.send("POST", "/webhooks", {"url": "http://a.example"}).status_code == 403
        assert not WebhookEndpoint.objects.house().exists()

    def test_a_bad_key_is_not_mended_by_a_session(self, client: Client, seller: Caller) -> None:
        person = get_user_model().objects.get(email="seller@fondaco.example")
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert client.get(f"{V1}/me").json()["kind"] == "seller"
        assert_problem(
            client.get(f"{V1}/me", headers={"Authorization": "Bearer x"}), 401, "not-authenticated"
        )


class TestErrors:
    @pytest.mark.parametrize(
        "path", ["/nothing", "/orders/", "/orders/x/y/z", "/../v2/orders", "/orders/%00"]
    )
    def test_an_unknown_path(self, seller: Caller, path: str) -> None:
        answer = seller.get(path)
        assert answer.status_code in (404, 422)
        assert answer["Content-Type"] == "application/problem+json"

    def test_the_documentation_page_takes_nothing_from_elsewhere(self, db: None) -> None:
        page = Client().get(f"{V1}/docs").content.decode()
        assert "/static/ninja/swagger-ui-bundle.js" in page
        assert "//cdn" not in page
        assert Client().get("/static/ninja/swagger-ui-init.js").status_code == 200

    def test_below_api_and_outside_v1(self, db: None) -> None:
        assert_problem(Client().get("/api/v2/orders"), 404, "not-found")

    @pytest.mark.parametrize(
        "name", ["orders", "products", "logistics/consignments", "declarations", "screening/cases"]
    )
    def test_somebody_elses_is_not_there(
        self, seller: Caller, other: Caller, traded: Traded, name: str
    ) -> None:
        open_case(traded)
        found = seller.get(f"/{name}").json()
        row = found["items"][0]
        theirs, none = other.get(f"/{name}/{row['id']}"), other.get(f"/{name}/{uuid4()}")
        assert (theirs.status_code, none.status_code) == (404, 404)
        assert theirs.json() == none.json()

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
    def test_a_method_that_is_not_there(self, seller: Caller, method: str) -> None:
        answer = seller.send(method, "/me")
        assert_problem(answer, 405, "method-not-allowed")
        assert answer["Allow"] == "GET"

    @pytest.mark.parametrize(
        "body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"url": ' + b"9" * 5000 + b"}", b"nul"]
    )
    def test_a_body_that_is_no_json(self, seller: Caller, body: bytes) -> None:
        answer = seller.client.post(f"{V1}/webhooks", body, content_type="application/json")
        assert_problem(answer, 400, "malformed-body")

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""]
    )
    def test_a_body_of_another_type(self, seller: Caller, kind: str) -> None:
        answer = seller.client.generic(
            "POST", f"{V1}/webhooks", b'{"url": "http://a.example"}', content_type=kind
        )
        assert_problem(answer, 415, "wrong-media-type")

    def test_a_broken_form(self, seller: Caller) -> None:
        answer = seller.client.generic(
            "POST", f"{V1}/orders/imports", b"--x\r\n", content_type="multipart/form-data"
        )
        assert_problem(answer, 400, "malformed-body")

    def test_a_body_that_is_too_large(self, seller: Caller, settings: Any) -> None:
        answer = seller.client.post(f"{V1}/webhooks", b" " * 3_000_000, content_type="application/json")
        assert_problem(answer, 413, "too-large")
        settings.API_MAX_UPLOAD = 1000
        file = SimpleUploadedFile("b.csv", b"x" * 2000)
        assert_problem(seller.client.post(f"{V1}/orders/imports", {"file": file}), 413, "too-large")

    @pytest.mark.parametrize(
        "body",
        [
            b'{"url": 1, "url": 2}',
            b'{"url": NaN}',
            b"[" * 60_000,
            b'{"url": "\xff"}',
            '{"url": 1}'.encode("utf-16"),
        ],
    )
    def test_json_that_can_be_read_in_two_ways(self, seller: Caller, body: bytes) -> None:
        answer = seller.client.post(f"{V1}/webhooks", body, content_type="application/json")
        assert_problem(answer, 400, "malformed-body")

    @pytest.mark.parametrize("text", ["a\0b", "\ud800"])
    def test_nul_is_refused_wherever_it_comes(self, seller: Caller, text: str) -> None:
        assert_problem(seller.send("POST", "/screening/names", [{"name": text}]), 422, "bad-text")
        if text == "\ud800":  # UTF-8 cannot say it, so it comes in JSON alone
            return
        for path in ("/orders", "/products", "/declarations", "/logistics/consignments"):
            assert_problem(seller.get(path, search=text), 422, "bad-text")
        file = SimpleUploadedFile("b.csv", BOOK)
        answer = seller.client.post(f"{V1}/orders/imports", {"file": file, "mapping": text})
        assert_problem(answer, 422, "bad-text")

    @pytest.mark.parametrize(
        "query",
        [{"size": 0}, {"size": 201}, {"size": "9" * 400}, {"since": "2026-02-30"}, {"since": "9" * 20},
         {"state": "nowhere"}, {"destination": "xx"}, {"search": "x" * 101}, {"size": "1e3"}],
    )  # fmt: skip
    def test_fields_that_are_not_as_they_should_be_are_named(
        self, seller: Caller, query: dict[str, Any]
    ) -> None:
        body = assert_problem(seller.get("/orders", **query), 422, "invalid-request")
        assert [error["field"].rsplit(".", 1)[-1] in (*query, "0") for error in body["errors"]] == [True]

    def test_something_of_ours_that_breaks(self, seller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: Any, **__: Any) -> None:
            raise RuntimeError("the secret inside")

        monkeypatch.setattr(orders, "list_orders", broken)
        seller.client.raise_request_exception = False
        body = assert_problem(seller.get("/orders"), 500, "internal-error")
        assert "secret" not in json.dumps(body)


class TestRates:
    def test_a_key_has_its_rate_and_another_key_its_own(
        self, seller: Caller, operator: Caller, settings: Any
    ) -> None:
        settings.API_RATE = "3/minute"
        assert [seller.get("/me").status_code for _ in range(3)] == [200, 200, 200]
        answer = seller.get("/me")
        assert_problem(answer, 429, "too-many-requests")
        assert 1 <= int(answer["Retry-After"]) <= 60
        assert operator.get("/me").status_code == 200

    def test_a_window_ends(self, seller: Caller, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        settings.API_RATE = "1/minute"
        assert [seller.get("/me").status_code for _ in range(2)] == [200, 429]
        later = clock.now() + timedelta(seconds=61)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert [seller.get("/me").status_code for _ in range(2)] == [200, 429]

    def test_strangers_are_counted_by_address_behind_our_proxies_alone(
        self, traded: Traded, settings: Any, db: None
    ) -> None:
        settings.API_PUBLIC_RATE = "1/minute"
        path = f"{V1}/finance/rates/EUR/USD?on=2020-01-03"

        def ask(forwarded: str) -> int:
            return Client().get(path, headers={"X-Forwarded-For": forwarded}).status_code

        assert [ask("1.1.1.1"), ask("2.2.2.2")] == [200, 429]  # what a stranger claims does not count
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        assert [ask("9.9.9.9, 1.1.1.1"), ask("8.8.8.8, 1.1.1.1"), ask("2.2.2.2")] == [200, 429, 200]

    def test_ended_windows_are_forgotten(
        self, seller: Caller, operator: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seller.get("/me")
        later = clock.now() + timedelta(minutes=2)
        monkeypatch.setattr(clock, "now", lambda: later)
        operator.get("/me")
        assert RateWindow.objects.count() == 1

    def test_counters_are_not_written_to_the_log(self, db: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'api_ratewindow'")
            assert cursor.fetchone() == ("u",)
