from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import median, quantiles
from uuid import UUID, uuid5

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from fondaco.kernel.errors import Forbidden
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.statistics.domain.disclosure import withhold_small
from fondaco.systems.statistics.models import TradeRow
from fondaco.systems.statistics.public import (
    SECTIONS,
    BadFact,
    Cell,
    TradeFact,
    TradeFilter,
    UnknownDimension,
    daily_trade,
    record_trade,
    section_label,
    section_of,
    summary,
    trade_by,
    trade_total,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
SELLER = UUID("00000000-0000-7000-8000-000000000001")
RIVAL = UUID("00000000-0000-7000-8000-000000000002")


def scope(kind, organisation=SELLER):
    return Scope(organisation, kind, role=Role.OWNER)


def fact(name, **changes):
    plain = TradeFact(
        uuid5(SELLER, name), DAY, SELLER, "FR", "91", 9000, 300, 1860, lines=2, clearance_seconds=100
    )
    return replace(plain, **changes)


def test_sections_cover_every_chapter_once():
    chapters = [c for section in SECTIONS for c in range(section.first, section.last + 1)]
    assert chapters == list(range(1, 98))
    assert [section_of(f"{c:02}0000") for c in (1, 5, 6, 27, 63, 64, 84, 90, 95, 97)] == [
        "I", "I", "II", "V", "XI", "XII", "XVI", "XVIII", "XX", "XXI",
    ]  # fmt: skip
    assert {section_of(code) for code in ("77", "98", "99", "00", "", "x", "9")} == {""}
    assert section_label("XI") == "Textiles and clothing"
    assert section_label("") == "Not classified"


@pytest.mark.realdata
def test_sections_are_those_of_the_published_nomenclature(settings):
    import csv

    from fondaco.systems.statistics.labels import _NAMES

    path = settings.SHARED_DATA / "tariff" / "hs2022_nomenclature.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    pairs = {(r["hscode"], r["section"]) for r in rows if len(r["hscode"]) == 2 and r["section"] != "TOTAL"}
    assert len(pairs) >= 96
    assert [(code, number) for code, number in sorted(pairs) if section_of(code) != number] == []
    assert list(_NAMES) == [section.number for section in SECTIONS]


@pytest.mark.django_db
def test_counts_are_exact_and_an_order_counts_once():
    facts = [
        fact("a"),
        fact("a", hs2="95", value_gbp_minor=2500, duty_gbp_minor=0, tax_gbp_minor=500, lines=1),
        fact("b", destination="DE", clearance_seconds=301),
        fact("c", clearance_seconds=200, on=DAY + timedelta(days=3), channel="web"),
    ]
    assert record_trade(facts, now=NOW).recorded == 4
    assert trade_by("destination", scope=None) == [
        Cell("FR", 2, 5, 20500, 600, 4220, 150.0, 190.0),
        Cell("DE", 1, 2, 9000, 300, 1860, 301.0, 301.0),
    ]
    assert trade_by("hs_section", scope=None) == [
        Cell("XVIII", 3, 6, 27000, 900, 5580, 200.0, pytest.approx(280.8)),
        Cell("XX", 1, 1, 2500, 0, 500, 100.0, 100.0),
    ]
    assert [(c.key, c.orders) for c in trade_by("day", scope=None)] == [("2026-11-20", 2), ("2026-11-23", 1)]
    assert [(c.key, c.orders) for c in trade_by("week", scope=None)] == [("2026-W47", 2), ("2026-W48", 1)]
    assert [(c.key, c.orders) for c in trade_by("channel", scope=None)] == [("", 2), ("web", 1)]
    assert daily_trade(DAY) == Cell("", 2, 5, 20500, 600, 4220, 200.5, pytest.approx(280.9))
    assert daily_trade(DAY - timedelta(days=1)) == Cell("", 0, 0, 0, 0, 0)
    within = TradeFilter(start=DAY, end=DAY, destination="FR", hs_section="XX")
    assert trade_total(scope=None, filters=within).value_gbp_minor == 2500


@pytest.mark.django_db
def test_recording_again_changes_nothing_and_a_correction_replaces():
    facts = [fact("a"), fact("a", hs2="95"), fact("b")]
    record_trade(facts, now=NOW)
    before = list(TradeRow.objects.house().order_by("id").values())
    again = record_trade(facts, now=NOW + timedelta(days=1))
    assert (again.recorded, again.unchanged, again.removed) == (0, 3, 0)
    assert list(TradeRow.objects.house().order_by("id").values()) == before

    mended = record_trade([fact("a", hs2="94", value_gbp_minor=1)], now=NOW)
    assert (mended.recorded, mended.removed) == (1, 2)
    assert trade_total(scope=None).value_gbp_minor == 9001


@pytest.mark.django_db
def test_parts_of_one_chapter_in_a_call_are_added():
    record_trade([fact("a"), fact("a", value_gbp_minor=1, lines=1)], now=NOW)
    assert trade_total(scope=None).value_gbp_minor == 9001
    assert trade_total(scope=None).lines == 3


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"destination": "Fr"}, {"value_gbp_minor": -1}, {"lines": -1}])
def test_an_unusable_fact_leaves_everything_uncounted(change):
    with pytest.raises(BadFact):
        record_trade([fact("a"), fact("b", **change)], now=NOW)
    assert not TradeRow.objects.house().exists()


