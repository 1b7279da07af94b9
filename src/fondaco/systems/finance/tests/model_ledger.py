"""A ledger in plain dictionaries: what the real one must always agree with."""

from __future__ import annotations

from dataclasses import dataclass, field

from fondaco.systems.finance.public import AccountKey, JournalDraft


@dataclass
class ModelHold:
    account: AccountKey
    amount: int
    lapses: bool = False
    state: str = "open"


@dataclass
class ModelLedger:
    """Balances of guarded accounts never below zero plus holds; keys seen with their bodies."""

    balances: dict[AccountKey, int] = field(default_factory=dict)
    seen: dict[str, JournalDraft] = field(default_factory=dict)
    reversed: set[str] = field(default_factory=set)
    holds: dict[str, ModelHold] = field(default_factory=dict)

    def held(self, account: AccountKey) -> int:
        return sum(h.amount for h in self.holds.values() if h.account == account and h.state == "open")

    def allows(self, entries: list[tuple[AccountKey, int]], *, freed: int = 0) -> bool:
        """Whether posting `entries` leaves every guarded account enough; `freed` of a hold comes loose."""
        moved: dict[AccountKey, int] = {}
        for account, minor in entries:
            moved[account] = moved.get(account, 0) + minor
        return all(
            self.balances.get(account, 0) + minor - self.held(account) + (freed if minor < 0 else 0) >= 0
            for account, minor in moved.items()
            if account.code == "payable"
        )

    def post(self, entries: list[tuple[AccountKey, int]]) -> None:
        for account, minor in entries:
            self.balances[account] = self.balances.get(account, 0) + minor
