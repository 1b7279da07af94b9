"""Taxes in returns by scheme and period; payouts by policy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fondaco.kernel.errors import Forbidden
from fondaco.kernel.money import Money
from fondaco.kernel.statemachine import IllegalTransition, installed_transitions
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import models
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.domain.payout_policy import Policy, payable
from fondaco.systems.finance.domain.taxes import period_of
from fondaco.systems.finance.rules import tax_scheme
from fondaco.systems.finance.tests.conftest import (
    AUTHORITY,
    NOW,
    OPERATOR,
    PSP,
    SELLER,
    payment_request,
    scope_of,
    settlement_request,
)

LATER = datetime(2027, 1, 5, 12, tzinfo=UTC)
WHY = "as agreed with the seller"
SECOND = scope_of(UUID(int=100), Kind.PLATFORM)
TAXMAN = scope_of(AUTHORITY, Kind.TAX)


@pytest.fixture
def gateway(books: None) -> Iterator[finance.ProviderClient]:
    with (
        finance.ProviderSimulator() as simulator,
        finance.ProviderClient(simulator.url, provider_id=PSP) as client,
    ):
        yield client


def settle(gateway: finance.ProviderClient, scheme: str = "", *, now: datetime = NOW) -> UUID:
    [paid] = finance.take_payments([payment_request()], gateway, now=NOW)
    [done] = finance.settle_orders(
        [settlement_request(paid.order_id, scheme=scheme, authority_currency="GBP")], now=now
    )
    assert done.status == "settled"
    return paid.order_id


@pytest.mark.parametrize(
    ("scheme", "on", "period"),
    [
        ("IOSS", date(2026, 1, 31), (date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 28))),
        ("IOSS", date(2028, 1, 1), (date(2028, 1, 1), date(2028, 1, 31), date(2028, 2, 29))),
        ("UK135", date(2026, 11, 22), (date(2026, 10, 1), date(2026, 12, 31), date(2027, 2, 7))),
        ("VOEC", date(2026, 3, 31), (date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 20))),
        ("", date(2026, 12, 1), (date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 15))),
    ],
)
def test_periods_and_deadlines_follow_the_scheme(
    scheme: str, on: date, period: tuple[date, date, date]
) -> None:
    found = period_of(tax_scheme(scheme), on)
    assert (found.start, found.end, found.due_on) == period


def test_settled_orders_lie_in_the_return_of_their_scheme(gateway: finance.ProviderClient) -> None:
    orders = {settle(gateway), settle(gateway), settle(gateway, "IOSS")}
    rows = {row.scheme: row for row in finance.list_returns(TAXMAN)}
    assert {s: (r.items, r.duty.minor, r.tax.minor, r.fees.minor) for s, r in rows.items()} == {
        "import": (2, 800, 3_000, 200),
        "IOSS": (1, 400, 1_500, 100),
    }
    items = [item.order_id for row in rows.values() for item in finance.return_of(TAXMAN, row.id)[1]]
    assert set(items) == orders
    assert finance.list_returns(scope_of(UUID(int=66), Kind.TAX)) == []
    owed = sum(b.balance_minor for b in finance.balances(AUTHORITY))
    assert owed == sum(row.total.minor for row in rows.values()) == 6_000


def test_a_filed_return_is_frozen_paid_once_and_what_is_late_goes_into_the_next(
    gateway: finance.ProviderClient,
) -> None:
    settle(gateway)
    [open_one] = finance.list_returns(OPERATOR)
    with pytest.raises(finance.ReturnNotDue):
        finance.file_return(OPERATOR, open_one.id, reference="R1", now=NOW)
    with pytest.raises(IllegalTransition):
        finance.pay_return(OPERATOR, open_one.id, now=LATER)
    with pytest.raises(Forbidden):
        finance.file_return(TAXMAN, open_one.id, reference="R1", now=LATER)
    filed = finance.file_return(OPERATOR, open_one.id, reference="R1", now=LATER)
    assert finance.file_return(OPERATOR, open_one.id, reference="R1", now=LATER) == filed
    settle(gateway, now=LATER)
    by_period = {row.period.start: (row.state, row.total.minor) for row in finance.list_returns(OPERATOR)}
    assert by_period == {date(2026, 10, 1): ("filed", 2_000), date(2027, 1, 1): ("open", 2_000)}
    for _ in range(2):
        assert finance.pay_return(OPERATOR, open_one.id, now=LATER).state == "paid"
    sent = [payout.amount.minor for payout in finance.list_payouts(OPERATOR)]
    assert sorted(sent) == [100, 400, 1_500]
    assert sum(b.balance_minor for b in finance.balances(AUTHORITY, codes=finance.DUES)) == 2_000
    assert finance.verify() == []


def test_what_a_filed_return_declares_is_set_aside_until_it_is_paid(gateway: finance.ProviderClient) -> None:
    def dues() -> dict[str, tuple[int, int]]:
        return {
            b.code: (b.balance_minor, b.held_minor) for b in finance.balances(AUTHORITY, codes=finance.DUES)
        }

    settle(gateway)
    [row] = finance.list_returns(OPERATOR)
    finance.file_return(OPERATOR, row.id, reference="R1", now=LATER)
    settle(gateway, now=LATER)
    kept = {"duties_payable": (800, 400), "taxes_payable": (3_000, 1_500), "fees_payable": (200, 100)}
    assert dues() == kept
    purse = (AUTHORITY, "taxes_payable", "GBP")
    with pytest.raises(finance.InsufficientFunds):
        finance.create_payouts(run="other", codes=finance.DUES, exactly={purse: 1_501}, now=LATER)
    assert dues() == kept
    finance.pay_return(OPERATOR, row.id, now=LATER)
    assert dues() == {"duties_payable": (400, 0), "taxes_payable": (1_500, 0), "fees_payable": (100, 0)}
    assert {hold.state for hold in models.Hold.objects.all()} == {"captured"}
    assert finance.verify() == []


def test_what_a_bill_changes_stands_in_the_return_and_once_that_is_filed_in_the_next(
    gateway: finance.ProviderClient,
) -> None:
    def bill(number: int, minor: int) -> None:
        owed = finance.Entry(finance.AccountKey(AUTHORITY, "duties_payable", "GBP"), minor)
        lines = (finance.Entry(finance.AccountKey(finance.HOUSE, "bank", "GBP"), -minor), owed)
        [posted] = finance.post_journals(
            [finance.JournalDraft(f"bill:{number}", "bill.difference", lines, NOW.date())]
        )
        kept = [
            finance.keep_correction(
                order, what="duty", amount=Money(minor, "GBP"), journal_id=posted.journal_id, now=LATER
            )
            for order in (order_id, order_id, UUID(int=77))
        ]
        assert kept == [True, False, False]

    order_id = settle(gateway)
    [row] = finance.list_returns(OPERATOR)
    bill(1, 250)
    [row] = finance.list_returns(OPERATOR)
    assert (row.items, row.duty.minor, row.total.minor) == (1, 650, 2_250)
    shown = finance.browse_entries(
        OPERATOR, filters=finance.EntryFilter(return_id=row.id, code="duties_payable", owner_id=AUTHORITY)
    )
    assert [(total.minor, lines) for _, total, lines in shown.sums] == [(650, 2)]
    finance.file_return(OPERATOR, row.id, reference="R1", now=LATER)
    with pytest.raises(finance.InsufficientFunds):
        bill(2, -50)  # all that is there is declared
    settle(gateway, now=LATER)
    bill(2, -50)
    later = {
        one.period.start: (one.state, one.duty.minor, one.total.minor)
        for one in finance.list_returns(OPERATOR)
    }
    assert later == {date(2026, 10, 1): ("filed", 650, 2_250), date(2027, 1, 1): ("open", 350, 1_950)}
    owed = sum(b.balance_minor for b in finance.balances(AUTHORITY, codes=finance.DUES))
    assert owed == sum(total for *_, total in later.values()) == 4_200


def test_what_the_bank_sent_back_of_a_paid_return_is_sent_once_more(gateway: finance.ProviderClient) -> None:
    settle(gateway)
    [row] = finance.list_returns(OPERATOR)
    finance.file_return(OPERATOR, row.id, reference="R1", now=LATER)
    assert finance.pay_return(OPERATOR, row.id, now=LATER).came_back == Money(0, "GBP")
    tax = next(one for one in finance.list_payouts(OPERATOR) if one.amount.minor == 1_500)
    finance.bounce_payouts([tax.id], reason="account closed", actor="bank", now=LATER)
    [back] = finance.list_returns(TAXMAN)
    assert (back.state, back.came_back) == ("paid", Money(1_500, "GBP"))
    for _ in range(2):
        assert finance.pay_return(OPERATOR, row.id, now=LATER).came_back == Money(0, "GBP")
    sent = [(one.amount.minor, one.state) for one in finance.list_payouts(OPERATOR)]
    assert sorted(sent) == [
        (100, "in_transit"), (400, "in_transit"), (1_500, "in_transit"), (1_500, "returned"),
    ]  # fmt: skip
    assert sum(b.balance_minor for b in finance.balances(AUTHORITY, codes=finance.DUES)) == 0
    assert finance.verify() == []


# --- payout policies -----------------------------------------------------------------------------


@given(st.integers(-10_000, 10**9), st.integers(1, 10**6), st.decimals(0, 1, places=4), st.integers(0, 10**9))
def test_what_goes_out_and_what_is_kept_never_exceed_what_is_there(
    available: int, minimum: int, share: Decimal, recent: int
) -> None:
    policy = Policy(minimum_minor=minimum, reserve_share=share, reserve_days=30)
    verdict = payable(available, policy, recent=recent, on=date(2026, 11, 22))
    assert 0 <= verdict.minor <= max(available, 0)
    assert verdict.minor + verdict.reserve_minor <= max(available, 0)
    assert verdict.minor == 0 or verdict.minor >= minimum


@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        (finance.Policy(reason=WHY), [6_632]),
        (finance.Policy(every="month", reason=WHY), [6_632]),
        (finance.Policy(every="week", reason=WHY), []),
        (finance.Policy(minimum_minor=6_633, reason=WHY), []),
        (finance.Policy(reserve_share=Decimal("0.1"), reserve_days=30, reason=WHY), [6_632 - 800]),
        (finance.Policy(is_held=True, reason="under investigation"), []),
    ],
)
def test_a_run_pays_as_the_policy_says(
    gateway: finance.ProviderClient, policy: finance.Policy, sent: list[int]
) -> None:
    settle(gateway)
    put_in_force(policy)
    made = finance.create_payouts(run="daily", owners=[SELLER], now=NOW)
    assert [payout.amount.minor for payout in made] == sent
    assert [p.policy for p in finance.payout_policies(scope_of(SELLER, Kind.SELLER))] == [policy]
    assert finance.create_payouts(run="daily", owners=[SELLER], now=NOW + timedelta(hours=1)) == made
    assert finance.verify() == []


@pytest.mark.parametrize(
    "policy",
    [
        finance.Policy(every="hour", reason=WHY),
        finance.Policy(minimum_minor=0, reason=WHY),
        finance.Policy(reserve_share=Decimal("1.1"), reason=WHY),
        finance.Policy(reserve_days=-1, reason=WHY),
        finance.Policy(hold_days=181, reason=WHY),
        finance.Policy(is_held=True),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(books: None, policy: finance.Policy) -> None:
    with pytest.raises(finance.BadPolicy):
        finance.propose_policy(OPERATOR, SELLER, "GBP", policy, now=NOW)
    assert [*finance.payout_policies(OPERATOR), *finance.policy_changes(OPERATOR)] == []


def test_only_the_operator_proposes_policies(books: None) -> None:
    with pytest.raises(Forbidden):
        finance.propose_policy(scope_of(SELLER, Kind.SELLER), SELLER, "GBP", Policy(reason=WHY), now=NOW)


def test_a_policy_takes_two_people_and_waits_for_the_second(books: None) -> None:
    asked = finance.Policy(hold_days=21, reason=WHY)
    change = finance.propose_policy(OPERATOR, SELLER, "GBP", asked, now=NOW)
    assert finance.payout_policies(OPERATOR) == []
    with pytest.raises(finance.ChangeOpen):
        finance.propose_policy(OPERATOR, SELLER, "GBP", finance.Policy(reason=WHY), now=NOW)
    with pytest.raises(finance.SameHand):
        finance.decide_policy(OPERATOR, change.id, approve=True, now=NOW)
    assert finance.payout_policies(OPERATOR) == []
    assert finance.decide_policy(SECOND, change.id, approve=True, now=NOW).state == "approved"
    assert [one.policy for one in finance.payout_policies(OPERATOR)] == [asked]
    with pytest.raises(IllegalTransition):
        finance.decide_policy(SECOND, change.id, approve=False, now=NOW)
    again = finance.propose_policy(OPERATOR, SELLER, "GBP", finance.Policy(reason="back to normal"), now=NOW)
    assert finance.decide_policy(SECOND, again.id, approve=False, now=NOW).state == "rejected"
    assert [one.policy for one in finance.payout_policies(OPERATOR)] == [asked]
    assert installed_transitions("finance_policychange") == models.POLICY_MACHINE.edges


def put_in_force(policy: finance.Policy) -> None:
    change = finance.propose_policy(OPERATOR, SELLER, "GBP", policy, now=NOW)
    finance.decide_policy(SECOND, change.id, approve=True, now=NOW)
