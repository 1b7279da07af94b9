"""House work: the parcels of many consignments at once."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F

from fondaco.systems.logistics.models import Parcel
from fondaco.systems.logistics.selectors.consignments import ParcelView, parcel_view


def parcels_for(order_ids: Iterable[UUID]) -> dict[UUID, tuple[ParcelView, ...]]:
    """The parcels of each order's consignment, in their order; one query."""
    rows = Parcel.objects.house().annotate(order_id=F("consignment__order_id"))
    found: dict[UUID, list[ParcelView]] = {}
    for row in rows.filter(order_id__in=list(order_ids)).order_by("consignment_id", "place"):
        found.setdefault(row.order_id, []).append(parcel_view(row))
    return {order_id: tuple(parcels) for order_id, parcels in found.items()}
