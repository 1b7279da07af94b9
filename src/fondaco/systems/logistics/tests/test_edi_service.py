"""EDI in the room: a carrier's statuses become milestones once, a consignment becomes its instruction."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind
from fondaco.systems.logistics.domain.edi import (
    EdiUnreadable,
    IftstaStatus,
    interchange,
    read_instruction,
    read_interchange,
    write_statuses,
)
from fondaco.systems.logistics.models import Milestone
from fondaco.systems.logistics.public import (
    ConsignmentDTO,
    consignment_detail,
    consignment_iftmin,
    read_edi,
    record_edi_statuses,
)
from fondaco.systems.logistics.tests.conftest import NOW, booked, scope

pytestmark = pytest.mark.usefixtures("demo_book")
LATER = NOW + timedelta(days=3)


def report(one: ConsignmentDTO, *codes: str) -> bytes:
    items = [
        IftstaStatus(code, NOW + timedelta(hours=n), "DEHAM", one.tracking_numbers[n % 2], "1")
        for n, code in enumerate(codes)
    ]
    message = write_statuses(items, reference="1", number="S1", at=NOW)
    return interchange([message], sender="CARRIER", recipient="FONDACO", reference="9", at=NOW)


def test_a_status_file_is_kept_once_and_delivers(parties: dict[str, UUID]) -> None:
    (one,) = booked(parties)
    data = report(one, "21", "21")
    first = record_edi_statuses(data, actor="test", now=LATER)
    again = record_edi_statuses(data, actor="test", now=LATER)
    assert ((first.recorded, first.repeated), (again.recorded, again.repeated)) == ((2, 0), (0, 2))
    found = consignment_detail(scope(parties[Kind.SELLER], Kind.SELLER), one.id)
    assert found.consignment.state == "delivered"
    assert {(m.code, m.vocabulary, m.location) for m in found.milestones} == {
        ("delivered", "IFTSTA", "DEHAM")
    }


def test_a_broken_file_keeps_nothing(parties: dict[str, UUID]) -> None:
    (one,) = booked(parties)
    with pytest.raises(EdiUnreadable) as caught:
        record_edi_statuses(report(one, "21").replace(b"UNZ+1", b"UNZ+4"), actor="test", now=LATER)
    assert caught.value.facts["tag"] == "UNZ"
    assert not Milestone.objects.house().exists()


def test_a_consignment_becomes_its_instruction(parties: dict[str, UUID]) -> None:
    (one,) = booked(parties)
    name, data = consignment_iftmin(scope(parties[Kind.SELLER], Kind.SELLER), one.id, now=LATER)
    assert name == f"{one.number}.edi"
    order = read_instruction(read_interchange(data).messages[0])
    assert (order.number, order.origin, order.destination) == (one.number, "GB", "DE")
    assert order.consignor == "seller of the test"
    assert [p.number for p in order.parcels] == list(one.tracking_numbers)
    assert {(p.length_mm, p.width_mm, p.height_mm, p.mass_g) for p in order.parcels} == {
        (308, 228, 158, 3_000)
    }
    assert read_edi(data).kinds == {"IFTMIN": 1}


def test_a_stranger_gets_no_instruction(parties: dict[str, UUID]) -> None:
    (one,) = booked(parties)
    with pytest.raises(NotFound):
        consignment_iftmin(scope(uuid4(), Kind.SELLER), one.id, now=LATER)
