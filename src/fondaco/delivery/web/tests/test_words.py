"""Figures, dates and codes as readers see them."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation

from fondaco.delivery.web.exports import safe_cell
from fondaco.delivery.web.help import help_for
from fondaco.delivery.web.middleware import ZoneMiddleware
from fondaco.delivery.web.nav import rail_for
from fondaco.delivery.web.presenting.journal_words import about_word, journal_facts
from fondaco.delivery.web.states import look_of
from fondaco.delivery.web.templatetags import fondaco as tags
from fondaco.delivery.web.walking import FILES, pages
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind


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


def test_a_moment_is_told_by_the_readers_clock() -> None:
    moment = datetime(2026, 11, 21, 16, 5, tzinfo=UTC)
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        assert ">22 Nov 2026, 00:05 CST</time>" in tags.when(moment)
        assert 'title="2026-11-21T16:05:00+00:00"' in tags.when(moment)
        assert ">22 Nov 2026</time>" in tags.day(moment)
        with translation.override("zh-hans"):
            assert ">2026年11月22日 00:05 CST</time>" in tags.when(moment)


@pytest.mark.parametrize(
    ("cookie", "zone"),
    [("Asia/Shanghai", "Asia/Shanghai"), ("../../etc/passwd", "UTC"), ("No/Where", "UTC"), ("", "UTC")],
)
def test_the_zone_is_the_browsers_if_there_is_such_a_one(cookie: str, zone: str) -> None:
    def page(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(timezone.get_current_timezone()))

    request = RequestFactory().get("/home/")
    request.COOKIES["zone"] = cookie
    assert ZoneMiddleware(page)(request).content.decode() == zone
    assert str(timezone.get_current_timezone()) == "UTC"


def test_a_state_nobody_described_is_shown_by_its_name() -> None:
    assert look_of("never_seen").word == "Never seen"
    assert look_of("settled").tone == "good"


def test_a_payments_state_is_not_mistaken_for_its_orders() -> None:
    assert str(look_of("settled", of="payment").word) == "Received by the house"
    assert str(look_of("settled").word) == "Settled"
    assert look_of("failed", of="payment") is look_of("failed")


def test_one_page_of_the_rail_is_the_present_one() -> None:
    rail = rail_for(Kind.PLATFORM, path="/ledger/reports/aged/")
    assert [str(link.label) for _title, links in rail for link in links if link.current] == [
        "Liabilities and ageing"
    ]
    assert not [link for _title, links in rail_for(None, path="/ledger/") for link in links if link.current]


def test_a_journals_facts_are_words_and_no_keys_of_records() -> None:
    kept = {"rate": "0.080000", "vat_rate": "0.200000", "payment": "01a20367-38db-71e5-8a67-846bc758074d"}
    assert journal_facts("order.settled", kept) == [
        ("Commission", "8.0\u202f%"),
        ("VAT on commission", "20.0\u202f%"),
    ]
    assert journal_facts("payment.captured", {"rate": "0.8338", "method": "ideal"}) == [
        ("Rate of exchange", "0.833800"),
        ("Method", "iDEAL"),
    ]
    assert about_word("provider-file:east-2026-11-22") == "Provider's file east-2026-11-22"
    assert about_word("payout:01a20367-3f17-7344-901e-ff1e2f8bfb61") == "Payout"


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


def _said_in(regime: Any) -> Iterator[str]:
    """What a table of regimes says in words to a reader, at any depth."""
    if isinstance(regime, list):
        for part in regime:
            yield from _said_in(part)
    elif isinstance(regime, dict):
        for name, part in regime.items():
            if name in ("text", "tax_name", "restricted"):
                yield part
            else:
                yield from _said_in(part)


def test_what_tables_of_rules_say_is_there_in_chinese() -> None:
    data = settings.ROOT / "data"
    rules = csv.DictReader((data / "risk/goods_rules.csv").read_text(encoding="utf-8").splitlines())
    modes = tomllib.loads((data / "window/modes.toml").read_text(encoding="utf-8"))["mode"]
    told = {rule[name] for rule in rules for name in ("reason", "needs", "authority")}
    embargoes = csv.DictReader((data / "risk/embargoes.csv").read_text(encoding="utf-8").splitlines())
    told |= {rule[name] for rule in embargoes for name in ("reason", "authority")}
    told |= {mode[name] for mode in modes for name in ("name", "text", "tax", "statistics")}
    told |= {paper for mode in modes for paper in mode["documents"]}
    for file in (data / "window/regimes").glob("*.toml"):
        told |= set(_said_in(tomllib.loads(file.read_text(encoding="utf-8"))))
    worded = {
        text for text in told if re.search("[a-z]{3}", text)
    }  # codes and short names are the same everywhere
    assert worded - tags.said_in_chinese().keys() == set()
    assert tags.said("Toys need conformity assessment") == "Toys need conformity assessment"
    with translation.override("zh-hans"):
        assert tags.said("Toys need conformity assessment") == "玩具须经合格评定"
        assert (tags.said("Not in the table"), tags.said(None)) == ("Not in the table", "")


def test_every_page_of_the_console_has_its_help() -> None:
    public = {
        "landing",
        "sale",
        "sales",
        "style",
        "track",
        "help",
        "search",
    }  # outside the shell, or help itself
    general = help_for("nothing").text
    without = {page for page in pages() - public - FILES if help_for(page).text == general}
    assert {page for page in without if not page.endswith("_why")} == set()
