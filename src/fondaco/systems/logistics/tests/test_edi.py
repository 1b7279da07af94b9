"""EDI: byte-exact both ways, the tables of four messages, and faults named by segment and position."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.kernel.edifact import message, moment_of, segment
from fondaco.kernel.edifact.syntax import read, write
from fondaco.systems.logistics.domain.edi import (
    EdiUnreadable,
    EquipmentMove,
    IftstaStatus,
    InstructedParcel,
    Instruction,
    equipment_moves,
    interchange,
    read_instruction,
    read_interchange,
    statuses,
    write_instruction,
    write_moves,
    write_statuses,
)
from fondaco.systems.logistics.domain.edi.tables import SOURCES, TABLES

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
STATUS = (
    b"UNB+UNOA:1+CARRIER+FONDACO+261122:0930+77'UNH+1+IFTSTA:D:21A:UN'BGM+23+S1+9'DTM+137:202611220930:203'"
    b"CNI+1+CN123456785CN'STS+1+21'DTM+334:202611220815:203'LOC+175+NLRTM:139:6'UNT+8+1'UNZ+1+77'"
)


def sent(*messages: object) -> bytes:
    return interchange(messages, sender="A", recipient="B", reference="77", at=AT)  # type: ignore[arg-type]


def fault(data: bytes) -> EdiUnreadable:
    with pytest.raises(EdiUnreadable) as caught:
        for one in read_interchange(data).messages:
            one.grouped()
    return caught.value


def test_a_status_message_says_what_happened_when_where_and_of_what() -> None:
    (one,) = read_interchange(STATUS).messages
    assert (one.kind, one.release, one.reference) == ("IFTSTA", "D.21A", "1")
    when = datetime(2026, 11, 22, 8, 15, tzinfo=UTC)
    assert statuses(one) == [IftstaStatus("21", when, "NLRTM", "CN123456785CN", "1")]


@pytest.mark.parametrize(
    "data",
    [
        STATUS,
        STATUS.replace(b"'", b"'\n"),
        STATUS.replace(b"'", b"'\r\n"),
        b"UNA:+.? '" + STATUS,
        STATUS.replace(b"BGM+23+S1", b"BGM+23+S?'1?+?:??"),
        STATUS.replace(b"BGM+23+S1", b"BGM+23+?S1"),
        STATUS.replace(b"LOC+175+NLRTM:139:6", b"LOC+175+NLRTM:139:6+++"),
        b"UNA:*.\\ ~" + STATUS.replace(b"+", b"*").replace(b"'", b"~"),
        STATUS.replace(b"UNOA", b"UNOY").replace(b"BGM+23+S1", "BGM+23+\u9001\u8fbe".encode()),
    ],
    ids=[
        "plain",
        "lf",
        "crlf",
        "una",
        "released",
        "released-more-than-needed",
        "empty-tail",
        "own-delimiters",
        "utf-8",
    ],
)
def test_what_is_read_is_written_back_byte_for_byte(data: bytes) -> None:
    read_back = read_interchange(data)
    assert read_back.bytes() == data
    assert statuses(read_back.messages[0])[0].code == "21"


def test_a_message_of_a_known_shape_is_grouped_with_its_own_segments() -> None:
    first = read_interchange(STATUS).messages[0].grouped()
    TABLES.shapes.clear()
    for data in (STATUS, STATUS, STATUS.replace(b"STS+1+21", b"STS+1+31")):
        message = read_interchange(data).messages[0]
        again = message.grouped()
        assert [g.name for g in again.walk()] == [g.name for g in first.walk()]
        assert sum(len(g.segments) for g in again.walk()) == len(message.segments)
        assert all(any(s is kept for kept in message.segments) for g in again.walk() for s in g.segments)
    assert len(TABLES.shapes) == 1


def test_release_characters_are_taken_off_when_read() -> None:
    data = STATUS.replace(b"BGM+23+S1", b"BGM+23+S?'1?+?:??:X")
    bgm = read(data).segments[2]
    assert (bgm.get(1), bgm.get(1, 1), bgm.get(2), bgm.get(9)) == ("S'1+:?", "X", "9", "")


text = st.text(st.sampled_from("AZaz09 ?:+'.,-/\u00e9"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["FTX", "RFF", "LOC"]), st.lists(st.lists(text, max_size=3), max_size=3)),
        max_size=4,
    )
)
def test_any_text_survives_writing_and_reading(parts: list[tuple[str, list[list[str]]]]) -> None:
    body = [segment(tag, *(element or [""] for element in elements)) for tag, elements in parts]
    data = sent(message("IFTSTA", "D.21A", "1", body))
    again = read(data)
    assert write(again) == data
    for (tag, elements), one in zip(parts, again.segments[2:-2], strict=True):
        assert one.tag == tag
        for place, element in enumerate(elements):
            for part, value in enumerate(element):
                assert one.get(place, part) == value


def test_statuses_written_are_the_statuses_read() -> None:
    items = [
        IftstaStatus("1", AT, "CNSHA", "C26-1", "1"),
        IftstaStatus("21", AT, "", "C26-1", "1", "Left at the door: it's ok?"),
        IftstaStatus("17", None, "DEHAM", "C26-2", "2"),
    ]
    data = sent(write_statuses(items, reference="1", number="S1", at=AT))
    assert statuses(read_interchange(data).messages[0]) == items


def test_containers_have_statuses_too() -> None:
    body = [segment("BGM", "23", "S", "9"), segment("EQD", "CN", "MSKU1234565"), segment("STS", "1", "29"),
            segment("LOC", "9", "CNSHA")]  # fmt: skip
    found = statuses(read_interchange(sent(message("IFTSTA", "D.21A", "1", body))).messages[0])
    assert found == [IftstaStatus("29", None, "CNSHA", "MSKU1234565", "1")]


@pytest.mark.parametrize(
    ("kind", "event"), [("CODECO", "GTIN"), ("CODECO", "GTOT"), ("COARRI", "LOAD"), ("COARRI", "DISC")]
)
def test_moves_written_are_the_moves_read(kind: str, event: str) -> None:
    moves = [
        EquipmentMove(
            event, "MSKU1234565", "45G1", True, AT, "CNSHA", "BK1", 21_400, ("S1", "S2"), "EMMA", "123W"
        ),
        EquipmentMove(event, "MSKU7654321", "22G1", False, AT, "CNSHA", "", None, (), "EMMA", "123W"),
    ]
    data = sent(write_moves(kind, moves, reference="1", number="M1", party="MSK", at=AT))  # type: ignore[arg-type]
    assert equipment_moves(read_interchange(data).messages[0]) == moves


def test_an_instruction_written_is_the_instruction_read() -> None:
    parcels = (InstructedParcel("LX00000001CN", 300, 220, 150, 1_250), InstructedParcel("LX2", 1, 2, 3, 4))
    consignee = ("J\u00f6rg M\u00fcller", "1 Stra\u00dfe", "K\u00f6ln", "50667", "DE")
    one = Instruction("C26-0000001", "Air: express", AT, "CN", "DE", "Shop + Sons", consignee, parcels)
    data = sent(write_instruction(one, reference="1", at=AT))
    assert read_instruction(read_interchange(data).messages[0]) == one


@pytest.mark.parametrize(
    ("old", "new", "number", "tag", "words"),
    [
        (b"UNT+8+1", b"UNT+7+1", 9, "UNT", "counts 7 segments, there are 8"),
        (b"UNT+8+1", b"UNT+8+2", 9, "UNT", "reference"),
        (b"UNZ+1+77", b"UNZ+2+77", 10, "UNZ", "counts 2, there are 1"),
        (b"UNZ+1+77", b"UNZ+1+78", 10, "UNZ", "reference"),
        (b"BGM+23+S1+9'", b"", 8, "UNT", "counts"),
        (b"IFTSTA:D", b"ORDERS:D", 2, "UNH", "not a message that is read"),
        (b"LOC+175+NLRTM:139:6", b"XYZ+1", 8, "XYZ", "no place for it"),
        (b"LOC+175+NLRTM:139:6", b"LO+1", 8, "LO", "tag of three capitals"),
        (b"STS+1+21'DTM+334:202611220815:203'", b"FTX+AAI'CNT+1'", 6, "FTX", "SG16 is missing|no place"),
        (b"S1+9", b"s1+9", 3, "BGM", "not a character of UNOA"),
        (b"UNZ+1+77'", b"UNZ+1+77", 10, "", "not terminated"),
        (b"UNT+8+1'", b"", 2, "UNH", "no UNT"),
    ],
    ids=["count", "message-reference", "interchange-count", "interchange-reference", "lost-segment", "other-message",
         "unknown-tag", "bad-tag", "missing-group", "alphabet", "cut", "no-trailer"],
)  # fmt: skip
def test_a_fault_names_its_segment(old: bytes, new: bytes, number: int, tag: str, words: str) -> None:
    problem = fault(STATUS.replace(old, new))
    assert (problem.facts["segment"], problem.facts["tag"]) == (number, tag)
    assert any(word in problem.detail for word in words.split("|")), problem.detail
    assert problem.remedy


def test_a_missing_mandatory_segment_and_one_too_many_are_named() -> None:
    lost = STATUS.replace(b"BGM+23+S1+9'", b"").replace(b"UNT+8", b"UNT+7")
    assert "BGM is missing before it" in fault(lost).detail
    twice = STATUS.replace(b"BGM+23+S1+9'", b"BGM+23+S1+9'BGM+23+S1+9'").replace(b"UNT+8", b"UNT+9")
    assert "BGM may come 1 times at most" in fault(twice).detail
    assert (
        "SG16 is missing"
        in fault(sent(message("IFTSTA", "D.21A", "1", [segment("BGM", "23"), segment("CNI", "1")]))).detail
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"UNA",
        b"hello",
        b"UNB+UNOA",
        b"UNB+UNOZ:1'",
        b"UNA:+.? '",
        b"UNA:::? 'UNB+UNOA:1'",
        "UNB+UNOY:4+\u00e9'".encode("latin-1"),
    ],
)
def test_what_is_no_interchange_is_refused(data: bytes) -> None:
    assert fault(data).code == "edi-unreadable"


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(STATUS) - 1), st.sampled_from(b"'+:?\n\x00A9"))
def test_no_change_of_a_byte_breaks_the_reader(place: int, byte: int) -> None:
    data = STATUS[:place] + bytes([byte]) + STATUS[place + 1 :]
    outcome = read_or_refuse(data)
    assert outcome == data or isinstance(outcome, int)


def read_or_refuse(data: bytes) -> bytes | int:
    """What is written back of `data`, or the segment at which it is refused."""
    try:
        found = read_interchange(data)
        for one in found.messages:
            statuses(one)
    except EdiUnreadable as problem:
        return int(problem.facts["segment"])
    return found.bytes()


def test_dates_are_read_in_each_format() -> None:
    def at(value: str, form: str) -> datetime | None:
        return moment_of(segment("DTM", ("334", value, form)))

    assert at("20261122", "102") == datetime(2026, 11, 22, tzinfo=UTC)
    assert at("20261122093015", "204") == datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
    assert at("202611220930+0800", "205") == datetime(
        2026, 11, 22, 9, 30, tzinfo=timezone(timedelta(hours=8))
    )
    assert at("202611220930UTC", "303") == AT
    assert (at("yesterday", "203"), at("20261122", "999"), moment_of(None)) == (None, None, None)


def test_the_tables_read_as_they_are_written() -> None:
    for kind in SOURCES:
        level = TABLES.level(kind)
        assert level is not None
        assert [item.name for item in level.items][:2] == ["UNH", "BGM"]
        assert level.items[-1].name == "UNT"
    iftsta = TABLES.level("IFTSTA")
    assert iftsta is not None
    consignments = next(item for item in iftsta.items if item.name == "SG15")
    assert (
        consignments.tag,
        consignments.most,
        consignments.level and consignments.level.items[3].mandatory,
    ) == ("CNI", 9999, True)
    assert TABLES.level("ORDERS") is None
