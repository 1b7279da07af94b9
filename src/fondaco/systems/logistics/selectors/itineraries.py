"""Reading the itinerary that a consignment was planned by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.kernel.tenancy import Scope
from fondaco.systems.logistics.domain.routing.answer import Itinerary
from fondaco.systems.logistics.domain.routing.frozen import thaw
from fondaco.systems.logistics.models import ConsignmentItinerary


@dataclass(frozen=True, slots=True)
class PlannedItinerary:
    """A frozen itinerary, the network it was found on, and why it was chosen: a code and figures."""

    itinerary: Itinerary
    network: str
    reason: str
    numbers: dict[str, Any]
    planned_at: datetime


def itinerary_of(scope: Scope, consignment_id: UUID) -> PlannedItinerary | None:
    """How a consignment of `scope` was planned to go; None where it was not. One query."""
    row = ConsignmentItinerary.objects.of(scope).select_related("itinerary").filter(pk=consignment_id).first()
    if row is None:
        return None
    return PlannedItinerary(
        thaw(row.itinerary.itinerary), row.itinerary.network, row.reason, row.numbers, row.planned_at
    )
