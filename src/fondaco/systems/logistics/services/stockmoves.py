"""The one way in which pieces move: movements, bins and balances in step, locked in one order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from fondaco.kernel.bulk import array_literal, text_literal
from fondaco.systems.logistics.domain.stock.dto import NotEnoughStock

Shelf = tuple[UUID, str]  # a store and a SKU


@dataclass(frozen=True, slots=True)
class Move:
    """Pieces into (positive) or out of (negative) one bin. `key` names what it is about."""

    bin_id: int
    store_id: UUID
    sku: str
    kind: str
    quantity: int
    key: str
    reference: str = ""
    reason: str = ""


_NOTHING: Mapping[int, int] = {}
_NO_SHELF: Mapping[Shelf, int] = {}


def post_moves(
    moves: Sequence[Move],
    *,
    actor: str,
    now: datetime,
    unreserve: Mapping[Shelf, int] = _NO_SHELF,
    deallocate: Mapping[int, int] = _NOTHING,
) -> int:
    """Book `moves` once each in the caller's transaction; how many were new.

    Balances are locked by store and SKU in code-point order, then bins by id; reservations and allocations
    that end with the move end in the same statement. NotEnoughStock where a bin or a balance would fall
    below what is promised; then nothing has moved.
    """
    try:
        with transaction.atomic():
            fresh = _append(moves, actor=actor, now=now)
            _shift_balances(fresh, unreserve)
            _shift_bins(fresh, deallocate)
    except IntegrityError as exc:
        raise NotEnoughStock(field="quantity") from exc
    return len(fresh)


def lock_balances(shelves: Sequence[Shelf]) -> dict[Shelf, tuple[int, int]]:
    """On hand and reserved of each shelf, locked in the one order; shelves without a row are left out."""
    if not shelves:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.store_id, b.sku, b.on_hand, b.reserved FROM logistics_stockbalance b"
            " WHERE (b.store_id, b.sku) IN (SELECT * FROM unnest(%s::uuid[], %s::text[]))"
            ' ORDER BY b.store_id, b.sku COLLATE "C" FOR UPDATE',
            [array_literal([s for s, _ in shelves]), text_literal([k for _, k in shelves])],
        )
        return {(store, sku): (on_hand, reserved) for store, sku, on_hand, reserved in cursor.fetchall()}


_APPEND = """
INSERT INTO logistics_stockmovement (at, actor, bin_id, store_id, sku, kind, quantity, key, reference, reason)
SELECT %s, %s, * FROM unnest(%s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::text[],
                             %s::text[], %s::text[])
ON CONFLICT (bin_id, key) DO NOTHING RETURNING bin_id, store_id, sku, quantity
"""


def _append(moves: Sequence[Move], *, actor: str, now: datetime) -> list[tuple[int, UUID, str, int]]:
    if not moves:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _APPEND,
            [
                now,
                actor[:120],
                array_literal([m.bin_id for m in moves]),
                array_literal([m.store_id for m in moves]),
                text_literal([m.sku for m in moves]),
                text_literal([m.kind for m in moves]),
                array_literal([m.quantity for m in moves]),
                text_literal([m.key for m in moves]),
                text_literal([m.reference for m in moves]),
                text_literal([m.reason for m in moves]),
            ],
        )
        return list(cursor.fetchall())


_BALANCES = """
UPDATE logistics_stockbalance b
SET on_hand = b.on_hand + v.saleable, quarantined = b.quarantined + v.apart, reserved = b.reserved - v.promised
FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[])
  AS v(store_id, sku, saleable, apart, promised)
WHERE b.store_id = v.store_id AND b.sku = v.sku
"""


def _shift_balances(fresh: Sequence[tuple[int, UUID, str, int]], unreserve: Mapping[Shelf, int]) -> None:
    apart = _quarantine_bins([row[0] for row in fresh])
    change: dict[Shelf, list[int]] = defaultdict(lambda: [0, 0, 0])
    for bin_id, store_id, sku, quantity in fresh:
        change[store_id, sku][1 if bin_id in apart else 0] += quantity
    for shelf, quantity in unreserve.items():
        change[shelf][2] += quantity
    shelves = sorted(change, key=lambda shelf: (shelf[0].bytes, shelf[1]))
    if not shelves:
        return
    lock_balances(shelves)
    with connection.cursor() as cursor:
        cursor.execute(
            _BALANCES,
            [
                array_literal([store for store, _ in shelves]),
                text_literal([sku for _, sku in shelves]),
                *(array_literal([change[shelf][part] for shelf in shelves]) for part in range(3)),
            ],
        )


def _quarantine_bins(bin_ids: Sequence[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.id FROM logistics_stockbin b JOIN logistics_location l ON l.id = b.location_id"
            " WHERE b.id = ANY(%s::bigint[]) AND NOT l.saleable",
            [array_literal(sorted(set(bin_ids)))],
        )
        return {row[0] for row in cursor.fetchall()}


_BINS = """
UPDATE logistics_stockbin b SET on_hand = b.on_hand + v.pieces, allocated = b.allocated - v.listed
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS v(id, pieces, listed) WHERE b.id = v.id
"""


def _shift_bins(fresh: Sequence[tuple[int, UUID, str, int]], deallocate: Mapping[int, int]) -> None:
    change: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for bin_id, _, _, quantity in fresh:
        change[bin_id][0] += quantity
    for bin_id, quantity in deallocate.items():
        change[bin_id][1] += quantity
    ids = sorted(change)
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM logistics_stockbin WHERE id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE",
            [array_literal(ids)],
        )
        cursor.execute(
            _BINS, [array_literal(ids), *(array_literal([change[i][part] for i in ids]) for part in (0, 1))]
        )
