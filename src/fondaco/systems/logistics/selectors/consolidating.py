"""Reading shared loads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max
from django.db.models.functions import TruncWeek

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.paging import newest_after
from fondaco.kernel.tenancy import Scope
from fondaco.systems.logistics.models import (
    CONSOLIDATIONS,
    Consignment,
    Consolidation,
    ConsolidationEntry,
)


@dataclass(frozen=True, slots=True)
class LoadView:
    """A shared load. `saved` is what it costs less than its consignments alone; `steps` are possible now."""

    id: UUID
    number: str
    state: str
    origin: str
    destination: str
    service_code: str
    service_name: str
    leaves_on: date
    arrives_on: date
    trunk: Money
    last_mile: Money
    alone: Money
    saved: Money
    consignments: int
    mass_g: int
    proposed_at: datetime
    decided_at: datetime | None
    decided_by: str
    facts: dict[str, Any]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadEntry:
    """One consignment of a load: what it costs alone, and its last mile."""

    consignment_id: UUID
    number: str
    mass_g: int
    alone: Money
    last_mile: Money
    last_mile_service: str
    share: Money | None = None  # of the trunk, once accepted


@dataclass(frozen=True, slots=True)
class LoadDetail:
    """A load with its consignments."""

    load: LoadView
    entries: tuple[LoadEntry, ...]


def list_consolidations(
    scope: Scope, *, state: str = "", after: UUID | None = None, size: int = 100
) -> tuple[LoadView, ...]:
    """The loads that `scope` may see, newest first, past load `after` where one is named; one query."""
    rows = Consolidation.objects.of(scope)
    newest = newest_after(rows.filter(state=state) if state else rows, after, moment="proposed_at")
    return tuple(_view(row, row.n) for row in newest.annotate(n=Count("entries"))[:size])


def consolidation_detail(scope: Scope, consolidation_id: UUID) -> LoadDetail:
    """One load; NotFound where `scope` has none such. Two queries."""
    row = Consolidation.objects.of(scope).filter(pk=consolidation_id).first()
    if row is None:
        raise NotFound(field="consolidation", value=str(consolidation_id))
    entries = (
        ConsolidationEntry.objects.of(scope).filter(consolidation_id=row.pk).select_related("consignment")
    )
    found = tuple(
        LoadEntry(
            e.consignment_id, e.consignment.number, e.consignment.mass_g, Money(e.alone_minor, row.currency),
            Money(e.last_mile_minor, row.currency), e.last_mile_service,
            None if e.share_minor is None else Money(e.share_minor, row.currency),
        )
        for e in entries.order_by("consignment__number")
    )  # fmt: skip
    return LoadDetail(_view(row, len(found)), found)


def load_of_consignment(scope: Scope, consignment_id: UUID) -> LoadView | None:
    """The load that a consignment of `scope` travels in, if any."""
    held = ConsolidationEntry.objects.of(scope).filter(consignment_id=consignment_id, accepted=True)
    entry = held.select_related("consolidation").first()
    return _view(entry.consolidation, 0) if entry else None


@dataclass(frozen=True, slots=True)
class LaneWaiting:
    """A pair of countries with consignments that wait, the day the last of a week is ready, and how many there are."""

    origin: str
    destination: str
    on: date
    consignments: int


def lanes_waiting(scope: Scope, *, limit: int = 20) -> tuple[LaneWaiting, ...]:
    """Where two or more booked consignments of one owner were ready within a week, most first; one query."""
    waiting = Consignment.objects.of(scope).filter(state="booked", carrier_reference="")
    weeks = waiting.annotate(week=TruncWeek("ready_at")).order_by()
    found = weeks.values("seller_id", "origin", "destination", "week").annotate(
        n=Count("pk"), on=Max("ready_at__date")
    )
    most = found.filter(n__gt=1).order_by("-n", "-on", "destination")[:limit]
    return tuple(LaneWaiting(row["origin"], row["destination"], row["on"], row["n"]) for row in most)


def _view(row: Consolidation, count: int) -> LoadView:
    def money(minor: int) -> Money:
        return Money(minor, row.currency)

    return LoadView(
        row.pk, row.number, row.state, row.origin, row.destination, row.service_code, row.service_name,
        row.leaves_on, row.arrives_on, money(row.trunk_minor), money(row.last_mile_minor), money(row.alone_minor),
        money(row.alone_minor - row.trunk_minor - row.last_mile_minor), count, row.mass_g, row.proposed_at,
        row.decided_at, row.decided_by, row.facts, tuple(CONSOLIDATIONS.events(row.state)),
    )  # fmt: skip
