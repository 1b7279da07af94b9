"""Two ways to pay without a payment provider: by bank transfer, and in cash to the courier.

Both are gateways like any other, so that payments, refunds and the janitor treat them alike; but nobody is
called: the money is heard of later, from a bank statement or from the courier's remittance file
(services/collections.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fondaco.systems.finance.domain.payments import AUTHORISED, DECLINED, PENDING, VOIDED, Charge, Outcome
from fondaco.systems.finance.domain.references import reference_for


@dataclass(frozen=True, slots=True)
class BankTransferIn:
    """The buyer transfers the sum to the house's account, with a creditor reference; pending until it is there."""

    provider_id: UUID

    def charge(self, charges: list[Charge]) -> list[Outcome]:
        """A reference for each charge; the payment waits for the money."""
        return [_pending(charge.key) for charge in charges]

    def look_up(self, keys: list[str]) -> list[Outcome]:
        """Still waiting: statements are not asked for here."""
        return [_pending(key) for key in keys]

    def refund(self, refunds: list[Charge]) -> list[Outcome]:
        """Declined: a transfer is not taken back, the buyer's account must be asked for."""
        return [Outcome(each.key, DECLINED, reason="account_needed") for each in refunds]

    def void(self, keys: list[str]) -> list[Outcome]:
        """Nothing is owed any more; money that comes anyway goes to suspense."""
        return [Outcome(key, VOIDED, reference_for(key)) for key in keys]


@dataclass(frozen=True, slots=True)
class CashOnDelivery:
    """The courier `provider_id` takes the sum at the door; authorised until the courier remits it."""

    provider_id: UUID

    def charge(self, charges: list[Charge]) -> list[Outcome]:
        """The courier is to collect each charge."""
        return [Outcome(charge.key, AUTHORISED, f"COD-{charge.key}") for charge in charges]

    def look_up(self, keys: list[str]) -> list[Outcome]:
        """To be collected."""
        return [Outcome(key, AUTHORISED, f"COD-{key}") for key in keys]

    def refund(self, refunds: list[Charge]) -> list[Outcome]:
        """Declined: cash is not sent back, the buyer's account must be asked for."""
        return [Outcome(each.key, DECLINED, reason="account_needed") for each in refunds]

    def void(self, keys: list[str]) -> list[Outcome]:
        """The courier is not to collect."""
        return [Outcome(key, VOIDED, f"COD-{key}") for key in keys]


def _pending(key: str) -> Outcome:
    return Outcome(key, PENDING, reference_for(key))
