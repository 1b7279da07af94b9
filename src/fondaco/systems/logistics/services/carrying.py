"""A carrier's label for a parcel, and a booking taken back: the carrier is asked first, then it is written down."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Conflict, NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.adapters.ports import Cancelled, Carrier, CarrierLabel, LabelFormat
from fondaco.systems.logistics.adapters.simulator import CarrierSimulator
from fondaco.systems.logistics.models import CONSIGNMENTS, Consignment, ConsignmentState, Parcel
from fondaco.systems.logistics.services.consignments import set_carrier_references
from fondaco.systems.logistics.services.delivery import DeliveryReport, bookings_of, deliver_simulated


class TooLateToCancel(Conflict):
    code = "too-late-to-cancel"
    title = "The carrier already has the goods."
    remedy = "Ask the carrier to return them, or let them arrive and take them back."


class TooLateToBook(Conflict):
    code = "too-late-to-book"
    title = "This consignment is no longer under way."
    remedy = "Only what is booked, in transit or held up is told to a carrier or asked for."


def parcel_label(
    scope: Scope,
    tracking_number: str,
    *,
    form: LabelFormat = LabelFormat.PDF,
    gateway: Carrier | None = None,
) -> CarrierLabel:
    """The carrier's label of one of `scope`'s parcels, booked first where it is not yet; again is the same label.

    Without a `gateway` a carrier simulator is opened for the call. NotFound where `scope` has no such parcel or
    it is no longer under way; Unavailable where the carrier stays silent.
    """
    if gateway is None:
        with CarrierSimulator() as simulator, simulator.gateway() as client:
            return parcel_label(scope, tracking_number, form=form, gateway=client)
    pieces = Parcel.objects.of(scope).filter(tracking_number=tracking_number)
    booking = bookings_of(list(pieces.values_list("consignment_id", flat=True)))
    if not booking:
        raise NotFound(field="tracking_number", value=tracking_number)
    (pk, asked) = next(iter(booking.items()))
    references = gateway.book([asked])
    set_carrier_references({pk: references[asked.number]} if asked.number in references else {})
    return gateway.label(tracking_number, form=form)


def book_with_carrier(scope: Scope, consignment_id: UUID, *, gateway: Carrier | None = None) -> str:
    """Tell the carrier of a consignment that is still under way; the carrier's own reference. Again is the same.

    NotFound, Forbidden; TooLateToBook once it is over; Unavailable where the carrier stays silent.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    if gateway is None:
        with CarrierSimulator() as simulator, simulator.gateway() as client:
            return book_with_carrier(scope, consignment_id, gateway=client)
    row = _mine(scope, consignment_id)
    if row.carrier_reference:
        return str(row.carrier_reference)
    asked = bookings_of([row.pk]).get(row.pk)
    if asked is None:
        raise TooLateToBook(field="consignment", value=row.number)
    references = gateway.book([asked])
    set_carrier_references({row.pk: references[asked.number]} if asked.number in references else {})
    return references.get(asked.number, "")


def hear_carrier(
    scope: Scope, consignment_id: UUID, *, now: datetime, gateway: Carrier | None = None
) -> DeliveryReport:
    """Ask the carrier what has happened to a consignment and keep what is new; safe to repeat.

    NotFound, Forbidden; TooLateToBook once it is over; Unavailable where the carrier stays silent.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER, Kind.CARRIER))
    if gateway is None:
        with CarrierSimulator(until=now) as simulator, simulator.gateway() as client:
            return hear_carrier(scope, consignment_id, now=now, gateway=client)
    row = _mine(scope, consignment_id)
    if not bookings_of([row.pk]):
        raise TooLateToBook(field="consignment", value=row.number)
    return deliver_simulated([row.pk], actor=scope.actor or "carrier", now=now, gateway=gateway)


def _mine(scope: Scope, consignment_id: UUID) -> Consignment:
    row = Consignment.objects.of(scope).filter(pk=consignment_id).first()
    if row is None:
        raise NotFound(field="consignment_id", value=consignment_id)
    return row


def cancel_consignment(
    scope: Scope, consignment_id: UUID, *, now: datetime, gateway: Carrier | None = None
) -> ConsignmentState:
    """Take a booking back, at the carrier too where it was told of it; a second time changes nothing.

    The order stays as it is. NotFound, Forbidden; IllegalTransition once the goods move, TooLateToCancel where
    the carrier says so; Unavailable where it stays silent, and then nothing has changed.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    row = _mine(scope, consignment_id)
    if row.state == ConsignmentState.CANCELLED:
        return ConsignmentState.CANCELLED
    CONSIGNMENTS.after(row.state, "cancel")
    if row.carrier_reference:
        _take_back(row.number, gateway)
    return _write_cancelled(row.pk, actor=scope.actor, now=now)


def _take_back(number: str, gateway: Carrier | None) -> None:
    if gateway is None:
        with CarrierSimulator() as simulator, simulator.gateway() as client:
            return _take_back(number, client)
    if gateway.cancel([number]).get(number) == Cancelled.TOO_LATE:
        raise TooLateToCancel(field="consignment", value=number)
    return None


def _write_cancelled(pk: UUID, *, actor: str, now: datetime) -> ConsignmentState:
    with transaction.atomic():
        row = Consignment.objects.house().select_for_update().get(pk=pk)
        if row.state == ConsignmentState.CANCELLED:
            return ConsignmentState.CANCELLED
        before, row.state = row.state, CONSIGNMENTS.after(row.state, "cancel")
        row.save(update_fields=["state"])
        detail = {"from": before, "to": row.state}
        deed = audit.Deed("logistics.cancelled", "consignment", str(pk), row.seller_id, detail)
        audit.record([deed], actor=actor, at=now)
        outbox.append([outbox.Event("logistics.cancelled", str(pk), {"order_id": str(row.order_id)})])
    return ConsignmentState.CANCELLED
