"""Two ways to pay without a payment provider: by bank transfer, and in cash to the courier.

Both are gateways like any other, so that payments, refunds and the janitor treat them alike; but nobody is
called: the money is heard of later, from a bank statement or from the courier's remittance file
(services/collections.py).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.payments import AUTHORISED, DECLINED, PENDING, VOIDED, Charge, Outcome
from fondaco.systems.finance.domain.references import reference_for

COURIER_CHARGE_PERMILLE = 10  # of a demonstration's courier; a real one's file names its own


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
    """The courier `provider_id` takes the sum at the door; authorised until the courier remits it.

    `pays` is how a simulated courier transfers what it collected to the house's bank.
    """

    provider_id: UUID
    pays: Callable[[Money, str], None] | None = None

    def charge(self, charges: list[Charge]) -> list[Outcome]:
        """The courier is to collect each charge."""
        return [Outcome(charge.key, AUTHORISED, f"COD-{charge.key}") for charge in charges]

    def look_up(self, keys: list[str]) -> list[Outcome]:
        """To be collected."""
        return [Outcome(key, AUTHORISED, f"COD-{key}") for key in keys]

    def refund(self, refunds: list[Charge]) -> list[Outcome]:
        """Declined: cash is not sent back, the buyer's account must be asked for."""
        return [Outcome(each.key, DECLINED, reason="account_needed") for each in refunds]

    def remit(self, reference: str, collected: Sequence[Charge]) -> bytes:
        """SIMULATOR of a courier: its remittance file of what it collected, less its charge, and the transfer of it."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["kind", "key", "currency", "gross", "fee"])
        totals: dict[str, tuple[int, int]] = {}
        for each in collected:
            gross, currency = each.amount.minor, each.amount.currency
            fee = gross * COURIER_CHARGE_PERMILLE // 1000
            writer.writerow(["charge", each.key, currency, gross, fee])
            before = totals.get(currency, (0, 0))
            totals[currency] = before[0] + gross, before[1] + fee
        for currency, (gross, fee) in sorted(totals.items()):
            writer.writerow(["total", "", currency, gross, fee])
            if self.pays:
                self.pays(Money(gross - fee, currency), reference)
        return out.getvalue().encode()

    def void(self, keys: list[str]) -> list[Outcome]:
        """The courier is not to collect."""
        return [Outcome(key, VOIDED, f"COD-{key}") for key in keys]


def _pending(key: str) -> Outcome:
    return Outcome(key, PENDING, reference_for(key))
