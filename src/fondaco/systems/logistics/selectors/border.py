"""What carriers have told of consignments at the border of the country that they leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fondaco.systems.logistics.domain.milestones import Core
from fondaco.systems.logistics.models import Milestone

_TOLD = {Core.EXPORT_PRESENTED: "presented", Core.DEPARTED: "departed"}


@dataclass(frozen=True, slots=True)
class BorderMove:
    """A consignment was `presented` to the customs that it leaves, or has `departed`; in what, where that is told."""

    order_id: UUID
    part: int
    what: str
    at: datetime
    conveyance: Mapping[str, str]


def border_moves(order_ids: Sequence[UUID]) -> list[BorderMove]:
    """House work: the latest word on each consignment of these orders, in the order of time; one query."""
    rows = (
        Milestone.objects.house()
        .filter(consignment__order_id__in=list(order_ids), code__in=list(_TOLD))
        .order_by("event_at", "id")
        .values_list("consignment__order_id", "consignment__part", "code", "event_at", "conveyance")
    )
    found = {
        (order_id, part, code): BorderMove(order_id, part, _TOLD[Core(code)], at, conveyance)
        for order_id, part, code, at, conveyance in rows
    }
    return sorted(found.values(), key=lambda move: move.at)
