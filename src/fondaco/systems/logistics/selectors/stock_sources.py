"""Which stores hold the goods of orders: what decides whether they leave from bond or from the shelf at home."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum

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
