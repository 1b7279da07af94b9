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
class StoreWeighed:
    """A store that an order could have left from. `whole_minor`: everything from there by one service, None: it cannot.

    `why` is a code: "chosen", "dearer" (than the country that was chosen), "short" (of pieces), "unused" (another
    store of the country sends it), "domestic" (in the buyer's customs territory), "no-terms" (the border is not
    known from there) or "no-service".
    """

    code: str
    name: str
    kind: str
    country: str
    why: str
    whole_minor: int | None = None


@dataclass(frozen=True, slots=True)
class NewSplit:
    """The plan that an order goes by. `rival_minor` is what it would have cost unparted.

    `stores` are those that were weighed, where stores had the goods.
    """

    order_id: UUID
    seller_id: UUID
    currency: str
    plan: SplitPlan
    rival_minor: int
    stores: tuple[StoreWeighed, ...] = ()


_COLUMNS = ("order_id", "seller_id", "currency", "parts", "cost_minor", "rival_minor", "bound_minor", "proven", "plan", "decided_at")  # fmt: skip


def save_splits(new: Sequence[NewSplit], *, now: datetime) -> int:
    """Keep each plan once for its order; how many were new."""
    return insert_many("logistics_splitrecord", _COLUMNS, [_row(one, now) for one in new], skip_existing=True)


def _row(new: NewSplit, now: datetime) -> tuple[Any, ...]:
    plan = new.plan
    return (
        new.order_id, new.seller_id, new.currency, len(plan.consignments), plan.cost.total, new.rival_minor,
        plan.bound, plan.proven, asdict(plan) | {"stores": [asdict(one) for one in new.stores]}, now,
    )  # fmt: skip
