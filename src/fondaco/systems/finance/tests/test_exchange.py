"""Exchange: locked quotes convert exactly, exposure nets, forwards follow parity, cover is booked once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.kernel.errors import Forbidden, NotFound, Refused
from fondaco.kernel.money import BadAmount, CurrencyEnded, Money, UnknownCurrency
from fondaco.kernel.statemachine import installed_transitions
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.domain.exchange import (
    Exposed,
    Flow,
    Listed,
    MoneyMarket,
    Policy,
    bucket_of,
    expose,
    forward_rate,
    guard_price,
    propose_cover,
)
from fondaco.systems.finance.domain.fx import DatedRate
from fondaco.systems.finance.domain.fx_risk import TooFewRates, back_test, kupiec, measure, tail
from fondaco.systems.finance.models import (
    COVERS,
    FORWARDS,
    QUOTES,
    CoverProposal,
    FxForward,
    FxQuote,
    Journal,
)
from fondaco.systems.finance.public import exchange
from fondaco.systems.finance.tests.conftest import OPERATOR, SELLER, outside, purse, scope_of, transfer

NOW = datetime(2026, 10, 30, 12, tzinfo=UTC)
TODAY = NOW.date()
SCOPE = Scope(SELLER, Kind.SELLER, role=Role.OWNER, actor="s")


def fund(minor: int, currency: str = "GBP") -> None:
    finance.post_journals(
        [transfer(f"fund:{currency}:{minor}", outside(currency), purse(SELLER, currency), minor)]
    )


def balance(currency: str) -> int:
    return sum(b.balance_minor for b in finance.balances(SELLER, codes=["payable"]) if b.currency == currency)


@pytest.mark.usefixtures("rates")
def test_a_quote_converts_exactly_what_it_said_and_once() -> None:
    """ECB 2026-10-30: EUR/GBP 0.8338, EUR/JPY 175.68; 35 basis points under the mid of 210.698009114896."""
    fund(10_000)
    quote = exchange.make_quote(SCOPE, Money(10_000, "GBP"), "JPY", now=NOW)
    assert (quote.rate, quote.buy) == (Decimal("209.960566082994"), Money(20_996, "JPY"))
    taken = exchange.take_quote(SCOPE, quote.id, now=NOW + timedelta(seconds=59))
    again = exchange.take_quote(SCOPE, quote.id, now=NOW + timedelta(days=9))
    assert (balance("GBP"), balance("JPY"), again.journal_id) == (0, 20_996, taken.journal_id)
    assert exchange.exposure_board(finance.HOUSE, base="EUR", on=TODAY).flows == (
        Flow("GBP", 10_000, TODAY, "position"),
        Flow("JPY", -20_996, TODAY, "position"),
    )


@pytest.mark.usefixtures("rates")
def test_a_quote_that_lapsed_or_is_anothers_or_cannot_be_paid_converts_nothing() -> None:
    quote = exchange.make_quote(SCOPE, Money(10_000, "GBP"), "USD", now=NOW)
    with pytest.raises(finance.InsufficientFunds):
        exchange.take_quote(SCOPE, quote.id, now=NOW)
    fund(10_000)
    with pytest.raises(NotFound):
        exchange.take_quote(scope_of(UUID(int=8), Kind.SELLER), quote.id, now=NOW)
    with pytest.raises(exchange.QuoteLapsed):
        exchange.take_quote(SCOPE, quote.id, now=NOW + timedelta(seconds=60))
    assert exchange.lapse_quotes(now=NOW + timedelta(seconds=60)) == 1
    with pytest.raises(exchange.QuoteLapsed):
        exchange.take_quote(SCOPE, quote.id, now=NOW)
    assert (balance("GBP"), Journal.objects.filter(kind="exchange").count()) == (10_000, 0)


@pytest.mark.usefixtures("rates")
@pytest.mark.parametrize(
    ("amount", "currency", "buy", "on", "fact"),
    [
        ("1.001", "GBP", "USD", NOW, BadAmount),
        ("0.5", "JPY", "USD", NOW, BadAmount),
        ("-1", "GBP", "USD", NOW, BadAmount),
        ("1", "EUR", "HRK", NOW, CurrencyEnded),
        ("1", "XXX", "EUR", NOW, UnknownCurrency),
        ("1", "GBP", "QQQ", NOW, UnknownCurrency),
        ("1", "GBP", "AED", NOW, finance.NoRate),
        ("1", "GBP", "RUB", NOW, finance.RateTooOld),
        ("1", "GBP", "USD", NOW + timedelta(days=400), finance.RateTooOld),
        ("1", "GBP", "GBP", NOW, Refused),
        ("0.01", "INR", "KWD", NOW, finance.NoRate),
        ("1000000000000000.01", "GBP", "USD", NOW, BadAmount),
        ("100000000000000", "USD", "IDR", NOW, BadAmount),
    ],
)
def test_what_cannot_be_quoted_is_refused_and_nothing_is_kept(
    amount: str, currency: str, buy: str, on: datetime, fact: type[Exception]
) -> None:
    with pytest.raises(fact):
        exchange.make_quote(SCOPE, Money.exactly(amount, currency), buy, now=on)
    assert not FxQuote.objects.house().exists()


def test_a_currency_that_ended_says_when() -> None:
    with pytest.raises(CurrencyEnded, match="2023-01-01"):
        Money.of("1", "HRK")


def test_flows_net_by_currency_and_bucket() -> None:
    flows = [
        Flow("EUR", 500, TODAY - timedelta(days=3), "balance"),
        Flow("EUR", -200, TODAY + timedelta(days=30), "commitment"),
        Flow("EUR", 90, TODAY + timedelta(days=31), "escrow"),
        Flow("GBP", 70, TODAY, "balance"),
        Flow("CNY", -1_000, TODAY + timedelta(days=400), "commitment"),
    ]
    hedges = [Flow("EUR", 100, TODAY + timedelta(days=10), "forward"), Flow("GBP", -83, TODAY, "forward")]
    rows = expose(flows, hedges, base="GBP", on=TODAY)
    assert rows == (
        Exposed("CNY", 2, 0, 1_000, 0),
        Exposed("EUR", 0, 500, 200, 100),
        Exposed("EUR", 1, 90, 0, 0),
    )
    assert [(r.net, r.open) for r in rows] == [(-1_000, -1_000), (300, 200), (90, 90)]
    covers = propose_cover(rows, layers=(80, 50, 25), on=TODAY)
    assert [(c.currency, c.bucket, c.amount_minor) for c in covers] == [
        ("CNY", 2, -250),
        ("EUR", 0, 140),
        ("EUR", 1, 45),
    ]


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), st.integers(0, 100))
@settings(max_examples=60)
def test_cover_never_goes_beyond_its_layer_nor_against_the_exposure(
    net: int, hedged: int, share: int
) -> None:
    row = Exposed("EUR", 0, max(net, 0), max(-net, 0), hedged)
    for cover in propose_cover([row], layers=(share, 0, 0), on=TODAY):
        assert cover.amount_minor * net > 0
        assert abs(hedged + cover.amount_minor) <= abs(net) * share / 100
    assert bucket_of(TODAY + timedelta(days=abs(net) % 120), on=TODAY) in (0, 1, 2)


def test_forwards_follow_covered_parity() -> None:
    """By hand: 1.25 * (1 + 0.04 * 91/360) / (1 + 0.05 * 91/365)."""
    spot = DatedRate("ECB", "GBP", "USD", TODAY, Decimal("1.25"))
    pound = MoneyMarket("GBP", Decimal("0.05"), 365, TODAY, "")
    dollar = MoneyMarket("USD", Decimal("0.04"), 360, TODAY, "")
    assert forward_rate(spot, pound, dollar, days=91) == Decimal("1.247092935853")
    assert forward_rate(spot, pound, dollar, days=0) == spot.rate
    exact = 1.25 * (1 + 0.04 * 91 / 360) / (1 + 0.05 * 91 / 365)
    assert float(forward_rate(spot, pound, dollar, days=91)) == pytest.approx(exact, abs=1e-9)


def test_the_guard_speaks_when_the_margin_is_eaten() -> None:
    """Priced at 100 with 20 % margin, cost 720 CNY at 9; at 8.5 the cost is 84.71, a quarter of the margin gone."""
    policy, listed = Policy("GBP"), Listed("CUP", Money(10_000, "GBP"), TODAY)
    assert guard_price(listed, then=Decimal(9), now=Decimal("8.6"), policy=policy) is None
    alert = guard_price(listed, then=Decimal(9), now=Decimal("8.4"), policy=policy)
    assert alert is not None
    assert (alert.margin_now_pct, alert.eaten_pct) == (Decimal("14.29"), Decimal("28.57"))
    assert alert.suggested == Money(10_714, "GBP")


def test_the_tail_is_the_quantile_and_the_mean_beyond_it() -> None:
    assert tail([float(n) for n in range(-50, 50)]) == (45.0, 48.0)
    assert kupiec(1_000, 50, expected=0.05) == pytest.approx(0)
    assert kupiec(1_000, 70, expected=0.05) == pytest.approx(7.53, abs=0.05)


@pytest.mark.usefixtures("rates")
def test_value_at_risk_is_exceeded_as_often_as_it_says() -> None:
    history = finance_history("USD", "BRL")
    one = back_test({"USD": 1.0, "BRL": 1.0}, history, since=date(2016, 1, 1))
    assert one.holds
    assert 0.03 < one.share < 0.07
    risk = measure({"USD": 1_000.0, "BRL": 1_000.0}, history, base="CNY")
    assert 0 < risk.var < risk.shortfall < risk.worst
    assert risk.var < sum(risk.by_currency.values())
    with pytest.raises(TooFewRates):
        measure({"USD": 1.0}, {"USD": history["USD"][:100]}, base="CNY")


def finance_history(*currencies: str) -> dict[str, list[tuple[date, float]]]:
    from fondaco.systems.finance.services.rates import rate_history

    return rate_history(currencies, base="CNY", since=date(2013, 6, 1))


def proposed() -> exchange.CoverView:
    exchange.add_commitment(
        SCOPE, Money(-100_000, "CNY"), due_on=TODAY + timedelta(days=20), label="Yiwu", now=NOW
    )
    board = exchange.exposure_board(SELLER, base="GBP", on=TODAY)
    policy = exchange.policy_of(SELLER, base="GBP")
    assert exchange.propose(SELLER, board, policy=policy, now=NOW) == 1
    assert exchange.propose(SELLER, board, policy=policy, now=NOW) == 0
    return exchange.list_covers(SCOPE)[0]


@pytest.mark.usefixtures("rates")
def test_cover_is_proposed_edited_and_booked_once(
    provider: tuple[exchange.HedgeSimulator, exchange.HedgeClient],
) -> None:
    simulator, client = provider
    cover = proposed()
    assert (cover.amount, cover.share_pct, cover.state) == (Money(-80_000, "CNY"), 80, "proposed")
    assert cover.why["base_source"].startswith("PBC")
    edited = exchange.edit_cover(SCOPE, cover.id, share_pct=50, now=NOW)
    assert edited.amount == Money(-50_000, "CNY")
    simulator.lose_answers = 1
    with pytest.raises(exchange.HedgeUnavailable):
        exchange.order_cover(SCOPE, cover.id, provider=client, now=NOW)
    assert exchange.list_forwards(SCOPE)[0].state == "asked"
    assert hedged() == -50_000  # what may be booked is not proposed a second time
    assert exchange.ask_again(client, now=NOW) == 1
    forward = exchange.order_cover(SCOPE, cover.id, provider=client, now=NOW)
    assert (forward.state, forward.sell.currency, len(simulator.booked)) == ("booked", "GBP", 1)
    with pytest.raises(exchange.CoverDecided):
        exchange.dismiss_cover(SCOPE, cover.id, now=NOW)
    assert forward.buy is not None
    assert (hedged(), hedged(TODAY + timedelta(days=99))) == (
        -forward.buy.minor,
    ) * 2  # overdue, it still stands


def hedged(on: date = TODAY) -> int:
    return exchange.exposure_board(SELLER, base="GBP", on=on).rows[0].hedged


@pytest.mark.usefixtures("rates")
def test_proposals_follow_the_board_keep_their_share_and_are_of_their_day(
    provider: tuple[exchange.HedgeSimulator, exchange.HedgeClient],
) -> None:
    """60 % of 1,500.00 after a second invoice of 500.00; more than the layer of 80 % takes a second person."""
    cover, tomorrow = proposed(), NOW + timedelta(days=1)
    exchange.edit_cover(SCOPE, cover.id, share_pct=60, now=NOW)
    exchange.add_commitment(
        SCOPE, Money(-50_000, "CNY"), due_on=TODAY + timedelta(days=9), label="Yiwu 2", now=NOW
    )
    board = exchange.exposure_board(SELLER, base="GBP", on=TODAY)
    assert exchange.propose(SELLER, board, policy=exchange.policy_of(SELLER, base="GBP"), now=NOW) == 0
    kept = exchange.list_covers(SCOPE)[0]
    assert (kept.share_pct, kept.net, kept.amount) == (60, Money(-150_000, "CNY"), Money(-90_000, "CNY"))
    with pytest.raises(exchange.CoverOutdated):
        exchange.edit_cover(SCOPE, cover.id, share_pct=70, now=tomorrow)
    with pytest.raises(exchange.CoverOutdated):
        exchange.order_cover(SCOPE, cover.id, provider=provider[1], now=tomorrow)
    exchange.edit_cover(SCOPE, cover.id, share_pct=81, now=NOW)
    with pytest.raises(finance.SameHand):
        exchange.order_cover(SCOPE, cover.id, provider=provider[1], now=NOW)
    assert (FxForward.objects.house().count(), provider[0].booked) == (0, {})
    second = Scope(SELLER, Kind.SELLER, role=Role.MANAGER, actor="second")
    assert exchange.order_cover(second, cover.id, provider=provider[1], now=NOW).state == "booked"


@pytest.mark.usefixtures("rates")
def test_a_refused_forward_says_why_and_strangers_decide_nothing(
    provider: tuple[exchange.HedgeSimulator, exchange.HedgeClient],
) -> None:
    simulator, client = provider
    simulator.refused = frozenset({"GBP"})
    cover = proposed()
    stranger = scope_of(UUID(int=8), Kind.SELLER)
    for deed in (
        lambda: exchange.edit_cover(stranger, cover.id, share_pct=5, now=NOW),
        lambda: exchange.dismiss_cover(stranger, cover.id, now=NOW),
        lambda: exchange.order_cover(stranger, cover.id, provider=client, now=NOW),
    ):
        with pytest.raises(exchange.CoverNotFound):
            deed()
    with pytest.raises(Refused):
        exchange.edit_cover(SCOPE, cover.id, share_pct=101, now=NOW)
    forward = exchange.order_cover(SCOPE, cover.id, provider=client, now=NOW)
    assert (forward.state, forward.failure) == ("refused", "currency_not_offered")
    assert CoverProposal.objects.house().get().state == "ordered"


@pytest.mark.usefixtures("rates")
def test_the_settlement_file_adds_up_and_is_for_authorities() -> None:
    fund(10_000)
    quote = exchange.make_quote(SCOPE, Money(10_000, "GBP"), "JPY", now=NOW)
    exchange.take_quote(SCOPE, quote.id, now=NOW)
    asked: dict[str, Any] = {"since": TODAY.replace(day=1), "until": date(2026, 11, 1)}
    with pytest.raises(Forbidden):
        exchange.settlement_file(SCOPE, parties={}, **asked)
    body = exchange.settlement_file(OPERATOR, parties={f"quote:{quote.id}": ("Brook", "GB")}, **asked)
    lines = body.decode().split("\r\n")
    assert lines[1].split(",")[3:10] == [f"quote:{quote.id}", "Brook", "GB", "GBP", "100.00", "JPY", "20996"]
    assert lines[2] == "total,,2026-11-01,,,,GBP,100.00,JPY,20996"
    assert lines[3].startswith("end,1,")


def test_the_guards_in_the_database_are_the_machines(db: None) -> None:
    for machine, table in ((QUOTES, "fxquote"), (COVERS, "coverproposal"), (FORWARDS, "fxforward")):
        assert installed_transitions(f"finance_{table}") == machine.edges
    assert FxForward.objects.house().count() == 0


@pytest.mark.usefixtures("rates")
def test_a_policy_is_kept_and_a_bad_one_refused() -> None:
    policy = Policy("GBP", (100, 60, 30), "CNY", Decimal(15), Decimal(30))
    exchange.save_policy(SCOPE, policy, now=NOW)
    assert exchange.policy_of(SELLER, base="EUR") == policy
    wrong = [Decimal(n) for n in ("0", "0.001", "100", "NaN", "Infinity")]
    for bad in (Policy("GBP", (101, 0, 0)), *(Policy("GBP", margin_pct=n) for n in wrong)):
        with pytest.raises(exchange.BadPolicy):
            exchange.save_policy(SCOPE, bad, now=NOW)
    with pytest.raises(UnknownCurrency):
        exchange.save_policy(SCOPE, Policy("ABC"), now=NOW)
    assert exchange.policy_of(SELLER, base="EUR") == policy
