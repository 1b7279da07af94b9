"""Stored declarations as GACC messages, and customs' messages as receipts of them."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.platforms.window.adapters.gacc import NoSigningKey, gacc_book
from fondaco.platforms.window.declaration_messages import (
    read_gacc,
    receive_gacc,
    render_gacc,
    render_gacc_by_lrn,
)
from fondaco.platforms.window.domain.certificates import write_key_file
from fondaco.platforms.window.domain.messages.gacc.papers import Extras as MessageExtras
from fondaco.platforms.window.domain.messages.gacc.papers import NotInYuan
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.domain.messages.gacc.spec import Entry, Message, MessageRefused
from fondaco.platforms.window.domain.messages.xmldsig import SignatureWrong
from fondaco.platforms.window.models import Declaration, ParkedReceipt
from fondaco.platforms.window.public import draft_declarations, lodge_declarations
from fondaco.platforms.window.tests.declaration_samples import NOW, SELLER, draft, scope, uid
from fondaco.platforms.window.tests.gacc_signing import signer
from fondaco.platforms.window.tests.test_declaration_receipts import Takes

pytestmark = pytest.mark.django_db
TRADER = scope(SELLER, Kind.SELLER)


def yuan(one):
    """`one` as an import into China, in yuan, with codes of ten digits and an identity number."""
    items = tuple(
        replace(i, hs_code=(i.hs_code or "").ljust(10, "0"), value=Money(i.value.minor, "CNY"))
        for i in one.items
    )
    money = {
        name: Money(getattr(one, name).minor, "CNY")
        for name in ("invoice_total", "freight", "estimated_duty", "estimated_tax")
    }
    buyer = replace(one.importer, identifier="TEST00000000000001", phone="+86 1")
    return replace(one, items=items, importer=buyer, country="CN", regime="9610", currency="CNY", **money)


def lodged(name="a", **changes):
    row = draft_declarations([replace(yuan(draft(name)), **changes)], actor="t", now=NOW)[0]
    assert row.problems == ()
    lodge_declarations([row.id], Takes(), actor="t", now=NOW)
    return row


def receipt(number, row, status, **fields):
    cop = row.lrn[2:]
    head = {
        "guid": str(uuid4()).upper(), "customsCode": "2991", "copNo": cop, "preNo": "B20160512000001882",
        "invtNo": "299120261I12345678", "returnStatus": status, "returnTime": "20261122201112013",
        "returnInfo": "words",
    } | fields  # fmt: skip
    return render_message(Message(number, "G", (Entry(head),)), book=gacc_book())


@pytest.fixture
def key(tmp_path, monkeypatch):
    made = signer()
    path = tmp_path / "key.pem"
    path.write_bytes(write_key_file(made.key, made.certificate))
    monkeypatch.setenv("FONDACO_GACC_KEY", str(path))
    return path


def test_the_waybills_of_a_load_are_signed_although_their_schema_does_not_ask_for_it(key):
    row = lodged("w", kind="export", country="CN", regime="9610")
    voyage = MessageExtras(vessel="MV Fondaco", voyage="V1", bill="B1")
    view = read_gacc(render_gacc(TRADER, row.id, "607", now=NOW, extras=voyage), verified=True)
    assert (view.number, view.sound, view.signed) == ("607", True, True)
    assert view.signature.subject == "CN=Fondaco test"


def test_a_stored_declaration_is_rendered_signed_and_checked(key):
    row = lodged()
    raw = render_gacc(TRADER, row.id, "621", now=NOW)
    view = read_gacc(raw, verified=True)
    assert (view.number, view.sound, view.faults, view.signature.subject) == (
        "621",
        True,
        (),
        "CN=Fondaco test",
    )
    assert view.entries[0]["fields"]["copNo"] == row.lrn[2:]
    assert render_gacc_by_lrn(row.lrn, "621", now=NOW, key=key) == raw
    with pytest.raises(SignatureWrong):
        read_gacc(raw.replace(b"<ceb:currency>142", b"<ceb:currency>143"), verified=True)


def test_what_lacks_is_said_and_nobody_sees_anothers(monkeypatch, key):
    row = lodged()
    with pytest.raises(NotFound):
        render_gacc(scope(uid("stranger"), Kind.SELLER), row.id, "621", now=NOW)
    with pytest.raises(NotFound):
        render_gacc_by_lrn("NO-SUCH", "621", now=NOW)
    with pytest.raises(MessageRefused) as refused:
        render_gacc(TRADER, row.id, "623", now=NOW)
    assert refused.value.field == "/CEB623Message/InvtCancel[1]/invtNo"
    euros = draft_declarations([draft("b")], actor="t", now=NOW)[0]
    with pytest.raises(NotInYuan):
        render_gacc(TRADER, euros.id, "311", now=NOW)
    for value in ("", "/no/such/file"):
        monkeypatch.setenv("FONDACO_GACC_KEY", value)
        with pytest.raises(NoSigningKey):
            render_gacc(TRADER, row.id, "621", now=NOW)
    key.write_text("no key")
    with pytest.raises(NoSigningKey):
        render_gacc_by_lrn(row.lrn, "621", now=NOW, key=key)


def test_receipts_and_tax_bill_move_the_declaration():
    row = lodged()
    assert receive_gacc(receipt("622", row, "120"), now=NOW).applied == 1
    bill = {
        "guid": str(uuid4()).upper(), "returnTime": "20261122202112013", "invtNo": "299120261I12345678",
        "taxNo": "T1", "customsTax": 1, "valueAddedTax": 9, "consumptionTax": 2, "status": "1",
    }  # fmt: skip
    line = {"gnum": 1, "gcode": "6109100000", "taxPrice": 1, "customsTax": 1, "valueAddedTax": 9}
    entry = Entry(bill, (line | {"consumptionTax": 2},))
    taxed = render_message(Message("816", "G", (entry,)), book=gacc_book())
    assert receive_gacc(taxed, now=NOW).applied == 1
    kept = Declaration.objects.house().get(id=row.id)
    assert (kept.state, kept.mrn) == ("assessed", "299120261I12345678")
    assert (kept.assessed_duty_minor, kept.assessed_tax_minor) == (100, 1100)
    again = receive_gacc(taxed, now=NOW)
    assert (again.applied, again.repeated) == (0, 1)


def test_a_failed_sending_waits_and_is_overtaken_by_the_receipt():
    row = lodged()
    receive_gacc(receipt("622", row, "4"), now=NOW)
    assert Declaration.objects.house().get(id=row.id).state == "transport_failed"
    lodge_declarations([row.id], Takes(), actor="t", now=NOW)
    assert Declaration.objects.house().get(id=row.id).state == "submitted"
    receive_gacc(receipt("622", row, "3"), now=NOW)
    assert Declaration.objects.house().get(id=row.id).state == "received"


def test_a_granted_cancellation_cancels_and_strangers_are_parked():
    row = lodged()
    assert receive_gacc(receipt("624", row, "100"), now=NOW).noted == 1
    receive_gacc(receipt("624", row, "399"), now=NOW)
    assert Declaration.objects.house().get(id=row.id).state == "cancelled"
    assert receive_gacc(receipt("622", row, "800", copNo="X" * 20), now=NOW).parked == 1
    assert ParkedReceipt.objects.get().why == "unknown-reference"
    with pytest.raises(MessageRefused):
        receive_gacc(
            render_message(
                Message("818", "G", (Entry({
                    "guid": str(uuid4()).upper(), "returnTime": "20261122202112013", "invtNo": "1", "taxNo": "2",
                    "status": "2",
                }),)), book=gacc_book(),
            ), now=NOW,
        )  # fmt: skip
