"""Reading collective clearance batches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fondaco.kernel.errors import NotFound
from fondaco.kernel.paging import newest_after
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.logistics.domain.dto import ConsignmentDTO
from fondaco.systems.logistics.models import (
    CLEARANCE_ANSWERS,
    CLEARANCES,
    ClearanceBatch,
    ClearanceEntry,
    ClearanceState,
)
from fondaco.systems.logistics.selectors.consignments import consignments_by_id


@dataclass(frozen=True, slots=True)
class ClearanceView:
    """A batch with the totals of its summary declaration; masses in grams. `steps` are the reader's now.

    `park_id` is the park in whose stores all of it lies, and that declares it; None: the platform does.
    """

    id: UUID
    number: str
    origin: str
    destination: str
    regime: str
    ready_on: date
    state: str
    consignments: int
    parcels: int
    mass_g: int
    changed_at: datetime
    steps: tuple[str, ...]
    park_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ClearanceDetail:
    """A batch and the consignments in it (the first 500 by number)."""

    batch: ClearanceView
    consignments: tuple[ConsignmentDTO, ...]


_SHOWN = 500


def list_clearances(
    scope: Scope, *, state: str = "", after: UUID | None = None, limit: int = 100
) -> tuple[ClearanceView, ...]:
    """The batches that `scope` may see, newest day first, past batch `after` where one is named; one query."""
    rows = ClearanceBatch.objects.of(scope)
    found = newest_after(rows.filter(state=state) if state else rows, after, moment="ready_on")
    return tuple(_view(row, scope) for row in found[:limit])


def clearance_detail(scope: Scope, batch_id: UUID) -> ClearanceDetail:
    """A batch with its consignments; NotFound where `scope` has none such. Four queries."""
    row = ClearanceBatch.objects.of(scope).filter(pk=batch_id).first()
    if row is None:
        raise NotFound(field="clearance", value=str(batch_id))
    ids = ClearanceEntry.objects.house().filter(batch_id=row.pk).values_list("consignment_id", flat=True)
    return ClearanceDetail(_view(row, scope), consignments_by_id(list(ids[:_SHOWN])))


def orders_in_clearance(batch_id: UUID) -> list[UUID]:
    """The orders whose consignments are in a batch, each once; for flows, not for a person's request."""
    entries = ClearanceEntry.objects.house().filter(batch_id=batch_id)
    return sorted(set(entries.values_list("consignment__order_id", flat=True)))


def orders_to_declare_together(order_ids: Collection[UUID]) -> set[UUID]:
    """Those of the orders that lie in a batch which is not yet declared: they are declared with it, not alone."""
    waiting = ClearanceEntry.objects.house().filter(
        consignment__order_id__in=list(order_ids),
        batch__state__in=[ClearanceState.OPEN, ClearanceState.CLOSED],
    )
    return set(waiting.values_list("consignment__order_id", flat=True))


def batches_declared(order_ids: Collection[UUID]) -> set[UUID]:
    """The batches that hold some of the orders and have been before the authority."""
    found = ClearanceEntry.objects.house().filter(
        consignment__order_id__in=list(order_ids),
        batch__state__in=[ClearanceState.DECLARED, ClearanceState.CLEARED],
    )
    return set(found.values_list("batch_id", flat=True))


def _view(row: ClearanceBatch, scope: Scope) -> ClearanceView:
    barred = CLEARANCE_ANSWERS if scope.kind == Kind.PARK else frozenset()
    steps = tuple(event for event in CLEARANCES.events(row.state) if event not in barred)
    return ClearanceView(
        row.pk, row.number, row.origin, row.destination, row.regime, row.ready_on, row.state, row.consignments,
        row.parcels, row.mass_g, row.changed_at, steps, row.park_id,
    )  # fmt: skip
