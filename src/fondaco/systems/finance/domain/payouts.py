"""Payouts; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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


def payout_entries(account: AccountKey, *, amount: int, recovered: int) -> tuple[Entry, ...]:
    """Send `amount` from `account`, and first take `recovered` for what its owner owes the house."""
    transit = AccountKey(account.owner_id, "payout_in_transit", account.currency)
    recourse = AccountKey(account.owner_id, "recourse", account.currency)
    return lines((account, -recovered), (recourse, recovered), (account, -amount), (transit, amount))
