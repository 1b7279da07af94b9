"""Reserving stock: one conditional UPDATE per SKU, sums first, in one order; hold, ship, let go, expire.

The row decides. Two buyers of the last piece race for one UPDATE, and PostgreSQL
gives it to one of them; a CHECK stands behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import array_literal, text_literal
from fondaco.kernel.errors import Conflict
from fondaco.kernel.ids import new_id
from fondaco.systems.logistics.domain.stock.allotting import allot, sum_pieces, sums_by, take_first_expiring
from fondaco.systems.logistics.domain.stock.dto import Free, Held, OutOfStock, Taken, Want, require_pieces
from fondaco.systems.logistics.models import RESERVATIONS, MovementKind
from fondaco.systems.logistics.services.picked import drop_jobs, lying, picked, unpick
from fondaco.systems.logistics.services.stockmoves import Move, Shelf, lock_balances, post_moves


class ReservationEnded(Conflict):
    code = "reservation-ended"
    title = "This order's reservation has ended or was for other pieces."
    remedy = "Reserve for a new order, or let the present reservation go first."


def reserve(
    want: Want, *, store_id: UUID, now: datetime, actor: str, expires_at: datetime | None = None
) -> tuple[Held, ...]:
    """Hold all that `want` asks for in one store, or nothing: OutOfStock names the first SKU short.

    A repeat with the same pieces changes nothing; with others it is refused (ReservationEnded).
    """
    pieces = sum_pieces(want.pieces)
    for sku, count in pieces:
        require_pieces(count, field=sku)
    held = tuple(
        Held(want.order_id, want.number, want.seller_id, store_id, sku, count) for sku, count in pieces
    )
    _refuse_sold_out(held)
    with transaction.atomic():
        fresh = {(row.order_id, row.sku) for row in _insert(held, now=now, expires_at=expires_at)}
        _refuse_changed([one for one in held if (one.order_id, one.sku) not in fresh])
        new = [one for one in held if (one.order_id, one.sku) in fresh]
        _take_last(new, now=now, actor=actor)
    return held


def hold_within(held: Sequence[Held], *, now: datetime, actor: str) -> None:
    """Hold for a new order, in code-point order of SKU, as the last thing in the caller's transaction.

    Until shipped or let go. OutOfStock names the first SKU short; the caller's transaction is then to be undone.
    """
    _take_last(_insert(held, now=now, expires_at=None), now=now, actor=actor)


def _take_last(new: Sequence[Held], *, now: datetime, actor: str) -> None:
    """The rows that others wait for are locked last and shortest."""
    _tell("reserve", new, actor=actor, now=now)
    for one in new:
        _take_or_refuse(one)


def reserve_orders(wants: Sequence[Want], *, now: datetime, actor: str) -> list[Held]:
    """Hold what stores have for a batch of orders in a constant number of statements; what is new.

    An SKU that no store keeps, or has too little of, is left out and stops nothing. Repeatable.
    """
    sellers = sorted({want.seller_id for want in wants}, key=str)
    skus = sorted({sku for want in wants for sku, _ in want.pieces})
    if not skus or not _keeps_stock(sellers):
        return []
    with transaction.atomic():
        wants = _without_held(wants)
        # Reservations of another transaction for the same orders are waited for at the insert below.
        free = _lock_free(sellers, skus)
        chosen = [
            held
            for seller, shelves in free.items()
            for held in allot([w for w in wants if w.seller_id == seller], shelves)
        ]
        new = _insert(chosen, now=now, expires_at=None)
        _add_reserved(new)
        _tell("reserve", new, actor=actor, now=now)
    return new


def release_orders(order_ids: Iterable[UUID], *, now: datetime, actor: str) -> list[Held]:
    """Let go what is held for these orders (cancelled, or never paid); what was."""
    return _let_go(
        "release", now=now, actor=actor, where="r.order_id = ANY(%s::uuid[])", value=list(order_ids)
    )


def expire_reservations(*, now: datetime, actor: str = "sweeper", limit: int = 1_000) -> list[Held]:
    """Let go what was held longer than agreed; several sweepers may run at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM logistics_reservation WHERE state = 'held' AND expires_at <= %s"
            " ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED",
            [now, limit],
        )
        ids = [row[0] for row in cursor.fetchall()]
        return _let_go("expire", now=now, actor=actor, where="r.id = ANY(%s::uuid[])", value=ids)


def ship_orders(order_ids: Iterable[UUID], *, now: datetime, actor: str) -> list[Held]:
    """Take what is held for these orders out of stock; what left. Set-based and repeatable.

    Pieces on a pick list leave from the bins it names, others from the lots that expire first. A packing job
    that was still open is dropped: its parcel left without scanning.
    """
    return _ship("r.order_id = ANY(%s::uuid[])", list(order_ids), now=now, actor=actor)


