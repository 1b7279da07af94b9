"""Both sides of dated changes of law."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from fondaco.platforms.window.domain.regime import RegimeBook
from fondaco.platforms.window.regime_load import FOLDER
from fondaco.platforms.window.regime_read import read_regimes
from fondaco.platforms.window.tests.landed_helpers import amounts, line, price


@pytest.mark.parametrize(
    ("destination", "before", "after", "goods", "was", "now"),
    [
        # section 321 ends for every origin; what the country duty then is, is not held
        (
            "US",
            "2025-08-28",
            "2025-08-29",
            line("100", "USD", origin="GB"),
            ("0.00", "0.00", "0.00"),
            ("16.50", "0.00", "2.62"),
        ),
        # China and Hong Kong lose it earlier
        (
            "US",
            "2025-05-01",
            "2025-05-02",
            line("100", "USD", "3924104000"),
            ("0.00", "0.00", "0.00"),
            ("28.40", "0.00", "0.00"),
        ),
        # Vietnam ends VAT relief below one million dong
        ("VN", "2025-02-17", "2025-02-18", line("900000", "VND"), ("0", "0", "0"), ("0", "90000", "0")),
        # Chile ends the exemption of USD 41
        (
            "CL",
            "2025-10-24",
            "2025-10-25",
            line("40", "USD"),
            ("0.00", "0.00", "0.00"),
            ("2.40", "8.06", "0.00"),
        ),
        # Türkiye ends the simplified procedure of EUR 30
        ("TR", "2026-02-05", "2026-02-06", line("25", "EUR"), ("15.00", "0.00", "0.00"), ("no-tariff",)),
        # the EU ends relief up to EUR 150; three euros a class
        (
            "DE",
            "2026-06-30",
            "2026-07-01",
            line("100", "EUR"),
            ("0.00", "19.00", "0.00"),
            ("3.00", "19.57", "0.00"),
        ),
        # the EU's flat duty ends
        (
            "DE",
            "2028-06-30",
            "2028-07-01",
            line("100", "EUR"),
            ("3.00", "19.57", "0.00"),
            ("12.00", "21.28", "0.00"),
        ),
        # Thailand ends THB 1,500
        ("TH", "2025-12-31", "2026-01-01", line("1000", "THB"), ("0.00", "70.00", "0.00"), ("no-tariff",)),
        # Romania raises VAT, Estonia too
        ("RO", "2025-07-31", "2025-08-01", line("100", "RON", "34060000"), None, None),
        (
            "EE",
            "2025-06-30",
            "2025-07-01",
            line("100", "EUR", "34060000"),
            ("0.00", "22.00", "0.00"),
            ("0.00", "24.00", "0.00"),
        ),
        # the US country duty of note 52
        (
            "US",
            "2026-09-28",
            "2026-09-29",
            line("100", "USD", "3924104000"),
            ("28.40", "0.00", "2.69"),
            ("40.90", "0.00", "2.69"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_both_sides_of_a_dated_change(destination, before, after, goods, was, now):
    if was is None:
        was, now = ("no-rate",), ("no-rate",)  # no RON rate is given: nothing is guessed
    assert amounts(price(destination, goods, on=before)) == was
    assert amounts(price(destination, goods, on=after)) == now


def test_turkish_parcels_from_the_union_bear_thirty_percent():
    assert amounts(price("TR", line("25", "EUR"), on="2026-02-05", origin="DE"))[0] == "7.50"


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