@pytest.mark.django_db
def test_database_refuses_negative_amounts():
    record_trade([fact("a")], now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        TradeRow.objects.house().update(tax_gbp_minor=-1)


@pytest.mark.django_db
def test_each_party_sees_its_own_side():
    record_trade([fact(f"m{n}") for n in range(4)] + [fact("r", seller_id=RIVAL, destination="SE")], now=NOW)
    assert trade_total(scope=scope(Kind.SELLER)).orders == 4
    assert [c.key for c in trade_by("destination", scope=scope(Kind.SELLER, RIVAL))] == ["SE"]
    assert trade_total(scope=scope(Kind.PLATFORM)).orders == 5
    for kind in (Kind.CUSTOMS, Kind.TAX, Kind.PARK):
        cells = trade_by("destination", scope=scope(kind))
        assert [(c.key, c.suppressed, c.value_gbp_minor) for c in cells] == [("FR", True, 0), ("SE", True, 0)]
        assert trade_total(scope=scope(kind)).orders == 5
    for kind in (Kind.BUYER, Kind.CARRIER, Kind.BANK, Kind.PSP):
        with pytest.raises(Forbidden):
            trade_by("destination", scope=scope(kind))
    with pytest.raises(UnknownDimension):
        trade_by("seller_id; drop table x", scope=None)


@pytest.mark.django_db
def test_summary_has_the_home_page_in_six_queries(django_assert_num_queries):
    record_trade([fact(f"m{n}", on=DAY - timedelta(days=n)) for n in range(40)], now=NOW)
    with django_assert_num_queries(6):
        page = summary(scope(Kind.PLATFORM), on=DAY)
    assert (page.day.orders, page.total.orders, len(page.by_day), page.suppressed) == (1, 28, 28, 0)
    assert summary(scope(Kind.PARK), on=DAY).suppressed == 28


@pytest.mark.django_db
def test_median_and_ninetieth_percentile_are_exact():
    seconds = [(n * 7919) % 1009 for n in range(101)]
    record_trade([fact(f"m{n}", clearance_seconds=s) for n, s in enumerate(seconds)], now=NOW)
    total = trade_total(scope=None)
    assert total.clearance_median_s == median(seconds)
    assert total.clearance_p90_s == pytest.approx(quantiles(seconds, n=10, method="inclusive")[8])


@given(st.lists(st.integers(0, 12), max_size=20))
def test_no_published_table_gives_a_small_cell_away(orders):
    cells = [Cell(str(n), count, count, count * 100, 0, 0) for n, count in enumerate(orders)]
    shown = withhold_small(cells)
    hidden = [before for before, after in zip(cells, shown, strict=True) if after.suppressed]
    assert all(cell.suppressed for cell, count in zip(shown, orders, strict=True) if 0 < count < 3)
    assert len(hidden) != 1 or all(count < 3 for count in orders)
    assert all((c.orders, c.value_gbp_minor) == (0, 0) for c in shown if c.suppressed)
