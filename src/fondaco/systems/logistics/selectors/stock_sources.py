"""Which stores hold the goods of orders: what decides whether they leave from bond or from the shelf at home."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Sum

from fondaco.systems.logistics.models import Reservation, ReservationState

_COUNTS = (ReservationState.HELD, ReservationState.COMMITTED)


@dataclass(frozen=True, slots=True)
class HeldIn:
    """How many pieces of an order one store holds or has shipped; `kind` is a StoreKind."""

    kind: str
    country: str
    city: str
    pieces: int


def stores_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, tuple[HeldIn, ...]]:
    """House work: by order, the stores that hold its goods or shipped them; one query."""
    rows = (
        Reservation.objects.house()
        .filter(order_id__in=list(order_ids), state__in=_COUNTS)
        .values_list("order_id", "store__kind", "store__country", "store__city")
        .annotate(pieces=Sum("quantity"))
        .order_by("order_id", "store__kind", "store__country", "store__city")
    )
    found: dict[UUID, list[HeldIn]] = defaultdict(list)
    for order_id, *held in rows:
        found[order_id].append(HeldIn(*held))
    return {order_id: tuple(stores) for order_id, stores in found.items()}


@dataclass(frozen=True, slots=True)
class Kept:
    """What an operator that is not the seller did for an order: pieces picked, days they lay promised to it."""

    operator_id: UUID
    country: str
    pieces: int
    piece_days: int


def operated_for_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[Kept]]:
    """House work: by order, what was shipped out of warehouses that others run for the seller; one query."""
    rows = Reservation.objects.house().filter(order_id__in=list(order_ids), state=ReservationState.COMMITTED)
    rows = rows.exclude(store__operator=F("seller")).order_by("order_id", "store__operator_id")
    told = rows.values_list(
        "order_id", "store__operator_id", "store__country", "quantity", "held_at", "ended_at"
    )
    sums: dict[tuple[UUID, UUID, str], list[int]] = defaultdict(lambda: [0, 0])
    for order_id, operator, country, quantity, held_at, ended_at in told:
        kept = sums[order_id, operator, country]
        kept[0] += quantity
        kept[1] += quantity * max((ended_at - held_at).days, 0) if ended_at else 0
    found: dict[UUID, list[Kept]] = defaultdict(list)
    for (order_id, operator, country), (pieces, days) in sums.items():
        found[order_id].append(Kept(operator, country, pieces, days))
    return found
