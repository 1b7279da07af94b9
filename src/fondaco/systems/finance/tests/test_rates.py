"""Dated rates, cross rates, and conversions that lose nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.kernel.money import Money, UnknownCurrency
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.domain.commission import Commission
from fondaco.systems.finance.domain.fx import Conversion, DatedRate, position_entries
from fondaco.systems.finance.domain.payments import capture_entries
from fondaco.systems.finance.domain.refunds import presented
from fondaco.systems.finance.domain.settlement import LocalDues, share_out
from fondaco.systems.finance.tests.conftest import AUTHORITY, BUYER, DAY, SELLER, settlement_request

CURRENCIES = st.sampled_from(["EUR", "GBP", "JPY", "KWD", "KRW", "USD", "TND"])
MINORS = st.integers(1, 10**10)
RATES = st.decimals("0.000001", "100000", places=12, allow_nan=False, allow_infinity=False)


def sums(entries: tuple[finance.Entry, ...]) -> dict[str, int]:
    total: dict[str, int] = {}
    for entry in entries:
        total[entry.account.currency] = total.get(entry.account.currency, 0) + entry.amount_minor
    return total


@pytest.mark.django_db
def test_rates_are_the_ecbs_of_the_day_or_of_the_day_before() -> None:
    """Source: ECB eurofxref-hist: 2026-10-30 EUR/USD 1.1172, EUR/JPY 175.68, EUR/GBP 0.8338."""
    friday, sunday = date(2026, 10, 30), date(2026, 11, 1)
    assert finance.rate("EUR", "USD", friday).rate == Decimal("1.1172")
    assert finance.rate("EUR", "USD", sunday) == finance.rate("EUR", "USD", friday)
    assert finance.rate("GBP", "JPY", friday).rate == Decimal("210.698009114896")  # 175.68 / 0.8338
    assert finance.rate("GBP", "EUR", friday).rate == Decimal("1.199328376109")
    assert finance.rate("GBP", "GBP", friday).rate == 1
    assert finance.rate("EUR", "USD", date(1999, 1, 4)).rate == Decimal("1.1789")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pair", "on", "error"),
    [
        (("AED", "GBP"), DAY, finance.NoRate),
        (("GBP", "LBP"), DAY, finance.NoRate),
        (("EUR", "USD"), date(1998, 12, 31), finance.NoRate),
        (("EUR", "USD"), date(2027, 6, 1), finance.RateTooOld),
        (("RUB", "EUR"), DAY, finance.RateTooOld),
        (("QQQ", "EUR"), DAY, UnknownCurrency),
    ],
)
def test_a_rate_that_is_not_there_is_said_so(pair: tuple[str, str], on: date, error: type[Exception]) -> None:
    with pytest.raises(error):
        finance.rate(*pair, on)


@pytest.mark.django_db
def test_several_rates_leave_out_what_has_none() -> None:
    found = finance.rates_for([("GBP", "EUR"), ("GBP", "AED"), ("GBP", "RUB")], DAY)
    assert list(found) == [("GBP", "EUR")]


@pytest.mark.django_db
def test_loading_again_adds_nothing() -> None:
    report = finance.ensure_rates()
    assert (report.added, report.first_on) == (0, date(1999, 1, 4))
    assert report.total > 220_000


@settings(max_examples=250)
@given(minor=MINORS, base=CURRENCIES, quote=CURRENCIES, rate=RATES)
def test_a_conversion_leaves_each_currency_at_zero(minor: int, base: str, quote: str, rate: Decimal) -> None:
    amount = Money(minor, base)
    escrow = amount if base == quote else amount.converted(rate, quote)
    entries = capture_entries(order_id=BUYER, provider_id=SELLER, amount=amount, escrow=escrow)
    assert set(sums(entries).values()) <= {0}


@settings(max_examples=250)
@given(
    parts=st.tuples(*[st.integers(0, 10**7)] * 6),
    local=CURRENCIES,
    rate=RATES,
    commission=st.decimals("0", "1", places=4),
    vat=st.decimals("0", "0.3", places=3),
)
def test_a_settlement_shares_out_exactly_the_escrow(
    parts: tuple[int, ...], local: str, rate: Decimal, commission: Decimal, vat: Decimal
) -> None:
    goods, carriage, freight, duty, tax, fees = parts
    request = settlement_request(
        BUYER, goods=goods, carriage=carriage, freight_cost=freight, duty=duty, tax=tax, fees=fees
    )
    fee = Money(goods + carriage, "GBP").times(commission)
    charged = Commission("r", commission, fee, vat, fee.times(vat))
    share = share_out(request, fee=charged, dues=_dues(duty, tax, fees, local, rate))
    assert set(sums(share.entries).values()) <= {0}
    mine = [
        e.amount_minor for e in share.entries if e.account.owner_id == SELLER and e.account.code == "payable"
    ]
    assert sum(mine) == max(share.seller_minor, 0)
    escrow = [e.amount_minor for e in share.entries if e.account.code.startswith("escrow:")]
    assert -sum(escrow) == request.total


def _dues(duty: int, tax: int, fees: int, local: str, rate: Decimal) -> LocalDues:
    parts = [Money(minor, "GBP") for minor in (duty, tax, fees)]
    if local == "GBP" or not any(parts):
        return LocalDues(parts[0], parts[1], parts[2], None)
    there = [part.converted(rate, local) for part in parts]
    dated = DatedRate("ECB", "GBP", local, DAY, rate)
    whole = Conversion(Money.sum(parts, "GBP"), Money.sum(there, local), dated)
    return LocalDues(there[0], there[1], there[2], whole)


@settings(max_examples=250)
@given(
    paid=st.integers(1, 10**9),
    shares=st.lists(st.integers(1, 10**6), min_size=1, max_size=12),
)
def test_partial_refunds_add_up_to_the_payment_and_never_exceed_it(paid: int, shares: list[int]) -> None:
    escrow, given_before, back = sum(shares), 0, 0
    for share in shares:
        part = presented(
            paid=paid, escrow=escrow, given_before=given_before, paid_before=back, now_given=share
        )
        assert part >= 0
        given_before, back = given_before + share, back + part
        assert back <= paid
    assert back == paid


def test_ten_thousand_conversions_there_and_back_lose_no_unit_of_any_currency() -> None:
    total: dict[str, int] = {}
    for n in range(1, 10_001):
        sold = Money(n * 37 % 99_991 + 1, "GBP")
        bought = sold.converted(Decimal("210.698009114896"), "JPY")
        outside = (
            finance.Entry(finance.AccountKey(AUTHORITY, "payable", "GBP"), -sold.minor),
            finance.Entry(finance.AccountKey(AUTHORITY, "payable", "JPY"), bought.minor),
        )
        for currency, minor in sums(position_entries(sold=sold, bought=bought) + outside).items():
            total[currency] = total.get(currency, 0) + minor
    assert total == {"GBP": 0, "JPY": 0}
