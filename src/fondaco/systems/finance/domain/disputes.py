"""Disputed payments; pure. The money moves when a dispute is opened, and once more with its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fondaco.kernel.errors import Conflict, NotFound, Refused
from fondaco.kernel.money import Money
from fondaco.kernel.plain_json import is_storable
from fondaco.systems.finance.domain.cards import refuse_card_number
from fondaco.systems.finance.domain.ledger import HOUSE, AccountKey, Entry, lines

MOST_STATEMENT = 4_000
# A card scheme's reasons in words that a seller understands; other codes are shown as they are.
REASONS = ("not_received", "not_as_described", "fraudulent", "duplicate", "credit_not_processed", "general")


class DisputeNotFound(NotFound):
    code = "dispute-not-found"
    title = "There is no such dispute here."


class BadDispute(Refused):
    code = "bad-dispute"
    title = "This dispute cannot be opened."
    remedy = "Name a captured payment, a case and an amount of at most what is left of the payment."


class BadAnswer(Refused):
    code = "bad-dispute-answer"
    title = "This answer to the dispute cannot be taken."
    remedy = "Accept it, or challenge it with a statement of at most 4,000 characters."


class DisputeTooLate(Conflict):
    code = "dispute-too-late"
    title = "The time to answer this dispute is over."
    remedy = "The money has gone back to the buyer; talk to the provider."


@dataclass(frozen=True, slots=True)
class DisputeDTO:
    """A dispute as it stands; `state` is of DisputeState, `order_amount` what of the order is in dispute."""

    id: UUID
    payment_id: UUID
    order_id: UUID
    seller_id: UUID
    provider_id: UUID
    case: str
    state: str
    reason: str
    amount: Money
    order_amount: Money
    respond_by: datetime
    evidence_sha256: str
    statement: str
    opened_at: datetime
    changed_at: datetime
    events: tuple[str, ...] = ()


def check_statement(statement: str) -> str:
    """What a seller says, without the space around it. BadAnswer for nothing or too much, CardNumberRefused."""
    refuse_card_number(statement, field="statement")
    said = statement.strip()
    if not is_storable(said):
        raise BadAnswer("A character in it cannot be kept.", field="statement")
    if not 0 < len(said) <= MOST_STATEMENT:
        raise BadAnswer(field="statement", value=f"{len(said)} characters")
    return said


def waiting_account(dispute_id: UUID, currency: str) -> AccountKey:
    """Where the money of a dispute waits for the verdict."""
    return AccountKey(HOUSE, f"disputed:{dispute_id}", currency)


def lost_entries(*, dispute_id: UUID, provider_id: UUID, amount: Money) -> tuple[Entry, ...]:
    """The lines of a lost dispute: the provider has taken the money, so it owes the house that much less."""
    return lines(
        (waiting_account(dispute_id, amount.currency), -amount.minor),
        (AccountKey(provider_id, "provider_clearing", amount.currency), amount.minor),
    )
