"""Duty texts: what they are read as, what they come to, and how much of the real files is read."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.platforms.window.domain.tariff_ast import AdValorem, Free, Goods, NeedsInput, Specific, Sum
from fondaco.platforms.window.domain.tariff_grammar import parse_duty


def goods(value="100", on="2026-03-15", **quantities):
    stated = {key.replace("__", ":").replace("_", " "): Decimal(q) for key, q in quantities.items()}
    return Goods(Decimal(value), "EUR", stated, date.fromisoformat(on), lambda amount, currency: amount)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("Free", Free()),
        ("6.8%", AdValorem(Decimal("6.8"))),
        ("1¢/kg", Specific(Decimal("0.01"), "USD", Decimal(1), "kg")),
        ("$1.50/t", Specific(Decimal("1.50"), "USD", Decimal(1000), "kg")),
        ("12.5¢/doz.", Specific(Decimal("0.125"), "USD", Decimal(12), "item")),
        (
            "37.5¢ each + 2.8%",
            Sum((Specific(Decimal("0.375"), "USD", Decimal(1), "item"), AdValorem(Decimal("2.8")))),
        ),
        ("21.1¢/pf.liter", Specific(Decimal("0.211"), "USD", Decimal(1), "pf.liter")),
    ],
)
def test_us_texts(text, tree):
    assert parse_duty(text, "us") == tree


@pytest.mark.parametrize(
    ("text", "stated", "amount"),
    [
        ("10.20% + 93.10 EUR / 100 kg", {"kg": "50"}, "56.75"),
        ("32.00 EUR / hl", {"l": "75"}, "24"),
        ("52.00 EUR / 1,000 items", {"item": "250"}, "13"),
        ("1,024.00 EUR / tonne", {"kg": "10"}, "10.24"),
        ("8.00% MAX 2.80 EUR / m2", {"m2": "1"}, "2.80"),
        ("3.80% MIN 0.60 EUR / 100 kg / gross", {"kg__gross": "1000"}, "6"),
        ("18.40% MIN 22.00 EUR / 100 kg MAX 24.00 EUR / 100 kg", {"kg": "50"}, "12"),
        ("0.50 EUR / item MIN 2.70% MAX 4.60%", {"item": "1"}, "2.70"),
        ("6.20% + 27.10 EUR / 100 kg MAX 17.90%", {"kg": "100"}, "17.90"),
        ("7.2 MIN 0.36 EUR/100 kg", {"kg": "1"}, "7.2"),
    ],
)
def test_taric_amounts(text, stated, amount):
    duty = parse_duty(text, "taric")
    assert duty is not None
    assert duty.amount(goods(**stated)) == Decimal(amount)


@pytest.mark.parametrize(
    ("on", "amount"), [("2026-02-14", "15"), ("2026-02-15", "0"), ("2026-06-15", "0"), ("2026-06-16", "15")]
)
def test_seasons(on, amount):
    duty = parse_duty("15.00% (01 JAN-14 FEB, 16 JUN-31 DEC), 0.00% (15 FEB-15 JUN)", "taric")
    assert duty is not None
    assert duty.amount(goods(on=on)) == Decimal(amount)


@pytest.mark.parametrize(("on", "amount"), [("2026-01-31", "14"), ("2026-02-01", "0"), ("2026-07-01", "14")])
def test_a_season_over_the_new_year(on, amount):
    duty = parse_duty("14.00% (01 JUL - 31 JAN), 0.00% (01 FEB - 30 JUN)", "taric")
    assert duty is not None
    assert duty.amount(goods(on=on)) == Decimal(amount)


def test_a_day_that_no_season_names_is_asked_for():
    duty = parse_duty("4.00% (01 JAN-31 MAR, 01-31 DEC), 5.10% (01 JUN-30 NOV)", "taric")
    assert duty is not None
    with pytest.raises(NeedsInput):
        duty.amount(goods(on="2026-04-10"))
    assert duty.amount(goods(on="2026-12-10")) == 4


def test_sugar_by_its_degrees():
    text = "1.4606¢/kg less 0.020668¢/kg for each degree under 100 degrees (and fractions of a degree in proportion) but not less than 0.943854¢/kg"
    duty = parse_duty(text, "us")
    assert duty is not None
    assert duty.amount(goods(kg="1000", degree="96")) == Decimal("13.77928")
    assert duty.amount(goods(kg="1000", degree="10")) == Decimal("9.43854")


@pytest.mark.parametrize(
    ("text", "dialect", "need"),
    [
        ("40¢ each + 6% on the case", "us", "value:case"),
        ("5.9¢/kg on drained weight", "us", "kg:drained weight"),
        ("17.6¢/pr. + 10%", "us", "pair"),
        ("9.00% +  EA MAX 18.70%  + ADSZ", "taric", "component:EA"),
        ("Entry Price", "taric", "component:entry price"),
        ("1.75 EUR / % vol / hl", "taric", "hl:% vol"),
    ],
)
def test_a_unit_that_is_lacking_is_named(text, dialect, need):
    duty = parse_duty(text, dialect)
    assert duty is not None
    with pytest.raises(NeedsInput) as caught:
        duty.amount(goods(item="1", kg="1"))
    assert caught.value.what == need


@pytest.mark.parametrize(
    "text",
    [
        "",
        "See additional U.S. note 3",
        "The rate applicable to each garment in the ensemble if separately entered",
        "5",
        "abc",
        "5%%",
        "%",
    ],
)
def test_what_is_no_duty_is_not_read(text):
    assert parse_duty(text, "us") is None


@settings(max_examples=60)
@given(st.text(alphabet="0123456789.%¢$/+ kgEURMINAXeachFr(),-", max_size=30))
def test_any_text_is_read_or_refused_and_never_fails(text):
    for dialect in ("us", "taric"):
        duty = parse_duty(text, dialect)
        assert duty is None or text.strip()


@given(st.decimals(min_value=0, max_value=100, places=2), st.integers(0, 10**9))
def test_ad_valorem_is_the_percentage(percent, cents):
    duty = parse_duty(f"{percent}%", "taric")
    assert duty == AdValorem(percent)
    value = Decimal(cents) / 100
    assert duty.amount(goods(str(value))) == value * percent / 100


def _share_read(texts, dialect):
    stated = [text for text in texts if text.strip()]
    return sum(parse_duty(text, dialect) is not None for text in stated) / len(stated), len(stated)


@pytest.mark.realdata
def test_the_us_schedule_is_read(settings):
    with gzip.open(
        settings.SHARED_DATA / "tariff" / "us_hts_2026_rev4.csv.gz", "rt", encoding="utf-8-sig"
    ) as file:
        rows = [r["General Rate of Duty"] for r in csv.DictReader(file) if r["HTS Number"][:2] < "98"]
    share, count = _share_read(rows, "us")
    assert count == 11_414
    assert share >= 0.995


@pytest.mark.realdata
@pytest.mark.parametrize("column", ["cet_duty_rate", "ukgt_duty_rate"])
def test_the_uk_and_eu_tariffs_are_read(settings, column):
    with gzip.open(
        settings.SHARED_DATA / "tariff" / "uk_eu_mfn_tariff_2021.csv.gz", "rt", encoding="utf-8"
    ) as file:
        share, count = _share_read([row[column] for row in csv.DictReader(file)], "taric")
    assert count == 11_830
    assert share == 1
