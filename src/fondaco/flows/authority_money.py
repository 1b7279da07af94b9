"""What authorities owe: awaited when they grant it, ordered at their bank, paid when a statement shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.flows.house import ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import AccountKey, Entry, Expectation, JournalDraft
from fondaco.systems.logistics import public as logistics

# The house, hearing from its bank. No person says that money has come.
HOUSE_AT_BANK = Scope(UUID(int=0), Kind.PLATFORM, role=Role.OWNER, actor="bank statement")


def await_grant(
    source: str, granted: Money, *, payer: UUID, seller: UUID, against: AccountKey, now: datetime, actor: str
) -> None:
    """Await the transfer of what was granted, once per source; in the caller's transaction."""
    what = Expectation(source, payer, granted, against, beneficiary_id=seller)
    finance.expect_payment(what, now=now, actor=actor)


def order_transfer(source: str, granted: Money, *, bank: Any = None) -> None:
    """SIMULATION of the authority's own bank: it transfers what was granted under the reference it was told. Once.

    Not inside a transaction: this speaks to another machine.
    """
    reference = finance.reference_for(source)
    if bank is not None:
        bank.pay_in(granted, reference=reference)
        return
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        ports.bank.pay_in(granted, reference=reference)


def post_once(
    idem: str, kind: str, lines: Sequence[tuple[UUID, str, int]], *, currency: str, now: datetime, source: str,
    **meta: str,
) -> None:  # fmt: skip
    """One journal of (owner, account, minor units); the same `idem` again is the same journal."""
    entries = tuple(Entry(AccountKey(owner, code, currency), minor) for owner, code, minor in lines)
    finance.post_journals([JournalDraft(idem, kind, entries, now.date(), source, meta)])
