"""Figures, dates and codes as readers see them."""

from __future__ import annotations

import csv
import tomllib
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import translation

from fondaco.delivery.web.exports import safe_cell
from fondaco.delivery.web.states import look_of
from fondaco.delivery.web.templatetags import fondaco as tags
from fondaco.kernel.money import Money


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(123456, "GBP"), '<bdi class="money">1,234.56<span class="cur">GBP</span></bdi>'),
        (Money(-980, "EUR"), '<bdi class="money is-minus">\u22129.80<span class="cur">EUR</span></bdi>'),
        (Money(54000, "JPY"), '<bdi class="money">54,000<span class="cur">JPY</span></bdi>'),
        (Money(12345, "KWD"), '<bdi class="money">12.345<span class="cur">KWD</span></bdi>'),
        (None, '<span class="muted">\u2013</span>'),
    ],
)
def test_money_keeps_every_minor_unit_and_its_currency(money: Money | None, shown: str) -> None:
    assert tags.money(money) == shown


def test_a_moment_is_told_in_the_readers_words_and_kept_exact() -> None:
    moment = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
    assert ">21 Nov 2026, 14:05 UTC<" in tags.when(moment)
    assert 'datetime="2026-11-21T14:05:00+00:00"' in tags.when(moment)
    with translation.override("zh-hans"):
        assert ">2026年11月21日 14:05 UTC<" in tags.when(moment)
        assert ">2026年11月21日<" in tags.day(moment)
    assert ">1 Feb 2026<" in tags.when(date(2026, 2, 1))
    assert tags.when("not a day") == tags.when(None)


@pytest.mark.parametrize(
    ("length", "shown"),
    [(timedelta(days=3, hours=4, minutes=9), "3\u202fd 4\u202fh"), (203, "3\u202fmin 23\u202fs"),
     (0, "0\u202fs"), (None, "\u2013")],
)  # fmt: skip
def test_a_length_of_time_has_two_units(length: timedelta | int | None, shown: str) -> None:
    assert tags.span(length) == shown


def test_small_words() -> None:
    assert tags.hs("6505009000") == "6505.00.90.00"
    assert tags.hs(None) == "\u2013"
    assert tags.percent("0.047") == "4.7\u202f%"
    assert tags.mass(999) == '<bdi class="qty">999<span class="unit">g</span></bdi>'
    assert tags.mass(12340) == '<bdi class="qty">12.34<span class="unit">kg</span></bdi>'
    assert tags.country("DE") == "Germany"
    assert tags.tidy("SPACEBOY LUNCH BOX") == "Spaceboy lunch box"
    assert tags.tidy("iPhone case") == "iPhone case"
    with translation.override("zh-hans"):
        assert tags.country("DE") == "德国"


def test_a_state_nobody_described_is_shown_by_its_name() -> None:
    assert look_of("never_seen").word == "Never seen"
    assert look_of("settled").tone == "good"


def test_an_icon_that_does_not_exist_is_a_circle() -> None:
    assert "<circle" in tags.icon("no-such-icon")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"
    assert safe_cell("plain") == "plain"
    assert safe_cell(-5) == -5


def test_a_line_of_one_point_is_no_line() -> None:
    assert tags.sparkline([3]) == ""
    assert tags.sparkline([1, 2, 1]).count("L") == 2


def test_what_tables_of_rules_say_is_there_in_chinese() -> None:
    data = settings.ROOT / "data"
    rules = csv.DictReader((data / "risk/goods_rules.csv").read_text(encoding="utf-8").splitlines())
    modes = tomllib.loads((data / "window/modes.toml").read_text(encoding="utf-8"))["mode"]
    told = {rule["reason"] for rule in rules} | {mode["name"] for mode in modes}
    assert told - tags.said_in_chinese().keys() == set()
    assert tags.said("Toys need conformity assessment") == "Toys need conformity assessment"
    with translation.override("zh-hans"):
        assert tags.said("Toys need conformity assessment") == "玩具须经合格评定"
        assert (tags.said("Not in the table"), tags.said(None)) == ("Not in the table", "")