def ship_reservations(reservation_ids: Iterable[UUID], *, now: datetime, actor: str) -> list[Held]:
    """`ship_orders` for single reservations: what one store packed of an order."""
    return _ship("r.id = ANY(%s::uuid[])", list(reservation_ids), now=now, actor=actor)


def _ship(where: str, value: Sequence[UUID], *, now: datetime, actor: str) -> list[Held]:
    if not value:
        return []
    with transaction.atomic():
        rows = _end("commit", now=now, where=where, value=value)
        if not rows:
            return []
        ids = [row_id for row_id, _ in rows]
        lock_balances(sorted({(h.store_id, h.sku) for _, h in rows}, key=lambda s: (s[0].bytes, s[1])))
        on_lists = picked(ids)
        done = {taken.key for taken in on_lists}
        loose = [(pk, h.store_id, h.sku, h.quantity) for pk, h in rows if pk not in done]
        taken, _ = take_first_expiring(loose, lying(loose))
        numbers = {pk: held.number for pk, held in rows}
        moves = [_issue(one, numbers[one.key]) for one in (*on_lists, *taken)]
        post_moves(moves, actor=actor, now=now, unreserve=_sums(rows), deallocate=sums_by(on_lists))
        drop_jobs(ids, now=now)
        _tell("commit", [held for _, held in rows], actor=actor, now=now)
    return [held for _, held in rows]


def _issue(taken: Taken, number: str) -> Move:
    return Move(
        taken.bin_id,
        taken.store_id,
        taken.sku,
        MovementKind.ISSUE,
        -taken.pieces,
        f"ship:{taken.key}",
        number,
    )


def _sums(rows: Iterable[tuple[UUID, Held]]) -> dict[Shelf, int]:
    sums: dict[Shelf, int] = defaultdict(int)
    for _, held in rows:
        sums[held.store_id, held.sku] += held.quantity
    return sums


_INSERT = """
INSERT INTO logistics_reservation
  (held_at, expires_at, state, id, order_id, number, seller_id, store_id, sku, quantity)
SELECT %s, %s, 'held', * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::text[],
                                     %s::bigint[])
ON CONFLICT (order_id, sku, store_id) DO NOTHING
RETURNING order_id, number, seller_id, store_id, sku, quantity
"""


def _insert(held: Sequence[Held], *, now: datetime, expires_at: datetime | None) -> list[Held]:
    if not held:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                now,
                expires_at,
                array_literal([new_id() for _ in held]),
                array_literal([h.order_id for h in held]),
                text_literal([h.number for h in held]),
                array_literal([h.seller_id for h in held]),
                array_literal([h.store_id for h in held]),
                text_literal([h.sku for h in held]),
                array_literal([h.quantity for h in held]),
            ],
        )
        return [Held(*row) for row in cursor.fetchall()]


def _refuse_sold_out(held: Sequence[Held]) -> None:
    """The way out for the many who come too late: one read, no lock, no row written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.sku FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[])"
            " AS w(order_id, store_id, sku, pieces)"
            " LEFT JOIN logistics_stockbalance b ON b.store_id = w.store_id AND b.sku = w.sku"
            " WHERE coalesce(b.on_hand - b.reserved, 0) < w.pieces AND NOT EXISTS ("
            "  SELECT 1 FROM logistics_reservation r"
            "  WHERE r.order_id = w.order_id AND r.sku = w.sku AND r.store_id = w.store_id) LIMIT 1",
            [
                array_literal([h.order_id for h in held]),
                array_literal([h.store_id for h in held]),
                text_literal([h.sku for h in held]),
                array_literal([h.quantity for h in held]),
            ],
        )
        if short := cursor.fetchone():
            raise OutOfStock(field="sku", value=short[0])


def _refuse_changed(known: Sequence[Held]) -> None:
    """A repeat must be the same: still held or shipped, of the same pieces."""
    for one in known:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT quantity, state FROM logistics_reservation"
                " WHERE order_id = %s AND sku = %s AND store_id = %s",
                [one.order_id, one.sku, one.store_id],
            )
            quantity, state = cursor.fetchone()
        if quantity != one.quantity or state not in ("held", "committed"):
            raise ReservationEnded(field="order_id", value=str(one.order_id))


def _take_or_refuse(one: Held) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logistics_stockbalance SET reserved = reserved + %s"
            " WHERE store_id = %s AND sku = %s AND on_hand - reserved >= %s",
            [one.quantity, one.store_id, one.sku, one.quantity],
        )
        if cursor.rowcount != 1:
            raise OutOfStock(field="sku", value=one.sku)


def _without_held(wants: Sequence[Want]) -> list[Want]:
    """The wants less what their orders hold already, in whichever store: a flash sale holds when it sells."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT order_id, sku FROM logistics_reservation WHERE order_id = ANY(%s::uuid[])"
            " AND state IN ('held', 'committed')",
            [array_literal([want.order_id for want in wants])],
        )
        held = set(cursor.fetchall())
    return [
        replace(want, pieces=tuple((sku, n) for sku, n in want.pieces if (want.order_id, sku) not in held))
        for want in wants
    ]


