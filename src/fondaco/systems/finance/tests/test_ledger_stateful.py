"""The ledger against a model: post, hold, capture, void, reverse, replay, bad replay, in any order."""

from __future__ import annotations

import os
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from fondaco.systems.finance import public as finance
from fondaco.systems.finance.tests.conftest import DAY, NOW, outside, purse, transfer
from fondaco.systems.finance.tests.model_ledger import ModelHold, ModelLedger

OWNERS = [UUID(int=n) for n in range(100, 103)]
CURRENCIES = ["GBP", "JPY"]
ACCOUNTS = st.builds(purse, st.sampled_from(OWNERS), st.sampled_from(CURRENCIES))
AMOUNTS = st.integers(1, 500)
# A long run: FONDACO_STATEFUL=1000 pytest -k whatever_is_done
EXAMPLES = int(os.environ.get("FONDACO_STATEFUL", "12"))


class LedgerMachine(RuleBasedStateMachine):
    """Each rule does the same to the model and to the books, and expects the same answer."""

    journals = Bundle("journals")
    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.model = ModelLedger()
        self.count = 0
        self.ids: dict[str, int] = {}
        self.hold_ids: dict[str, UUID] = {}

    def _key(self) -> str:
        self.count += 1
        return f"run-{id(self)}-{self.count}"

    def _post(self, draft: finance.JournalDraft, *, freed: int = 0) -> bool:
        entries = [(e.account, e.amount_minor) for e in draft.entries]
        if not self.model.allows(entries, freed=freed):
            with pytest.raises(finance.InsufficientFunds):
                finance.post_journals([draft])
            return False
        [posted] = finance.post_journals([draft])
        assert posted.fresh
        self.model.post(entries)
        self.model.seen[str(draft.idem)] = draft
        self.ids[str(draft.idem)] = posted.journal_id
        return True

    @rule(target=journals, account=ACCOUNTS, amount=AMOUNTS)
    def pay_in(self, account: finance.AccountKey, amount: int) -> object:
        key = self._key()
        assert self._post(transfer(key, outside(account.currency), account, amount))
        return key

    @rule(target=journals, frm=ACCOUNTS, to=ACCOUNTS, amount=AMOUNTS)
    def move(self, frm: finance.AccountKey, to: finance.AccountKey, amount: int) -> object:
        if frm.currency != to.currency or frm == to:
            return multiple()
        key = self._key()
        return key if self._post(transfer(key, frm, to, amount)) else multiple()

    @rule(target=journals, frm=ACCOUNTS, to=ACCOUNTS, amount=AMOUNTS, other=AMOUNTS)
    def batch(self, frm: finance.AccountKey, to: finance.AccountKey, amount: int, other: int) -> object:
        """Two journals in one call: both or none."""
        keys = [self._key(), self._key()]
        drafts = [transfer(keys[0], outside(frm.currency), frm, amount),
                  transfer(keys[1], frm, outside(frm.currency), other)]  # fmt: skip
        after = self.model.balances.get(frm, 0) + amount - other - self.model.held(frm)
        if after < 0:
            with pytest.raises(finance.InsufficientFunds):
                finance.post_journals(drafts)
            return multiple()
        for draft, posted in zip(drafts, finance.post_journals(drafts), strict=True):
            self.model.post([(e.account, e.amount_minor) for e in draft.entries])
            self.model.seen[str(draft.idem)], self.ids[str(draft.idem)] = draft, posted.journal_id
        return multiple(*keys)

    @rule(key=journals)
    def replay(self, key: str) -> None:
        [posted] = finance.post_journals([self.model.seen[key]])
        assert posted == finance.Posted(self.ids[key], fresh=False)

    @rule(key=journals, amount=AMOUNTS)
    def replay_another_body(self, key: str, amount: int) -> None:
        draft = transfer(key, outside(), purse(OWNERS[0]), amount + 10_000)
        fresh = transfer(self._key(), outside(), purse(OWNERS[0]), amount)
        with pytest.raises(finance.KeyReused):
            finance.post_journals([fresh, draft])

    @rule(key=journals)
    def reverse(self, key: str) -> None:
        draft = self.model.seen[key]
        undo = [(e.account, -e.amount_minor) for e in draft.entries]
        again = key in self.model.reversed
        if not again and not self.model.allows(undo):
            with pytest.raises(finance.InsufficientFunds):
                finance.reverse_journal(self.ids[key], effective_on=DAY, reason="test", actor="t")
            return
        posted = finance.reverse_journal(self.ids[key], effective_on=DAY, reason="test", actor="t")
        assert posted.fresh is not again
        if not again:
            self.model.reversed.add(key)
            self.model.post(undo)
            with pytest.raises(finance.AlreadyReversed):
                finance.reverse_journal(posted.journal_id, effective_on=DAY, reason="test", actor="t")

    @rule(target=holds, account=ACCOUNTS, amount=AMOUNTS)
    def hold(self, account: finance.AccountKey, amount: int) -> object:
        key = self._key()
        free = self.model.balances.get(account, 0) - self.model.held(account)
        if amount > free:
            with pytest.raises(finance.InsufficientFunds):
                finance.place_hold(key, account=account, amount_minor=amount, now=NOW)
            return multiple()
        made = finance.place_hold(key, account=account, amount_minor=amount, now=NOW)
        assert finance.place_hold(key, account=account, amount_minor=amount, now=NOW) == made
        with pytest.raises(finance.KeyReused):
            finance.place_hold(key, account=account, amount_minor=amount + 1, now=NOW)
        self.model.holds[key], self.hold_ids[key] = ModelHold(account, amount), made.id
        return key

    @rule(key=holds, amount=AMOUNTS)
    def capture(self, key: str, amount: int) -> None:
        hold = self.model.holds[key]
        draft = transfer(self._key(), hold.account, outside(hold.account.currency), amount)
        if hold.state != "open" or amount > hold.amount:
            with pytest.raises((finance.HoldNotOpen, finance.InsufficientFunds)):
                finance.capture_hold(self.hold_ids[key], draft)
            return
        posted = finance.capture_hold(self.hold_ids[key], draft)
        assert finance.capture_hold(self.hold_ids[key], draft) == finance.Posted(
            posted.journal_id, fresh=False
        )
        hold.state = "captured"
        self.model.post([(e.account, e.amount_minor) for e in draft.entries])

    @rule(key=holds)
    def void(self, key: str) -> None:
        hold = self.model.holds[key]
        if hold.state == "captured":
            with pytest.raises(finance.HoldNotOpen):
                finance.void_hold(self.hold_ids[key])
            return
        assert finance.void_hold(self.hold_ids[key]).state == "voided"
        hold.state = "voided"

    @invariant()
    def books_agree_with_the_model(self) -> None:
        mine = {line for owner in OWNERS for line in finance.balances(owner, codes=["payable"])}
        for line in mine:
            account = finance.AccountKey(line.owner_id, line.code, line.currency)
            assert line.balance_minor == self.model.balances.get(account, 0)
            assert line.held_minor == self.model.held(account)
        assert set(finance.trial_balance().values()) <= {0}

    def teardown(self) -> None:
        assert finance.verify() == []


@pytest.mark.django_db
def test_the_ledger_agrees_with_a_model_whatever_is_done() -> None:
    from django.db import transaction

    verified: list[object] = []

    class Isolated(LedgerMachine):
        """Each example in a savepoint that is rolled back."""

        def __init__(self) -> None:
            self.atomic = transaction.atomic()
            self.atomic.__enter__()
            super().__init__()

        def teardown(self) -> None:
            try:
                super().teardown()
                verified.append(finance.trial_balance())
            finally:
                transaction.set_rollback(True)
                self.atomic.__exit__(None, None, None)

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Isolated,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert len(verified) >= EXAMPLES  # each example ended with every invariant verified, then was rolled back
    assert finance.trial_balance() == {}
