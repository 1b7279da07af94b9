"""The ledger's words: account keys, entries, journal drafts; pure.

Amounts are credits minus debits in minor units: positive means that the house owes the owner more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from pydantic_core import to_json

from fondaco.kernel.errors import Conflict, NotFound, Refused
from fondaco.kernel.money import exponent

# The owner of the house's own accounts (positions, income, bank): the book that the platform keeps.
HOUSE = UUID("f0da0000-0000-7000-8000-000000000001")
_KEYS = UUID("f0da0000-0000-7000-8000-000000000002")
MAX_MINOR = 10**17
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


class Unbalanced(Refused):
    code = "journal-unbalanced"
    title = "The lines of a journal do not add up to zero in each currency."
    remedy = "Give entries whose amounts cancel out, currency by currency."


class BadJournal(Refused):
    code = "bad-journal"
    title = "This cannot be written in the books."
    remedy = "Give at least two lines with whole, non-zero amounts on accounts of the chart."


class InsufficientFunds(Refused):
    code = "insufficient-funds"
    title = "The account holds too little for this."
    remedy = "Take less, or wait until the money is there. Nothing was posted."


class KeyReused(Refused):
    code = "idempotency-key-reused"
    title = "This key was used for something else."
    remedy = "Use a fresh key for a new request; repeat a request with its own key and body."


class AlreadyReversed(Conflict):
    code = "already-reversed"
    title = "This journal has been reversed before."


class HoldNotOpen(Conflict):
    code = "hold-not-open"
    title = "This hold is not open for that amount."
    remedy = "Look at the hold's state and amount; a captured, voided or expired hold stays so."


class PeriodClosed(Refused):
    code = "period-closed"
    title = "The books of that day are closed."
    remedy = (
        "Date it in the first open period, or have another person reopen the closed one. Nothing was posted."
    )


class JournalNotFound(NotFound):
    code = "journal-not-found"


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Names one account; it is made when first used. `code` is of the chart, `escrow:<id>` included."""

    owner_id: UUID
    code: str
    currency: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: `amount_minor` > 0 credits the account, < 0 debits it."""

    account: AccountKey
    amount_minor: int


@dataclass(frozen=True, slots=True)
class JournalDraft:
    """A journal to be posted once under `idem`. `source` says what it is about ("order:<id>").

    `hold_id` names a hold that this journal captures. All fields belong to the body that a repeat
    with the same key must match.
    """

    idem: UUID | str
    kind: str
    entries: tuple[Entry, ...]
    effective_on: date
    source: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    reversal_of: int | None = None
    hold_id: UUID | None = None

    @property
    def key(self) -> UUID:
        """The key as a UUID; a text key is hashed (UUIDv5)."""
        return key_of(self.idem)

    def digest(self) -> bytes:
        """SHA-256 of the body in canonical form (`digest_of`)."""
        body = {
            "entries": [
                [e.account.owner_id, e.account.code, e.account.currency, e.amount_minor] for e in self.entries
            ],
            "hold": self.hold_id,
            "kind": self.kind,
            "meta": dict(self.meta),
            "on": self.effective_on.isoformat(),
            "reversal_of": self.reversal_of,
            "source": self.source,
        }
        # In that order, and without what only the canonical form knows, the quick form is the same text.
        return digest_of(body) if self.meta else sha256(to_json(body)).digest()


@dataclass(frozen=True, slots=True)
class Posted:
    """The journal that a draft became, or had become before (`fresh` False)."""

    journal_id: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class EntryView:
    """A posted line as read back."""

    journal_id: int
    line: int
    kind: str
    source: str
    owner_id: UUID
    code: str
    currency: str
    amount_minor: int
    balance_after: int | None
    effective_on: date
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on one account. `available_minor` is what may still be taken."""

    owner_id: UUID
    code: str
    currency: str
    account_class: str
    balance_minor: int
    held_minor: int

    @property
    def available_minor(self) -> int:
        return self.balance_minor - self.held_minor


def key_of(idem: UUID | str) -> UUID:
    """`idem` as a UUID; text is mapped by UUIDv5, so the same text is always the same key."""
    return idem if isinstance(idem, UUID) else uuid5(_KEYS, idem)


def digest_of(body: Any) -> bytes:
    """SHA-256 of `body` as canonical JSON (sorted keys, no spaces)."""
    return sha256(_CANONICAL.encode(body).encode()).digest()


def check_draft(draft: JournalDraft) -> None:
    """BadJournal or Unbalanced unless `draft` may be posted."""
    if len(draft.entries) < 2:
        raise BadJournal("A journal has at least two lines.", field="entries", value=len(draft.entries))
    sums: dict[str, int] = {}
    for entry in draft.entries:
        _check_amount(entry)
        currency = entry.account.currency
        sums[currency] = sums.get(currency, 0) + entry.amount_minor
    off = {currency: minor for currency, minor in sums.items() if minor}
    for currency in sums:
        exponent(currency)
    if off:
        raise Unbalanced(f"{draft.kind}: {off}", field="entries")


def negated(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that undo `entries`."""
    return tuple(Entry(e.account, -e.amount_minor) for e in entries)


def lines(*parts: tuple[AccountKey, int]) -> tuple[Entry, ...]:
    """Entries for `parts`, leaving out zero amounts."""
    return tuple(Entry(account, minor) for account, minor in parts if minor)


def distinct(drafts: Sequence[JournalDraft]) -> dict[UUID, JournalDraft]:
    """`drafts` by key; KeyReused where one key stands for two bodies."""
    kept: dict[UUID, JournalDraft] = {}
    for draft in drafts:
        before = kept.setdefault(draft.key, draft)
        if before is not draft and before.digest() != draft.digest():
            raise KeyReused(field="idem", value=draft.idem)
    return kept


def _check_amount(entry: Entry) -> None:
    minor = entry.amount_minor
    if type(minor) is not int or not 0 < abs(minor) <= MAX_MINOR:
        raise BadJournal(field="amount_minor", value=minor)
