from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from fondaco.delivery.web.charts import world_map
from fondaco.delivery.web.charts_trade import clearance_chart, map_legend, section_chart, time_chart
from fondaco.delivery.web.tests.systems_helpers import NOW, csv_of, queries, uid
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind
from fondaco.systems.statistics.public import Cell, TradeFact, record_trade, trade_by
from tests.tenants import STRANGER, Tenant, make_tenants

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenants() -> dict[str, Tenant]:
    return make_tenants()


def trade(
    tenants: dict[str, Tenant], count: int, *, hs2: tuple[str, ...] = ("61", "95"), to: str = "FR"
) -> None:
    seller = tenants[Kind.SELLER].scope.organisation_id
    today = clock.today()
    facts = [
        TradeFact(uid(f"{to}{n}"), today - timedelta(days=n % 20), seller, to, hs2[n % len(hs2)], 1_001 + n, 30, 200,
                  clearance_seconds=60 + n)
        for n in range(count)
    ]  # fmt: skip
    record_trade(facts, now=NOW)


def words_in(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def test_the_bars_of_the_sections_say_the_exact_totals(tenants: dict[str, Tenant]) -> None:
    trade(tenants, 7)
    cells = trade_by("hs_section", scope=tenants[Kind.SELLER].scope)
    said = [Decimal(word) for word in words_in(section_chart(cells)) if re.fullmatch(r"\d+\.\d\d", word)]
    assert said == [Decimal(cell.value_gbp_minor) / 100 for cell in cells]
    assert sum(said) == Decimal(sum(1_001 + n for n in range(7))) / 100


def test_the_charts_use_the_pages_colours_and_no_inline_style(tenants: dict[str, Tenant]) -> None:
    trade(tenants, 5)
    scope = tenants[Kind.SELLER].scope
    places, days = trade_by("destination", scope=scope), trade_by("day", scope=scope)
    sections = trade_by("hs_section", scope=scope)
    charts = (
        world_map(places),
        time_chart(days, in_weeks=False),
        section_chart(sections),
        clearance_chart(places),
    )
    for svg in charts:
        assert svg.startswith('<svg role="img" aria-label="')
        assert "var(--" in svg
        assert "style=" not in svg
        assert "#f000" not in svg


def test_weeks_begin_on_mondays_and_the_highest_bar_says_its_number() -> None:
    cells = [Cell("2026-W46", 3, 3, 1, 0, 0), Cell("2026-W47", 1_234, 3, 1, 0, 0)]
    assert "1,234" in words_in(time_chart(cells, in_weeks=True))
    assert date.fromisocalendar(2026, 47, 1) == date(2026, 11, 16)


def test_withheld_cells_are_drawn_nowhere() -> None:
    hidden = [Cell("FR", 0, 0, 0, 0, 0, None, None, suppressed=True)]
    assert map_legend(hidden) == []
    assert section_chart([Cell("XI", 0, 0, 0, 0, 0, suppressed=True)]) == ""
    assert clearance_chart(hidden) == ""
    assert time_chart([Cell("2026-11-20", 0, 0, 0, 0, 0, suppressed=True)], in_weeks=False) == ""


def test_countries_with_as_many_orders_share_a_class_of_the_map() -> None:
    legend = map_legend(
        [Cell(code, 2, 2, 1, 0, 0) for code in ("FR", "DE", "ES", "IT")] + [Cell("NL", 9, 9, 1, 0, 0)]
    )
    assert [(step.fewest, step.most) for step in legend] == [(2, 2), (9, 9)]


def test_the_page_costs_the_same_queries_for_one_order_and_for_fifty(tenants: dict[str, Tenant]) -> None:
    trade(tenants, 1)
    client = tenants[Kind.SELLER].client
    one = queries(client, "/statistics/?days=28")
    trade(tenants, 50)
    assert queries(client, "/statistics/?days=28") == one


def test_a_seller_sees_its_own_trade_and_an_authority_no_small_cell(tenants: dict[str, Tenant]) -> None:
    trade(tenants, 9)
    trade(tenants, 2, to="DE")
    path = "/statistics/by/destination.csv?days=28"
    assert [row.split(",")[:2] for row in csv_of(tenants[Kind.SELLER].client, path)[1:]] == [
        ["FR", "9"],
        ["DE", "2"],
    ]
    assert csv_of(tenants[STRANGER].client, path)[1:] == []
    assert "DE,,,,,,,,yes" in csv_of(tenants[Kind.CUSTOMS].client, path)
    assert tenants[Kind.BUYER].client.get("/statistics/").status_code == 403
    assert tenants[Kind.SELLER].client.get("/statistics/by/order_id.csv").status_code == 404


def test_a_filter_narrows_every_part_of_the_page(tenants: dict[str, Tenant]) -> None:
    trade(tenants, 6)
    trade(tenants, 4, to="DE")
    rows = csv_of(tenants[Kind.SELLER].client, "/statistics/by/hs_section.csv?days=28&to=DE")
    assert sum(int(row.split(",")[1]) for row in rows[1:]) == 4


def test_every_tile_opens_its_why(tenants: dict[str, Tenant]) -> None:
    trade(tenants, 6)
    client = tenants[Kind.SELLER].client
    figures = re.findall(
        r'href="(/statistics/why/[a-z]+/[^"]*)"', client.get("/statistics/?days=28").content.decode()
    )
    assert len(set(figures)) == 5
    for path in figures:
        answer = client.get(path.replace("&amp;", "&"))
        assert "France" in answer.content.decode()
    assert client.get("/statistics/why/nothing/").status_code == 404
