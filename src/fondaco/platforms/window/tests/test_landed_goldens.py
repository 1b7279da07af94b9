"""Sums published by authorities and the press, to the last unit: `data/window/goldens` names where each stands.

The tests use the duties that the sums take as given; `bench.duty` asks the same of the full tariffs.
"""

from __future__ import annotations

import pytest

from fondaco.platforms.window.domain.landed_engine import LandedEngine
from fondaco.platforms.window.domain.regime import RegimeBook
from fondaco.platforms.window.domain.tariff_book import TariffBook
from fondaco.platforms.window.goldens import Golden, read_flips, read_given, read_goldens, try_golden
from fondaco.platforms.window.regime_load import FOLDER
from fondaco.platforms.window.regime_read import read_regimes
from fondaco.platforms.window.tariff_files import read_own
from fondaco.platforms.window.tests.landed_helpers import amounts, line, price

DATA = FOLDER.parent
GOLDENS, FLIPS = read_goldens(DATA / "goldens"), read_flips(DATA / "goldens")


@pytest.fixture(scope="module")
def given() -> LandedEngine:
    """The engine on the regimes, on what the sums take as given and on our own country duties."""
    measures = read_given(DATA / "goldens") + read_own(DATA / "us_country.csv", "us").measures
    return LandedEngine(RegimeBook.of(read_regimes(FOLDER)), TariffBook.of(measures, versions={}))


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.id)
def test_a_published_sum_comes_out_to_the_last_unit(given: LandedEngine, golden: Golden) -> None:
    tried = try_golden(golden, given)
    assert tried.faults == ()
    assert tried.quote.trace


@pytest.mark.parametrize("flip", FLIPS, ids=lambda flip: flip.id)
def test_both_sides_of_a_dated_change(given: LandedEngine, flip) -> None:
    assert (flip.after.request.on - flip.before.request.on).days == 1
    assert try_golden(flip.before, given).faults == ()
    assert try_golden(flip.after, given).faults == ()
    assert flip.before.expected != flip.after.expected


def test_there_are_forty_sums_and_eight_changes_and_each_says_where_it_stands() -> None:
    assert len(GOLDENS) >= 40
    assert len(FLIPS) >= 8
    assert len({golden.id for golden in GOLDENS}) == len(GOLDENS)
    assert all(len(golden.source) > 10 and golden.expected for golden in GOLDENS)


def test_a_sum_that_is_not_what_was_published_is_named(given: LandedEngine) -> None:
    wrong = {**GOLDENS[1].expected, "total": "72.30"}
    tried = try_golden(Golden("x", "worked", "x", GOLDENS[1].request, GOLDENS[1].rates, wrong), given)
    assert tried.faults == ("total: published 72.30, found 72.29",)


def test_what_a_total_is_rounded_by_is_a_step_of_its_own(given: LandedEngine) -> None:
    japan = next(golden for golden in GOLDENS if golden.id == "jp-customs-1111")
    steps = try_golden(japan, given).quote.trace
    # Before: 56,425 and 15,907 of consumption tax. The duty of 92,400 is whole hundreds already.
    assert [(step.inputs, step.result) for step in steps if step.code == "rounded"] == [
        ({"sum": "72332"}, "72300")
    ]


def test_eu_two_lines_of_one_class_share_three_euros():
    quote = price("DE", line("50", "EUR"), line("25", "EUR", n="2"), schemes="IOSS")
    assert [str(x.duty.amount) for x in quote.lines] == ["2.00", "1.00"]


@pytest.mark.parametrize(("value", "tax"), [("61.70", "0.00"), ("61.73", "5.00"), ("61.72", "0.00")])
def test_switzerland_waives_import_tax_under_five_francs(value, tax):
    # post.ch: CHF 61.70 at 8.1 %
    assert amounts(price("CH", line(value, "CHF"))) == ("0.00", tax, "0.00")


