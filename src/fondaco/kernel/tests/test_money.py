from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fondaco.kernel.money import BadAmount, CurrencyMismatch, Money, UnknownCurrency, split_minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("1.005", "EUR", 101),
        ("-1.005", "EUR", -101),
        ("34.116425", "EUR", 3412),
        ("100.5", "JPY", 101),
        ("1.0005", "KWD", 1001),
    ],
)
def test_of_rounds_half_up_to_the_currencys_exponent(amount: str, currency: str, minor: int) -> None:
    assert Money.of(amount, currency) == Money(minor, currency)


def test_exactly_refuses_more_decimals_than_the_currency_has() -> None:
    with pytest.raises(BadAmount):
        Money.exactly("1.5", "JPY")


@pytest.mark.parametrize(
    "amount",
    ["", "x", "NaN", "Infinity", "1e3", " 10", "10 ", "1_000", "1,000", "\u0661\u0660", ".5", "5.", "--1", "9" * 16,
     Decimal("sNaN"), Decimal("1e15"), Decimal("-1e999999"), 10**15],
)  # fmt: skip
def test_of_refuses_what_is_no_amount(amount: Decimal | int | str) -> None:
    for made in (Money.of, Money.exactly):
        with pytest.raises(BadAmount) as refused:
            made(amount, "EUR")
        assert (refused.value.field, bool(refused.value.remedy)) == ("amount", True)


def test_unknown_currency_and_mixed_currencies_are_refused() -> None:
    for no_money in ("XXX", "XTS"):
        with pytest.raises(UnknownCurrency):
            Money.of("1", no_money)
    for no_code in ("XYZ", "eur", "EUR\n", "", "EURO"):
        with pytest.raises(UnknownCurrency):
            Money.of(1, no_code)
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") + Money(1, "USD")


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_split_loses_nothing_and_is_within_one_unit_of_the_exact_share(
    total: int, weights: list[int]
) -> None:
    shares = split_minor(total, weights)
    assert sum(shares) == total
    if whole := sum(weights):
        for share, weight in zip(shares, weights, strict=True):
            assert abs(Decimal(share) - Decimal(total) * weight / whole) < 1
