"""How long an order's money stays in escrow after delivery: dated rules by method and risk, or the seller's own; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from fondaco.kernel.errors import Refused

MOST_DAYS = 180
OWN = "own"  # the rule's name where the seller's payout policy sets the days
# Why money stays where it is.
UNPAID, HOLDING, DISPUTED = "unpaid", "holding", "disputed"


class NoHoldRule(Refused):
    code = "no-hold-rule"
    title = "No rule says how long this order's money is to be kept."
    remedy = "Add a row to data/finance/hold_days.csv that is in force on the day of delivery."


@dataclass(frozen=True, slots=True)
class HoldRule:
    """A row of data/finance/hold_days.csv; no methods or risks: every one. `valid_to` is the last day in force."""

    code: str
    methods: frozenset[str]
    risks: frozenset[str]
    valid_from: date
    valid_to: date | None
    days: int
    source: str

    def fits(self, method: str, risk: str, on: date) -> bool:
        """Whether the rule is meant for this payment on this day."""
        named = (not self.methods or method in self.methods) and (not self.risks or risk in self.risks)
        return named and self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The proof that an order has arrived."""

    order_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EscrowHold:
    """Until when an order's money is kept, by which rule, and what keeps it now (`blocked_by`: empty if nothing).

    `case` is the dispute that keeps it, where one does. Money kept back may be `unpaid` (a courier has not
    handed it in), `holding` (the days are not over) or `disputed` (no verdict yet). Money that is free may be
    stuck: `stuck_by` is the code of what stopped its sharing out when that was tried last, with its detail.
    """

    order_id: UUID
    delivered_at: datetime
    free_at: datetime
    days: int
    rule: str
    source: str
    method: str
    risk: str
    blocked_by: str = ""
    case: str = ""
    stuck_by: str = ""
    stuck_detail: str = ""

    @property
    def is_free(self) -> bool:
        return not self.blocked_by


def days_for(
    rules: Sequence[HoldRule], *, method: str, risk: str, on: date, own_days: int | None
) -> tuple[int, str, str]:
    """(days, rule, source): what the seller's policy says, else the first rule that fits. NoHoldRule."""
    if own_days is not None:
        return own_days, OWN, "payout policy of the seller, approved by two people"
    found = next((rule for rule in rules if rule.fits(method, risk, on)), None)
    if found is None:
        raise NoHoldRule(field="method", value=f"{method} {risk} {on}")
    return found.days, found.code, found.source


def free_at(delivered_at: datetime, days: int) -> datetime:
    """When the money of a delivery is free; a day is 24 hours."""
    return delivered_at + timedelta(days=days)
