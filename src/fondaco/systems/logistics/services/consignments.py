"""Booking consignments: a constant number of queries for a batch, idempotent by order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Refused
from fondaco.kernel.ids import new_id
from fondaco.systems.logistics.domain.dto import ConsignmentDTO, NewConsignment
from fondaco.systems.logistics.domain.s10 import tracking_number
from fondaco.systems.logistics.models import Consignment, Parcel
from fondaco.systems.logistics.selectors.consignments import consignments_for


class NothingToCarry(Refused):
    code = "nothing-to-carry"
    title = "A consignment needs at least one parcel."
    remedy = "Pack the order first; articles that no parcel holds need another way."


def book_consignments(new: Sequence[NewConsignment], *, actor: str, now: datetime) -> list[ConsignmentDTO]:
    """Book each consignment once per order, with a valid S10 tracking number for each parcel.

    An order that already has a consignment gets that one back unchanged. NothingToCarry where one
    has no parcels; then nothing is booked.
    """
    for consignment in new:
        if not consignment.parcels:
            raise NothingToCarry(field="order_id", value=str(consignment.order_id))
    booked = consignments_for([n.order_id for n in new])
    fresh = list({n.order_id: n for n in new if n.order_id not in booked}.values())
    if fresh:
        with transaction.atomic():
            _insert(fresh, actor=actor, now=now)
        booked |= consignments_for([n.order_id for n in fresh])
    return [booked[n.order_id] for n in new]


def _insert(new: Sequence[NewConsignment], *, actor: str, now: datetime) -> None:
    serials = _serials("logistics_consignment_serial", len(new))
    rows = [_row(n, serial, now) for n, serial in zip(new, serials, strict=True)]
    Consignment.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    # Another worker may have booked some of these orders meanwhile: only ours get parcels.
    ours = set(Consignment.objects.house().filter(pk__in=[r.pk for r in rows]).values_list("pk", flat=True))
    pairs = [(row, n) for row, n in zip(rows, new, strict=True) if row.pk in ours]
    Parcel.objects.bulk_create(_parcels(pairs), batch_size=1000)
    _tell(pairs, actor=actor, now=now)


def _row(new: NewConsignment, serial: int, now: datetime) -> Consignment:
    ready = new.ready_at or now
    return Consignment(
        id=new_id(),
        order_id=new.order_id,
        number=f"C{ready:%y}-{serial:07d}",
        seller_id=new.seller_id,
        buyer_id=new.buyer_id,
        carrier_id=new.carrier_id,
        origin=new.origin,
        destination=new.destination,
        ship_to=dict(new.ship_to),
        service_code=new.offer.service_code,
        service_name=new.offer.name,
        provider_name=new.offer.provider,
        currency=new.offer.price.currency,
        price_minor=new.offer.price.minor,
        mass_g=sum(parcel.mass_g for parcel in new.parcels),
        parcel_count=len(new.parcels),
        offer=new.offer.as_json(),
        alternatives=[offer.as_json() for offer in new.alternatives],
        refused_summary=dict(new.refused_summary),
        book_version=new.book_version,
        booked_at=now,
        ready_at=ready,
        due_on=(ready + timedelta(days=new.offer.transit_days_max)).date(),
    )


def _parcels(pairs: Sequence[tuple[Consignment, NewConsignment]]) -> list[Parcel]:
    serials = iter(_serials("logistics_parcel_serial", sum(len(n.parcels) for _, n in pairs)))
    return [
        Parcel(
            consignment_id=row.pk,
            place=place,
            tracking_number=tracking_number(next(serials), country=row.origin),
            box=p.box,
            length_mm=p.length_mm,
            width_mm=p.width_mm,
            height_mm=p.height_mm,
            mass_g=p.mass_g,
            method=p.method,
            contents=[list(part) for part in p.contents],
            placements=[[u.sku, u.x, u.y, u.z, u.dx, u.dy, u.dz] for u in p.placements],
        )
        for row, n in pairs
        for place, p in enumerate(n.parcels, 1)
    ]


def _tell(pairs: Iterable[tuple[Consignment, NewConsignment]], *, actor: str, now: datetime) -> None:
    rows = [row for row, _ in pairs]
    audit.record(
        [
            audit.Deed(
                "logistics.booked", "consignment", str(row.pk), row.seller_id,
                {"number": row.number, "order_id": str(row.order_id), "service": row.service_code},
            )
            for row in rows
        ],
        actor=actor,
        at=now,
    )  # fmt: skip
    outbox.append(
        outbox.Event("logistics.booked", str(row.pk), {"order_id": str(row.order_id)}) for row in rows
    )


def _serials(sequence: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, count])
        return [row[0] for row in cursor.fetchall()]


def set_carrier_references(references: dict[UUID, str]) -> None:
    """Keep the carrier's own reference of each consignment, where it has none yet."""
    if not references:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logistics_consignment c SET carrier_reference = n.reference"
            " FROM unnest(%s::uuid[], %s::text[]) AS n(id, reference)"
            " WHERE c.id = n.id AND c.carrier_reference = ''",
            [list(references), list(references.values())],
        )
