"""EDI at the door of the room: statuses that carriers send, and the instruction for a consignment."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fondaco.kernel.edifact import EdiUnreadable
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.domain.dto import NewMilestone
from fondaco.systems.logistics.domain.edi import (
    InstructedParcel,
    Instruction,
    Message,
    interchange,
    read_interchange,
    statuses,
    write_instruction,
)
from fondaco.systems.logistics.models import Consignment
from fondaco.systems.logistics.selectors.consignments import ConsignmentDetail, consignment_detail
from fondaco.systems.logistics.services.milestones import MilestoneReport, record_milestones


def record_edi_statuses(
    data: bytes, *, actor: str, now: datetime, scope: Scope | None = None
) -> MilestoneReport:
    """Keep every dated status of the file's IFTSTA messages; the whole file is read before anything is kept.

    EdiUnreadable at the first fault, or where no message is an IFTSTA; then nothing is kept. A status is known by the interchange's sender
    and reference, its message and its place there, so that the same file again changes nothing. With a
    `scope`, statuses are that carrier's own, whatever sender the file names: see record_milestones.
    """
    if scope is not None:
        scope.require(role=Role.CLERK, kinds=(Kind.CARRIER,))
    found = read_interchange(data)
    if not any(message.kind == "IFTSTA" for message in found.messages):
        kinds = sorted({message.kind for message in found.messages})
        raise EdiUnreadable("It holds no IFTSTA message.", field="message", value=", ".join(kinds))
    # A carrier names its own interchanges: nobody can take another's place by naming its sender.
    source = f"edi:{found.sender}"[:40] if scope is None else f"edi:{scope.organisation_id.hex}"
    reference = found.reference if scope is None else f"{found.sender}/{found.reference}"
    new = [
        milestone
        for message in found.messages
        if message.kind == "IFTSTA"
        for milestone in _milestones(message, source, reference)
    ]
    return record_milestones(new, actor=actor, now=now, scope=scope)


def consignment_iftmin(scope: Scope, consignment_id: UUID, *, now: datetime) -> tuple[str, bytes]:
    """A file name and the IFTMIN interchange that instructs the carrier; NotFound where `scope` has none such."""
    found = consignment_detail(scope, consignment_id)
    serial = str(int(found.consignment.number.rpartition("-")[2]))
    row = Consignment.objects.of(scope).filter(pk=found.consignment.id)
    consignor = str(row.values_list("seller__name", flat=True).get())
    message = write_instruction(_instruction(found, consignor), reference=serial, at=now)
    data = interchange([message], sender="FONDACO", recipient=_party(found), reference=serial, at=now)
    return f"{found.consignment.number}.edi", data


def _milestones(message: Message, source: str, reference: str) -> list[NewMilestone]:
    return [
        NewMilestone(
            number=one.reference,
            raw_code=one.code,
            vocabulary="IFTSTA",
            event_at=one.at,
            source=source,
            source_id=f"{reference}/{message.reference}/{place}",
            location=one.location,
            detail=one.text,
        )
        for place, one in enumerate(statuses(message))
        if one.at is not None
    ]


def _instruction(found: ConsignmentDetail, consignor: str) -> Instruction:
    consignment, address = found.consignment, found.ship_to
    parts = ("name", "street", "city", "postcode")
    name, street, city, postcode = (str(address.get(part) or "") for part in parts)
    return Instruction(
        number=consignment.number,
        service=consignment.service_name,
        ready_at=consignment.ready_at,
        origin=consignment.origin,
        destination=consignment.destination,
        consignor=consignor,
        consignee=(name, street, city, postcode, consignment.destination),
        parcels=tuple(
            InstructedParcel(p.tracking_number, p.length_mm, p.width_mm, p.height_mm, p.mass_g)
            for p in found.parcels
        ),
    )


def _party(found: ConsignmentDetail) -> str:
    """The carrier's code as its offers carry it."""
    return str(found.offer.get("provider_code") or "CARRIER").upper()[:35]