def _keeps_stock(sellers: Sequence[UUID]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM logistics_store WHERE seller_id = ANY(%s::uuid[]))",
            [array_literal(sellers)],
        )
        return bool(cursor.fetchone()[0])


def _lock_free(sellers: Sequence[UUID], skus: Sequence[str]) -> dict[UUID, list[Free]]:
    """Free pieces by seller, locked in the one order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.seller_id, b.store_id, s.country, s.rank, b.sku, b.on_hand - b.reserved"
            " FROM logistics_stockbalance b JOIN logistics_store s ON s.id = b.store_id"
            " WHERE b.seller_id = ANY(%s::uuid[]) AND b.sku = ANY(%s::text[])"
            ' ORDER BY b.store_id, b.sku COLLATE "C" FOR UPDATE OF b',
            [array_literal(sellers), text_literal(skus)],
        )
        free: dict[UUID, list[Free]] = defaultdict(list)
        for seller, *shelf in cursor.fetchall():
            free[seller].append(Free(*shelf))
        return free


def _add_reserved(new: Sequence[Held]) -> None:
    sums = _sums((held.order_id, held) for held in new)
    if not sums:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logistics_stockbalance b SET reserved = b.reserved + v.pieces"
            " FROM unnest(%s::uuid[], %s::text[], %s::bigint[]) AS v(store_id, sku, pieces)"
            " WHERE b.store_id = v.store_id AND b.sku = v.sku",
            [
                array_literal([store for store, _ in sums]),
                text_literal([sku for _, sku in sums]),
                array_literal(list(sums.values())),
            ],
        )


_END = """
UPDATE logistics_reservation r SET state = %s, ended_at = %s
FROM (SELECT id FROM logistics_reservation r WHERE {where} AND state = 'held' ORDER BY id FOR UPDATE) AS mine
WHERE r.id = mine.id
RETURNING r.id, r.order_id, r.number, r.seller_id, r.store_id, r.sku, r.quantity
"""


def _end(event: str, *, now: datetime, where: str, value: Sequence[UUID]) -> list[tuple[UUID, Held]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _END.format(where=where), [RESERVATIONS.after("held", event), now, array_literal(value)]
        )
        return [(row[0], Held(*row[1:])) for row in cursor.fetchall()]


def _let_go(event: str, *, now: datetime, actor: str, where: str, value: Sequence[UUID]) -> list[Held]:
    with transaction.atomic():
        rows = _end(event, now=now, where=where, value=value)
        if rows:
            ids = [pk for pk, _ in rows]
            lists = sums_by(picked(ids))
            unpick(ids)
            post_moves([], actor=actor, now=now, unreserve=_sums(rows), deallocate=lists)
            drop_jobs(ids, now=now)
            _tell(event, [held for _, held in rows], actor=actor, now=now)
    return [held for _, held in rows]


_TOPICS = {"reserve": "reserved", "commit": "shipped", "release": "released", "expire": "expired"}


def _tell(event: str, held: Sequence[Held], *, actor: str, now: datetime) -> None:
    """One deed and one event per order: a batch of 250 orders appends 250 rows, not one per SKU."""
    by_order: dict[UUID, list[Held]] = defaultdict(list)
    for one in held:
        by_order[one.order_id].append(one)
    action = f"stock.{_TOPICS[event]}"
    audit.record(
        [
            audit.Deed(action, "reservation", str(order_id), rows[0].seller_id, _facts(rows))
            for order_id, rows in by_order.items()
        ],
        actor=actor,
        at=now,
    )
    outbox.append(
        outbox.Event(
            action,
            str(order_id),
            {"order_id": str(order_id), "seller_id": str(rows[0].seller_id), **_facts(rows)},
        )
        for order_id, rows in by_order.items()
    )


def _facts(rows: Sequence[Held]) -> dict[str, Any]:
    return {
        "pieces": {row.sku: row.quantity for row in rows},
        "stores": sorted({str(r.store_id) for r in rows}),
    }
