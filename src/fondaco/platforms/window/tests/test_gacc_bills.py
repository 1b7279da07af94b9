"""Tax bills of Chinese customs: read from the gateway beside the quote; doubtful ones are parked with the reason."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fondaco.kernel.money import Money
from fondaco.platforms.window.adapters.agency_answers import receipts_in
from fondaco.platforms.window.adapters.gacc import gacc_book, own_fingerprints
from fondaco.platforms.window.adapters.gateway import HttpGateway
from fondaco.platforms.window.adapters.simulator import AgencySimulator, lane_of
from fondaco.platforms.window.domain.messages.gacc.papers import BEIJING
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.domain.messages.gacc.spec import Entry, Message
from fondaco.platforms.window.models import Declaration, ParkedReceipt
from fondaco.platforms.window.public import (
    Party,
    attach_parked_receipt,
    count_tax_bills,
    draft_declarations,
    lodge_declarations,
    match_documents,
    poll_receipts,
    receive_receipts,
    save_verdicts,
)
from fondaco.platforms.window.tests.declaration_samples import (
    NOW,
    OPERATOR,
    SELLER,
    draft,
    item,
    triple,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_home")]
BUYER = Party("Demo Person", "CN", "DEMO-1", "1 Road", "Zhengzhou", "450000", phone="13800000000")
GOODS = item(1, hs_code="3401110000", value=Money(19600, "CNY"))
IMPORT = {
    "kind": "import", "country": "CN", "regime": "1210", "importer": BUYER, "currency": "CNY", "items": (GOODS,),
    "invoice_total": Money(19600, "CNY"), "freight": Money(1500, "CNY"), "insurance": Money(0, "CNY"),
    "discount": Money(0, "CNY"), "estimated_duty": Money(0, "CNY"), "estimated_tax": Money(1900, "CNY"),
    "mode": {"mode": "CN-1210-import"},
}  # fmt: skip


@pytest.fixture
def billed():
    """An import that the simulator has let go and billed."""
    name = next(f"b{n}" for n in range(99) if lane_of(draft(f"b{n}", **IMPORT).reference) == "green")
    (made,) = draft_declarations([draft(name, **IMPORT)], actor="t", now=NOW)
    save_verdicts(match_documents([triple(name)]), actor="t", now=NOW)
    with AgencySimulator(keys=own_fingerprints) as agency, HttpGateway(agency.url, name="cn") as gateway:
        lodge_declarations([made.id], gateway, actor="t", now=NOW)
        poll_receipts(gateway, now=NOW)
    return Declaration.objects.house().get(id=made.id)


def bill(row, *, tax="19.20", lines=None, number="T2", status="1", at=None, **fields):
    """A bill of our own writing, as a gateway hands it over."""
    when = (at or NOW + timedelta(hours=1)).astimezone(BEIJING)
    head = {
        "guid": str(row.id).upper(), "returnTime": f"{when:%Y%m%d%H%M%S}000", "invtNo": row.mrn, "taxNo": number,
        "customsTax": Decimal(0), "valueAddedTax": Decimal(tax), "consumptionTax": Decimal(0), "status": status,
        **fields,
    }  # fmt: skip
    line = {"gnum": 1, "gcode": "3401110000", "taxPrice": Decimal("211.00"), "customsTax": Decimal(0),
            "valueAddedTax": Decimal(lines or tax), "consumptionTax": Decimal(0)}  # fmt: skip
    message = Message("816", head["guid"], (Entry(head, (line,)),))
    return receipts_in("gacc", render_message(message, book=gacc_book()).decode())


def test_a_released_import_is_billed_and_the_bill_stands_beside_the_quote(billed):
    assert (billed.state, billed.estimated_tax_minor) == ("released", 1900)
    assert (billed.assessed_duty_minor, billed.assessed_tax_minor) == (0, 1920)  # (196 + 15) x 9.1 %
    assert count_tax_bills([SELLER]) == 1
    (said,) = billed.events.filter(code="816").values_list("raw", flat=True)
    assert said["note"].startswith("SIMULATOR")
    assert not ParkedReceipt.objects.exists()


def test_the_same_bill_again_changes_nothing(billed):
    known = billed.events.get(code="816")
    again = bill(billed, number=known.raw["taxNo"], at=known.issued_at)
    report = receive_receipts(again, now=NOW)
    assert (report.repeated, report.parked, billed.events.filter(code="816").count()) == (1, 0, 1)


@pytest.mark.parametrize(
    ("changes", "why", "detail"),
    [
        ({}, "bill-twice", "stands"),
        ({"tax": "25.00", "lines": "19.20"}, "bill-sum", "valueAddedTax: 25.00 CNY, lines 19.20 CNY"),
    ],
)
def test_a_second_bill_and_one_that_does_not_add_up_are_parked(billed, changes, why, detail):
    report = receive_receipts(bill(billed, **changes), now=NOW)
    parked = ParkedReceipt.objects.get()
    assert (report.parked, parked.why) == (1, why)
    assert detail in parked.detail
    billed.refresh_from_db()
    assert billed.assessed_tax_minor == 1920


def test_a_void_bill_no_longer_stands_and_lets_the_next_one_in(billed):
    known = billed.events.get(code="816")
    later = NOW + timedelta(hours=2)
    receive_receipts(bill(billed, number=known.raw["taxNo"], status="3", at=later), now=NOW)
    billed.refresh_from_db()
    assert (billed.assessed_tax_minor, billed.assessed_at) == (None, None)
    receive_receipts(bill(billed, tax="21.00", at=later + timedelta(hours=1)), now=NOW)
    billed.refresh_from_db()
    assert (billed.assessed_tax_minor, ParkedReceipt.objects.count()) == (2100, 0)


def test_a_bill_of_an_unknown_list_waits_and_is_charged_when_a_clerk_gives_it_a_place(billed):
    known = billed.events.get(code="816")
    receive_receipts(bill(billed, number=known.raw["taxNo"], status="3"), now=NOW)
    unknown = bill(billed, tax="18.00", invtNo="29912026I000000001", at=NOW + timedelta(hours=3))
    receive_receipts(unknown, now=NOW)
    parked = ParkedReceipt.objects.get()
    assert (parked.why, parked.reference) == ("unknown-reference", "29912026I000000001")
    attach_parked_receipt(OPERATOR, parked.id, lrn=billed.lrn, reason="our second number", now=NOW)
    billed.refresh_from_db()
    assert billed.assessed_tax_minor == 1800
