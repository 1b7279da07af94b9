"""One order's money from payment to payout, to the minor unit, and what each party sees of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.models import FxDeal
from fondaco.systems.finance.tests.conftest import (
    AUTHORITY,
    BUYER,
    CARRIER,
    DAY,
    NOW,
    OPERATOR,
    PSP,
    SELLER,
    payment_request,
    scope_of,
    settlement_request,
)


def balance(owner: UUID, code: str, currency: str = "GBP") -> int:
    found = finance.balances(owner, codes=[code])
    return sum(line.balance_minor for line in found if line.currency == currency)


@pytest.fixture
def paid(books: None, gateway: finance.ProviderClient) -> finance.PaymentDTO:
    return finance.take_payments([payment_request()], gateway, now=NOW)[0]


def test_payment_goes_into_escrow_through_the_positions(paid: finance.PaymentDTO) -> None:
    assert paid.state == "captured"
    assert finance.escrow_of([paid.order_id]) == {paid.order_id: Money(10_000, "GBP")}
    assert balance(PSP, "provider_clearing", "EUR") == -12_000
    assert balance(finance.HOUSE, "fx_position", "EUR") == 12_000
    assert balance(finance.HOUSE, "fx_position", "GBP") == -10_000
    assert finance.trial_balance() == {"EUR": 0, "GBP": 0}


def test_settlement_shares_the_escrow_to_the_minor_unit(paid: finance.PaymentDTO) -> None:
    [done] = finance.settle_orders([settlement_request(paid.order_id)], now=NOW)
    rate = finance.rate("GBP", "EUR", DAY).rate
    expected = {name: Money(minor, "GBP").converted(rate, "EUR").minor for name, minor in
                (("duties_payable", 400), ("taxes_payable", 1_500), ("fees_payable", 100))}  # fmt: skip
    # 8 % of 80.00 is 6.40, VAT on it 1.28: 80.00 - 6.40 - 1.28 - 6.00 = 66.32
    assert (done.status, done.commission_minor, done.commission_vat_minor, done.seller_minor) == (
        "settled", 640, 128, 6_632,
    )  # fmt: skip
    assert balance(SELLER, "payable") == 6_632
    assert balance(CARRIER, "payable") == 600
    assert {code: balance(AUTHORITY, code, "EUR") for code in expected} == expected
    assert balance(finance.HOUSE, "commission") == 640
    assert balance(finance.HOUSE, "commission_vat") == 128
    assert finance.escrow_of([paid.order_id])[paid.order_id].minor == 0
    assert set(finance.trial_balance().values()) == {0}
    assert finance.verify() == []


def test_settling_again_changes_nothing_and_other_figures_are_refused(paid: finance.PaymentDTO) -> None:
    request = settlement_request(paid.order_id)
    first = finance.settle_orders([request], now=NOW)[0]
    again = finance.settle_orders([request], now=NOW)[0]
    other = finance.settle_orders([settlement_request(paid.order_id, goods=6_999, tax=1_501)], now=NOW)[0]
    assert first.fresh
    assert not again.fresh
    assert again.journal_id == first.journal_id
    assert (other.status, other.code) == ("refused", "already-settled")
    assert balance(SELLER, "payable") == 6_632


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"goods": 7_001}, "escrow-short"),
        ({"goods": 6_999}, "escrow-short"),
        ({"tax": -1, "goods": 8_501}, "bad-settlement"),
        ({"carrier_id": None}, "bad-settlement"),
        ({"duty_authority_id": None}, "bad-settlement"),
        ({"currency": "USD"}, "escrow-short"),
    ],
)
def test_a_settlement_that_does_not_fit_is_refused_and_the_rest_goes_on(
    paid: finance.PaymentDTO, gateway: finance.ProviderClient, change: dict[str, object], code: str
) -> None:
    other = finance.take_payments([payment_request()], gateway, now=NOW)[0]
    requests = [settlement_request(paid.order_id, **change), settlement_request(other.order_id)]
    refused, settled = finance.settle_orders(requests, now=NOW)
    assert (refused.status, refused.code, settled.status) == ("refused", code, "settled")
    assert finance.escrow_of([paid.order_id])[paid.order_id].minor == 10_000


def test_local_dues_are_kept_to_the_authoritys_own_cent(paid: finance.PaymentDTO) -> None:
    request = settlement_request(paid.order_id, local_duty=481, local_tax=1_799, local_fees=121)
    finance.settle_orders([request], now=NOW)
    assert balance(AUTHORITY, "duties_payable", "EUR") == 481
    assert balance(AUTHORITY, "taxes_payable", "EUR") == 1_799
    assert set(finance.trial_balance().values()) == {0}


@pytest.mark.parametrize("currency", ["AED", "RUB"])  # never quoted; not quoted any more since 2022
def test_an_authority_without_a_usable_rate_is_owed_in_the_orders_currency(
    paid: finance.PaymentDTO, currency: str
) -> None:
    finance.settle_orders([settlement_request(paid.order_id, authority_currency=currency)], now=NOW)
    assert balance(AUTHORITY, "duties_payable", "GBP") == 400
    assert (FxDeal.objects.count(), currency in finance.trial_balance()) == (1, False)  # only the buyer's EUR


def test_freight_beyond_the_gross_becomes_a_claim_on_the_seller(paid: finance.PaymentDTO) -> None:
    [done] = finance.settle_orders([settlement_request(paid.order_id, freight_cost=9_000)], now=NOW)
    assert done.seller_minor == 8_000 - 640 - 128 - 9_000
    assert balance(SELLER, "payable") == 0
    assert balance(SELLER, "recourse") == done.seller_minor
    assert finance.verify() == []


def test_full_refund_after_settlement_gives_back_exactly_what_was_paid(
    paid: finance.PaymentDTO, gateway: finance.ProviderClient
) -> None:
    finance.settle_orders([settlement_request(paid.order_id)], now=NOW)
    parts = [finance.RefundRequest(uuid4(), paid.order_id, goods=g) for g in (3_333, 3_333, 3_334)]
    done = finance.refund_returns(parts, gateway, now=NOW)
    assert [r.status for r in done] == ["done"] * 3
    assert sum(r.amount.minor for r in done if r.amount) == 12_000
    assert balance(PSP, "provider_clearing", "EUR") == 0
    # the seller had 66.32, so the house advanced the rest
    assert balance(SELLER, "payable") == 0
    assert balance(SELLER, "recourse") == 6_632 - 10_000
    assert finance.verify() == []


def test_a_refund_over_the_captured_sum_is_refused_and_changes_nothing(
    paid: finance.PaymentDTO, gateway: finance.ProviderClient
) -> None:
    before = finance.trial_balance_table()
    ask = [finance.RefundRequest(uuid4(), paid.order_id, goods=10_001),
           finance.RefundRequest(uuid4(), uuid4(), goods=1),
           finance.RefundRequest(uuid4(), paid.order_id, goods=-5)]  # fmt: skip
    refused = finance.refund_returns(ask, gateway, now=NOW)
    assert [r.code for r in refused] == ["refund-over-captured", "nothing-paid", "bad-refund"]
    assert finance.trial_balance_table() == before


def test_a_refund_from_escrow_is_done_once(paid: finance.PaymentDTO, gateway: finance.ProviderClient) -> None:
    ask = [finance.RefundRequest(uuid4(), paid.order_id, goods=2_500)]
    first = finance.refund_returns(ask, gateway, now=NOW)
    again = finance.refund_returns(ask, gateway, now=NOW)
    assert first == again
    assert first[0].amount == Money(3_000, "EUR")
    assert first[0].from_escrow
    assert finance.escrow_of([paid.order_id])[paid.order_id].minor == 7_500


def test_payout_recovers_debts_and_arrives_or_bounces(
    paid: finance.PaymentDTO, gateway: finance.ProviderClient
) -> None:
    finance.settle_orders([settlement_request(paid.order_id)], now=NOW)
    sent = finance.create_payouts(run="w1", owners=[SELLER], now=NOW)
    again = finance.create_payouts(run="w1", owners=[SELLER], now=NOW)
    assert sent == again
    assert [p.amount for p in sent] == [Money(6_632, "GBP")]
    finance.bounce_payouts([sent[0].id], reason="account closed", actor="bank simulator", now=NOW)
    assert balance(SELLER, "payable") == 6_632
    [second] = finance.create_payouts(run="w2", owners=[SELLER], now=NOW)
    for _ in range(2):
        [there] = finance.confirm_payouts(
            [second.id], bank_reference="sim-1", actor="bank simulator", now=NOW
        )
    assert there.state == "paid"
    assert balance(SELLER, "payout_in_transit") == 0
    assert balance(finance.HOUSE, "bank") == 6_632
    assert finance.verify() == []


def test_provider_file_drains_the_clearing_account(
    paid: finance.PaymentDTO, gateway: finance.ProviderClient, simulator: finance.ProviderSimulator
) -> None:
    file = gateway.settlement_file("2026-10-01")
    report = finance.book_provider_file(file, provider_id=PSP, now=NOW)
    again = finance.book_provider_file(gateway.settlement_file("2026-10-01"), provider_id=PSP, now=NOW)
    assert (report.lines, report.matched, report.breaks) == (1, 1, ())
    assert report.fresh
    assert not again.fresh
    assert balance(PSP, "provider_clearing", "EUR") == 0
    assert balance(finance.HOUSE, "provider_fees", "EUR") == -180
    assert balance(finance.HOUSE, "bank", "EUR") == -11_820
    assert finance.payments_for([paid.order_id])[paid.order_id].state == "settled"


def test_each_party_sees_its_side_and_strangers_see_nothing(paid: finance.PaymentDTO) -> None:
    finance.settle_orders([settlement_request(paid.order_id)], now=NOW)
    views = {kind: finance.money_of_order(scope_of(org, kind), paid.order_id) for org, kind in (
        (SELLER, Kind.SELLER), (BUYER, Kind.BUYER), (CARRIER, Kind.CARRIER), (AUTHORITY, Kind.CUSTOMS))}  # fmt: skip
    codes = {k: {line.code.partition(":")[0] for s in v.stages for line in s.lines} for k, v in views.items()}
    assert codes[Kind.CARRIER] == {"payable"}
    assert codes[Kind.CUSTOMS] == {"duties_payable", "taxes_payable", "fees_payable"}
    assert codes[Kind.BUYER] == {"provider_clearing", "fx_position", "escrow"}
    assert {"commission", "payable", "escrow"} <= codes[Kind.SELLER]
    assert "provider_clearing" not in codes[Kind.SELLER]
    assert views[Kind.BUYER].settlement is None
    assert views[Kind.SELLER].settlement is not None
    assert len(finance.money_of_order(OPERATOR, paid.order_id).conversions) == 2
    for kind in Kind:
        if kind != Kind.PLATFORM:
            with pytest.raises(NotFound):
                finance.money_of_order(scope_of(UUID(int=77), kind), paid.order_id)


def test_agreed_commission_replaces_the_lists(paid: finance.PaymentDTO) -> None:
    request = settlement_request(paid.order_id, commission_rate=Decimal("0.05"))
    [done] = finance.settle_orders([request], now=NOW)
    assert (done.commission_minor, done.commission_vat_minor) == (400, 80)
    assert done.commission_rule == "gb-standard+agreed"


def test_money_in_escrow_is_summed_for_those_who_take_part(
    paid: finance.PaymentDTO, gateway: finance.ProviderClient
) -> None:
    finance.take_payments([payment_request(), payment_request(seller_id=CARRIER)], gateway, now=NOW)
    finance.settle_orders([settlement_request(paid.order_id)], now=NOW)
    [mine] = finance.money_in_escrow(scope_of(SELLER, Kind.SELLER))
    assert (mine.amount, mine.orders) == (Money(10_000, "GBP"), 1)
    assert [s.orders for s in finance.money_in_escrow(OPERATOR)] == [2]
    assert finance.money_in_escrow(scope_of(UUID(int=77), Kind.SELLER)) == []
    assert finance.verify() == []


def test_a_batch_costs_the_same_number_of_queries_whatever_its_size(
    books: None, gateway: finance.ProviderClient, django_assert_max_num_queries: Any
) -> None:
    for size in (2, 40):
        requests = [payment_request() for _ in range(size)]
        with django_assert_max_num_queries(18):
            finance.take_payments(requests, gateway, now=NOW)
        with django_assert_max_num_queries(18):
            finance.settle_orders([settlement_request(r.order_id) for r in requests], now=NOW)
        refunds = [finance.RefundRequest(uuid4(), r.order_id, goods=500) for r in requests]
        with django_assert_max_num_queries(30):
            finance.refund_returns(refunds, gateway, now=NOW)


def test_a_party_reads_its_own_statement_and_nobody_elses(paid: finance.PaymentDTO) -> None:
    finance.settle_orders([settlement_request(paid.order_id)], now=NOW)
    mine = finance.statement(scope_of(SELLER, Kind.SELLER))
    assert [line.amount_minor for line in mine] == [8_000, -640, -128, -600]
    assert mine[-1].balance_after == 6_632
    assert finance.statement(scope_of(CARRIER, Kind.CARRIER), owner_id=SELLER) == []
    assert finance.statement(OPERATOR, owner_id=SELLER) == mine
