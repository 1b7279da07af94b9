"""The officer's record: lanes changed with a reason, inspections with samples and photographs, tax bills, strays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fondaco.kernel.errors import Conflict, FondacoError, NotFound
from fondaco.kernel.models import AuditEvent, OutboxEvent
from fondaco.kernel.tenancy import Kind, Role
from fondaco.platforms.window.models import Declaration, DeclarationEvent, Inspection, ParkedReceipt
from fondaco.platforms.window.public import (
    Receipt,
    add_photo,
    add_sample,
    attach_parked_receipt,
    close_inspection,
    decide,
    declaration_detail,
    draft_declarations,
    inspection_photo,
    inspections_of,
    issue_tax_bill,
    match_documents,
    open_inspection,
    parked_receipts,
    receive_receipts,
    reroute,
    resolve_parked_receipt,
    save_verdicts,
)
from fondaco.platforms.window.tests.declaration_samples import (
    NOW,
    OFFICER,
    OPERATOR,
    OTHER,
    TRADER,
    draft,
    scope,
    triple,
)

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
STRANGER = scope(OTHER, Kind.CUSTOMS)


@pytest.fixture
def waiting():
    (made,) = draft_declarations([draft()], actor="t", now=NOW)
    save_verdicts(match_documents([triple()]), actor="t", now=NOW)
    Declaration.objects.house().filter(id=made.id).update(state="submitted", submitted_at=NOW)
    receive_receipts([Receipt(made.lrn, "DMSCTL", NOW, lane="red")], now=NOW)
    return made


def test_another_lane_needs_a_reason_and_moves_no_state(waiting):
    done = reroute(OFFICER, waiting.id, "yellow", reason="papers will do", now=NOW)
    assert (done.lane, done.state) == ("yellow", "inspection")
    line = DeclarationEvent.objects.get(code="reroute")
    assert (line.raw, line.reason, line.source) == (
        {"lane": "yellow", "before": "red"},
        "papers will do",
        "officer",
    )
    for bad in ("yellow", "", "purple"):
        with pytest.raises(FondacoError):
            reroute(OFFICER, waiting.id, bad, reason="again", now=NOW)
    with pytest.raises(FondacoError):
        reroute(OFFICER, waiting.id, "green", reason=" ", now=NOW)
    with pytest.raises(NotFound):
        reroute(STRANGER, waiting.id, "green", reason="x", now=NOW)
    decide(OFFICER, waiting.id, "release", reason="fine", now=NOW)
    with pytest.raises(Conflict):
        reroute(OFFICER, waiting.id, "green", reason="late", now=NOW)
    assert DeclarationEvent.objects.filter(code="reroute").count() == 1


def test_an_inspection_is_recorded_with_samples_and_photographs(waiting):
    one = open_inspection(OFFICER, waiting.id, now=NOW)
    with pytest.raises(Conflict):
        open_inspection(OFFICER, waiting.id, now=NOW)
    sample = {"item": 1, "quantity": "2 pieces", "seal": "S-77", "purpose": "lead in the glaze", "now": NOW}
    assert [add_sample(OFFICER, one, **sample) for _ in range(2)] == [1, 1]
    photo = add_photo(OFFICER, one, name="box.png", caption="as opened", content=PNG, now=NOW)
    assert add_photo(OFFICER, one, name="again.png", caption="", content=PNG, now=NOW) == photo
    done = close_inspection(
        OFFICER, one, result="quantity", findings="30 pieces, not 24", now=NOW + timedelta(hours=1)
    )
    assert (done.result, done.samples[0]["seal"], len(done.photos)) == ("quantity", "S-77", 1)
    assert inspections_of(TRADER, waiting.id) == [done]
    assert inspections_of(STRANGER, waiting.id) == []
    assert inspection_photo(TRADER, photo) == ("image/png", PNG)
    with pytest.raises(NotFound):
        inspection_photo(STRANGER, photo)
    with pytest.raises(Conflict):
        add_sample(OFFICER, one, **{**sample, "seal": "S-78"})
    deeds = AuditEvent.objects.filter(action__startswith="window.inspection").values_list("action", flat=True)
    assert sorted(deed.rpartition(".")[2] for deed in deeds) == [
        "closed",
        "opened",
        "photographed",
        "sampled",
    ]


@pytest.mark.parametrize(
    "deed",
    [
        lambda one: add_photo(OFFICER, one, name="x.png", caption="", content=b"GIF89a", now=NOW),
        lambda one: add_photo(OFFICER, one, name="x.png", caption="", content=PNG + b"\0" * 2**23, now=NOW),
        lambda one: add_sample(OFFICER, one, item=9, quantity="1", seal="S", purpose="", now=NOW),
        lambda one: add_sample(OFFICER, one, item=1, quantity=" ", seal="S", purpose="", now=NOW),
        lambda one: close_inspection(OFFICER, one, result="value", findings="", now=NOW),
        lambda one: close_inspection(OFFICER, one, result="open", findings="x", now=NOW),
        lambda one: add_sample(STRANGER, one, item=1, quantity="1", seal="S", purpose="", now=NOW),
        lambda one: add_sample(TRADER, one, item=1, quantity="1", seal="S", purpose="", now=NOW),
        lambda one: close_inspection(scope(OFFICER.organisation_id, Kind.CUSTOMS, Role.VIEWER), one,
                                     result="value", findings="x", now=NOW),
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused_and_changes_nothing(waiting, deed):
    one = open_inspection(OFFICER, waiting.id, now=NOW)
    with pytest.raises(FondacoError):
        deed(one)
    row = Inspection.objects.house().get()
    assert (row.samples, row.photos.count(), row.result) == ([], 0, "open")


def test_a_tax_bill_is_told_and_a_newer_one_replaces_it(waiting):
    number = issue_tax_bill(OFFICER, waiting.id, duty="5.00", tax="31", reason="heading 6911", now=NOW)
    later = NOW + timedelta(minutes=1)
    second = issue_tax_bill(OFFICER, waiting.id, duty="4", tax="30.00", reason="freight out", now=later)
    assert number != second
    found = declaration_detail(TRADER, waiting.id).declaration
    assert (found.assessed_duty_minor, found.assessed_tax_minor, found.state) == (400, 3000, "inspection")
    assert OutboxEvent.objects.filter(topic="window.tax-bill.issued").count() == 2
    for wrong in ("-1", "1.005", "ten", "NaN", "1e30"):
        with pytest.raises(FondacoError):
            issue_tax_bill(OFFICER, waiting.id, duty=wrong, tax="0", reason="x", now=later)
    assert DeclarationEvent.objects.filter(code="bill").count() == 2


def test_a_stray_receipt_is_attached_by_the_ordinary_rules_or_dismissed_with_a_reason(waiting):
    receive_receipts([Receipt("TYPO", "DMSROG", NOW + timedelta(hours=1), raw={"ID": "X"}),
                      Receipt("NOBODY", "DMSACC", NOW)], now=NOW)  # fmt: skip
    nobody, typo = sorted(parked_receipts(OPERATOR), key=lambda row: row["reference"])
    assert (typo["why"], typo["meaning"]) == ("unknown-reference", "goods released")
    with pytest.raises(NotFound):
        attach_parked_receipt(OPERATOR, typo["id"], lrn="NONE", reason="typing error", now=NOW)
    with pytest.raises(FondacoError):
        attach_parked_receipt(OPERATOR, typo["id"], lrn=waiting.lrn, reason=" ", now=NOW)
    attach_parked_receipt(OPERATOR, typo["id"], lrn=waiting.lrn, reason="typing error", now=NOW)
    assert Declaration.objects.house().get().state == "released"
    resolve_parked_receipt(OPERATOR, nobody["id"], now=NOW, reason="not ours")
    assert parked_receipts(OPERATOR) == []
    assert sorted(ParkedReceipt.objects.values_list("resolution", flat=True)) == [
        f"attached to {waiting.lrn}: typing error", "dismissed: not ours",
    ]  # fmt: skip


def test_a_stray_that_contradicts_stays_parked(waiting):
    decide(OFFICER, waiting.id, "release", reason="fine", now=NOW)
    receive_receipts([Receipt("TYPO", "DMSREJ", NOW + timedelta(hours=1))], now=NOW)
    (stray,) = parked_receipts(OPERATOR)
    with pytest.raises(FondacoError):
        attach_parked_receipt(OPERATOR, stray["id"], lrn=waiting.lrn, reason="typing error", now=NOW)
    assert [row["id"] for row in parked_receipts(OPERATOR)] == [stray["id"]]
    row = Declaration.objects.house().get()
    assert (row.state, row.disputed) == ("released", False)
