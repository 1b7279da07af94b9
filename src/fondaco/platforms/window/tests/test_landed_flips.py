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
        assert (regime.currency, regime.confidence) == (row["currency"], row["confidence"]) or row[
            "code"
        ] == "US"
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


@pytest.mark.parametrize("destination", ["IS", "LB", "BH", "GG", "ZZ"])
def test_a_destination_without_a_regime_needs_a_person(destination):
    assert amounts(price(destination, line("10", "EUR"))) == ("no-regime",)
