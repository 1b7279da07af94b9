"""The ledger beside a model of itself: every deed done to both, in any order. Driven by a test and by bench.ledger."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import hypothesis
import pytest
from django.db import transaction
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
LATER = NOW + timedelta(hours=2)


def position(currency: str) -> finance.AccountKey:
    return finance.AccountKey(finance.HOUSE, "fx_position", currency)


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
        return f"run-{self.count}"

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

    @rule(target=journals, frm=ACCOUNTS, to=ACCOUNTS, amount=AMOUNTS, other=AMOUNTS)
    def convert(self, frm: finance.AccountKey, to: finance.AccountKey, amount: int, other: int) -> object:
        """Two currencies in one journal, each through the house's position in it."""
        if frm.currency == to.currency:
            return multiple()
        key = self._key()
        entries = (
            finance.Entry(frm, -amount),
            finance.Entry(position(frm.currency), amount),
            finance.Entry(position(to.currency), -other),
            finance.Entry(to, other),
        )
        draft = finance.JournalDraft(idem=key, kind="test", entries=entries, effective_on=DAY)
        return key if self._post(draft) else multiple()

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

    @rule(target=holds, account=ACCOUNTS, amount=AMOUNTS, lapses=st.booleans())
    def hold(self, account: finance.AccountKey, amount: int, *, lapses: bool) -> object:
        key, end = self._key(), NOW + timedelta(hours=1) if lapses else None
        free = self.model.balances.get(account, 0) - self.model.held(account)
        if amount > free:
            with pytest.raises(finance.InsufficientFunds):
                finance.place_hold(key, account=account, amount_minor=amount, now=NOW, expires_at=end)
            return multiple()
        made = finance.place_hold(key, account=account, amount_minor=amount, now=NOW, expires_at=end)
        assert finance.place_hold(key, account=account, amount_minor=amount, now=NOW, expires_at=end) == made
        with pytest.raises(finance.KeyReused):
            finance.place_hold(key, account=account, amount_minor=amount + 1, now=NOW, expires_at=end)
        self.model.holds[key], self.hold_ids[key] = ModelHold(account, amount, lapses), made.id
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

    @rule()
    def expire(self) -> None:
        """What lapses frees its money, and only that: holds without an end stay."""
        due = [h for h in self.model.holds.values() if h.lapses and h.state == "open"]
        assert finance.expire_holds(now=LATER) == len(due)
        for hold in due:
            hold.state = "expired"

    @rule(key=holds)
    def void(self, key: str) -> None:
        hold = self.model.holds[key]
        if hold.state in ("captured", "expired"):
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


class Isolated(LedgerMachine):
    """Each sequence in a savepoint that is rolled back once every invariant was verified."""

    def __init__(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        super().__init__()

    def teardown(self) -> None:
        try:
            super().teardown()
            verified.append(self.count)
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)


verified: list[int] = []


def run_sequences(count: int, *, steps: int, seed: int | None = None) -> int:
    """Run `count` sequences of `steps` deeds; AssertionError with the shortest one that went wrong. How many ended well."""
    verified.clear()
    machine = hypothesis.seed(seed)(Isolated) if seed is not None else Isolated
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=count,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return len(verified)
