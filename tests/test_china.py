"""China in the main job: every mode of the made-up sellers, signed lists with their papers, both sides released."""

from __future__ import annotations

import json

import pytest

from fondaco.commerce.orders.models import Order
from fondaco.flows.china import china_sellers, count_china
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.models import Declaration, LodgedPaper
from tests.traded import Traded

FREE = {"released", "closed"}


@pytest.fixture
def chinese(traded: Traded, db: None) -> list[Declaration]:
    """The declarations before Chinese customs of the made-up sellers' orders."""
    sellers = list(china_sellers().values())
    rows = Declaration.objects.house().filter(seller_id__in=sellers, country="CN").order_by("reference")
    return list(rows.exclude(regime=window.SUMMARY))


MODES = {
    "CN-ZHENGZHOU-P": "CN-9610-summary", "CN-ZHENGZHOU-B": "CN-9710", "CN-ZHENGZHOU-W": "CN-9810",
    "CN-ZHENGZHOU-Z": "CN-1210-export", "CN-HANGZHOU-P": "CN-9610", "CN-BONDED-SHOP-Z": "CN-1210-import",
    "CN-LUOYANG-T": "CN-9610", "CN-BONDED-SHOP-K": "CN-1239", "CN-BONDED-SHOP-D": "CN-9610-import",
}  # fmt: skip


def test_each_kind_of_order_is_declared_in_its_mode(chinese: list[Declaration]) -> None:
    kinds = {
        order.id: order.source_ref[:-3]
        for order in Order.objects.house().filter(id__in=[row.order_id for row in chinese])
    }
    assert len(kinds) >= 3
    for row in chinese:
        (drafted,) = row.events.filter(code="drafted").values_list("raw", flat=True)
        assert drafted["mode"]["mode"].removesuffix("-list") == MODES[kinds[row.order_id]]
    assert {row.state for row in chinese} <= FREE | {"under_review", "inspection", "docs_required"}


def test_lists_go_signed_after_their_papers_and_both_are_answered(chinese: list[Declaration]) -> None:
    for row in chinese:
        codes = list(row.events.order_by("id").values_list("code", "reason", "raw"))
        (form,) = (raw["form"] for code, _, raw in codes if code == "submitted")
        (mode,) = (raw["mode"]["mode"] for code, _, raw in codes if code == "drafted")
        assert form == (
            "gacc" if row.regime in {"9610", "1210", "1239"} or mode.endswith("-list") else "edifact"
        )
        assert not [raw["not_in_its_form"] for _, _, raw in codes if raw.get("not_in_its_form")]
        papers = [reason for code, reason, _ in codes if code == "papers"]
        wanted = ["303", "505"] if row.kind == "export" else ["311", "411", "511"]
        assert papers == [", ".join(f"CEB{number}" for number in wanted)]
        assert {f"{int(number) + 1}-120" for number in wanted} <= {code for code, _, _ in codes}


def test_what_left_is_told_to_customs_and_what_came_in_is_billed(chinese: list[Declaration]) -> None:
    for row in chinese:
        codes = {code for code, _ in row.events.values_list("code", "raw")}
        (form,) = (raw["form"] for raw in row.events.filter(code="submitted").values_list("raw", flat=True))
        if form != "gacc" or row.state not in FREE:
            assert not codes & {"507", "509", "607", "816"}
        elif row.kind == "import":
            assert (row.assessed_duty_minor, "816" in codes) == (0, True)
            assert abs((row.assessed_tax_minor or 0) - row.estimated_tax_minor) <= 1  # a fen, from rounding
        else:
            assert ({"508-120", "510-120", "608-120"} <= codes) == ("509" in codes) == (row.state == "closed")
    assert any(row.state == "closed" for row in chinese)


def test_customs_got_the_payment_data_it_asked_for(chinese: list[Declaration]) -> None:
    imports = [row for row in chinese if row.kind == "import" and row.state in FREE]
    papers = LodgedPaper.objects.filter(message="179", declaration__in=imports)
    assert [(one.state, one.status) for one in papers] == [("entered", "10000")] * bool(imports)
    for paper in papers:
        head = json.loads(paper.text)["payExchangeInfoHead"]
        asked = json.loads(head["initalRequest"])
        assert (head["currency"], asked["order"]) == ("142", paper.declaration.reference)
        assert round(head["totalAmount"] * 100) == asked["amount_minor"] > 0
        (lodged,) = LodgedPaper.objects.filter(message="411", declaration=paper.declaration)
        assert head["payTransactionId"] == lodged.reference
    assert count_china()["china_payment_data"] == len(papers)


def test_the_lists_to_be_refunded_are_summed_up_together(chinese: list[Declaration]) -> None:
    (one,) = Declaration.objects.house().filter(regime=window.SUMMARY, country="CN")
    free = {row.lrn for row in chinese if row.kind == "export" and row.state in FREE}
    (drafted,) = one.events.filter(code="drafted").values_list("raw", flat=True)
    assert 0 < len(drafted["mode"]["lists"]) <= len(free)
    assert set(drafted["mode"]["lists"]) <= free
    (sent,) = one.events.filter(code="submitted").values_list("raw", flat=True)
    assert (sent["form"], sent.get("not_in_its_form")) == ("gacc", None)


def test_an_order_leaves_only_once_both_sides_have_released_it(chinese: list[Declaration]) -> None:
    for order in Order.objects.house().filter(id__in=[row.order_id for row in chinese]):
        states = {(one.kind, one.part): one.state for one in window.declarations_for([order.id])[order.id]}
        assert ("released" in order.reached) == (set(states.values()) <= FREE)
        assert order.synthetic


def test_what_goes_through_without_a_person_is_counted(traded: Traded, chinese: list[Declaration]) -> None:
    house = window.straight_through()
    assert 0 < house.untouched <= house.lodged
    told = count_china()
    assert told["china_released"] <= told["china_declared"] <= told["china_orders"]
    seller = Scope(china_sellers()["cn-hangzhou"], Kind.SELLER, role=Role.VIEWER)
    own = window.straight_through(seller)
    assert own.lodged in (0, 2)  # one order: out of China, and into the country it goes to
    assert own.share_pct in {0.0, 50.0, 100.0}
