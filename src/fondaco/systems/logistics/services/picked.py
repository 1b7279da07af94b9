"""What pick lists take for reservations, where else it lies, and what a reservation that ends leaves to undo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from fondaco.kernel.bulk import array_literal, text_literal
from fondaco.systems.logistics.domain.stock.dto import Lying, Taken


def picked(reservation_ids: Sequence[UUID]) -> list[Taken]:
    """What pick lists take for these reservations."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.bin_id, p.reservation_id, b.store_id, b.sku, p.quantity FROM logistics_pick p"
            " JOIN logistics_stockbin b ON b.id = p.bin_id WHERE p.reservation_id = ANY(%s::uuid[])",
            [array_literal(reservation_ids)],
        )
        return [Taken(*row) for row in cursor.fetchall()]


def unpick(reservation_ids: Sequence[UUID]) -> None:
    """Take these reservations off their pick lists."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM logistics_pick WHERE reservation_id = ANY(%s::uuid[])",
            [array_literal(reservation_ids)],
        )


def lying(needs: Sequence[tuple[UUID, UUID, str, int]]) -> list[Lying]:
    """Bins with unallocated saleable pieces of what is needed, locked by id."""
    if not needs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.id, b.store_id, b.sku, b.on_hand - b.allocated, t.expires_on, t.received_at"
            " FROM logistics_stockbin b JOIN logistics_lot t ON t.id = b.lot_id"
            " JOIN logistics_location l ON l.id = b.location_id"
            " WHERE (b.store_id, b.sku) IN (SELECT * FROM unnest(%s::uuid[], %s::text[]))"
            " AND l.saleable AND b.on_hand > b.allocated ORDER BY b.id FOR UPDATE OF b",
            [array_literal([need[1] for need in needs]), text_literal([need[2] for need in needs])],
        )
        return [Lying(*row) for row in cursor.fetchall()]


def drop_jobs(reservation_ids: Sequence[UUID], *, now: datetime) -> None:
    """Packing jobs none of whose pieces is held any longer have nothing left to pack."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logistics_packjob j SET state = 'dropped', ended_at = %s WHERE j.state = 'to_pack'"
            " AND j.id IN (SELECT l.job_id FROM logistics_packline l WHERE l.reservation_id = ANY(%s::uuid[]))"
            " AND NOT EXISTS (SELECT 1 FROM logistics_packline l JOIN logistics_reservation r"
            " ON r.id = l.reservation_id WHERE l.job_id = j.id AND r.state = 'held')",
            [now, array_literal(reservation_ids)],
        )
