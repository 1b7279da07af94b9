"""Stores and their locations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fondaco.kernel.bulk import insert_many
from fondaco.systems.logistics.domain.stock.dto import NewStore
from fondaco.systems.logistics.models import Store

AISLE_MM, BAY_MM = 2_700, 1_200  # pallet racking: a 1.5 m aisle between racks of 0.6 m, bays of 1.2 m
QUARANTINE = "Q-01"


def ensure_stores(
    new: Sequence[NewStore], *, aisles: int = 8, bays: int = 20, levels: int = 1
) -> list[Store]:
    """The stores by seller and code, made and laid out where missing."""
    made = []
    for one in new:
        facts = {k: getattr(one, k) for k in one.__slots__ if k not in ("seller_id", "code")}
        store, fresh = Store.objects.house().get_or_create(
            seller_id=one.seller_id, code=one.code, defaults=facts
        )
        if fresh:
            lay_out(store.pk, aisles=aisles, bays=bays, levels=levels)
        made.append(store)
    return made


def lay_out(store_id: UUID, *, aisles: int, bays: int, levels: int = 1) -> int:
    """Make the locations of a store of one block of parallel aisles, and its quarantine; how many are new."""
    rows: list[tuple[Any, ...]] = [
        (store_id, f"{a:02}-{b:02}-{level}", a, b, level, (a - 1) * AISLE_MM, b * BAY_MM - BAY_MM // 2, True)
        for a in range(1, aisles + 1)
        for b in range(1, bays + 1)
        for level in range(levels)
    ]
    rows.append((store_id, QUARANTINE, 0, 0, 0, 0, 0, False))
    return insert_many("logistics_location", _LOCATION, rows, skip_existing=True)


_LOCATION = ("store_id", "code", "aisle", "bay", "level", "x_mm", "y_mm", "saleable")  # fmt: skip
