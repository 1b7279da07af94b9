"""A reader of Chinese finds no English sentence behind a figure: only codes, names, units and sources."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client
from django.utils import translation

from fondaco.commerce.orders import public as orders
from fondaco.delivery.web.deeds import told
from fondaco.delivery.web.presenting import landed_words as words
from fondaco.delivery.web.walking import signed_in
from fondaco.flows.logins import ensure_logins
from fondaco.flows.order_page import consignment_of
from fondaco.kernel.errors import Forbidden
from fondaco.kernel.tenancy import Kind, Role, Scope
from tests.traded import Traded

pytestmark = pytest.mark.django_db
# A name is capitalised or a code; a sentence has three small words in a row.
_SENTENCE = re.compile(r"\b[a-z]{2,}(?: [a-z]{2,}){2,}")
_TO_NORWAY = (
    "?hs_code=650500&made_in=CN&origin=GB&destination=NO&quantity=1&mass_g=90&value=9&freight=1"
    "&currency=GBP&buyer=person"
)
_TAG = re.compile(r"<[^>]+>")


@pytest.fixture
def reader(traded: Traded) -> Client:
    ensure_logins(traded.house)
    client = signed_in("seller@fondaco.example")
    client.cookies["django_language"] = "zh-hans"
    return client


def english_in(html: str, *, names: set[str]) -> list[str]:
    """The English sentences in a page, but for code, cited sources and `names`."""
    html = re.sub(r"<(script|style|code)\b.*?</\1>", " ", html, flags=re.DOTALL)
    html = re.sub(r'<span class="block">来源：?.*?</span>', " ", html, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", _TAG.sub(" | ", html))
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(re.escape(name), "", text, flags=re.IGNORECASE)
    return _SENTENCE.findall(text)


def services_of(scope: Scope, order_id: UUID) -> set[str]:
    """The names that carriers gave the services asked for an order."""
    detail = consignment_of(scope, order_id)
    if detail is None:
        return set()
    return {detail.consignment.service_name, *(str(other.get("name", "")) for other in detail.alternatives)}


def test_every_why_of_an_order_is_in_chinese(traded: Traded, reader: Client) -> None:
    scope = Scope(organisation_id=traded.house.seller, kind=Kind.SELLER, role=Role.OWNER)
    found = orders.list_orders(scope, filters=orders.OrderFilter(states=("settled",)), size=2).orders
    found += orders.list_orders(scope, filters=orders.OrderFilter(states=("needs_manual",)), size=1).orders
    for short in found:
        order = orders.order_detail(scope, short.id)
        names = {line.title for line in order.lines} | services_of(scope, order.id)
        page = reader.get(f"/orders/{order.id}/").content.decode()
        drawers = set(re.findall(r'class="why[^"]*" href="([^"]+)"', page))
        assert drawers
        for path in drawers:
            html = reader.get(path, headers={"HX-Request": "true"}).content.decode()
            assert english_in(html, names=names) == [], path


def test_the_calculator_is_in_chinese(traded: Traded, reader: Client) -> None:
    for asked in ("", _TO_NORWAY):
        html = reader.get(f"/landed-cost/{asked}").content.decode()
        assert english_in(html.split("<main", 1)[1], names=set()) == []


def test_a_refusal_is_told_in_the_readers_language() -> None:
    problem = Forbidden("You belong to no organisation yet.")
    with translation.override("en"):
        assert told(problem) == "Your role does not allow this. You belong to no organisation yet."
    with translation.override("zh-hans"):
        assert told(problem) == "您的角色不允许此操作。"


def test_a_gap_keeps_its_codes_in_every_language() -> None:
    detail = "950300 stands for 3 different duties."
    with translation.override("en"):
        assert words.gap_words("hs-too-short", detail, "")[1] == detail
        assert words.step_word("value", "Customs value, CIF basis") == "Customs value, CIF basis"
    with translation.override("zh-hans"):
        title, kept, remedy = words.gap_words("hs-too-short", detail, "Give the full code of the tariff.")
        assert kept == "950300"
        assert not re.search("[a-z]", title + remedy)
        assert words.rate_words("3.00 EUR per tariff class") == "每个税目 3.00 EUR"
        assert words.step_word("value", "Customs value, CIF basis") == "完税价格 (CIF)"