@pytest.mark.parametrize(
    ("value", "duty"), [("50", "0.00"), ("100", "17.00"), ("117", "19.89"), ("200", "38.00")]
)
def test_mexico_from_the_united_states(value, duty):
    assert amounts(price("MX", line(value, "USD"), origin="US"))[0] == duty


def test_china_cross_border_retail_rate_of_costly_cosmetics():
    # 425 yuan: consumption tax 52.50 and VAT 45.50; 23.06 %
    quote = price("CN", line("425", "CNY", "330499", origin="FR", mass_g=40), origin="FR", schemes="CBEC")
    assert amounts(quote)[1] == "98.00"
    assert {s.code: s.result for s in quote.trace if s.code in ("excise", "tax")} == {
        "excise": "52.50",
        "tax": "45.50",
    }


def test_china_cheap_cosmetics_bear_no_consumption_tax():
    quote = price("CN", line("100", "CNY", "330499", origin="FR", mass_g=40), origin="FR", schemes="CBEC")
    assert amounts(quote)[1] == "9.10"


def test_united_states_stack_on_chinese_goods():
    # MFN 3.4 % + list 3 25 % + note 52 12.5 % = 40.9 %, and the fee of an informal entry
    quote = price("US", line("100", "USD", "3924104000"), on="2026-10-15")
    assert amounts(quote) == ("40.90", "0.00", "2.69")
    assert quote.lines[0].rate_text == "3.4% + 25% (9903.88.03) + 12.5% (9903.05.31)"


def test_australia_ten_percent_at_sale_and_none_at_the_border_below_1000():
    assert amounts(price("AU", line("200", "AUD"), freight="20", schemes="AU-LVG")) == (
        "0.00",
        "22.00",
        "0.00",
    )
    assert amounts(price("AU", line("200", "AUD"), freight="20")) == ("0.00", "0.00", "0.00")


def test_norway_voec():
    quote = price("NO", line("1000", "NOK"), freight="100", schemes="VOEC")
    assert amounts(quote) == ("0.00", "275.00", "0.00")


def test_singapore_wholesale_has_gst_and_no_duty():
    quote = price("SG", line("1000", "SGD"), freight="100", b2c=False)
    assert amounts(quote) == ("0.00", "99.00", "0.00")


def test_hong_kong_is_a_free_port():
    assert amounts(price("HK", line("9999", "HKD"), b2c=False)) == ("0.00", "0.00", "0.00")


def test_eu_wholesale_import():
    # 1,000 + 100 carriage at 12 %: duty 132.00; 19 % of 1,232.00
    quote = price("DE", line("1000", "EUR"), freight="100", b2c=False)
    assert amounts(quote) == ("132.00", "234.08", "0.00")


def test_eu_ioss_counts_vat_on_the_price_with_carriage():
    quote = price("FR", line("100", "EUR"), freight="10", schemes="IOSS")
    assert amounts(quote) == ("3.00", "22.00", "0.00")


def test_order_in_pounds_is_reckoned_in_euros_and_turned_back():
    # GBP 1,000 = EUR 1,150.00; duty 138.00; VAT 19 % of 1,288.00 = 244.72; back at 1.15
    quote = price("DE", line("1000", "GBP"), b2c=False, origin="GB")
    assert amounts(quote) == ("120.00", "212.80", "0.00")


def test_watch_duty_stays_within_its_bounds():
    # 4.5 % of 100 is 4.50, above the ceiling of 0.80 a piece
    quote = price("DE", line("200", "EUR", "91021100", quantity=2), b2c=False)
    assert amounts(quote)[0] == "1.60"
    assert amounts(price("DE", line("160", "EUR", "91021100", quantity=40), b2c=False))[0] == "12.00"


def test_poland_reckons_in_zloty():
    # EUR 100 = PLN 425.00 at 12 % = 51.00; VAT 23 % of 476.00 = 109.48; back at 4.25
    quote = price("PL", line("100", "EUR"), b2c=False, on="2026-11-20")
    assert amounts(quote) == ("12.00", "25.76", "0.00")
