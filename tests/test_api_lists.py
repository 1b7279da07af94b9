"""Each list of the API comes in pages, or is named with what bounds it; a walk over the pages is the whole list."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from fondaco.commerce.orders import public as orders
from fondaco.delivery.api.models import WebhookEndpoint
from fondaco.delivery.api.openapi import WHOLE
from fondaco.kernel import clock
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance.models import PayoutPolicy, TaxReturn
from tests.callers import Caller, negotiation_of, pages_of
from tests.traded import Traded

# The kept document, which `make check` holds equal to the one served: to make it anew takes seconds.
DOCUMENT = json.loads((settings.ROOT / "docs" / "openapi.json").read_text())


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _is_rows(schema: dict[str, Any]) -> bool:
    found = _resolved(schema)
    return found.get("type") == "array" and _resolved(found.get("items", {})).get("type") == "object"


def _lists() -> dict[str, dict[str, Any]]:
    """By path, the answer of each GET that is an array, or an object with an array of objects that no id in the path narrows."""
    found = {}
    for path, methods in DOCUMENT["paths"].items():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        told = _resolved(content.get("application/json", {}).get("schema", {}))
        holds = "{" not in path and any(_is_rows(one) for one in told.get("properties", {}).values())
        if told.get("type") == "array" or holds:
            found[path.removeprefix("/api/v1")] = told
    return found


def test_every_list_comes_in_pages_or_is_named_with_what_bounds_it() -> None:
    lists, whole = _lists(), dict(WHOLE)
    paged = {path for path, told in lists.items() if "next_cursor" in told.get("properties", {})}
    assert len(paged) > 40
    assert set(lists) - paged == set(whole), "give it a cursor (Page), or name in WHOLE what bounds it"
    for path in paged:
        operation = DOCUMENT["paths"][f"/api/v1{path}"]["get"]
        assert {"cursor", "size"} <= {one["name"] for one in operation["parameters"]}, path
    for path, bound in whole.items():
        assert DOCUMENT["paths"][f"/api/v1{path}"]["get"]["x-bounded-by"] == bound


@pytest.mark.django_db
class TestWalks:
    def test_rows_of_one_moment_and_a_compound_order_are_walked_once_each(self, traded: Traded) -> None:
        seller, house = Caller(traded.house.seller, Kind.SELLER), Caller(traded.house.platform, Kind.PLATFORM)
        now = clock.now()
        WebhookEndpoint.objects.bulk_create(
            WebhookEndpoint(
                organisation_id=traded.house.seller, url=f"https://shop.example/{number}", topics=["*"], secret="s",
                created_at=now - timedelta(days=number // 3),
            )
            for number in range(7)
        )  # fmt: skip
        PayoutPolicy.objects.bulk_create(
            PayoutPolicy(owner_id=owner, currency=currency, changed_at=now)
            for owner in (new_id(), new_id(), new_id())
            for currency in ("EUR", "GBP")
        )
        for caller, path, rows in (
            (seller, "/webhooks", 7),
            (house, "/finance/payout-policies", PayoutPolicy.objects.house().count()),
            (house, "/finance/tax-returns", TaxReturn.objects.house().count()),
        ):
            whole = [row["id"] for page in pages_of(caller, path, 200) for row in page]
            pages = pages_of(caller, path, 2)
            assert [row["id"] for page in pages for row in page] == whole
            assert len(set(whole)) == len(whole) == rows
            assert {len(page) for page in pages[:-1]} <= {2}

    def test_the_board_lists_ones_own_posts_others_and_ones_negotiations(self, traded: Traded) -> None:
        seller = Caller(traded.house.seller, Kind.SELLER)
        (_, first), (_, second) = negotiation_of(seller), negotiation_of(seller)
        own = seller.get("/board/posts", kind="cargo", whose="own", size=1).json()
        more = seller.get("/board/posts", kind="cargo", whose="own", size=1, cursor=own["next_cursor"]).json()
        assert own["items"][0]["id"] > more["items"][0]["id"]
        others = seller.get("/board/posts", kind="capacity", size=1).json()
        after = seller.get("/board/posts", kind="capacity", size=1, cursor=others["next_cursor"]).json()
        assert others["items"][0]["id"] > after["items"][0]["id"]
        deals = [row["id"] for page in pages_of(seller, "/board/deals", 1) for row in page]
        assert deals == [second, first]

    @pytest.mark.parametrize("kind", [Kind.SELLER, Kind.PLATFORM, Kind.CUSTOMS])
    def test_two_pages_are_the_first_rows_of_the_list(self, traded: Traded, kind: Kind) -> None:
        (waiting,) = orders.orders_in_state("declared", limit=1)
        asker = {Kind.SELLER: traded.house.seller, Kind.PLATFORM: traded.house.platform}
        caller = Caller(asker.get(kind, traded.house.customs[waiting.destination]), kind)
        walked = {}
        for path in sorted(set(_lists()) - set(dict(WHOLE))):
            whole = caller.get(path, size=4)
            if whole.status_code == 403:
                continue
            walked[path] = whole.json()["items"]
            first = caller.get(path, size=2).json()
            rows, cursor = first["items"], first["next_cursor"]
            if cursor:
                rows += caller.get(path, size=2, cursor=cursor).json()["items"]
            for row in (*rows, *walked[path]):
                row.pop("waiting", None)  # goes on between two requests
            assert (rows, len(rows) > 2) == (walked[path], bool(cursor)), path
        assert sum(bool(rows) for rows in walked.values()) >= 3

    @pytest.mark.parametrize("path", ["/ioss", "/stock/stores", "/rebates/months"])
    def test_a_cursor_that_is_none_is_refused(self, traded: Traded, path: str) -> None:
        answer = Caller(traded.house.seller, Kind.SELLER).get(path, cursor="nothing of the kind")
        assert (answer.status_code, answer.json()["field"]) == (422, "cursor")
