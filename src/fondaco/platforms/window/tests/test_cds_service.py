"""Stored declarations as CDS messages and CDS's notifications as receipts, by room and by API."""

from __future__ import annotations

import pytest

from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind
from fondaco.platforms.window.cds_messages import parse_cds, receive_cds, render_cds_by_lrn, render_cds_of
from fondaco.platforms.window.models import Declaration, DeclarationEvent, ParkedReceipt
from fondaco.platforms.window.public import draft_declarations, lodge_declarations
from fondaco.platforms.window.tests.declaration_samples import NOW, OTHER, TRADER, scope
from fondaco.platforms.window.tests.test_cds_messages import response
from fondaco.platforms.window.tests.test_declaration_receipts import Takes
from fondaco.platforms.window.tests.test_gacc_api import caller
from fondaco.platforms.window.tests.uk_declarations import EORI, uk_draft
from tests.callers import assert_problem

pytestmark = pytest.mark.django_db
MRN = "26GB22WOA1EV2P6AR5"


def lodged(**changes):
    row = draft_declarations([uk_draft(**changes)], actor="t", now=NOW)[0]
    assert row.problems == ()
    lodge_declarations([row.id], Takes(), actor="t", now=NOW)
    return row


def test_a_stored_declaration_becomes_a_message_for_its_own_trader_only():
    row = lodged()
    raw = render_cds_of(TRADER, row.id, now=NOW)
    (read,) = parse_cds(raw).declarations
    assert (read.lrn, read.items[0].code, read.charges[0].code) == (row.lrn, "3926400000", "AK")
    assert EORI in raw.decode()
    assert render_cds_by_lrn(row.lrn, now=NOW) == raw
    with pytest.raises(NotFound):
        render_cds_of(scope(OTHER, Kind.SELLER), row.id, now=NOW)


def test_notifications_move_the_declaration_once_and_keep_their_xml():
    row = lodged()
    accepted = response("01", lrn=row.lrn, when="20261122100000Z")
    assert receive_cds(accepted, now=NOW).applied == 1
    assert receive_cds(accepted, now=NOW).repeated == 1
    assert receive_cds(response("05", lrn=row.lrn, when="20261122110000Z"), now=NOW).applied == 1
    kept = Declaration.objects.house().get(id=row.id)
    assert (kept.state, kept.mrn) == ("inspection", MRN)
    events = DeclarationEvent.objects.filter(declaration_id=row.id, code="DMSACC")
    assert [event.raw["xml"] for event in events] == [accepted.decode()]
    assert receive_cds(response("09", lrn="NOBODY"), now=NOW).parked == 1
    assert ParkedReceipt.objects.get(reference="NOBODY").raw["message"] == "DMSCLE"


def test_the_api_renders_assesses_and_reads():
    seller = caller("cds-seller")
    row = lodged(seller_id=seller.scope.organisation_id)
    answer = seller.get(f"/clearance/{row.id}/cds")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml")
    xml = answer.content.decode()
    read = seller.send("POST", "/clearance/cds", {"message": xml}).json()
    assert (read["sound"], read["declarations"], read["faults"]) == (True, [row.lrn], [])
    lines = seller.send("POST", "/clearance/assessments", {"declaration": xml}).json()["lines"]
    assert [(line["type"], line["base"], line["payable"]) for line in lines] == [
        ("A00", "318.00", "19.08"), ("B00", "337.08", "67.42"),
    ]  # fmt: skip
    own = seller.get(f"/clearance/{row.id}/assessment").json()
    assert own["totals"]["payable"] == "86.50"
    stranger = caller("cds-stranger")
    assert_problem(stranger.get(f"/clearance/{row.id}/cds"), 404, "not-found")
    assert_problem(stranger.get(f"/clearance/{row.id}/assessment"), 404, "not-found")


def test_the_api_refuses_by_name():
    seller = caller("cds-seller")
    for text, code in (
        ("<a/>", "not-a-cds-message"),
        ("<a", "malformed-xml"),
        ("<!DOCTYPE a><a/>", "xml-entities-refused"),
    ):
        assert_problem(seller.send("POST", "/clearance/assessments", {"declaration": text}), 422, code)
    refused = seller.send("POST", "/clearance/assessments", {"declaration": "<a/>", "rates": {"EUR": -1}})
    assert refused.status_code == 422
