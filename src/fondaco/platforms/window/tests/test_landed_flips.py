"""Regimes over time: every destination has one, without gaps. The dated changes are in test_landed_goldens."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from fondaco.platforms.window.domain.regime import RegimeBook
from fondaco.platforms.window.regime_load import FOLDER
from fondaco.platforms.window.regime_read import read_regimes
from fondaco.platforms.window.tests.landed_helpers import amounts, line, price


@pytest.mark.realdata
def test_every_destination_of_the_list_has_a_regime(settings):
    import csv

    with (settings.SHARED_DATA / "tariff" / "destinations_regimes.csv").open() as file:
        rows = list(csv.DictReader(file))
    book = RegimeBook.of(read_regimes(FOLDER))
    assert len(rows) == 44
    for row in rows:
        regime = book.look_up(row["code"], date(2026, 11, 20))
        assert regime is not None, row["code"]
        assert regime.currency == row["currency"]
        # Read in the law itself since the list was made: PMK 4/2025, and the United States' orders.
        assert regime.confidence == row["confidence"] or row["code"] in {"ID", "US"}
        stated = row["vat_standard_pct"].split()[0].split("/")[0].split("-")[0]
        assert regime.tax_rate == type(regime.tax_rate)(stated), row["code"]


def test_the_27_members_have_a_regime_without_gaps():
    book = RegimeBook.of(read_regimes(FOLDER))
    members = {regime.destination for regime in book.all() if regime.union == "EU"}
    assert len(members) == 27
    for member in members:
        history = book.history(member)
        assert history[0].since == date(2025, 1, 1)
        assert history[-1].until is None
        assert all(a.until == b.since for a, b in pairwise(history))


def test_every_destination_is_priced_or_says_what_is_missing():
    """The 44 of the list and ten more: a price with its trace, or named gaps with a remedy; never a silent nought."""
    destinations = {regime.destination for regime in RegimeBook.of(read_regimes(FOLDER)).all()}
    assert len(destinations) == 54
    for destination in sorted(destinations):
        quote = price(destination, line("300", "EUR", "610910", origin="CN"), origin="CN")
        gaps = [(one.code, one.detail, one.remedy) for one in quote.missing]
        assert (quote.status == "priced") == (quote.charges is not None) == (not gaps), destination
        assert all(all(gap) for gap in gaps), destination
        if quote.charges is not None and not quote.charges.duty:
            told = [step for step in quote.trace if step.code in ("relief", "duty", "within")]
            assert told, destination
            assert all(step.source for step in told), destination


@pytest.mark.parametrize("destination", ["IS", "LB", "BH", "GG", "ZZ"])
def test_a_destination_without_a_regime_needs_a_person(destination):
    assert amounts(price(destination, line("10", "EUR"))) == ("no-regime",)
