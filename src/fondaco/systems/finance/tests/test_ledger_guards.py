"""What the database itself refuses, and what a refused call leaves unchanged."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from fondaco.kernel.money import UnknownCurrency
from fondaco.kernel.sql import is_append_only
from fondaco.kernel.statemachine import installed_transitions
from fondaco.systems.finance import models, sql
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.tests.conftest import DAY, NOW, outside, purse, transfer

pytestmark = pytest.mark.django_db
OWNER = UUID(int=200)
_ENTRY = "INSERT INTO finance_entry (journal_id, line, account_id, currency, amount)"
_JOURNAL = "INSERT INTO finance_journal (idem, req_hash, kind, source, effective_on, meta)"


def run(statement: str, *arguments: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def journal() -> int:
    return finance.post_journals([transfer(str(uuid4()), outside(), purse(OWNER), 100)])[0].journal_id


@pytest.mark.parametrize(
    "table", ["finance_journal", "finance_entry", "finance_chainlink", "finance_exchangerate"]
)
def test_the_books_are_append_only(table: str) -> None:
    assert is_append_only(table)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE finance_entry SET amount = amount * 2",
        "DELETE FROM finance_entry",
        "UPDATE finance_journal SET kind = 'x'",
        "DELETE FROM finance_journal",
        "DELETE FROM finance_account",
        "UPDATE finance_account SET owner_id = gen_random_uuid()",
        "UPDATE finance_account SET balance = -1 WHERE kind = 'guarded'",
        "UPDATE finance_account SET held = 101 WHERE kind = 'guarded'",
        "UPDATE finance_account SET balance = 5 WHERE kind = 'open'",
        _ENTRY + " SELECT journal_id, 9, account_id, currency, 5 FROM finance_entry LIMIT 1",
        _ENTRY + " SELECT journal_id, 8 + line, account_id, 'USD', amount FROM finance_entry",
        _ENTRY + " SELECT 987654321, line, account_id, currency, amount FROM finance_entry",
        _ENTRY + " SELECT journal_id, 9, account_id, currency, amount FROM finance_entry LIMIT 1",
        _JOURNAL + " VALUES (gen_random_uuid(), '', 'x', '', now(), '{}')",
    ],
)
def test_sql_that_would_falsify_the_books_is_refused(journal: int, statement: str) -> None:
    with pytest.raises(DatabaseError):
        run(statement)
    assert finance.verify() == []


@pytest.mark.parametrize(
    ("machine", "table"),
    [
        (models.HOLD_MACHINE, "finance_hold"),
        (models.PAYMENT_MACHINE, "finance_paymentintent"),
        (models.REFUND_MACHINE, "finance_refund"),
        (models.PAYOUT_MACHINE, "finance_payout"),
    ],
)
def test_the_database_allows_the_machines_transitions_and_no_others(machine: Any, table: str) -> None:
    assert installed_transitions(table) == machine.edges


def test_a_refused_batch_changes_nothing(journal: int) -> None:
    before = finance.trial_balance_table()
    good = transfer("good", outside(), purse(OWNER), 50)
    bad = transfer("bad", purse(UUID(int=201)), outside(), 1)
    with pytest.raises(finance.InsufficientFunds):
        finance.post_journals([good, bad])
    assert finance.trial_balance_table() == before
    assert not models.Journal.objects.filter(idem=good.key).exists()


def test_an_account_may_not_go_below_its_floor_even_within_a_batch() -> None:
    out = transfer("first", purse(OWNER), outside(), 10)
    back = transfer("second", outside(), purse(OWNER), 10)
    with pytest.raises(finance.InsufficientFunds):
        finance.post_journals([out, back])
    assert [p.fresh for p in finance.post_journals([back, out])] == [True, True]


def test_what_counts_is_the_balance_that_a_journal_leaves(journal: int) -> None:
    """A line may dip below the floor within its journal, and a captured hold frees its money for the same batch."""
    parts = ((purse(OWNER), -150), (outside(), 150), (purse(OWNER), 60), (outside(), -60))
    dip = finance.JournalDraft("dip", "test", tuple(finance.Entry(*part) for part in parts), DAY)
    other = transfer("other", outside(), purse(UUID(int=202)), 1)
    assert [p.fresh for p in finance.post_journals([dip, other])] == [True, True]
    hold = finance.place_hold("h", account=purse(OWNER), amount_minor=7, now=NOW)
    taken = transfer("taken", purse(OWNER), outside(), 7, hold_id=hold.id)
    rest = transfer("rest", purse(OWNER), outside(), 3)
    with pytest.raises(finance.InsufficientFunds):
        finance.post_journals([rest, transfer("more", purse(OWNER), outside(), 1)])
    assert [p.fresh for p in finance.post_journals([taken, rest])] == [True, True]
    assert [b.balance_minor for b in finance.balances(OWNER)] == [0]
    assert finance.verify() == []


@pytest.mark.parametrize(
    ("entries", "error"),
    [
        ([(purse(OWNER), 5)], finance.BadJournal),
        ([(purse(OWNER), 5), (outside(), -4)], finance.Unbalanced),
        ([(purse(OWNER), 5), (outside("EUR"), -5)], finance.Unbalanced),
        ([(purse(OWNER), 0), (outside(), 0)], finance.BadJournal),
        ([(purse(OWNER), 10**18), (outside(), -(10**18))], finance.BadJournal),
        ([(purse(OWNER, "XQQ"), 5), (outside("XQQ"), -5)], UnknownCurrency),
        ([(finance.AccountKey(OWNER, "cheese", "GBP"), 5), (outside(), -5)], finance.BadJournal),
    ],
)
def test_bad_journals_are_refused(entries: list[Any], error: type[Exception]) -> None:
    lines = tuple(finance.Entry(account, minor) for account, minor in entries)
    with pytest.raises(error):
        finance.post_journals([finance.JournalDraft("k", "test", lines, DAY)])
    assert models.Journal.objects.count() == 0


def test_the_database_refuses_what_python_would_not_have_sent() -> None:
    """finance_post itself checks: call it with an unbalanced journal."""
    from fondaco.systems.finance.services import ledger

    draft = transfer("x", outside(), purse(OWNER), 5)
    arguments = ledger._arguments({draft.key: draft})
    arguments[-1] = "{-5,4}"
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        ledger._call(ledger._POST, arguments)
    assert getattr(caught.value.__cause__, "sqlstate", "") == sql.UNBALANCED


def test_one_key_twice_in_a_batch_is_one_journal() -> None:
    draft = transfer("same", outside(), purse(OWNER), 5)
    first, second = finance.post_journals([draft, draft])
    assert first == second
    assert models.Journal.objects.count() == 1
    with pytest.raises(finance.KeyReused):
        finance.post_journals([draft, transfer("same", outside(), purse(OWNER), 6)])


def test_two_journals_cannot_capture_one_hold(journal: int) -> None:
    hold = finance.place_hold("h", account=purse(OWNER), amount_minor=60, now=NOW)
    drafts = [transfer(key, purse(OWNER), outside(), 20, hold_id=hold.id) for key in "ab"]
    with pytest.raises(finance.HoldNotOpen):
        finance.post_journals(drafts)
    with pytest.raises(finance.HoldNotOpen):
        finance.capture_hold(uuid4(), transfer("c", purse(OWNER), outside(), 20))
    assert finance.void_hold(hold.id).state == "voided"
    assert finance.verify() == []


def test_a_hold_keeps_money_from_others_until_it_expires(journal: int) -> None:
    finance.place_hold("h", account=purse(OWNER), amount_minor=60, now=NOW, expires_at=NOW)
    with pytest.raises(finance.InsufficientFunds):
        finance.post_journals([transfer("a", purse(OWNER), outside(), 41)])
    assert finance.expire_holds(now=NOW) == 1
    assert finance.expire_holds(now=NOW) == 0
    finance.post_journals([transfer("a", purse(OWNER), outside(), 41)])
    assert finance.verify() == []


def test_the_seal_finds_an_altered_row(journal: int) -> None:
    finance.post_journals([transfer(f"s{n}", outside(), purse(OWNER), n) for n in range(1, 40)])
    assert finance.seal_chain() == 40
    assert finance.seal_chain() == 0
    assert finance.verify() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, journal_id FROM finance_chainlink OFFSET 17 LIMIT 1")
        seq, target = cursor.fetchone()
        cursor.execute("ALTER TABLE finance_entry DISABLE TRIGGER finance_entry_append_only")
        cursor.execute("UPDATE finance_entry SET amount = amount * 2 WHERE journal_id = %s", [target])
        cursor.execute("ALTER TABLE finance_entry ENABLE ALWAYS TRIGGER finance_entry_append_only")
    found = {finding.invariant: finding.example for finding in finance.verify()}
    assert found["I10"] == f"link {seq}"
    assert "I2" in found
