"""Periods that close and open, snapshots that never miss a late commit, the nightly check and its alarm."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from fondaco.kernel.models import OutboxEvent
from fondaco.systems.finance import models
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.tests.conftest import (
    DAY,
    NOW,
    OPERATOR,
    PSP,
    outside,
    payment_request,
    purse,
    settlement_request,
    transfer,
)

OWNER = purse(UUID(int=500))
FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)


def into(day: date, key: str) -> finance.JournalDraft:
    entries = (finance.Entry(outside(), -5), finance.Entry(OWNER, 5))
    return finance.JournalDraft(key, "test", entries, day)


@pytest.mark.django_db
def test_nothing_is_posted_into_a_closed_period_until_another_opens_it() -> None:
    [old] = finance.post_journals([into(LAST, "before")])
    done = finance.close_period(FIRST, LAST, actor="anna", now=NOW)
    assert (done.state, finance.close_period(FIRST, LAST, actor="ben", now=NOW)) == ("closed", done)
    for drafts in ([into(FIRST, "late")], [into(DAY, "fine"), into(LAST, "late-too")]):
        with pytest.raises(finance.PeriodClosed) as caught:
            finance.post_journals(drafts)
        assert "first open period" in str(caught.value.remedy)
    assert finance.balances(OWNER.owner_id)[0].balance_minor == 5
    assert not finance.post_journals([into(LAST, "before")])[0].fresh  # a repeat is no posting
    assert finance.reverse_journal(old.journal_id, effective_on=DAY, reason="wrong", actor="a").fresh
    with pytest.raises(finance.SameHand):
        finance.reopen_period(done.id, actor="anna", reason="one more bill", now=NOW)
    assert finance.reopen_period(done.id, actor="ben", reason="one more bill", now=NOW).state == "open"
    assert finance.post_journals([into(FIRST, "late")])[0].fresh
    assert finance.close_period(FIRST, LAST, actor="ben", now=NOW).digest != done.digest
    assert finance.verify() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "last"), [(LAST, FIRST), (FIRST, NOW.date()), (date(2026, 9, 15), date(2026, 9, 20))]
)
def test_a_period_that_is_not_over_or_overlaps_is_refused(first: date, last: date) -> None:
    finance.close_period(FIRST, LAST, actor="anna", now=NOW)
    with pytest.raises(finance.BadPeriod):
        finance.close_period(first, last, actor="anna", now=NOW)
    assert len(finance.list_periods()) == 1


@pytest.mark.django_db
def test_a_broken_invariant_raises_an_alarm_and_is_kept() -> None:
    finance.post_journals([transfer("seed", outside(), OWNER, 100)])
    assert finance.check_books(now=NOW).findings == ()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE finance_account SET balance = 99 WHERE kind = 'guarded'")
        cursor.execute("DELETE FROM kernel_outboxevent WHERE topic = 'finance.posted'")
    finance.post_journals([transfer("more", outside(), purse(UUID(int=501)), 7)])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kernel_outboxevent SET payload = jsonb_build_object('journals', '[1000000]'::jsonb)"
        )
    told = finance.check_books(now=NOW + timedelta(days=1))
    assert [found.invariant for found in told.findings] == ["I2", "I13"]
    assert finance.last_check() == told
    assert OutboxEvent.objects.filter(topic=finance.ALARM).count() == 1
    assert models.LedgerCheck.objects.count() == 2


@pytest.mark.django_db
def test_customers_money_pays_no_fee_of_the_house() -> None:
    escrow = finance.AccountKey(finance.HOUSE, f"escrow:{UUID(int=9)}", "GBP")
    fees = finance.AccountKey(finance.HOUSE, "provider_fees", "GBP")
    finance.post_journals([transfer("in", outside(), escrow, 100), transfer("theft", escrow, fees, 3)])
    assert [found.invariant for found in finance.verify()] == ["I12"]


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_and_its_tail_are_the_balance_even_with_a_late_commit() -> None:
    """A journal whose number was drawn before the mark and that commits after it is not left out."""
    bank = outside()
    finance.post_journals([transfer("one", bank, OWNER, 10)])
    other = connection.copy()
    other.set_autocommit(False)
    late = "SELECT finance_post_one(%s, %s, %s, %s, %s, %s, %s, %s, gen_random_uuid(), ''::bytea, 'late', '', 0, %s, '{}')"
    with other.cursor() as cursor:
        owners, codes = [finance.HOUSE, UUID(int=502)], ["bank", "payable"]
        cursor.execute(
            late,
            [
                owners,
                codes,
                ["GBP", "GBP"],
                ["asset", "liability"],
                ["open", "guarded"],
                [90, 50],
                [None, 0],
                [-7, 7],
                DAY,
            ],
        )
    finance.roll_snapshots(now=NOW)
    finance.post_journals([transfer("two", bank, OWNER, 100)])
    assert finance.roll_snapshots(now=NOW) == 0  # the late one is still open: nothing may be summed
    other.commit()
    other.close()
    finance.roll_snapshots(now=NOW)  # another database's transaction may still hold it back: then later
    kept = models.BalanceSnapshot.objects.values_list("balance", "entries").first()
    assert kept in {None, (-17, 2), (-117, 3)}
    assert finance.balances(finance.HOUSE, codes=["bank"])[0].balance_minor == -117
    assert finance.verify() == []


@pytest.mark.django_db
def test_a_snapshot_spares_the_old_lines_and_is_verified() -> None:
    made = finance.post_journals([transfer(f"s-{n}", outside(), OWNER, 10) for n in range(3)])
    models.LedgerMark.objects.create(journal_id=made[1].journal_id, xid=1, taken_at=NOW)
    assert finance.roll_snapshots(now=NOW) == 1
    assert models.BalanceSnapshot.objects.values_list("balance", "entries").get() == (-20, 2)
    assert finance.balances(finance.HOUSE, codes=["bank"])[0].balance_minor == -30
    assert finance.verify() == []
    models.BalanceSnapshot.objects.update(balance=-21)
    assert [found.invariant for found in finance.verify()] == ["I2"]


@pytest.mark.django_db
def test_what_has_happened_is_booked_on_the_present_day_once_its_own_is_closed(books: None) -> None:
    """Money that a provider took, kept or gave back is booked, however long the month of its order is over."""
    with (
        finance.ProviderSimulator() as simulator,
        finance.ProviderClient(simulator.url, provider_id=PSP) as client,
    ):
        late = payment_request(capture=False, on=LAST)
        [made] = finance.take_payments([late], client, now=NOW)
        finance.close_period(FIRST, LAST, actor="anna", now=NOW)
        finance.capture_payment(made.id, client, minor=made.amount.minor, now=NOW)
        back = finance.RefundRequest(uuid4(), made.order_id, goods=1_000, on=LAST)
        [given] = finance.refund_returns([back], client, now=NOW)
    assert given.status == "done"
    rest = settlement_request(made.order_id, goods=6_000, on=LAST)
    [shared] = finance.settle_orders([rest], now=NOW)
    assert shared.status == "settled"
    view = finance.money_of_order(OPERATOR, made.order_id)
    assert {step.stage: step.on for step in view.stages} == dict.fromkeys(
        ("paid", "refund", "released"), NOW.date()
    )
    assert finance.payment_of(OPERATOR, made.id).effective_on == NOW.date()
    assert finance.verify() == []
