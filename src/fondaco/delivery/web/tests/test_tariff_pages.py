"""The tariff browser, the guide and the calculator, as a stranger without JavaScript finds them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.traded import Traded

pytestmark = pytest.mark.django_db
WINE = {"hs_code": "220410", "made_in": "FR", "origin": "CN", "destination": "NO", "quantity": "6", "mass_g": "9000",
        "value": "300.00", "freight": "20", "currency": "NOK", "buyer": "firm"}  # fmt: skip


def told(path: str, **asked: str) -> str:
    answer = Client().get(path, asked)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_a_code_is_found_by_its_digits_and_shows_its_duties_and_their_source(traded: Traded) -> None:
    found = Client().get("/tariff/", {"q": "6505.00", "tariff": "eu"})
    assert (found.status_code, found["Location"]) == (302, "/tariff/eu/650500/")
    page = told("/tariff/eu/650500/")
    assert "2.7%" in page
    assert "UK DIT" in page or "Common External Tariff" in page or "Compact duties" in page
    assert "History of the code" in page
    assert told("/tariff/", q="hats", tariff="eu").count("/tariff/eu/") >= 1


@pytest.mark.parametrize(
    "path", ["/tariff/xx/650500/", "/tariff/eu/999999/", "/tariff/eu/x/", "/guide/zz/", "/guide/d/"]
)
def test_what_is_not_held_is_not_found(traded: Traded, path: str) -> None:
    assert Client().get(path).status_code == 404


def test_an_ended_code_names_what_came_in_its_place(traded: Traded) -> None:
    apps.get_model("window", "CodeExpiry").objects.create(
        jurisdiction="eu", code="650400", expired_on=date(2026, 1, 1), successors=["650500"], source="a test"
    )
    page = told("/tariff/eu/650400/")
    assert "This code ended on" in page
    assert 'href="/tariff/eu/650500/"' in page


def test_the_guide_has_every_destination_and_each_rule_with_its_law(traded: Traded) -> None:
    home = told("/guide/")
    places = re.findall(r'href="(/guide/[a-z]{2}/)"', home)
    assert len(places) == len(set(places)) >= 44
    norway = told("/guide/no/")
    for words in ("VOEC", "Merverdiavgiftsloven", "rounded to", "taken at sale"):
        assert words in norway
    assert "26000 CNY" in told("/guide/cn/")
    earlier = told("/guide/de/", on="2025-06-01")
    assert "EU-1186-23" in earlier
    assert "EU-2026-382" not in earlier


def test_the_guide_holds_itself_against_published_sums(traded: Traded) -> None:
    page = told("/guide/", proof="1")
    assert re.search(r"\d+ of 98 come out to the last unit", page)
    assert "IRD" in page


def test_the_guide_asks_the_same_queries_for_one_destination_and_for_all(traded: Traded) -> None:
    with CaptureQueriesContext(connection) as asked:
        told("/guide/")
    assert len(asked) <= 3
    with CaptureQueriesContext(connection) as one:
        told("/guide/de/")
    assert len(one) <= 3


def test_a_code_asks_the_same_queries_whether_one_line_or_a_chapter_is_below_it(traded: Traded) -> None:
    counts = []
    for path in ("/tariff/eu/650500/", "/tariff/eu/61/", "/tariff/us/6109/"):
        with CaptureQueriesContext(connection) as asked:
            told(path)
        counts.append(len(asked))
    assert max(counts) <= 5


def test_the_calculator_asks_for_the_duty_it_lacks_and_takes_it(traded: Traded) -> None:
    page = told("/landed-cost/", **WINE)
    assert "No tariff is held for this destination." in page
    assert "Landed total" not in page
    page = told("/landed-cost/", **WINE, duty="10%")
    assert "Landed total" in page
    drawers = re.findall(r'href="(/landed-cost/why/[a-z]+/[^"]*)"', page)
    assert len(drawers) == 3
    for drawer in drawers:
        page = told(drawer.replace("&amp;", "&"))
        assert ("No rule of the destination asks for this." if "/fees/" in drawer else "Source:") in page
    assert Client().get("/landed-cost/why/nonsense/").status_code == 404


def test_the_calculator_offers_the_schemes_of_the_destination(traded: Traded) -> None:
    asked = {**WINE, "destination": "NO", "hs_code": "650500", "buyer": "person"}
    page = told("/landed-cost/", **asked)
    assert "VOEC" in page
    assert "Tax is collected with the sale." not in page
    assert "Tax is collected with the sale." in told("/landed-cost/", **asked, schemes="VOEC")
    assert "Rules are held from 2025 to 2029." in told("/landed-cost/", **asked, on="2019-01-01")
