"""Booking with a carrier and hearing from it: outside calls, then writes; safe to repeat at any point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fondaco.systems.logistics.adapters.gateway import BATCH
from fondaco.systems.logistics.adapters.ports import Booking, Carrier, CarrierEvent
from fondaco.systems.logistics.adapters.simulator import CarrierSimulator
from fondaco.systems.logistics.domain.dto import NewMilestone
from fondaco.systems.logistics.models import Consignment, Parcel
from fondaco.systems.logistics.services.consignments import set_carrier_references
from fondaco.systems.logistics.services.milestones import record_milestones


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """`delivered` and `waiting` are consignment ids; `milestones` is how many were new."""

    delivered: tuple[UUID, ...]
    waiting: tuple[UUID, ...]
    milestones: int


def deliver_simulated(
    consignment_ids: Sequence[UUID], *, actor: str, now: datetime, gateway: Carrier | None = None
) -> DeliveryReport:
    """Book `consignment_ids` with a carrier and take over what it reports of them, 100 a request.

    Without a `gateway`, a carrier simulator is opened for the call. Nothing is open in the database
    while the carrier is asked. Unavailable where the carrier stays silent: repeat the call.
    """
    if gateway is None:
        with CarrierSimulator() as simulator, simulator.gateway() as client:
            return deliver_simulated(consignment_ids, actor=actor, now=now, gateway=client)
    bookings = bookings_of(consignment_ids)
    new = 0
    for chunk in _chunks(list(bookings)):
        references = gateway.book([bookings[pk] for pk in chunk])
        events = gateway.events([bookings[pk].number for pk in chunk])
        set_carrier_references(
            {pk: references[bookings[pk].number] for pk in chunk if bookings[pk].number in references}
        )
        new += record_milestones([_milestone(e, gateway.name) for e in events], actor=actor, now=now).recorded
    return _report(consignment_ids, new)


def bookings_of(ids: Sequence[UUID]) -> dict[UUID, Booking]:
    """What the carrier must know of each of `ids` that is still on its way."""
    pieces: dict[UUID, list[str]] = {}
    parcels = Parcel.objects.house().filter(consignment_id__in=ids).order_by("place")
    for pk, number in parcels.values_list("consignment_id", "tracking_number"):
        pieces.setdefault(pk, []).append(number)
    rows = Consignment.objects.house().filter(pk__in=ids, state__in=("booked", "in_transit", "exception"))
    return {
        row.pk: Booking(
            number=row.number,
            origin=row.origin,
            destination=row.destination,
            ready_at=row.ready_at,
            transit_days_min=row.offer["transit_days_min"],
            transit_days_max=row.offer["transit_days_max"],
            tracking_numbers=tuple(pieces.get(row.pk, ())),
        )
        for row in rows.defer("alternatives", "ship_to", "refused_summary").order_by("pk")
    }


def _chunks(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _milestone(event: CarrierEvent, source: str) -> NewMilestone:
    return NewMilestone(
        number=event.number,
        raw_code=event.code,
        vocabulary=event.vocabulary,
        event_at=event.event_at,
        source=source,
        source_id=event.id,
        location=event.location,
        detail=event.detail,
        conveyance=event.conveyance,
    )


def _report(ids: Sequence[UUID], new: int) -> DeliveryReport:
    rows = Consignment.objects.house().filter(pk__in=ids)
    state = dict(rows.values_list("pk", "state"))
    delivered = tuple(pk for pk in ids if state.get(pk) == "delivered")
    waiting = tuple(pk for pk in ids if state.get(pk) != "delivered")
    return DeliveryReport(delivered, waiting, new)
