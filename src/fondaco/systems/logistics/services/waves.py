"""Waves: which orders are picked on one walk, from which bins, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import array_literal, insert_many
from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.domain.stock.allotting import sums_by, take_first_expiring
from fondaco.systems.logistics.domain.stock.dto import Lying, Taken
from fondaco.systems.logistics.domain.stock.walking import Point, Walk, shortest_walk
from fondaco.systems.logistics.models import WAVES, Location, PackJob, Pick, Store, Wave
from fondaco.systems.logistics.services.stock import store_of
from fondaco.systems.logistics.services.stockmoves import post_moves

MOST_ORDERS = 60
_OPERATES = (Kind.SELLER, Kind.PARK)


class NothingToPick(Refused):
    code = "nothing-to-pick"
    title = "No order waits to be picked in this store."
    remedy = "A wave needs orders that hold stock here and are on no open pick list."


@dataclass(frozen=True, slots=True)
class _Need:
    """One reservation to be picked."""

    id: UUID
    order_id: UUID
    number: str
    sku: str
    title: str
    quantity: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a bin is."""

    location_id: int
    point: Point


def make_wave(scope: Scope, store_id: UUID, *, orders: int = 20, now: datetime, actor: str) -> UUID:
    """Put the oldest waiting orders (at most `orders`) on one pick list by the shortest walk; the wave's id.

    Lots that expire first are picked first. NothingToPick where none waits.
    """
    scope.require(role=Role.CLERK, kinds=_OPERATES)
    store = store_of(scope, store_id)
    with transaction.atomic():
        needs = _waiting(store, min(max(orders, 1), MOST_ORDERS))
        bins, places = _bins(store, {need.sku for need in needs})
        asked = [(need.id, store.pk, need.sku, need.quantity) for need in needs]
        taken, short = take_first_expiring(asked, bins)
        lacking = {need.order_id for need in needs if need.id in set(short)}
        needs = [need for need in needs if need.order_id not in lacking]
        listed = {need.id for need in needs}
        taken = [one for one in taken if one.key in listed]
        if not taken:
            raise NothingToPick(field="store", value=store.code)
        walk = shortest_walk([places[one.bin_id].point for one in taken], depth_mm=_depth(store), bench_x=0)
        return _store_wave(store, needs, taken, walk=walk, places=places, now=now, actor=actor)


def finish_wave(scope: Scope, wave_id: UUID, *, now: datetime, actor: str) -> None:
    """All of a wave's pieces are on the trolley: its orders can be packed."""
    _move_wave(scope, wave_id, "finish", now=now, actor=actor)


def abandon_wave(scope: Scope, wave_id: UUID, *, now: datetime, actor: str) -> None:
    """Give up a wave that is being picked: its pieces are free for another list, its orders wait again."""
    with transaction.atomic():
        wave = _move_wave(scope, wave_id, "abandon", now=now, actor=actor)
        open_jobs = PackJob.objects.house().filter(wave=wave, state="to_pack")
        picks = Pick.objects.house().filter(job__in=open_jobs)
        listed = [Taken(p.bin_id, p.reservation_id, wave.store_id, p.sku, p.quantity) for p in picks]
        picks.delete()
        for job in open_jobs:
            job.lines.all().delete()
        open_jobs.update(state="dropped", ended_at=now)
        post_moves([], actor=actor, now=now, deallocate=sums_by(listed))


def _move_wave(scope: Scope, wave_id: UUID, event: str, *, now: datetime, actor: str) -> Wave:
    scope.require(role=Role.CLERK, kinds=_OPERATES)
    with transaction.atomic():
        wave: Wave | None = (
            Wave.objects.of(scope)
            .select_for_update(of=("self",))
            .select_related("store")
            .filter(pk=wave_id)
            .first()
        )
        if wave is None:
            raise NotFound(field="wave", value=str(wave_id))
        before, wave.state = wave.state, WAVES.after(wave.state, event)
        wave.save(update_fields=["state"])
        _tell(wave.store, wave, event, {"from": before, "to": wave.state}, actor=actor, now=now)
    return wave


_WAITING = """
SELECT r.id, r.order_id, r.number, r.sku, b.title, r.quantity FROM logistics_reservation r
JOIN logistics_stockbalance b ON b.store_id = r.store_id AND b.sku = r.sku
WHERE r.store_id = %s AND r.state = 'held' AND r.expires_at IS NULL AND r.order_id IN (
  SELECT o.order_id FROM logistics_reservation o
  WHERE o.store_id = %s AND o.state = 'held' AND o.expires_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM logistics_packjob j WHERE j.order_id = o.order_id AND j.state = 'to_pack')
  GROUP BY o.order_id ORDER BY min(o.held_at), o.order_id LIMIT %s)
ORDER BY r.id FOR UPDATE OF r
"""


