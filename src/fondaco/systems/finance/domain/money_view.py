"""The money of one order as its parties see it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance.domain.ledger import EntryView
from fondaco.systems.finance.domain.payments import PaymentDTO

_STAGES = {
    "payment.captured": "paid",
    "order.settled": "released",
    "return.refund_owed": "refund",
    "return.refunded": "refund",
    "bill.difference": "corrected",
    "reversal": "corrected",
    "dispute.opened": "disputed",
    "dispute.lost": "disputed",
}
_BUYER_KINDS = frozenset({"payment.captured", "return.refund_owed", "return.refunded"})
_SELLER_HIDDEN = frozenset({"provider_clearing", "refund_payable"})


@dataclass(frozen=True, slots=True)
class StageView:
    """One step of the order's money (paid, released, refund, corrected) and its lines."""

    stage: str
    on: date
    lines: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class FxView:
    """A conversion: what was taken, what was given, at which dated rate."""

    journal_id: int
    sold: Money
    bought: Money
    rate: Decimal
    provider: str
    rate_on: date


@dataclass(frozen=True, slots=True)
class MoneyView:
    """All that a party may see of an order's money. `held` is what its escrow still holds."""

    order_id: UUID
    stages: tuple[StageView, ...]
    held: Money | None
    conversions: tuple[FxView, ...]
    payments: tuple[PaymentDTO, ...]
    settlement: dict[str, Any] | None
    refunds: tuple[dict[str, Any], ...]

    @property
    def went_out(self) -> dict[str, int]:
        """What each step took out of the order's escrow, in minor units of its currency; `paid` is below zero."""
        sums: dict[str, int] = {}
        for step in self.stages:
            minor = -sum(line.amount_minor for line in step.lines if line.code == f"escrow:{self.order_id}")
            if minor:
                sums[step.stage] = sums.get(step.stage, 0) + minor
        return sums


def stage_of(kind: str) -> str:
    """The step of an order's money that a journal of `kind` belongs to."""
    return _STAGES.get(kind, "other")


def can_see(line: EntryView, *, kind: Kind | None, owner_id: UUID) -> bool:
    """Whether a party sees `line`: as operator all, as seller all but the provider's and the buyer's own
    accounts, as buyer what concerns paying and being paid back, as anybody the own accounts.
    """
    if kind == Kind.PLATFORM or line.owner_id == owner_id:
        return True
    if kind == Kind.SELLER:
        return line.code not in _SELLER_HIDDEN
    return kind == Kind.BUYER and line.kind in _BUYER_KINDS and line.code not in ("payable", "recourse")
