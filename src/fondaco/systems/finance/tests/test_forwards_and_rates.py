"""Forwards on their day, the settlement file's check, and a second provider of rates beside the first."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

import pytest

from fondaco.kernel.money import Money
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.models import FxQuote
from fondaco.systems.finance.public import exchange
from fondaco.systems.finance.tests.conftest import OPERATOR, SELLER
from fondaco.systems.finance.tests.test_exchange import (
    NOW,
    SCOPE,
    TODAY,
    balance,
    fund,
    proposed,
)


@pytest.mark.usefixtures("rates")
def test_the_settlement_file_is_checked_and_a_changed_one_refused() -> None:
    fund(10_000)
    quote = exchange.make_quote(SCOPE, Money(10_000, "GBP"), "JPY", now=NOW)
    exchange.take_quote(SCOPE, quote.id, now=NOW)
    body = exchange.settlement_file(OPERATOR, parties={}, since=TODAY, until=TODAY + timedelta(days=1))
    held = exchange.check_file(body)
    assert (held.deals, held.totals) == (1, ((Money(10_000, "GBP"), Money(20_996, "JPY")),))
    for old, new in ((b"100.00", b"100.01"), (b"20996", b"20998"), (b"GBP", b"QQQ"), (b"record", b"Record"),
                     (b"deal,", b"note,"), (b"2026-10-30,122030", b"2026-10-31,122030"), (b"end,1", b"end,2")):  # fmt: skip
        changed = body.replace(old, new)
        text, _, end = changed.rpartition(b"end,")
        resealed = text + b"end," + end.partition(b",")[0] + b"," + sha256(text).hexdigest().encode()
        assert changed != body
        for wrong in (resealed, changed):
            with pytest.raises(exchange.BadExchangeFile):
                exchange.check_file(wrong)
            if new == b"end,2":
                break
    with pytest.raises(exchange.BadExchangeFile):
        exchange.check_file(b"end,")


def booked(client: exchange.HedgeClient) -> exchange.ForwardView:
    return exchange.order_cover(SCOPE, proposed().id, provider=client, now=NOW)


def in_transit() -> int:
    return sum(b.balance_minor for b in finance.balances(SELLER, codes=["payout_in_transit"]))


@pytest.mark.usefixtures("rates")
def test_a_forward_is_delivered_on_its_day_once_whatever_answers_are_lost(
    provider: tuple[exchange.HedgeSimulator, exchange.HedgeClient],
) -> None:
    simulator, client = provider
    forward = booked(client)
    assert forward.buy is not None
    assert exchange.deliver_forwards(client, now=NOW) == exchange.DeliveryRun()
    due = datetime.combine(forward.due_on, NOW.timetz())
    assert exchange.deliver_forwards(client, now=due).unfunded == 1
    assert exchange.list_forwards(SCOPE)[0].failure == "insufficient-funds"
    fund(forward.sell.minor, "GBP")
    simulator.lose_answers = 1
    assert exchange.deliver_forwards(client, now=due).waiting == 1
    assert (balance("GBP"), balance("CNY"), in_transit()) == (0, 0, forward.sell.minor)
    assert exchange.deliver_forwards(client, now=due).settled == 1
    assert exchange.deliver_forwards(client, now=due) == exchange.DeliveryRun()
    assert (balance("GBP"), balance("CNY"), in_transit()) == (0, forward.buy.minor, 0)
    done = exchange.list_forwards(SCOPE)[0]
    assert (done.state, done.failure, done.settled_at) == ("settled", "", due)
    assert set(finance.trial_balance().values()) == {0}
    body = exchange.settlement_file(
        OPERATOR, parties={}, since=forward.due_on, until=forward.due_on + timedelta(days=1)
    )
    assert exchange.check_file(body).totals == ((forward.sell, forward.buy),)


@pytest.mark.usefixtures("rates")
def test_a_forward_that_is_not_delivered_gives_the_money_back(
    provider: tuple[exchange.HedgeSimulator, exchange.HedgeClient],
) -> None:
    simulator, client = provider
    forward = booked(client)
    fund(forward.sell.minor, "GBP")
    due = datetime.combine(forward.due_on, NOW.timetz())
    simulator.defaulted = {str(forward.id)}
    for _ in range(2):
        assert exchange.deliver_forwards(client, now=due).refused == 1
        assert (balance("GBP"), balance("CNY"), in_transit()) == (forward.sell.minor, 0, 0)
    assert (exchange.list_forwards(SCOPE)[0].state, exchange.list_forwards(SCOPE)[0].failure) == (
        "booked", "no_such_forward",
    )  # fmt: skip
    simulator.defaulted = set()
    assert exchange.deliver_forwards(client, now=due).settled == 1


BOE_FILE = b"DATE,XUDLUSS,XUDLERS,XUDLJYS\r\n30 Oct 2026,1.3402,1.1990,%s\r\n29 Oct 2026,,1.1985,\r\n"


@pytest.mark.usefixtures("rates")
def test_two_providers_are_compared_and_no_quote_is_locked_where_they_disagree() -> None:
    """ECB 2026-10-30: EUR/GBP 0.8338, so 1.199328376109 euro, 1.339889661789 dollars, 210.698 yen for a pound."""
    taken = exchange.take_rates(BOE_FILE % b"210.55", now=NOW)
    assert (taken.added, taken.alarms) == (4, ())
    checks = {one.currency: one for one in exchange.compare_rates(on=TODAY)}
    assert sorted(checks) == ["EUR", "JPY", "USD"]
    assert (checks["USD"].first, checks["USD"].alarm) == (Decimal("1.339889661789"), False)
    assert exchange.take_rates(BOE_FILE % b"99.9", now=NOW).added == 0  # what is there stays
    assert exchange.make_quote(SCOPE, Money(10_000, "GBP"), "JPY", now=NOW).rate_on == TODAY


@pytest.mark.usefixtures("rates")
def test_an_alarm_stops_quotes_on_that_currency_only() -> None:
    taken = exchange.take_rates(BOE_FILE % b"190.00", now=NOW)
    assert [(one.currency, one.apart > Decimal("0.09")) for one in taken.alarms] == [("JPY", True)]
    with pytest.raises(exchange.RatesDisagree):
        exchange.make_quote(SCOPE, Money(10_000, "GBP"), "JPY", now=NOW)
    assert FxQuote.objects.house().count() == 0
    assert exchange.make_quote(SCOPE, Money(10_000, "GBP"), "USD", now=NOW).buy.currency == "USD"


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe", b"", b"DATE\n", b"DAY,XUDLUSS\n30 Oct 2026,1.3\n", b"DATE,XUDLXXX\n30 Oct 2026,1.3\n",
        b"DATE,XUDLUSS,XUDLUSS\n30 Oct 2026,1.3,1.3\n", b"DATE,XUDLUSS\n2026-10-30,1.3\n",
        b"DATE,XUDLUSS\n31 Oct 2026,1.3\n", b"DATE,XUDLUSS\n30 Oct 2026,1.3\n30 Oct 2026,1.3\n",
        b"DATE,XUDLUSS\n30 Oct 2026,-1\n", b"DATE,XUDLUSS\n30 Oct 2026,n/a\n", b"DATE,XUDLUSS\n30 Oct 2026,\n",
        b"DATE,XUDLUSS\n30 Oct 2026,1.3,1.4\n",
    ],
)  # fmt: skip
def test_a_bad_file_of_rates_is_refused_whole(db: None, content: bytes) -> None:
    with pytest.raises(exchange.BadRateFile):
        exchange.take_rates(content, now=NOW)
    assert exchange.compare_rates(on=TODAY) == []
