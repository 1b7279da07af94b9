"""Booking consignments: a constant number of queries for a batch, idempotent by order and its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import insert_many
from fondaco.kernel.errors import Refused
from fondaco.kernel.ids import new_id
from fondaco.kernel.s10 import tracking_number
from fondaco.systems.logistics.domain.dto import ConsignmentDTO, NewConsignment
from fondaco.systems.logistics.models import Consignment
from fondaco.systems.logistics.selectors.consignments import parts_for


class NothingToCarry(Refused):
    code = "nothing-to-carry"
    title = "A consignment needs at least one parcel."
    remedy = "Pack the order first; articles that no parcel holds need another way."


def book_consignments(new: Sequence[NewConsignment], *, actor: str, now: datetime) -> list[ConsignmentDTO]:
    """Book the consignments of each order once, with a valid S10 tracking number for each parcel.

    An order may go in parts: consignments of one order with `part` 1, 2, and so on, all in one call. An
    order that already has a consignment gets what it has back unchanged. NothingToCarry where one has no
    parcels; then nothing is booked.
    """
    for consignment in new:
        if not consignment.parcels:
            raise NothingToCarry(field="order_id", value=str(consignment.order_id))
    asked = list(dict.fromkeys(n.order_id for n in new))
    booked = parts_for(asked)
    fresh = list({(n.order_id, n.part): n for n in new if not booked[n.order_id]}.values())
    if fresh:
        with transaction.atomic():
            _insert(fresh, actor=actor, now=now)
        booked |= parts_for([n.order_id for n in fresh])
    return [_part_of(booked[n.order_id], n.part) for n in new]


def _part_of(parts: Sequence[ConsignmentDTO], part: int) -> ConsignmentDTO:
    """The part asked for; the first where another worker booked the order in fewer parts."""
    return next((one for one in parts if one.part == part), parts[0])


def _insert(new: Sequence[NewConsignment], *, actor: str, now: datetime) -> None:
    serials = _serials("logistics_consignment_serial", len(new))
    rows = [_row(n, serial, now) for n, serial in zip(new, serials, strict=True)]
    # Another worker may be booking some of these orders: whoever gets the first part in books them all.
    ours = _insert_parts([row for row in rows if row["part"] == 1])
    orders = {row["order_id"] for row in rows if row["id"] in ours}
    ours |= _insert_parts([row for row in rows if row["part"] > 1 and row["order_id"] in orders])
    pairs = [(row, n) for row, n in zip(rows, new, strict=True) if row["id"] in ours]
    insert_many("logistics_parcel", _PARCEL, _parcels(pairs))
    _tell([row for row, _ in pairs], actor=actor, now=now)


def _insert_parts(rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """The ids of those `rows` that were inserted."""
    values = [tuple(row.values()) for row in rows]
    insert_many("logistics_consignment", _CONSIGNMENT, values, skip_existing=True)
    ids = [row["id"] for row in rows]
    return set(Consignment.objects.house().filter(pk__in=ids).values_list("pk", flat=True))


_CONSIGNMENT = ("id", "order_id", "part", "number", "seller_id", "buyer_id", "carrier_id", "origin", "destination", "ship_to", "state", "service_code", "service_name", "provider_name", "currency", "price_minor", "mass_g", "parcel_count", "offer", "alternatives", "refused_summary", "book_version", "booked_at", "ready_at", "due_on", "carrier_reference")  # fmt: skip
_PARCEL = ("consignment_id", "place", "tracking_number", "box", "length_mm", "width_mm", "height_mm", "mass_g", "method", "contents", "placements")  # fmt: skip


def _row(new: NewConsignment, serial: int, now: datetime) -> dict[str, Any]:
    """A consignment's columns, in the order of `_CONSIGNMENT`."""
    ready = new.ready_at or now
    return {
        "id": new_id(),
        "order_id": new.order_id,
        "part": new.part,
        "number": f"C{ready:%y}-{serial:07d}",
        "seller_id": new.seller_id,
        "buyer_id": new.buyer_id,
        "carrier_id": new.carrier_id,
        "origin": new.origin,
        "destination": new.destination,
        "ship_to": dict(new.ship_to),
        "state": "booked",
        "service_code": new.offer.service_code,
        "service_name": new.offer.name,
        "provider_name": new.offer.provider,
        "currency": new.offer.price.currency,
        "price_minor": new.offer.price.minor,
        "mass_g": sum(parcel.mass_g for parcel in new.parcels),
        "parcel_count": len(new.parcels),
        "offer": new.offer.as_json(),
        "alternatives": [offer.as_json() for offer in new.alternatives],
        "refused_summary": dict(new.refused_summary),
        "book_version": new.book_version,
        "booked_at": now,
        "ready_at": ready,
        "due_on": (ready + timedelta(days=new.offer.transit_days_max)).date(),
        "carrier_reference": "",
    }


def _parcels(pairs: Sequence[tuple[dict[str, Any], NewConsignment]]) -> list[tuple[Any, ...]]:
    """Parcels' columns, in the order of `_PARCEL`."""
    serials = iter(_serials("logistics_parcel_serial", sum(len(n.parcels) for _, n in pairs)))
    return [
        (
            row["id"], place, tracking_number(next(serials), country=row["origin"]), p.box, p.length_mm,
            p.width_mm, p.height_mm, p.mass_g, p.method, p.contents,
            [(u.sku, u.x, u.y, u.z, u.dx, u.dy, u.dz) for u in p.placements],
        )
        for row, n in pairs
        for place, p in enumerate(n.parcels, 1)
    ]  # fmt: skip


def _tell(rows: Sequence[dict[str, Any]], *, actor: str, now: datetime) -> None:
    deeds = [
        audit.Deed(
            "logistics.booked", "consignment", str(row["id"]), row["seller_id"],
            {"number": row["number"], "order_id": str(row["order_id"]), "service": row["service_code"]},
        )
        for row in rows
    ]  # fmt: skip
    audit.record(deeds, actor=actor, at=now)
    outbox.append(
        outbox.Event("logistics.booked", str(row["id"]), {"order_id": str(row["order_id"])}) for row in rows
    )


def _serials(sequence: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, count])
        return [row[0] for row in cursor.fetchall()]


def hand_over(ready: Mapping[UUID, datetime]) -> None:
    """Consignments may be collected from the given times on, where that is later than was planned.

    The day by which each is due moves with it. What the carrier moves already stays as it is.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logistics_consignment c SET ready_at = n.at, due_on = c.due_on + (n.at::date - c.ready_at::date)"
            " FROM unnest(%s::uuid[], %s::timestamptz[]) AS n(id, at)"
            " WHERE c.id = n.id AND c.state = 'booked' AND c.ready_at < n.at",
            [list(ready), list(ready.values())],
        )


def set_carrier_references(references: dict[UUID, str]) -> None:
    """Keep the carrier's own reference of each consignment, where it has none yet."""
    if not references:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logistics_consignment c SET carrier_reference = n.reference"
            " FROM unnest(%s::uuid[], %s::text[]) AS n(id, reference)"
            " WHERE c.id = n.id AND c.carrier_reference = ''",
            [list(references), [text[:40] for text in references.values()]],
        )
