"""What keeps a line from a price, the policy for short codes, and sums that must always hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.authority_rates import rate_days
from fondaco.platforms.window.domain.landed_inputs import digest_of, request_of
from fondaco.platforms.window.domain.landed_types import LandedRequest, NotPriced
from fondaco.platforms.window.domain.landed_value import values_of
from fondaco.platforms.window.domain.regime import BadRegime, RegimeBook, regime_of
from fondaco.platforms.window.domain.tariff_ast import Goods, TopUp
from fondaco.platforms.window.domain.tariff_book import Expiry, StackingRule, TariffBook, TariffMeasure
from fondaco.platforms.window.domain.tariff_grammar import parse_duty
from fondaco.platforms.window.regime_load import FOLDER
from fondaco.platforms.window.regime_read import read_regimes
from fondaco.platforms.window.tests.landed_helpers import amounts, engine, line, price, rates, request


@pytest.mark.parametrize(
    ("destination", "goods", "more", "codes"),
    [
        ("DE", line("500", "EUR", None), {"b2c": False}, ("hs-missing",)),
        ("DE", line("500", "EUR", "6109"), {"b2c": False}, ("hs-too-short",)),
        ("DE", line("500", "EUR", "999999"), {"b2c": False}, ("hs-unknown",)),
        ("DE", line("500", "EUR", "691200"), {"b2c": False}, ("hs-too-short",)),
        ("DE", line("500", "EUR", "19053205"), {"b2c": False}, ("quantity-missing",)),
        ("DE", line("500", "EUR", "22041011"), {"b2c": False}, ("quantity-missing",)),
        ("US", line("500", "USD", "61034120", origin="CN"), {"on": "2026-10-01"}, ("duty-unread",)),
        ("US", line("500", "USD", "73239300", origin="CN"), {"on": "2026-10-01"}, ("manual-provision",)),
        ("US", line("500", "USD", origin="IN"), {"on": "2026-10-01"}, ("manual-provision",)),
        ("US", line("500", "USD", origin=None), {"on": "2026-10-01"}, ("origin-missing",)),
        ("IN", line("500", "INR"), {}, ("no-tariff",)),
        ("AU", line("1500", "AUD"), {"b2c": False}, ("no-tariff",)),
        ("CH", line("100", "CHF", "040690"), {"b2c": False}, ("no-tariff",)),
        ("CN", line("100", "CNY", "220421"), {"schemes": "CBEC", "origin": "FR"}, ("excise",)),
        ("CN", line("100", "CNY", "871200"), {"schemes": "CBEC", "origin": "FR"}, ("not-on-held-list",)),
        ("VN", line("100", "GBP"), {}, ("no-rate",)),
        ("DE", line("10", "EUR"), {"on": "2024-12-31"}, ("no-regime",)),
        ("DE", line("10", "EUR"), {"origin": "DE"}, ("domestic",)),
        ("DE", line("10", "EUR"), {"incoterm": "XYZ"}, ("bad-incoterm",)),
        ("DE", line("10", "EUR", quantity=0), {}, ("bad-line",)),
        ("DE", line("-1", "EUR"), {}, ("bad-line",)),
        ("DE", line("500", "EUR", stated_duty="a lot"), {"b2c": False}, ("duty-unread",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_missing_is_named_and_nothing_is_priced(destination, goods, more, codes):
    quote = price(destination, goods, **more)
    assert amounts(quote) == codes
    assert all(missing.remedy and missing.detail for missing in quote.missing)
    for name in ("duty", "tax", "fees", "total"):
        with pytest.raises(NotPriced):
            getattr(quote, name)


def test_a_heading_of_the_positive_list_that_is_held_is_still_to_be_checked_by_its_code():
    quote = price("CN", line("100", "CNY", "950300", origin="GB"), origin="GB", schemes="CBEC")
    assert [(note.code, "eight-digit" in note.detail) for note in quote.notes] == [("rule-to-verify", True)]
    assert (quote.status, quote.estimated) == ("priced", True)


def test_one_line_without_a_price_leaves_the_order_without_one():
    quote = price("DE", line("500", "EUR"), line("5", "EUR", None, n="2"), b2c=False)
    assert quote.status == "needs_manual"
    assert [missing.line_id for missing in quote.missing] == ["2"]


def test_an_order_without_lines():
    empty = LandedRequest("R", date(2026, 11, 20), "CN", "DE", "DDP", (), Money(0, "EUR"), Money(0, "EUR"))
    assert [m.code for m in engine().quote(empty, rates=rates).missing] == ["no-lines"]


def test_the_highest_duty_below_a_short_code_when_the_policy_says_so():
    quote = price("DE", line("500", "EUR", "691200"), b2c=False, policy="max")
    assert quote.duty.amount == Decimal("45.00")
    assert quote.lines[0].estimated
    assert [note.code for note in quote.notes] == ["hs6-max"]
    assert quote.versions["hs6_policy"] == "max"


def test_a_short_code_with_one_duty_needs_no_policy():
    quote = price("DE", line("500", "EUR", "610910"), b2c=False)
    assert quote.duty.amount == 60
    assert not quote.notes


def test_a_longer_code_takes_the_duty_of_the_line_above_it():
    assert price("GB", line("1000", "GBP", "8510900000"), b2c=False).duty.amount == 20


def test_a_quantity_in_the_unit_asked_for_is_enough():
    wine = line("500", "EUR", "22041011", units={"l": Decimal(75)})
    assert price("DE", wine, b2c=False).duty.amount == 24


def test_carriage_inside_the_price_is_taken_out_of_the_goods():
    inside = price("DE", line("1100", "EUR"), freight="100", b2c=False, incoterm="CPT")
    outside = price("DE", line("1000", "EUR"), freight="100", b2c=False, incoterm="DAP")
    assert (inside.goods, inside.duty, inside.tax) == (outside.goods, outside.duty, outside.tax)
    assert inside.total == outside.total


def test_goods_inside_the_union_bear_no_duty():
    assert amounts(price("FR", line("500", "EUR"), origin="DE", b2c=True)) == ("0.00", "100.00", "0.00")
    assert amounts(price("FR", line("500", "EUR"), origin="DE", b2c=False)) == ("0.00", "0.00", "0.00")


def test_every_step_of_a_price_names_its_rule_and_source():
    quote = price("DE", line("500", "EUR"), freight="20", b2c=False)
    assert [step.code for step in quote.trace] == ["value", "duty", "tax"]
    assert all(step.rule_id and step.source and step.label for step in quote.trace)


def test_the_same_inputs_give_the_same_digest_and_others_do_not():
    one, same = price("DE", line("500", "EUR")), price("DE", line("500", "EUR"))
    assert one == same
    for other in (line("500.01", "EUR"), line("500", "EUR", origin="VN"), line("500", "EUR", mass_g=5)):
        assert price("DE", other).digest != one.digest
    assert price("DE", line("500", "EUR"), on="2026-06-01").digest != one.digest


lines_of = st.lists(
    st.tuples(
        st.integers(0, 10**7), st.sampled_from(["61091000", "34060000", "91021100"]), st.integers(1, 500)
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(
    lines_of,
    st.integers(0, 10**5),
    st.integers(0, 10**4),
    st.sampled_from(["DE", "PL", "CH", "HK"]),
    st.booleans(),
)
def test_lines_add_up_to_the_order(rows, freight, insurance, destination, b2c):
    currency = {"CH": "GBP", "HK": "HKD"}.get(destination, "EUR")
    goods = [line("1", currency, hs, n=str(n), quantity=quantity) for n, (_, hs, quantity) in enumerate(rows)]
    goods = [
        type(x)(x.line_id, x.sku, x.title, x.hs_code, x.origin, x.quantity, Money(value, currency))
        for x, (value, *_) in zip(goods, rows, strict=True)
    ]
    asked = LandedRequest(
        "R",
        date(2026, 11, 20),
        "CN",
        destination,
        "DDP",
        tuple(goods),
        Money(freight, currency),
        Money(insurance, currency),
        b2c,
    )
    quote = engine().quote(asked, rates=rates)
    assert quote.status == "priced"
    for name in ("duty", "tax", "fees"):
        assert Money.sum((getattr(x, name) for x in quote.lines), currency) == getattr(quote, name)
        assert all(getattr(x, name).minor >= 0 for x in quote.lines)
    parts = (quote.goods, quote.freight, quote.insurance, quote.duty, quote.tax, quote.fees)
    assert Money.sum(parts, currency) == quote.total


@given(lines_of, st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(["DDP", "CPT", "CIF", "EXW"]))
def test_apportionment_loses_nothing(rows, freight, insurance, incoterm):
    goods = tuple(line("0", "EUR", n=str(n)) for n, _ in enumerate(rows))
    goods = tuple(
        type(x)(x.line_id, x.sku, x.title, x.hs_code, x.origin, 1, Money(value, "EUR"))
        for x, (value, *_) in zip(goods, rows, strict=True)
    )
    values = values_of(
        LandedRequest(
            "R",
            date(2026, 11, 20),
            "CN",
            "DE",
            incoterm,
            goods,
            Money(freight, "EUR"),
            Money(insurance, "EUR"),
        )
    )
    assert (sum(values.freight), sum(values.insurance)) == (freight, insurance)
    contained = {"CPT": freight, "CIF": freight + insurance}.get(incoterm, 0)
    assert sum(values.goods) == sum(value for value, *_ in rows) - contained


def test_overlapping_regimes_are_refused():
    one = read_regimes(FOLDER)[0]
    with pytest.raises(BadRegime):
        RegimeBook.of([one, regime_of({**one.body, "id": "again"})])


@pytest.mark.parametrize(
    "change",
    [
        {"basis": "EXW"}, {"confidence": "D"}, {"tax_rate": "many"}, {"from": "yesterday"}, {"duty": None},
        {"duty": [{"id": "x", "do": "none", "text": "", "source": "", "wen": {}}]},
        {"duty": [{"id": "x", "do": "none", "text": "", "source": "", "when": {"up_to": "value 150 EUR"}}]},
        {"duty": [{"id": "x", "do": "none", "text": "", "source": "", "when": {"weather": "fine"}}]},
    ],
)  # fmt: skip
def test_a_wrong_regime_is_named(change):
    body = {**read_regimes(FOLDER)[0].body, **change}
    with pytest.raises(BadRegime):
        regime_of(body)


def test_a_mass_of_zero_is_a_mass_not_known():
    sugar = line("500", "EUR", "17011210", mass_g=0)
    assert amounts(price("DE", sugar, b2c=False)) == ("quantity-missing",)
    assert price("DE", line("500", "EUR", "17011210", mass_g=100_000), b2c=False).duty.minor == 3390


@pytest.mark.parametrize(
    ("origin", "schemes", "duty"),
    [("GB", "ORIGIN-GB", "0.00"), ("GB", "", "60.00"), ("CN", "ORIGIN-GB", "60.00")],
)
def test_preference_needs_the_origin_and_its_proof(origin, schemes, duty):
    quote = price("DE", line("500", "EUR", origin=origin), b2c=False, origin="GB", schemes=schemes)
    assert str(quote.duty.amount) == duty


def test_a_duty_that_only_fills_up_counts_the_base_duty():
    # U.S. note 52: 10 % in all on goods of the Union, so 3.4 % bears 6.6 % more, and 16.5 % bears nothing
    assert parse_duty("to 10%", "us") == TopUp(Decimal(10))
    goods = Goods(
        Decimal(100), "USD", {}, date(2026, 10, 1), lambda amount, _currency: amount, Decimal("3.4")
    )
    assert TopUp(Decimal(10)).amount(goods) == Decimal("6.6")
    assert TopUp(Decimal(10)).amount(replace(goods, base=Decimal("16.5"))) == 0


def test_goods_under_section_232_are_free_of_the_country_duty_and_the_step_says_why():
    since = date(2026, 7, 24)
    measures = [
        TariffMeasure("us", "73239300", "mfn", "2%", "HTS", since),
        TariffMeasure("us", "73239300", "additional", "25%", "232", since, None, "", "s232-1b"),
        TariffMeasure("us", "", "country", "12.5%", "note 52", since, None, "CN", "9903.05.31"),
    ]
    law = StackingRule("us", "s232", "9903.05.", since, None, "U.S. note 52(f)")
    book = TariffBook.of(measures, versions={}, stacking=[law])
    asked = request("US", line("100", "USD", "73239300"), on="2026-10-01")
    quote = replace(engine(), tariff=book).quote(asked, rates=rates)
    assert quote.lines[0].rate_text == "2% + 25% (s232-1b)"
    assert [(s.inputs["kind"], s.source) for s in quote.trace if s.code == "duty-yields"] == [
        ("9903.05.31", "U.S. note 52(f)")
    ]
    alone = replace(engine(), tariff=TariffBook.of(measures, versions={})).quote(asked, rates=rates)
    assert str(alone.duty.amount) == "39.50"


@pytest.mark.parametrize(
    ("schemes", "origin", "duty", "notes"),
    [
        ("ORIGIN-KR", "KR", "0.00", set()),
        ("", "KR", "16.50", {"preference-open"}),
        ("ORIGIN-KR", "TH", "16.50", set()),
    ],
)
def test_a_preference_of_the_tariff_needs_its_proof(schemes, origin, duty, notes):
    since = date(2025, 1, 1)
    measures = [
        TariffMeasure("us", "61091000", "mfn", "16.5%", "HTS", since),
        TariffMeasure("us", "61091000", "preference", "Free", "HTS", since, None, "", "AU KR SG"),
    ]
    asked = request(
        "US", line("100", "USD", "6109100012", origin=origin), on="2026-03-02", schemes=schemes, origin=origin
    )
    quote = replace(engine(), tariff=TariffBook.of(measures, versions={})).quote(asked, rates=rates)
    assert str(quote.duty.amount) == duty
    assert {note.code for note in quote.notes} == notes
    assert not quote.estimated


def test_a_code_that_expired_yesterday_is_refused_with_its_successor():
    since = date(2021, 1, 1)
    measures = [TariffMeasure("eu", "34021190", "mfn", "4%", "CET", since)]
    expired = {("hs", "340211"): Expiry(date(2026, 10, 1), ("340231", "340239"), "WCO correlation")}
    book = TariffBook.of(measures, versions={}, expired=expired)
    asked = request("DE", line("500", "EUR", "34021190"), b2c=False, on="2026-10-01")
    gone = replace(engine(), tariff=book).quote(asked, rates=rates)
    assert [m.code for m in gone.missing] == ["hs-expired"]
    assert "340231 or 340239" in gone.missing[0].detail
    day_before = replace(asked, on=date(2026, 9, 30))
    assert str(replace(engine(), tariff=book).quote(day_before, rates=rates).duty.amount) == "20.00"


@pytest.mark.parametrize(
    ("rule", "on", "days"),
    [
        ("daily", "2026-11-20", ["2026-11-20"]),
        ("day-before", "2026-11-20", ["2026-11-19"]),
        ("eu-month", "2026-11-20", ["2026-10-21"]),
        ("uk-month", "2026-11-20", ["2026-10-21"]),
        ("cn-month", "2026-11-20", ["2026-10-21"]),
        ("cn-month", "2026-01-31", ["2025-12-17"]),
        ("us-quarter", "2026-11-20", ["2026-10-01"]),
        ("us-quarter", "2028-01-02", ["2028-01-02"]),
        ("us-quarter", "2028-01-09", ["2028-01-03"]),
        ("jp-week", "2026-11-20", ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05", "2026-11-06"]),
    ],
)
def test_the_day_whose_rate_the_authority_takes(rule, on, days):
    assert [day.isoformat() for day in rate_days(rule, date.fromisoformat(on))] == days


def test_a_quote_names_the_days_of_its_rate_and_averages_them():
    asked: list[date] = []

    def daily(_base: str, _quote: str, on: date) -> Decimal:
        asked.append(on)
        return Decimal(on.day)

    quote = engine().quote(request("JP", line("100", "USD", "950300", stated_duty="Free")), rates=daily)
    assert quote.versions["rates_on"].split()[0] == "2026-11-02"
    assert quote.versions["rate:USD/JPY"] == "4"
    assert len(set(asked)) == 5


@pytest.mark.parametrize(
    ("left", "tax", "notes"), [("900", "91.00", {"rule-to-verify"}), ("500", None, {"quota-used-up"})]
)
def test_a_used_up_quota_closes_the_scheme(left, tax, notes):
    goods = line("700", "CNY", "950300", origin="GB")
    asked = replace(
        request("CN", goods, origin="GB", schemes="CBEC", freight="300"),
        quota_left={"CN-CBEC-year": Money.of(Decimal(left) + 100, "CNY")},
    )
    quote = engine().quote(asked, rates=rates)
    assert {note.code for note in quote.notes} == notes
    if tax is None:
        assert [missing.code for missing in quote.missing] == ["no-tariff"]
    else:
        assert str(quote.tax.amount) == tax


def test_a_quote_is_worked_out_again_from_its_inputs():
    wine = line("500", "EUR", "22041011", units={"l": Decimal("75.5")}, mass_g=90_000)
    quote = price("DE", wine, b2c=False, freight="12.34", insurance="1.10")
    again = engine().quote(request_of(json.loads(json.dumps(quote.inputs))), rates=rates)
    assert again == quote
    assert digest_of(quote.inputs, quote.versions) == quote.digest


@pytest.mark.parametrize(
    ("destination", "goods", "duty", "tax"),
    [
        ("IN", line("333.33", "INR", stated_duty="10%"), "33.00", "66.00"),
        ("KR", line("333333", "KRW", stated_duty="8%"), "26660", "36000"),
    ],
)
def test_the_authority_rounds_as_its_law_says(destination, goods, duty, tax):
    # 33.33 rupees of duty are 33; 26,666 won are asked as 26,660
    quote = price(destination, goods, b2c=False)
    assert amounts(quote)[:2] == (duty, tax)
