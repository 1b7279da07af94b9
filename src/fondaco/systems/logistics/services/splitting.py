"""Keeping the plans that orders were parted by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.kernel.bulk import insert_many
from fondaco.systems.logistics.domain.splitting.types import SplitPlan


@dataclass(frozen=True, slots=True)
class NewSplit:
    """The plan that an order goes by. `rival_minor` is what it would have cost unparted."""

    order_id: UUID
    seller_id: UUID
    currency: str
    plan: SplitPlan
    rival_minor: int


_COLUMNS = {
    "order_id": "uuid", "seller_id": "uuid", "currency": "text", "parts": "smallint", "cost_minor": "bigint",
    "rival_minor": "bigint", "bound_minor": "bigint", "proven": "boolean", "plan": "jsonb",
    "decided_at": "timestamptz",
}  # fmt: skip


def save_splits(new: Sequence[NewSplit], *, now: datetime) -> int:
    """Keep each plan once for its order; how many were new."""
    return insert_many("logistics_splitrecord", _COLUMNS, [_row(one, now) for one in new], skip_existing=True)


def _row(new: NewSplit, now: datetime) -> tuple[Any, ...]:
    plan = new.plan
    return (
        new.order_id, new.seller_id, new.currency, len(plan.consignments), plan.cost.total, new.rival_minor,
        plan.bound, plan.proven, asdict(plan), now,
    )  # fmt: skip
