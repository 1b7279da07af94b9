"""How much of a balance goes out today: schedule, minimum, rolling reserve and holds; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from uuid import UUID

from fondaco.kernel.errors import Conflict, NotFound, Refused
from fondaco.systems.finance.domain.escrow_hold import MOST_DAYS

DAY, WEEK, MONTH = "day", "week", "month"


class BadPolicy(Refused):
    code = "bad-payout-policy"
    title = "This payout policy makes no sense."
    remedy = "Give a minimum of at least one minor unit, a reserve of 0 to 100 % for 0 to 365 days, 0 to 180 days in escrow, and a reason."


class ChangeNotFound(NotFound):
    code = "policy-change-not-found"


class ChangeOpen(Conflict):
    code = "policy-change-open"
    title = "A change of this policy waits for a decision already."
    remedy = "Have it approved or rejected first."


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of one party and currency; the default pays everything, every day.

    `hold_days` replaces the house's days in escrow after delivery; None leaves them to the house.
    """

    every: str = DAY
    minimum_minor: int = 1
    reserve_share: Decimal = Decimal(0)
    reserve_days: int = 0
    is_held: bool = False
    reason: str = ""
    hold_days: int | None = None


@dataclass(frozen=True, slots=True)
class PolicyDTO:
    """A policy with whose it is and who set it: the person that proposed it and the one that approved."""

    id: UUID
    owner_id: UUID
    currency: str
    policy: Policy
    changed_by: str


@dataclass(frozen=True, slots=True)
class PolicyChangeDTO:
    """A policy as proposed, and what became of it; `state` is of PolicyState."""

    id: UUID
    owner_id: UUID
    currency: str
    policy: Policy
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may go out, what is kept back as reserve, and why nothing goes: held, not-today or too-little."""

    minor: int
    reserve_minor: int = 0
    code: str = ""


def check_policy(policy: Policy) -> None:
    """BadPolicy unless `policy` makes sense."""
    sound = (
        policy.every in (DAY, WEEK, MONTH)
        and policy.minimum_minor >= 1
        and 0 <= policy.reserve_share <= 1
        and 0 <= policy.reserve_days <= 365
        and (policy.hold_days is None or 0 <= policy.hold_days <= MOST_DAYS)
        and bool(policy.reason.strip())
    )
    if not sound:
        raise BadPolicy(field="policy")


def payable(available: int, policy: Policy, *, recent: int, on: date) -> Verdict:
    """How much of `available` goes out on `on`; `recent` is what was earned within the reserve's days."""
    if policy.is_held:
        return Verdict(0, code="held")
    if not _is_due(policy.every, on):
        return Verdict(0, code="not-today")
    kept = (recent * policy.reserve_share).to_integral_value(ROUND_CEILING) if recent > 0 else 0
    reserve = min(int(kept), max(available, 0))
    minor = available - reserve
    if minor < max(policy.minimum_minor, 1):
        return Verdict(0, reserve, "too-little")
    return Verdict(minor, reserve)


def _is_due(every: str, on: date) -> bool:
    return every == DAY or (every == WEEK and on.weekday() == 0) or (every == MONTH and on.day == 1)
