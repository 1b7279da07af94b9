"""Reading split plans, and making one against the price books in force."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.systems.logistics.domain.dto import PackedParcel
from fondaco.systems.logistics.domain.splitting.screen import Apart
from fondaco.systems.logistics.domain.splitting.screen import price_apart as _price_apart
from fondaco.systems.logistics.domain.splitting.solve import SECONDS, split
from fondaco.systems.logistics.domain.splitting.types import SplitPlan, SplitRequest
from fondaco.systems.logistics.models import Parcel, SplitRecord
from fondaco.systems.logistics.selectors.store import rate_store


@dataclass(frozen=True, slots=True)
class SplitView:
    """The plan an order was parted by. `gap_percent` is what is left to prove; `plan` the frozen data."""

    order_id: UUID
    parts: int
    cost: Money
    rival: Money
    saved: Money
    bound: Money
    proven: bool
    gap_percent: float
    decided_at: datetime
    plan: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SplitCounts:
    """How many orders were replanned, how many of them go in parts, and what that saved in minor units."""

    planned: int
    parted: int
    saved_minor: int


def split_order(
    request: SplitRequest, *, currency: str = "GBP", seconds: float = SECONDS, most_minor: int | None = None
) -> SplitPlan:
    """The cheapest way to part `request`, or not, on the books in `currency`: always a plan, with its gap.

    With `most_minor` a plan at that cost or less, found sooner. CannotSplit names the line that nothing takes or
    says that everything is dearer; NoPrices where no book is published.
    """
    return split(rate_store(currency), request, seconds=seconds, most_minor=most_minor)


def price_apart(
    request: SplitRequest, parcels: Sequence[PackedParcel], *, currency: str = "GBP"
) -> Apart | None:
    """What the parcels of an order cost one by one: a quick look, before the model is asked."""
    return _price_apart(rate_store(currency), request, parcels)


@dataclass(frozen=True, slots=True)
class PartLoad:
    """What one consignment of an order holds: its price and its pieces by SKU."""

    part: int
    price: Money
    pieces: tuple[tuple[str, int], ...]


def part_loads(order_ids: Sequence[UUID]) -> dict[UUID, tuple[PartLoad, ...]]:
    """House work: what each part of each order holds, by part; one query."""
    rows = Parcel.objects.house().filter(consignment__order_id__in=order_ids)
    fields = ("order_id", "part", "price_minor", "currency")
    found: dict[UUID, dict[int, tuple[Money, Counter[str]]]] = {}
    for order_id, part, minor, currency, contents in rows.values_list(
        *(f"consignment__{name}" for name in fields), "contents"
    ):
        _, pieces = found.setdefault(order_id, {}).setdefault(part, (Money(minor, currency), Counter()))
        for sku, count in contents:
            pieces[sku] += count
    return {
        order_id: tuple(
            PartLoad(n, price, tuple(sorted(held.items()))) for n, (price, held) in sorted(parts.items())
        )
        for order_id, parts in found.items()
    }


def split_of_order(scope: Scope, order_id: UUID) -> SplitView | None:
    """The plan that an order of `scope` was sent by; None where the model was not asked or changed nothing."""
    row = SplitRecord.objects.of(scope).filter(pk=order_id).first()
    return _view(row) if row else None


def count_splits(*, seller_id: UUID | None = None) -> SplitCounts:
    """House work: replanned and parted orders, and what both saved against the unparted plan."""
    rows = SplitRecord.objects.house()
    rows = rows.filter(seller_id=seller_id) if seller_id else rows
    sums = rows.aggregate(
        planned=Count("pk"),
        parted=Count("pk", filter=Q(parts__gt=1)),
        saved=Sum(F("rival_minor") - F("cost_minor"), default=0),
    )
    return SplitCounts(sums["planned"], sums["parted"], sums["saved"])


def _view(row: SplitRecord) -> SplitView:
    gap = row.cost_minor - row.bound_minor
    return SplitView(
        order_id=row.pk,
        parts=row.parts,
        cost=Money(row.cost_minor, row.currency),
        rival=Money(row.rival_minor, row.currency),
        saved=Money(row.rival_minor - row.cost_minor, row.currency),
        bound=Money(row.bound_minor, row.currency),
        proven=row.proven,
        gap_percent=100 * gap / row.cost_minor if row.cost_minor else 0.0,
        decided_at=row.decided_at,
        plan=row.plan,
    )
