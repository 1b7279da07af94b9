"""Reading troubles and predicted arrivals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from fondaco.kernel.paging import newest_after, ordered_after
from fondaco.kernel.tenancy import Scope
from fondaco.systems.logistics.domain.tracking.arrival import Arrival
from fondaco.systems.logistics.models import ArrivalForecast, Trouble, TroubleKind, TroubleState

_MOST = 200


@dataclass(frozen=True, slots=True)
class TroubleView:
    """A trouble with what a list shows of its consignment."""

    id: UUID
    kind: str
    state: str
    numbers: dict[str, Any]
    opened_at: datetime
    taken_by: str
    closed_at: datetime | None
    closed_by: str
    note: str
    consignment_id: UUID
    order_id: UUID
    number: str
    origin: str
    destination: str
    service_name: str
    provider_name: str


@dataclass(frozen=True, slots=True)
class TroubleQueue:
    """The troubles asked for, oldest first, and how many are open or taken, by kind."""

    rows: tuple[TroubleView, ...]
    counts: dict[str, int]


def list_troubles(
    scope: Scope, *, kind: str = "", closed: bool = False, after: UUID | None = None, size: int = _MOST
) -> TroubleQueue:
    """The troubles that `scope` may see, past trouble `after` where one is named; two queries."""
    mine = Trouble.objects.of(scope)
    active = mine.exclude(state=TroubleState.CLOSED)
    counts = dict(active.order_by().values_list("kind").annotate(n=Count("pk")))
    rows = mine.filter(state=TroubleState.CLOSED) if closed else active
    if kind in TroubleKind.values:
        rows = rows.filter(kind=kind)
    ordered = (
        newest_after(rows, after, moment="closed_at")
        if closed
        else ordered_after(rows, after, by=("opened_at", "id"))
    )
    return TroubleQueue(tuple(_view(row) for row in ordered.select_related("consignment")[:size]), counts)


def troubles_of(scope: Scope, consignment_id: UUID) -> tuple[TroubleView, ...]:
    """All troubles of one consignment that `scope` may see, latest first; one query."""
    rows = Trouble.objects.of(scope).filter(consignment_id=consignment_id).select_related("consignment")
    return tuple(_view(row) for row in rows.order_by("-opened_at"))


def arrivals_for(consignment_ids: Iterable[UUID]) -> dict[UUID, Arrival]:
    """The predicted arrivals last computed, by consignment; one query."""
    rows = ArrivalForecast.objects.house().filter(consignment_id__in=list(consignment_ids))
    return {row.pk: arrival_of(row) for row in rows}


def arrival_of(row: ArrivalForecast) -> Arrival:
    """A kept forecast as the domain knows it."""
    return Arrival(row.low_at, row.middle_at, row.high_at, row.coverage, row.basis, row.sample, row.stage)


def _view(row: Trouble) -> TroubleView:
    moved = row.consignment
    return TroubleView(
        id=row.pk, kind=row.kind, state=row.state, numbers=row.numbers, opened_at=row.opened_at,
        taken_by=row.taken_by, closed_at=row.closed_at, closed_by=row.closed_by, note=row.note,
        consignment_id=moved.pk, order_id=moved.order_id, number=moved.number, origin=moved.origin,
        destination=moved.destination, service_name=moved.service_name, provider_name=moved.provider_name,
    )  # fmt: skip
