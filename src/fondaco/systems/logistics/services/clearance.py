"""Collective clearance: consignments of a day gathered into one batch for each authority, pair and regime."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Sum

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Conflict, Forbidden, NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.models import (
    CLEARANCE_ANSWERS,
    CLEARANCES,
    ClearanceBatch,
    ClearanceEntry,
    ClearanceState,
    Consignment,
    Reservation,
    ReservationState,
)


class EmptyBatch(Conflict):
    code = "empty-batch"
    title = "A batch without consignments is not closed."
    remedy = "Collect consignments first, or cancel the batch."


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection did: consignments newly put into batches, and the batches they are in."""

    added: int
    batches: tuple[UUID, ...]


class _Lane(NamedTuple):
    """Who batches are apart for: a pair of countries, and the park that all the goods lie with, if one does."""

    origin: str
    destination: str
    park_id: UUID | None


def collect_clearances(
    on: date,
    *,
    authorities: Mapping[str, UUID],
    actor: str,
    now: datetime,
    regime: str = "standard",
    orders: Collection[UUID] | None = None,
    most: int = 5000,
) -> Collected:
    """Put each booked consignment that is ready on `on` into the open batch of its pair; again, nothing changes.

    `authorities` names the authority of each destination; a destination without one is left out. What lies in
    the stores of one park goes into batches of that park's own. `orders` leaves out all others.
    """
    with transaction.atomic():
        free = Consignment.objects.house().filter(
            state="booked", ready_at__date=on, destination__in=list(authorities)
        )
        free = free if orders is None else free.filter(order_id__in=list(orders))
        taken = ClearanceEntry.objects.house().values("consignment_id")
        rows = list(
            free.exclude(pk__in=taken)
            .order_by("pk")
            .values_list("pk", "order_id", "origin", "destination")[:most]
        )
        parks = _parks([order for _, order, _, _ in rows])
        lanes = {pk: _Lane(origin, to, parks.get(order)) for pk, order, origin, to in rows}
        batches = {
            lane: _open_batch(lane, authorities[lane.destination], regime=regime, on=on, now=now)
            for lane in sorted(set(lanes.values()), key=str)
        }
        entries = [ClearanceEntry(consignment_id=pk, batch_id=batches[lane]) for pk, lane in lanes.items()]
        ClearanceEntry.objects.bulk_create(entries, ignore_conflicts=True)
        for batch in batches.values():
            _total(batch, now=now)
        deeds = [
            audit.Deed("logistics.clearance-collected", "clearance", str(pk), None, {"on": on.isoformat()})
            for pk in batches.values()
        ]
        audit.record(deeds, actor=actor, at=now)
    return Collected(len(entries), tuple(batches.values()))


def move_clearance(scope: Scope, batch_id: UUID, event: str, *, now: datetime) -> ClearanceState:
    """Close, reopen, declare, clear, reject or cancel a batch; its new state.

    NotFound where `scope` has no such batch; IllegalTransition from another state; EmptyBatch on closing
    nothing; Forbidden where a park says what became of the goods. A cancelled batch lets its consignments go; a
    rejected one keeps them, as what was declared in it.
    """
    scope.require(role=Role.CLERK)
    if scope.kind == Kind.PARK and event in CLEARANCE_ANSWERS:
        raise Forbidden(field="event", value=event)
    with transaction.atomic():
        batch = ClearanceBatch.objects.of(scope).select_for_update().filter(pk=batch_id).first()
        if batch is None:
            raise NotFound(field="clearance", value=str(batch_id))
        before, after = batch.state, CLEARANCES.after(batch.state, event)
        if event == "close" and not batch.consignments:
            raise EmptyBatch(field="clearance", value=batch.number)
        batch.state, batch.changed_at = after, now
        batch.save(update_fields=["state", "changed_at"])
        if event == "cancel":
            ClearanceEntry.objects.house().filter(batch=batch).delete()
        detail = {"from": before, "to": after}
        deed = audit.Deed(f"logistics.clearance-{after}", "clearance", str(batch.pk), None, detail)
        audit.record([deed], actor=scope.actor or str(scope.user_id), at=now)
        outbox.append([outbox.Event(f"logistics.clearance-{after}", str(batch.pk), {"number": batch.number})])
    return ClearanceState(after)


def _open_batch(lane: _Lane, authority: UUID, *, regime: str, on: date, now: datetime) -> UUID:
    """The open batch of a lane and day, made where there is none; another writer's is taken as it is."""
    key = {"authority_id": authority, **lane._asdict(), "regime": regime, "ready_on": on}
    ClearanceBatch.objects.bulk_create(
        [ClearanceBatch(id=new_id(), number=_number(on), opened_at=now, changed_at=now, **key)],
        ignore_conflicts=True,
    )
    found: UUID = (
        ClearanceBatch.objects.house()
        .select_for_update()
        .values_list("pk", flat=True)
        .get(state=ClearanceState.OPEN, **key)
    )
    return found


def _parks(order_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The park of each order whose goods lie in the stores of one park and nowhere else."""
    live = (ReservationState.HELD, ReservationState.COMMITTED)
    rows: Any = Reservation.objects.house().filter(order_id__in=list(order_ids), state__in=live)
    keepers: dict[UUID, set[UUID | None]] = {}
    for order_id, operator_id, kind in rows.values_list(
        "order_id", "store__operator_id", "store__operator__kind"
    ):
        keepers.setdefault(order_id, set()).add(operator_id if kind == Kind.PARK else None)
    return {
        order_id: park
        for order_id, found in keepers.items()
        for park in found
        if park is not None and len(found) == 1
    }


def _number(on: date) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('logistics_clearance_serial')")
        return f"B{on:%y%m%d}-{cursor.fetchone()[0]:05d}"


def _total(batch: UUID, *, now: datetime) -> None:
    """Write the totals anew: what a summary declaration states."""
    inside = Consignment.objects.house().filter(
        pk__in=ClearanceEntry.objects.house().filter(batch_id=batch).values("consignment_id")
    )
    sums = inside.aggregate(
        n=Count("pk"), parcels=Sum("parcel_count", default=0), mass=Sum("mass_g", default=0)
    )
    ClearanceBatch.objects.house().filter(pk=batch).update(
        consignments=sums["n"], parcels=sums["parcels"], mass_g=sums["mass"], changed_at=now
    )