def _waiting(store: Store, orders: int) -> list[_Need]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [store.pk, store.pk, orders])
        return [_Need(*row) for row in cursor.fetchall()]


def _bins(store: Store, skus: set[str]) -> tuple[list[Lying], dict[int, _Place]]:
    """Unallocated saleable pieces, locked by bin, and where each bin is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.id, b.store_id, b.sku, b.on_hand - b.allocated, t.expires_on, t.received_at,"
            " l.id, l.x_mm, l.y_mm"
            " FROM logistics_stockbin b JOIN logistics_lot t ON t.id = b.lot_id"
            " JOIN logistics_location l ON l.id = b.location_id"
            " WHERE b.store_id = %s AND b.sku = ANY(%s) AND l.saleable AND b.on_hand > b.allocated"
            " ORDER BY b.id FOR UPDATE OF b",
            [store.pk, sorted(skus)],
        )
        rows = cursor.fetchall()
    return [Lying(*row[:6]) for row in rows], {row[0]: _Place(row[6], row[7:]) for row in rows}


def _depth(store: Store) -> int:
    """Where the back cross aisle is: half a bay past the last location."""
    deepest = Location.objects.house().filter(store=store).aggregate(y=Max("y_mm"))["y"]
    return int(deepest or 0) + 600


def _store_wave(
    store: Store,
    needs: Sequence[_Need],
    taken: Sequence[Taken],
    *,
    walk: Walk,
    places: dict[int, _Place],
    now: datetime,
    actor: str,
) -> UUID:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('logistics_wave_serial')")
        number = f"W{cursor.fetchone()[0]:06}"
    wave = Wave.objects.create(
        store=store, number=number, walk_mm=walk.length_mm, s_shape_mm=walk.s_shape_mm, method=walk.method,
        made_at=now, made_by=actor[:120],
    )  # fmt: skip
    jobs = _store_jobs(wave, needs)
    turn = {stop: n for n, stop in enumerate(walk.stops, 1)}
    by_id = {need.id: need for need in needs}
    insert_many(
        "logistics_pick",
        _PICK,
        [
            (wave.pk, jobs[by_id[t.key].order_id], turn[places[t.bin_id].point], t.bin_id,
             places[t.bin_id].location_id, t.key, t.sku, t.pieces)
            for t in taken
        ],
    )  # fmt: skip
    _allocate(taken)
    facts = {"orders": len(jobs), "pieces": sum(t.pieces for t in taken), "walk_mm": walk.length_mm}
    _tell(store, wave, "made", facts, actor=actor, now=now)
    return wave.pk


def _store_jobs(wave: Wave, needs: Sequence[_Need]) -> dict[UUID, UUID]:
    numbers = dict(sorted(((need.order_id, need.number) for need in needs), key=lambda pair: pair[1]))
    jobs = {order_id: new_id() for order_id in numbers}
    insert_many(
        "logistics_packjob",
        ("id", "wave_id", "place", "order_id", "number", "state"),
        [(jobs[o], wave.pk, n, o, number, "to_pack") for n, (o, number) in enumerate(numbers.items(), 1)],
    )
    insert_many(
        "logistics_packline",
        ("job_id", "reservation_id", "sku", "title", "expected", "packed"),
        [(jobs[n.order_id], n.id, n.sku, n.title, n.quantity, 0) for n in needs],
    )  # fmt: skip
    return jobs


_PICK = ("wave_id", "job_id", "place", "bin_id", "location_id", "reservation_id", "sku", "quantity")  # fmt: skip


def _allocate(taken: Sequence[Taken]) -> None:
    sums = sums_by(taken)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logistics_stockbin b SET allocated = b.allocated + v.pieces"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS v(id, pieces) WHERE b.id = v.id",
            [array_literal(list(sums)), array_literal(list(sums.values()))],
        )


def _tell(store: Store, wave: Wave, what: str, facts: dict[str, Any], *, actor: str, now: datetime) -> None:
    deed = audit.Deed(
        f"stock.wave-{what}", "wave", str(wave.pk), store.seller_id, {"wave": wave.number, **facts}
    )
    audit.record([deed], actor=actor, at=now)
    parties = {"seller_id": str(store.seller_id), "organisation_id": str(store.operator_id)}
    payload = {**parties, "wave": wave.number, **facts}
    outbox.append([outbox.Event(f"stock.wave-{what}", str(wave.pk), payload)])
