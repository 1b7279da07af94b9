"""Money after delivery: how long it is kept, what keeps it, and what a lost dispute leaves to share out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.domain.escrow_hold import HoldRule, days_for
from fondaco.systems.finance.rules import hold_rules
from fondaco.systems.finance.tests.conftest import (
    BUYER,
    NOW,
    OPERATOR,
    SELLER,
    payment_request,
    scope_of,
    settlement_request,
)
from fondaco.systems.finance.tests.test_taxes_and_policies import put_in_force
from fondaco.systems.finance.tests.test_webhooks_and_disputes import send, told

THERE = NOW - timedelta(days=3)


def hold(payment: finance.PaymentDTO, *, now: datetime = NOW) -> finance.EscrowHold:
    return finance.escrow_holds([finance.Delivery(payment.order_id, THERE)], now=now)[payment.order_id]


@pytest.fixture
def paid(books: None, gateway: finance.ProviderClient) -> finance.PaymentDTO:
    request = payment_request(why={"risk": "low"})
    return finance.take_payments([request], gateway, now=NOW)[0]


@pytest.mark.parametrize(
    ("method", "risk", "on", "days", "rule"),
    [
        ("card", "low", date(2026, 1, 1), 7, "card"),
        ("card", "low", date(2025, 12, 31), 10, "card-2025"),
        ("card", "medium", date(2026, 6, 1), 14, "medium"),
        ("ideal", "low", date(2026, 6, 1), 3, "push"),
        ("ideal", "high", date(2026, 6, 1), 30, "high"),
        ("cod", "high", date(2026, 6, 1), 2, "cash"),
        ("sepa_debit", "low", date(2026, 6, 1), 14, "debit"),
    ],
)
def test_the_days_follow_method_risk_and_date(method: str, risk: str, on: date, days: int, rule: str) -> None:
    found = days_for(hold_rules(), method=method, risk=risk, on=on, own_days=None)
    assert found[:2] == (days, rule)
    assert days_for(hold_rules(), method=method, risk=risk, on=on, own_days=0)[:2] == (0, "own")


def test_a_day_that_no_rule_covers_is_refused() -> None:
    late = HoldRule("late", frozenset(), frozenset(), date(2030, 1, 1), None, 7, "test")
    with pytest.raises(finance.NoHoldRule):
        days_for([late], method="card", risk="low", on=date(2026, 1, 1), own_days=None)


def test_money_is_kept_until_its_days_are_over_and_the_clock_never_changes(paid: finance.PaymentDTO) -> None:
    first = hold(paid)
    assert (first.blocked_by, first.days, first.rule) == ("holding", 7, "card")
    assert first.free_at == THERE + timedelta(days=7)
    put_in_force(finance.Policy(hold_days=0, reason="trusted now"))
    assert hold(paid, now=first.free_at - timedelta(seconds=1)).blocked_by == "holding"
    assert hold(paid, now=first.free_at).is_free
    for scope, sees in ((scope_of(SELLER, Kind.SELLER), True), (scope_of(BUYER, Kind.BUYER), True),
                        (OPERATOR, True), (scope_of(uuid4(), Kind.SELLER), False)):  # fmt: skip
        assert bool(finance.hold_of_order(scope, paid.order_id, now=NOW)) is sees


def test_a_sellers_own_days_count_from_the_next_delivery(paid: finance.PaymentDTO) -> None:
    put_in_force(finance.Policy(hold_days=0, reason="trusted now"))
    assert (hold(paid).is_free, hold(paid).rule) == (True, "own")


def test_cash_is_looked_forward_to_by_the_day_on_which_it_is_free(paid: finance.PaymentDTO) -> None:
    seller, free = scope_of(SELLER, Kind.SELLER), hold(paid).free_at
    assert finance.cash_ahead(seller, now=NOW) == (finance.CashDay(free.date(), Money(10_000, "GBP"), 1),)
    late = free + timedelta(days=5)
    assert [day.on for day in finance.cash_ahead(seller, now=late)] == [
        late.date()
    ]  # goes out with the next run
    assert finance.cash_ahead(scope_of(uuid4(), Kind.SELLER), now=NOW) == ()
    send("dispute.opened", told(paid, case="C1", amount=4_000))
    assert finance.cash_ahead(seller, now=NOW) == ()


def test_a_dispute_keeps_the_money_whatever_the_days_and_its_loss_leaves_the_rest(
    paid: finance.PaymentDTO,
) -> None:
    later = NOW + timedelta(days=60)
    send("dispute.opened", told(paid, case="C1", amount=4_000))
    kept = hold(paid, now=later)
    assert (kept.blocked_by, kept.case) == ("disputed", "C1")
    send("dispute.lost", told(paid, case="C1", amount=4_000))
    assert hold(paid, now=later).is_free
    gone = finance.lost_in_disputes([paid.order_id])
    assert gone == {paid.order_id: 3_333}  # 40.00 of 120.00 EUR, of 100.00 GBP
    whole = settlement_request(paid.order_id)
    assert finance.settle_orders([whole], now=later)[0].code == "escrow-short"
    [done] = finance.settle_orders([settlement_request(paid.order_id, charged_back=3_333)], now=later)
    assert (done.status, done.seller_minor) == ("settled", 8_000 - 640 - 128 - 600 - 3_333)
    assert finance.escrow_of([paid.order_id])[paid.order_id] == Money(0, "GBP")
    assert finance.hold_of_order(OPERATOR, paid.order_id, now=later) is None
    assert finance.verify() == []


@pytest.mark.parametrize(
    ("goods", "dues", "sold", "borne", "commission"),
    [(3_000, 900, 4_000, 900, 400), (7_000, 1_900, 0, 1_900, 80), (8_000, 2_000, 0, 3_000, 80)],
)
def test_what_was_refunded_from_escrow_is_left_out_of_the_shares(
    paid: finance.PaymentDTO, gateway: finance.ProviderClient, goods: int, dues: int, sold: int, borne: int,
    commission: int,
) -> None:  # fmt: skip
    order_id = paid.order_id
    back = finance.RefundRequest(uuid4(), order_id, goods=goods, duty_tax=dues, on=NOW.date())
    assert finance.refund_returns([back], gateway, now=NOW)[0].from_escrow
    assert finance.refunded_from_escrow([order_id, uuid4()]) == {order_id: (goods, dues)}
    asked = finance.without_refunds(settlement_request(order_id), goods=goods, dues=dues)
    assert (asked.goods, asked.charged_back, asked.total) == (sold, borne, 10_000 - goods - dues)
    [done] = finance.settle_orders([asked], now=NOW)
    vat = commission // 5
    assert (done.status, done.commission_minor, done.commission_vat_minor) == ("settled", commission, vat)
    assert done.seller_minor == sold + 1_000 - commission - vat - 600 - borne
    assert finance.escrow_of([order_id])[order_id] == Money(0, "GBP")
    assert finance.verify() == []


def test_an_order_lost_whole_is_settled_by_an_advance_to_the_seller(paid: finance.PaymentDTO) -> None:
    send("dispute.opened", told(paid, case="C2"))
    send("dispute.lost", told(paid, case="C2"))
    [done] = finance.settle_orders([settlement_request(paid.order_id, charged_back=10_000)], now=NOW)
    assert (done.status, done.seller_minor) == ("settled", 8_000 - 640 - 128 - 600 - 10_000)
    owed = {b.code: b.balance_minor for b in finance.balances(SELLER)}
    assert owed["payable"] == 0
    assert owed["recourse"] == done.seller_minor
    assert finance.trial_balance() == {"EUR": 0, "GBP": 0}


def test_cash_that_the_courier_has_not_handed_in_is_not_shared_out(books: None) -> None:
    courier = finance.PaymentDesk((finance.Connector("courier", finance.CashOnDelivery(uuid4())),))
    [cash] = finance.take_payments([payment_request(method="cod")], courier, now=NOW)
    assert hold(cash, now=NOW + timedelta(days=9)).blocked_by == "unpaid"
    [due] = finance.cash_to_collect()
    gateway = courier.connectors[0].gateway
    charge = finance.Charge(due.key, due.amount, "cod", f"order:{due.order_id}")
    content = gateway.remit("cash-1", [charge])  # type: ignore[attr-defined]
    for fresh in (True, False):
        taken = finance.take_provider_file(
            content, provider_id=due.provider_id, reference="cash-1", now=NOW, collected=True
        )
        assert (taken.booked, taken.fresh) == (1, fresh)
    assert finance.cash_to_collect() == []
    assert hold(cash, now=NOW + timedelta(days=9)).is_free
    assert finance.payments_for([cash.order_id])[cash.order_id].state == "settled"
    with pytest.raises(finance.FileChanged):
        finance.take_provider_file(
            content.replace(b"12000", b"12001"), provider_id=due.provider_id, reference="cash-1", now=NOW, collected=True
        )  # fmt: skip
    assert finance.run_reconciliation("clearing", now=NOW, actor="test").matched == {"exact": 1}
    assert finance.verify() == []
