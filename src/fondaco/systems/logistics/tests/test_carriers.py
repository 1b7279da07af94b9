"""The carrier port over a real socket, its faults, and that a carrier speaks of its own consignments only."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime, timedelta
from itertools import groupby
from uuid import UUID

import httpx
import pypdfium2
import pytest
from barcode import Code128
from standardwebhooks import Webhook

from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import IllegalTransition
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.models import Organisation
from fondaco.systems.logistics.domain.edi import IftstaStatus, interchange, write_statuses
from fondaco.systems.logistics.models import CarrierChannel, Consignment, Milestone, StrayEvent
from fondaco.systems.logistics.public import (
    BadPushSignature,
    CarrierEvent,
    CarrierRefused,
    CarrierSimulator,
    LabelFormat,
    Push,
    StalePush,
    TooLateToBook,
    TooLateToCancel,
    UnknownCarrier,
    admit_push,
    adopt_strays,
    book_with_carrier,
    cancel_consignment,
    deliver_simulated,
    hear_carrier,
    open_channel,
    parcel_label,
    record_carrier_events,
    record_edi_statuses,
)
from fondaco.systems.logistics.tests.conftest import NOW, booked

pytestmark = pytest.mark.usefixtures("demo_book")


def owner(organisation: UUID, kind: Kind) -> Scope:
    return Scope(organisation, kind, role=Role.OWNER, actor="test")


@pytest.fixture
def rival(db: None) -> Scope:
    other = Organisation.objects.create(kind=Kind.CARRIER, name="Rival", slug="rival", country="GB")
    return owner(other.pk, Kind.CARRIER)


def told(number: str, code: str, place: int = 1) -> CarrierEvent:
    return CarrierEvent(
        f"{number}:{code}:{place}", number, code, "UPU", NOW + timedelta(hours=place), "GB", ""
    )


def test_a_pdf_label_shows_the_number_and_its_bars(parties: dict[str, UUID]) -> None:
    (row,) = booked(parties)
    number = row.tracking_numbers[1]
    label = parcel_label(owner(parties[Kind.SELLER], Kind.SELLER), number)
    assert (label.tracking_number, label.reference) == (number, f"SIM-{row.number}")
    text = pypdfium2.PdfDocument(label.content)[0].get_textpage().get_text_range()
    assert [word for word in (number, "SIMULATOR", "Parcel 2 of 2", row.number) if word not in text] == []
    page = zlib.decompress(label.content.split(b"stream\n")[1].split(b"\nendstream")[0]).decode("latin-1")
    widths = [float(width) for width in re.findall(r"([\d.]+) 110 re", page)]
    dark = [len(list(run)) for bit, run in groupby(Code128(number).build()[0]) if bit == "1"]
    assert [round(width / min(widths)) for width in widths] == dark


def test_a_label_printers_label_carries_the_barcode(parties: dict[str, UUID]) -> None:
    (row,) = booked(parties)
    label = parcel_label(
        owner(parties[Kind.CARRIER], Kind.CARRIER), row.tracking_numbers[0], form=LabelFormat.ZPL
    )
    text = label.content.decode()
    assert text.startswith("^XA")
    assert text.endswith("^XZ")
    assert f"^BCN,300,Y,N,N^FD{row.tracking_numbers[0]}^FS" in text


def test_nobody_else_gets_a_label_and_nothing_is_booked(parties: dict[str, UUID], rival: Scope) -> None:
    (row,) = booked(parties)
    with CarrierSimulator() as simulator, simulator.gateway() as gateway:
        with pytest.raises(NotFound):
            parcel_label(rival, row.tracking_numbers[0], gateway=gateway)
        with pytest.raises(CarrierRefused):
            gateway.label(row.tracking_numbers[0])
        assert simulator.bookings == {}


def test_what_was_done_before_a_time_out_is_done_once(parties: dict[str, UUID]) -> None:
    (row,) = booked(parties)
    with CarrierSimulator() as simulator, simulator.gateway() as gateway:
        simulator.fail("late")
        label = parcel_label(
            owner(parties[Kind.SELLER], Kind.SELLER), row.tracking_numbers[0], gateway=gateway
        )
        assert simulator.requests["/v1/shipments"] == 2
        assert list(simulator.bookings) == [row.number]
    assert label.reference == Consignment.objects.house().get().carrier_reference


def test_a_key_used_for_something_else_is_refused() -> None:
    with CarrierSimulator() as simulator:
        headers = {"Idempotency-Key": "k"}
        bodies = [{"numbers": ["A"]}, {"numbers": ["A"]}, {"numbers": ["B"]}]
        answers = [httpx.post(f"{simulator.url}/v1/cancellations", json=b, headers=headers) for b in bodies]
    assert [a.status_code for a in answers] == [200, 200, 422]
    assert answers[0].json() == answers[1].json() == {"outcomes": {"A": "unknown"}}


def test_a_booking_is_taken_back_once_at_the_carrier_too(parties: dict[str, UUID]) -> None:
    (row,), seller = booked(parties), owner(parties[Kind.SELLER], Kind.SELLER)
    with CarrierSimulator() as simulator, simulator.gateway() as gateway:
        parcel_label(seller, row.tracking_numbers[0], gateway=gateway)
        for fault in ("error", "late"):
            simulator.fail(fault)  # type: ignore[arg-type]
        for _ in range(2):
            assert cancel_consignment(seller, row.id, now=NOW, gateway=gateway) == "cancelled"
        assert simulator.cancelled == {row.number}
        assert simulator.requests["/v1/cancellations"] == 2
        assert gateway.events([row.number]) == []


def test_too_late_to_take_back_changes_nothing(parties: dict[str, UUID], rival: Scope) -> None:
    (row,), seller = booked(parties), owner(parties[Kind.SELLER], Kind.SELLER)
    with CarrierSimulator() as simulator, simulator.gateway() as gateway:
        parcel_label(seller, row.tracking_numbers[0], gateway=gateway)
        gateway.events([row.number])
        with pytest.raises(TooLateToCancel):
            cancel_consignment(seller, row.id, now=NOW, gateway=gateway)
        with pytest.raises(Forbidden):
            cancel_consignment(rival, row.id, now=NOW, gateway=gateway)
        assert Consignment.objects.house().get().state == "booked"
        deliver_simulated([row.id], actor="test", now=NOW, gateway=gateway)
        with pytest.raises(IllegalTransition):
            cancel_consignment(seller, row.id, now=NOW, gateway=gateway)


def test_events_lost_on_the_way_come_with_the_next_answer(parties: dict[str, UUID]) -> None:
    (row,) = booked(parties)
    with CarrierSimulator() as simulator, simulator.gateway() as gateway:
        gateway.book([])
        simulator.fail("lost", times=1)
        partly = gateway.events([row.number])
        first = deliver_simulated([row.id], actor="test", now=NOW, gateway=gateway)
    assert (partly, first.milestones) == ([], 10)


def test_a_carrier_tells_of_its_own_consignments_only(parties: dict[str, UUID], rival: Scope) -> None:
    (row,) = booked(parties)
    number, carrier = row.tracking_numbers[0], owner(parties[Kind.CARRIER], Kind.CARRIER)
    events = [told(number, "EMA"), told("RR473124829DK", "EMA")]
    theirs = record_carrier_events(rival, events, now=NOW)
    assert (theirs.recorded, theirs.parked) == (0, 2)
    assert theirs.unknown == tuple(sorted([number, "RR473124829DK"]))  # both alike: nothing is learnt
    assert not Milestone.objects.house().exists()
    reasons = dict(StrayEvent.objects.house().values_list("number", "reason"))
    assert reasons == {number: "foreign-number", "RR473124829DK": "unknown-number"}
    assert adopt_strays(actor="t", now=NOW) == 0  # waiting does not make it theirs
    own = record_carrier_events(carrier, events, now=NOW)
    assert (own.recorded, own.parked) == (1, 1)
    assert Consignment.objects.house().get().state == "in_transit"


def test_what_a_carrier_told_too_early_is_adopted_for_it_alone(
    parties: dict[str, UUID], rival: Scope
) -> None:
    (row,) = booked(parties)
    Consignment.objects.house().filter(pk=row.id).update(number="C26-EARLY")
    for who in (rival, owner(parties[Kind.CARRIER], Kind.CARRIER)):
        record_carrier_events(who, [told("C26-LATER", "EMA")], now=NOW)
    Consignment.objects.house().filter(pk=row.id).update(number="C26-LATER")
    assert adopt_strays(actor="t", now=NOW) == 1
    assert Milestone.objects.house().get().source == f"push:{parties[Kind.CARRIER].hex}"


@pytest.mark.parametrize("kind", [Kind.SELLER, Kind.BUYER, Kind.CUSTOMS])
def test_only_carriers_tell(parties: dict[str, UUID], kind: Kind) -> None:
    with pytest.raises(Forbidden):
        record_carrier_events(owner(new_id(), kind), [told("C26-1", "EMA")], now=NOW)
    assert not StrayEvent.objects.house().exists()


def test_an_edi_file_is_its_carriers_whatever_sender_it_names(parties: dict[str, UUID], rival: Scope) -> None:
    (row,) = booked(parties)
    items = [IftstaStatus("21", NOW, "DEHAM", number, "1") for number in row.tracking_numbers]
    message = write_statuses(items, reference="1", number="S1", at=NOW)
    data = interchange([message], sender="CARRIER", recipient="FONDACO", reference="9", at=NOW)
    carrier = owner(parties[Kind.CARRIER], Kind.CARRIER)
    reports = [record_edi_statuses(data, actor="t", now=NOW, scope=who) for who in (rival, carrier, carrier)]
    counts = [(one.recorded, one.repeated, one.parked) for one in reports]
    assert counts == [(0, 0, 2), (2, 0, 0), (0, 2, 0)]
    assert Consignment.objects.house().get().state == "delivered"


def signed(secret: str, body: bytes = b"{}", *, at: datetime = NOW) -> Push:
    signature = Webhook(secret).sign("msg_1", at, body.decode())
    return Push("msg_1", str(int(at.timestamp())), signature, body)


def test_a_channel_admits_what_its_secret_signed_just_now(parties: dict[str, UUID], rival: Scope) -> None:
    carrier = owner(parties[Kind.CARRIER], Kind.CARRIER)
    first = open_channel(carrier, carrier.organisation_id, now=NOW)
    assert open_channel(carrier, carrier.organisation_id, now=NOW).secret == first.secret
    admitted = admit_push(carrier.organisation_id, signed(first.secret), now=NOW + timedelta(minutes=5))
    assert (admitted.organisation_id, admitted.kind) == (carrier.organisation_id, Kind.CARRIER)
    for late in (timedelta(minutes=6), -timedelta(minutes=6)):
        with pytest.raises(StalePush):
            admit_push(carrier.organisation_id, signed(first.secret), now=NOW + late)
    good = signed(first.secret)
    forged = [
        Push(good.message_id, good.timestamp, good.signature, b"{ }"),
        Push("msg_2", good.timestamp, good.signature, good.body),
        Push(good.message_id, "soon", good.signature, good.body),
        Push(good.message_id, good.timestamp, "", good.body),
        Push(good.message_id, good.timestamp, good.signature, b"\xff"),
        signed("whsec_" + "QUFB" * 8),
    ]
    for one in forged:
        with pytest.raises(BadPushSignature):
            admit_push(carrier.organisation_id, one, now=NOW)
    with pytest.raises(UnknownCarrier):
        admit_push(rival.organisation_id, good, now=NOW)


def test_a_changed_secret_leaves_the_one_before_good_for_a_day(
    parties: dict[str, UUID], rival: Scope
) -> None:
    carrier = owner(parties[Kind.CARRIER], Kind.CARRIER)
    first = open_channel(carrier, carrier.organisation_id, now=NOW)
    second = open_channel(carrier, carrier.organisation_id, now=NOW, change=True)
    assert first.secret != second.secret
    day = NOW + timedelta(days=1)
    for secret in (first.secret, second.secret):
        admit_push(carrier.organisation_id, signed(secret, at=day), now=day)
    later = day + timedelta(minutes=1)
    with pytest.raises(BadPushSignature):
        admit_push(carrier.organisation_id, signed(first.secret, at=later), now=later)
    with pytest.raises(UnknownCarrier):
        open_channel(rival, carrier.organisation_id, now=NOW)
    with pytest.raises(Forbidden):
        open_channel(Scope(carrier.organisation_id, Kind.CARRIER), carrier.organisation_id, now=NOW)
    assert CarrierChannel.objects.house().get().heard_at == datetime(2026, 9, 2, 12, tzinfo=UTC)


def test_a_booking_is_told_once_and_the_carrier_asked_while_it_is_under_way(
    parties: dict[str, UUID], rival: Scope
) -> None:
    (row,), seller = booked(parties), owner(parties[Kind.SELLER], Kind.SELLER)
    with CarrierSimulator() as simulator, simulator.gateway() as gateway:
        reference = book_with_carrier(seller, row.id, gateway=gateway)
        assert reference == book_with_carrier(seller, row.id, gateway=gateway) != ""
        assert Consignment.objects.house().get().carrier_reference == reference
        with pytest.raises(NotFound):
            hear_carrier(rival, row.id, now=NOW, gateway=gateway)
        heard = hear_carrier(seller, row.id, now=NOW, gateway=gateway)
        assert heard.delivered == (row.id,)
        assert heard.milestones == Milestone.objects.house().count() > 0
        with pytest.raises(TooLateToBook):
            hear_carrier(seller, row.id, now=NOW, gateway=gateway)
