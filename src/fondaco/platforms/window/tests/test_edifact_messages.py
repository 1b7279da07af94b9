"""CUSDEC, CUSRES and CUSCAR: what is written is what is read, and what is wrong is named by segment and element."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings

from fondaco.kernel.edifact import EdiUnreadable
from fondaco.platforms.window.domain.declaration_codes import EDIFACT, find_code
from fondaco.platforms.window.domain.declaration_states import State
from fondaco.platforms.window.domain.declared import Declared
from fondaco.platforms.window.domain.messages.edifact import book, cuscar, cusdec, cusres
from fondaco.platforms.window.domain.messages.edifact.cuscar import Carriage
from fondaco.platforms.window.domain.messages.edifact.cusres import Answer, AnswerUnreadable
from fondaco.platforms.window.domain.messages.edifact.engine import EdifactRefused, Envelope
from fondaco.platforms.window.tests.declared_samples import AT, any_declared, plain

ENVELOPE = Envelope("FONDACO", "CUSTOMS-FR", "77", AT)
CARRIAGE = Carriage("M-77", "999-12345675", "Central Air", "CA8401", "4", "CNCGO", "BELGG", AT)


def written(one: Declared) -> bytes:
    return book.render("CUSDEC", [cusdec.facts_of(one)], envelope=ENVELOPE)


def faults(raw: bytes) -> dict[str, str]:
    return {fault.path: fault.code for one in book.read(raw) for fault in one.faults}


@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(any_declared())
def test_a_declaration_written_as_cusdec_is_the_declaration_read(one: Declared) -> None:
    (reading,) = book.read(written(one))
    assert reading.faults == ()
    assert cusdec.read_facts(reading.facts) == one


@settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(any_declared())
def test_a_cargo_report_written_is_the_report_read(one: Declared) -> None:
    report = cuscar.report_of([one, plain()], CARRIAGE)
    (reading,) = book.read(book.render("CUSCAR", [cuscar.facts_of(report)], envelope=ENVELOPE))
    assert reading.faults == ()
    assert cuscar.read_facts(reading.facts) == report


def test_answers_to_one_and_to_many_declarations_are_receipts() -> None:
    tax = Answer("LRN1", "1", AT, "26FR1", "Welcome", "EUR", 600, 1070)
    stop = Answer("LRN2", "5", AT + timedelta(hours=1), reason="Open the box")
    one, many = cusres.facts_of(tax, number="1"), cusres.facts_of_many([tax, stop], number="2", at=AT)
    alone, both = book.read(book.render("CUSRES", [one, many], envelope=ENVELOPE))
    (receipt,) = cusres.receipts_of(alone)
    assert (receipt.reference, receipt.code, receipt.vocabulary, receipt.mrn) == (
        "LRN1",
        "1",
        "edifact",
        "26FR1",
    )
    assert (receipt.duty_minor, receipt.tax_minor, receipt.issued_at) == (600, 1070, AT)
    assert [(r.reference, r.code, r.issued_at, r.reason) for r in cusres.receipts_of(both)] == [
        ("LRN1", "1", AT, "Welcome"),
        ("LRN2", "5", AT + timedelta(hours=1), "Open the box"),
    ]


def test_an_answer_that_names_errors_gives_them_as_its_reason() -> None:
    facts = cusres.facts_of(Answer("LRN1", "2", AT, reason="Refused"), number="1")
    facts["error"] = [{"section": "2", "item": "3", "error": "12056", "text": "not allowed together"}]
    (reading,) = book.read(book.render("CUSRES", [facts], envelope=ENVELOPE))
    assert next(cusres.receipts_of(reading)).reason == "Refused; 12056 not allowed together"


def test_an_answer_without_time_or_code_is_refused_by_name() -> None:
    raw = book.render("CUSRES", [cusres.facts_of(Answer("L", "1", AT), number="1")], envelope=ENVELOPE)
    cases = {b"GIS+1'": "CUSRES/GIS/7365", b"DTM+137:20261122090005:204'": "CUSRES/DTM+137/2380"}
    for lost, field in cases.items():
        (reading,) = book.read(raw.replace(lost, b""))
        with pytest.raises(AnswerUnreadable) as caught:
            list(cusres.receipts_of(reading))
        assert caught.value.field == field


def test_every_response_code_of_the_directory_is_known_and_settles_where_a_declaration_stands() -> None:
    assert {code.number for code in EDIFACT} == {str(number) for number in range(1, 39)}
    for code in EDIFACT:
        assert find_code(code.number, vocabulary="edifact") is code
        assert code.state is None or code.state in set(State)
        assert code.meaning
    moving = {code.number for code in EDIFACT if code.state is not None}
    assert {str(number) for number in (*range(1, 15), 17)} <= moving
    assert find_code("99", vocabulary="edifact") is None


MUTANTS = [
    # what stands in the message, what a careless sender writes, and where the fault is
    (b"BGM+929", b"BGM+999", "CUSDEC/BGM/1001"),
    (b"+9'CST", b"+77'CST", "CUSDEC/BGM/1225"),
    (b"FI0000000000000000001A:1", b"FI0000000000000000001A:x", "CUSDEC/BGM/1056"),
    (b"FI0000000000000000001A:1", b":1", "CUSDEC/BGM/1004"),
    (b"CST++IM+", b"CST++XX+", "CUSDEC/CST/7361"),
    (b"CST++IM+H7", b"CST++IM+" + b"H" * 19, "CUSDEC/CST/7361"),
    (b"LOC+22+FR'", b"", "CUSDEC/LOC+22/3225"),
    (b"LOC+22+FR'", b"LOC+22+fr'", "CUSDEC/LOC+22/3225"),
    (b"LOC+35+CN'", b"LOC+35+CHN'", "CUSDEC/LOC+35/3225"),
    (b"137:20261122090005:204", b"137:20261322090005:204", "CUSDEC/DTM+137/2380"),
    (b"137:20261122090005:204", b"137:20261122090005:203", "CUSDEC/DTM+137/1.3"),
    (b"AAD+KGM:1.000", b"AAD+KGM:1.0", "CUSDEC/MEA+AAE+AAD/6314"),
    (b"AAD+KGM:1.000", b"AAD+KGM:2.000", "CUSDEC/MEA+AAE+AAD/6314"),
    (b"AAD+KGM:1.000", b"AAD+LBR:1.000", "CUSDEC/MEA+AAE+AAD/3.1"),
    (b"RFF+ABO:FI0000000000000000001A", b"RFF+ABO:OTHER", "CUSDEC/RFF+ABO/1154"),
    (b"PAC+1++CT", b"PAC+++CT", "CUSDEC/PAC/7224"),
    (b"PAC+1++CT", b"PAC+one++CT", "CUSDEC/PAC/7224"),
    (b"TDT+11++5", b"TDT+11++0", "CUSDEC/TDT+11/8067"),
    (b"DOC+703+RR123456785CN'", b"", "CUSDEC/DOC+703/1004"),
    (b"3:20261120:102", b"3:20261131:102", "CUSDEC/DTM+3/2380"),
    (b"NAD+EX+91330100MA27XYZ123++Harbour Gifts Ltd", b"NAD+EX+91330100MA27XYZ123++", "CUSDEC/NAD+EX/3036"),
    (b"310000+CN'", b"310000-000+CN'", "CUSDEC/NAD+EX/3251"),
    (b"44000+FR'", b"44000'", "CUSDEC/NAD+IM/3207"),
    (b"NAD+DT", b"NAD+XX", "CUSDEC/NAD+DT/3036"),
    (b"TOD+6++DDP", b"TOD+6++XYZ", "CUSDEC/TOD+6/4053"),
    (b"39:42.50:EUR", b"39:42,50:EUR", "CUSDEC/MOA+39/5004"),
    (b"39:42.50:EUR", b"39:42.50:Euro", "CUSDEC/MOA+39/6345"),
    (b"39:42.50:EUR'", b"39:42.50'", "CUSDEC/MOA+39/6345"),
    (b"UNS+D'", b"UNS+X'", "CUSDEC/UNS+D"),
    (b"CST+1+910511", b"CST+1+", "CUSDEC/item[1]/CST/7361"),
    (b"CST+2+950300", b"CST+3+950300", "CUSDEC/item[2]/CST/1496"),
    (b"FTX+AAA+++Wooden blocks'", b"", "CUSDEC/item[2]/FTX+AAA/4440"),
    (b"LOC+27+CN'", b"LOC+27+C'", "CUSDEC/item[1]/LOC+27/3225"),
    (b"AAF+KGM:0.600", b"AAF+KGM:600", "CUSDEC/item[1]/MEA+AAE+AAF/6314"),
    (b"NMB:2'", b"NMB:-2'", "CUSDEC/item[1]/MEA+AAR/6314"),
    (b"38:30.00:EUR", b"38:30.00:USD", "CUSDEC/item[1]/MOA+38/6345"),
    (b"CNT+2:2", b"CNT+2:3", "CUSDEC/CNT+2/6066"),
    (b"CNT+11:1", b"CNT+11:4", "CUSDEC/CNT+11/6066"),
]


@pytest.mark.parametrize(("old", "new", "path"), MUTANTS, ids=[f"{m[2]}:{n}" for n, m in enumerate(MUTANTS)])
def test_a_mutant_is_refused_at_its_field_and_the_rest_still_read(old: bytes, new: bytes, path: str) -> None:
    raw = written(plain())
    assert raw.count(old) >= 1, old
    mutant = raw.replace(old, new, 1)
    lost = 1 if not new else 0
    told = int(re.search(rb"UNT\+(\d+)", mutant).group(1))  # type: ignore[union-attr]
    mutant = mutant.replace(b"UNT+%d" % told, b"UNT+%d" % (told - lost))
    found = faults(mutant)
    assert path in found, found
    assert len(found) <= 6, found
    (reading,) = book.read(mutant)
    assert reading.facts.get("tracking") == "RR123456785CN" or path.endswith("703/1004")
    assert len(reading.facts["item"]) == 2


@pytest.mark.parametrize(
    ("old", "new", "tag"),
    [
        (b"UNT+50+1", b"UNT+49+1", "UNT[51]"),
        (b"UNT+50+1", b"UNT+50+2", "UNT[51]"),
        (b"UNZ+1+77", b"UNZ+3+77", "UNZ[52]"),
        (b"BGM+929", b"XYZ+1'BGM+929", "XYZ[3]"),
        (b"LOC+36+FR'", b"CNT+2:2'LOC+36+FR'", "CNT[7]"),
        (b"TOD+6++DDP'", b"TOD+6++DDP'TOD+6++DDP'", "TOD["),
    ],
    ids=["count", "reference", "messages", "unknown", "order", "twice"],
)
def test_the_structure_is_checked_too(old: bytes, new: bytes, tag: str) -> None:
    raw = written(plain())
    assert old in raw, raw
    found = faults(raw.replace(old, new, 1))
    assert [code for path, code in found.items() if path.startswith(tag)] == ["structure"], found


def test_what_does_not_fit_is_not_rendered_and_every_fault_is_told() -> None:
    one = plain(reference="x" * 36, tracking="", carrier="line\nbreak")
    with pytest.raises(EdifactRefused) as caught:
        written(one)
    assert [fault.path for fault in caught.value.faults] == [
        "CUSDEC/RFF+ON/1154",
        "CUSDEC/TDT+11/3128",
        "CUSDEC/DOC+703/1004",
    ]
    assert caught.value.field == "CUSDEC/RFF+ON/1154"


def test_a_stranger_and_rubbish_are_named() -> None:
    raw = written(plain()).replace(b"CUSDEC:D", b"ORDERS:D")
    assert faults(raw) == {"ORDERS": "unknown-message"}
    with pytest.raises(EdiUnreadable):
        book.read(b"PK\x03\x04 no interchange")
