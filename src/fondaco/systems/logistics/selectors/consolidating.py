"""Reading shared loads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.systems.logistics.models import CONSOLIDATIONS, Consolidation, ConsolidationEntry


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


@dataclass(frozen=True, slots=True)
class LoadDetail:
    """A load with its consignments."""

    load: LoadView
    entries: tuple[LoadEntry, ...]


def list_consolidations(scope: Scope, *, state: str = "", size: int = 100) -> tuple[LoadView, ...]:
    """The loads that `scope` may see, newest first; one query."""
    rows = Consolidation.objects.of(scope).annotate(n=Count("entries"))
    rows = rows.filter(state=state) if state else rows
    return tuple(_view(row, row.n) for row in rows.order_by("-proposed_at", "-id")[:size])


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
        )
        for e in entries.order_by("consignment__number")
    )  # fmt: skip
    return LoadDetail(_view(row, len(found)), found)


def _view(row: Consolidation, count: int) -> LoadView:
    def money(minor: int) -> Money:
        return Money(minor, row.currency)

    return LoadView(
        row.pk, row.number, row.state, row.origin, row.destination, row.service_code, row.service_name,
        row.leaves_on, row.arrives_on, money(row.trunk_minor), money(row.last_mile_minor), money(row.alone_minor),
        money(row.alone_minor - row.trunk_minor - row.last_mile_minor), count, row.mass_g, row.proposed_at,
        row.decided_at, row.decided_by, row.facts, tuple(CONSOLIDATIONS.events(row.state)),
    )  # fmt: skip
