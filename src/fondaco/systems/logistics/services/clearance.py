"""Collective clearance: consignments of a day gathered into one batch for each authority, pair and regime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Sum

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Conflict, NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Role, Scope
from fondaco.systems.logistics.models import (
    CLEARANCES,
    ClearanceBatch,
    ClearanceEntry,
    ClearanceState,
    Consignment,
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


def collect_clearances(
    on: date,
    *,
    authorities: Mapping[str, UUID],
    actor: str,
    now: datetime,
    regime: str = "standard",
    most: int = 5000,
) -> Collected:
    """Put each booked consignment that is ready on `on` into the open batch of its pair; again, nothing changes.

    `authorities` names the authority of each destination; a destination without one is left out.
    """
    with transaction.atomic():
        free = Consignment.objects.house().filter(
            state="booked", ready_at__date=on, destination__in=list(authorities)
        )
        taken = ClearanceEntry.objects.house().values("consignment_id")
        rows = list(
            free.exclude(pk__in=taken).order_by("pk").values_list("pk", "origin", "destination")[:most]
        )
        pairs = sorted({(origin, destination) for _, origin, destination in rows})
        batches = {
            pair: _open_batch(pair, authorities[pair[1]], regime=regime, on=on, now=now) for pair in pairs
        }
        entries = [
            ClearanceEntry(consignment_id=pk, batch_id=batches[origin, destination])
            for pk, origin, destination in rows
        ]
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
    """Close, reopen, declare, clear or cancel a batch; its new state.

    NotFound where `scope` has no such batch; IllegalTransition from another state; EmptyBatch on closing
    nothing. A cancelled batch lets its consignments go.
    """
    scope.require(role=Role.CLERK)
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


def _open_batch(pair: tuple[str, str], authority: UUID, *, regime: str, on: date, now: datetime) -> UUID:
    """The open batch of a pair and day, made where there is none; another writer's is taken as it is."""
    origin, destination = pair
    key = {
        "authority_id": authority, "origin": origin, "destination": destination, "regime": regime, "ready_on": on,
    }  # fmt: skip
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
