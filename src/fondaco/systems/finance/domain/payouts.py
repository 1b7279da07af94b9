"""Payouts; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.ledger import AccountKey, Entry, lines


class PayoutNotFound(NotFound):
    code = "payout-not-found"


@dataclass(frozen=True, slots=True)
class PayoutDTO:
    """Money on its way to a party's bank, there, or come back; `state` is of PayoutState."""

    id: UUID
    owner_id: UUID
    account_code: str
    amount: Money
    state: str
    run: str
    confirmed_by: str
    bank_reference: str
    effective_on: date


@dataclass(frozen=True, slots=True)
class BankOrder:
    """A payout as a bank is told of it; `key` names it for ever. Without an `account` the party's id stands for it."""

    key: str
    owner_id: UUID
    amount: Money
    name: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """What a bank says of a payout: `executed`, `refused`, or `pending` where it has not said yet."""

    key: str
    status: str
    reference: str = ""
    reason: str = ""


class BankGateway(Protocol):
    """A bank that carries payouts out; instructed again by the same key it does nothing twice."""

    @property
    def name(self) -> str: ...

    def instruct(self, orders: Sequence[BankOrder]) -> list[BankAnswer]: ...


@dataclass(frozen=True, slots=True)
class BankReport:
    """How many payouts the bank has carried out, refused, and not yet decided."""

    paid: int = 0
    returned: int = 0
    pending: int = 0


def payout_entries(account: AccountKey, *, amount: int, recovered: int) -> tuple[Entry, ...]:
    """Send `amount` from `account`, and first take `recovered` for what its owner owes the house."""
    transit = AccountKey(account.owner_id, "payout_in_transit", account.currency)
    recourse = AccountKey(account.owner_id, "recourse", account.currency)
    return lines((account, -recovered), (recourse, recovered), (account, -amount), (transit, amount))
