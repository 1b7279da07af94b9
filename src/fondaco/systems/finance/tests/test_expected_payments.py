"""What an authority owes is booked when a bank statement shows it, once, and no sooner."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from bench._camt import Booked, write_camt
from fondaco.kernel.money import Money
from fondaco.kernel.statemachine import IllegalTransition, installed_transitions
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import models
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import HOUSE, AccountKey, Expectation
from fondaco.systems.finance.tests.conftest import AUTHORITY, DAY, NOW, OPERATOR, SELLER, scope_of

pytestmark = pytest.mark.django_db
ACCOUNT = "DE02100100100006820101"
OWED = AccountKey(HOUSE, "claims_receivable", "GBP")


def claim(source: str = "claim:1", minor: int = 2_500, account: AccountKey = OWED) -> Expectation:
    return Expectation(source, AUTHORITY, Money(minor, "GBP"), account, beneficiary_id=SELLER)


def expect(what: Expectation) -> finance.ExpectedDTO:
    return finance.expect_payment(what, now=NOW, actor="anna")


def receive() -> list[str]:
    return [one.source for one in finance.receive_expected(now=NOW, actor="clock")]


def state_(name: str, *lines: Booked) -> None:
    finance.take_bank_statement(write_camt(name, ACCOUNT, "GBP", list(lines)), now=NOW)


def bank() -> int:
    return sum(one.balance_minor for one in finance.balances(HOUSE, codes=["bank"]))


def test_states_are_guarded_by_the_database() -> None:
    assert installed_transitions("finance_expectedpayment") == models.EXPECTED_MACHINE.edges


def test_the_statement_books_it_once_and_both_lines_are_matched() -> None:
    """The wrong amount, another currency's twin and a repeat of the money pay nothing."""
    one, two = expect(claim()), expect(claim("claim:2", 900))
    assert expect(claim()) == one
    state_("s-0", Booked("", f"CLAIM {two.reference}", 899, DAY), Booked("", "no name", 2_500, DAY))
    assert (receive(), bank()) == ([], 0)
    spaced = " ".join(one.reference[n : n + 4] for n in range(0, len(one.reference), 4))
    state_("s-1", Booked(one.reference, "", 2_500, DAY), Booked("x", spaced, 2_500, DAY + timedelta(days=1)))
    assert (receive(), receive(), bank()) == (["claim:1"], [], -2_500)
    kept = finance.expected_payment("claim:1")
    assert kept is not None
    assert (kept.state, kept.received_on) == ("received", DAY)
    told = finance.run_reconciliation("bank", now=NOW, actor="clock")
    assert (sum(told.matched.values()), sum(told.breaks.values())) == (1, 3)
    with pytest.raises(IllegalTransition):
        finance.withdraw_expected("claim:1", now=NOW, actor="anna")
    assert finance.verify() == []


def test_one_whose_line_waits_as_a_break_closes_it() -> None:
    """What was withdrawn is paid all the same and stays a break; what was told of late is booked by the next run."""
    gone = expect(claim())
    finance.withdraw_expected("claim:1", now=NOW, actor="anna")
    late = claim("claim:1b")
    state_(
        "s-1",
        Booked("", f"refund {late.reference} thanks", 2_500, DAY),
        Booked(gone.reference, "", 2_500, DAY),
    )
    assert sum(finance.run_reconciliation("bank", now=NOW, actor="clock").breaks.values()) == 2
    expect(late)
    assert finance.run_reconciliation("bank", now=NOW, actor="clock", dry_run=True).matched_lines == 1
    assert bank() == 0
    assert finance.run_reconciliation("bank", now=NOW, actor="clock").matched_lines == 1
    assert (bank(), finance.count_breaks()) == (-2_500, 1)


def test_a_day_whose_books_are_closed_is_booked_today() -> None:
    expect(claim())
    month = DAY.replace(day=1) - timedelta(days=1)
    finance.close_period(month.replace(day=1), month, actor="anna", now=NOW)
    state_("s-1", Booked(expect(claim()).reference, "", 2_500, month))
    assert receive() == ["claim:1"]
    journal = models.Journal.objects.get(kind="expected.received")
    assert (journal.effective_on, journal.meta["booked_on"]) == (NOW.date(), month.isoformat())


@pytest.mark.parametrize(
    ("what", "error"),
    [
        (claim(minor=0), finance.BadExpectation),
        (claim(source=" "), finance.BadExpectation),
        (claim(account=AccountKey(HOUSE, "claims_receivable", "EUR")), finance.BadExpectation),
        (claim(account=AccountKey(HOUSE, "no_such", "GBP")), finance.BadJournal),
        (claim(minor=2_501), finance.ExpectationChanged),
    ],
)  # fmt: skip
def test_what_cannot_be_expected_is_refused(what: Expectation, error: type[Exception]) -> None:
    expect(claim())
    with pytest.raises(error):
        expect(what)
    assert [one.amount.minor for one in finance.expected_payments(OPERATOR)] == [2_500]


def test_the_operator_sees_all_and_others_their_own() -> None:
    expect(claim())
    sees = {
        who: len(finance.expected_payments(scope))
        for who, scope in {
            "payer": scope_of(AUTHORITY, Kind.CUSTOMS),
            "seller": scope_of(SELLER, Kind.SELLER),
            "other": scope_of(UUID(int=77), Kind.SELLER),
            "carrier": scope_of(AUTHORITY, Kind.CARRIER),
        }.items()
    }
    assert sees == {"payer": 1, "seller": 1, "other": 0, "carrier": 0}
    with pytest.raises(finance.ExpectationNotFound):
        finance.withdraw_expected("claim:none", now=NOW, actor="anna")
