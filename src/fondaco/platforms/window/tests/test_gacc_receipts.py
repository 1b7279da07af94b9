"""Customs' answers as receipts: every code has its state, and applications move nothing but by their grant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fondaco.kernel.money import Money
from fondaco.platforms.window.adapters.gacc import gacc_book
from fondaco.platforms.window.domain.declaration_codes import find_code
from fondaco.platforms.window.domain.declaration_states import Effect, Fact, Standing, State, absorb, replay
from fondaco.platforms.window.domain.messages.gacc.parse import parse_message
from fondaco.platforms.window.domain.messages.gacc.receipts import (
    BadReceipt,
    bill_receipt,
    read_answers,
    read_tax_bills,
    to_receipt,
)
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.domain.messages.gacc.spec import Entry, Message
from fondaco.platforms.window.tests.gacc_samples import GACC

BOOK = gacc_book()
GUID = "4CDE1CFD-EDED-46B1-946C-B8022E42FC94"
AT = datetime(2026, 11, 22, 2, 11, 12, 13000, tzinfo=UTC)
STATES = {
    "1": "submitted", "2": "submitted", "3": "received", "4": "transport_failed", "100": "rejected",
    "120": "accepted", "300": "under_review", "399": "assessed", "500": "inspection", "501": "detained",
    "502": "detained", "503": "detained", "599": "detained", "700": "returned", "800": "released",
    "899": "closed", "-301003": "rejected",
}  # fmt: skip


def answer(number, status="800", **changes):
    """The one receipt of a receipt message, read from its XML."""
    head = {
        "guid": GUID, "agentCode": "A", "copNo": "C" * 20, "coElNo": "C" * 20, "preNo": "B20160512000001882",
        "invtNo": "299120262E12345678", "ebcCode": "1", "ebpCode": "2", "orderNo": "O1", "statisticsFlag": "A",
        "customsCode": "2991", "returnStatus": status, "returnTime": "20261122101112013",
        "returnInfo": "words",
    } | changes  # fmt: skip
    shape = BOOK.shape(number)
    known = {field.name for field in BOOK.fields(shape, shape.head)}
    one = Message(number, GUID, (Entry({k: v for k, v in head.items() if k in known}),))
    reading = parse_message(render_message(one, book=BOOK), book=BOOK)
    (found,) = read_answers(reading.message, book=BOOK)
    return found


@pytest.mark.parametrize(("code", "state"), STATES.items())
def test_every_code_of_customs_has_its_state(code, state):
    receipt = to_receipt(answer("622", code))
    assert (receipt.reference, receipt.issued_at, receipt.reason) == ("FI" + "C" * 20, AT, "words")
    assert receipt.raw["message"] == "CEB622Message"
    meant = find_code(receipt.code, vocabulary=receipt.vocabulary).state
    assert meant == state
    moved = replay([Fact(meant, AT)], clear=True)
    assert moved.state == state


def test_a_message_that_did_not_get_through_waits_to_be_sent_again():
    lost, late = Fact(State.TRANSPORT_FAILED, AT), Fact(State.SUBMITTED, AT)
    assert replay([lost, late], clear=True).state == replay([late, lost], clear=True).state
    received = replay([Fact(State.RECEIVED, AT)], clear=True)
    assert absorb(received, lost, clear=True) == (received, Effect.SUPERSEDED)
    assert absorb(Standing(State.SUBMITTED), late, clear=True)[1] == Effect.SUPERSEDED


@pytest.mark.parametrize(
    ("number", "status", "state"),
    [
        ("624", "399", "cancelled"), ("606", "399", "cancelled"), ("624", "100", None), ("624", "-1", None),
        ("626", "399", "returned"), ("214", "800", "returned"), ("214", "300", None), ("214", "505", None),
        ("604", "800", "released"),
    ],
)  # fmt: skip
def test_an_application_moves_the_declaration_only_when_it_is_granted(number, status, state):
    receipt = to_receipt(answer(number, status))
    assert find_code(receipt.code, vocabulary=receipt.vocabulary).state == state


@pytest.mark.parametrize(("number", "reference"), [("312", "O1"), ("304", "O1"), ("608", "C" * 20)])
def test_answers_about_other_documents_are_no_receipts_of_declarations(number, reference):
    found = answer(number, "3", billNo="B", logisticsCode="L", msgSeqNo=1)
    assert (to_receipt(found), found.reference, found.status) == (None, reference, "3")


def test_a_tax_bill_is_the_assessment():
    head = {
        "guid": GUID, "returnTime": "20261122101112013", "invtNo": "299120262I12345678"[:18], "taxNo": "T1",
        "customsTax": 0, "valueAddedTax": 9, "consumptionTax": 1, "status": "1",
    }  # fmt: skip
    bill = next(read_tax_bills(Message("816", GUID, (Entry(head),))))
    assert (bill.vat, bill.duty, bill.at) == (Money(900, "CNY"), Money(0, "CNY"), AT)
    receipt = bill_receipt(bill, reference="FIX")
    assert (receipt.reference, receipt.duty_minor, receipt.tax_minor) == ("FIX", 0, 1000)
    assert find_code(receipt.code, vocabulary="gacc").state == State.ASSESSED
    void = bill_receipt(replace(bill, status="3"), reference="FIX")
    assert (void.tax_minor, find_code(void.code, vocabulary="gacc").state) == (None, None)


@pytest.mark.parametrize("time", ["yesterday", "", "20261301000000000"])
def test_an_answer_without_a_moment_is_refused(time):
    message = Message("622", GUID, (Entry({"returnStatus": "800", "returnTime": time}),))
    with pytest.raises(BadReceipt) as refused:
        list(read_answers(message, book=BOOK))
    assert refused.value.field == "returnTime"
    with pytest.raises(BadReceipt):
        list(read_answers(Message("622", GUID, (Entry({}),)), book=BOOK))
    with pytest.raises(BadReceipt):
        list(read_tax_bills(Message("816", GUID, (Entry({"customsTax": "much"}),))))


@pytest.mark.realdata
def test_every_official_receipt_is_understood():
    told = {}
    for path in sorted((GACC / "samples").glob("*/*.xml")):
        message = parse_message(path.read_bytes(), book=BOOK).message
        if "returnStatus" in message.entries[0].head:
            told[message.number] = len(list(read_answers(message, book=BOOK)))
    assert len(told) == 19
    assert sum(told.values()) == 190
