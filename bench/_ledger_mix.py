"""What 16 threads do to the books at once in bench.ledger: every kind of deed, true and false, in any order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import AccountKey, Entry, JournalDraft

DAY, NOW = date(2026, 10, 1), datetime(2026, 10, 1, 12, tzinfo=UTC)
_OWNERS = [UUID(int=900 + n) for n in range(40)]


class Mixer:
    """One thread's deeds. `posted` counts journals made, `wrong` what the ledger should not have done."""

    def __init__(self, seed: str) -> None:
        self.seed, self.rnd = seed, Random(seed)
        self.posted, self.number = 0, 0
        self.wrong: list[str] = []
        self.mine: list[tuple[JournalDraft, int]] = []
        self.holds: list[tuple[UUID, AccountKey, int]] = []

    def run(self, postings: int) -> None:
        """Go on until `postings` journals were made."""
        deeds = (self._batch, self._batch, self._batch, self._convert, self._hold, self._close_hold, self._reverse,
                 self._repeat, self._lie, self._overdraw)  # fmt: skip
        self._batch()
        while self.posted < postings:
            self.rnd.choice(deeds)()

    def _key(self) -> str:
        self.number += 1
        return f"mix:{self.seed}:{self.number}"

    def _purse(self, currency: str) -> AccountKey:
        return AccountKey(self.rnd.choice(_OWNERS), "payable", currency)

    def _draft(self) -> JournalDraft:
        currency = self.rnd.choice(("EUR", "GBP", "JPY"))
        to, amount = self._purse(currency), self.rnd.randint(1, 500)
        entries = (Entry(AccountKey(finance.HOUSE, "bank", currency), -amount), Entry(to, amount))
        return JournalDraft(self._key(), "mix", entries, DAY)

    def _post(self, drafts: list[JournalDraft]) -> None:
        made = finance.post_journals(drafts)
        self.posted += sum(one.fresh for one in made)
        self.mine = [*self.mine[-50:], *((d, p.journal_id) for d, p in zip(drafts, made, strict=True))]

    def _batch(self) -> None:
        self._post([self._draft() for _ in range(self.rnd.randint(1, 24))])

    def _convert(self) -> None:
        house = (
            AccountKey(finance.HOUSE, "fx_position", "EUR"),
            AccountKey(finance.HOUSE, "fx_position", "GBP"),
        )
        source, amount = self._purse("EUR"), self.rnd.randint(2, 60)
        entries = (
            Entry(source, -amount),
            Entry(house[0], amount),
            Entry(house[1], 1 - amount),
            Entry(self._purse("GBP"), amount - 1),
        )
        self._try([JournalDraft(self._key(), "mix", entries, DAY)])

    def _try(self, drafts: list[JournalDraft]) -> None:
        try:
            self._post(drafts)
        except finance.InsufficientFunds:
            return

    def _hold(self) -> None:
        account, amount = self._purse("EUR"), self.rnd.randint(1, 80)
        try:
            hold = finance.place_hold(
                self._key(),
                account=account,
                amount_minor=amount,
                now=NOW,
                expires_at=NOW + timedelta(hours=1),
            )
        except finance.InsufficientFunds:
            return
        self.holds.append((hold.id, account, amount))

    def _close_hold(self) -> None:
        if not self.holds:
            return
        number, account, amount = self.holds.pop(self.rnd.randrange(len(self.holds)))
        if self.rnd.random() < 0.4:
            finance.void_hold(number)
        else:
            taken = self.rnd.randint(1, amount)
            entries = (Entry(account, -taken), Entry(AccountKey(finance.HOUSE, "bank", "EUR"), taken))
            self.posted += finance.capture_hold(number, JournalDraft(self._key(), "mix", entries, DAY)).fresh

    def _reverse(self) -> None:
        draft, journal = self.rnd.choice(self.mine)
        if draft.hold_id is not None:
            return
        try:
            self.posted += finance.reverse_journal(
                journal, effective_on=DAY, reason="mix", actor="bench"
            ).fresh
        except finance.InsufficientFunds:
            return

    def _repeat(self) -> None:
        draft, journal = self.rnd.choice(self.mine)
        [again] = finance.post_journals([draft])
        if again.fresh or again.journal_id != journal:
            self.wrong.append(f"{draft.idem} was posted again as {again.journal_id}")

    def _lie(self) -> None:
        draft, _ = self.rnd.choice(self.mine)
        entries = (Entry(draft.entries[0].account, -999), Entry(draft.entries[-1].account, 999))
        if draft.entries[0].account.currency != draft.entries[-1].account.currency:
            return
        self._expect(finance.KeyReused, [JournalDraft(draft.idem, "lie", entries, DAY)])

    def _overdraw(self) -> None:
        entries = (
            Entry(self._purse("EUR"), -(10**12)),
            Entry(AccountKey(finance.HOUSE, "bank", "EUR"), 10**12),
        )
        self._expect(
            finance.InsufficientFunds, [self._draft(), JournalDraft(self._key(), "mix", entries, DAY)]
        )

    def _expect(self, error: type[Exception], drafts: list[JournalDraft]) -> None:
        try:
            finance.post_journals(drafts)
        except error:
            return
        self.wrong.append(f"{drafts[-1].idem} was not refused with {error.__name__}")
