"""What keeps a line from a price, the policy for short codes, and sums that must always hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.landed_types import LandedRequest, NotPriced
from fondaco.platforms.window.domain.landed_value import values_of
from fondaco.platforms.window.domain.regime import BadRegime, RegimeBook, regime_of
from fondaco.platforms.window.regime_load import FOLDER
from fondaco.platforms.window.regime_read import read_regimes
from fondaco.platforms.window.tests.landed_helpers import amounts, engine, line, price, rates


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


@settings(max_examples=150)
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
