"""Payments that others owe the house and will make by transfer; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fondaco.kernel.errors import Conflict, NotFound, Refused
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.ledger import AccountKey
from fondaco.systems.finance.domain.reconciliation import normal
from fondaco.systems.finance.domain.references import reference_for


class BadExpectation(Refused):
    code = "bad-expected-payment"
    title = "This is no payment that can be expected."
    remedy = "Give what it is about, an amount above zero, and an account of the same currency."


class ExpectationChanged(Conflict):
    code = "expected-payment-changed"
    title = "A payment for this is expected already, with other facts."
    remedy = "Withdraw the expected payment first, and expect the right one under another source."


class ExpectationNotFound(NotFound):
    code = "expected-payment-not-found"


@dataclass(frozen=True, slots=True)
class Expectation:
    """Somebody will pay `amount` for `source` ("claim:<id>"); the money settles the receivable `against`.

    `payer_id` is told the `reference` and quotes it on the transfer. `beneficiary_id` may see it too.
    """

    source: str
    payer_id: UUID
    amount: Money
    against: AccountKey
    beneficiary_id: UUID | None = None
    due_on: date | None = None

    @property
    def reference(self) -> str:
        """What the payer has to quote: a creditor reference (ISO 11649), the same for the same source."""
        return reference_for(self.source)


@dataclass(frozen=True, slots=True)
class ExpectedDTO:
    """An expected payment as it stands; `state` is of ExpectedState. Received ones name the posting."""

    id: UUID
    source: str
    reference: str
    payer_id: UUID
    beneficiary_id: UUID | None
    amount: Money
    due_on: date | None
    state: str
    received_on: date | None
    journal_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ExpectedPage:
    """A page of expected payments; `next_cursor` is empty on the last one."""

    items: tuple[ExpectedDTO, ...]
    next_cursor: str


def check_expectation(what: Expectation) -> None:
    """BadExpectation unless `what` names its subject, an amount above zero and one currency."""
    if not what.source.strip() or len(what.source) > 80:
        raise BadExpectation(field="source", value=what.source)
    if what.amount.minor <= 0:
        raise BadExpectation(field="amount", value=what.amount)
    if what.amount.currency != what.against.currency:
        raise BadExpectation(field="against.currency", value=what.against.currency)


def quotes(reference: str, *said: str) -> bool:
    """Whether one of the words said with a transfer is `reference`, however the bank has spaced or cased it."""
    wanted = normal(reference)
    joined = [normal(text) for text in said]
    words = {normal(word) for text in said for word in re.split(r"[\s,;/]+", text)}
    return wanted in words or any(text.startswith(wanted) or text.endswith(wanted) for text in joined)
