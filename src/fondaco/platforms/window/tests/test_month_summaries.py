"""Monthly summaries: a month's released lists are applied for with CEB701, once, and 702 and 792 end them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money
from fondaco.platforms.window.adapters.gacc import gacc_book, own_fingerprints
from fondaco.platforms.window.adapters.gateway import HttpGateway
from fondaco.platforms.window.adapters.simulator import AgencySimulator
from fondaco.platforms.window.domain.messages.gacc.parse import parse_message
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.domain.messages.gacc.spec import Entry, Message
from fondaco.platforms.window.models import Declaration, ParkedReceipt
from fondaco.platforms.window.public import (
    Party,
    Period,
    draft_declarations,
    draw_up_month,
    lodge_declarations,
    match_documents,
    months_of_lists,
    poll_receipts,
    receive_gacc,
    save_verdicts,
    sellers_of_month,
)
from fondaco.platforms.window.tests.declaration_samples import (
    NOW,
    SELLER,
    TRADER,
    draft,
    item,
    scope,
    triple,
    uid,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_home")]
CHINA = Party("Yiwu Crafts Co", "CN", "91330782MA2E000000", "1 Futian Rd", "Yiwu", "322000")
ABOUT = [(SELLER, CHINA)]
OCTOBER = Period(2026, 10)
LAST = datetime(2026, 10, 31, 15, 59, tzinfo=UTC)  # 23:59 in Beijing
EXPORT = {"kind": "export", "country": "CN", "regime": "9610", "exporter": CHINA, "declarant": CHINA,
          "mode": {"mode": "CN-9610-summary"}}  # fmt: skip


def released(*names, at=LAST, **changes):
    """Lists that customs has released at that moment and given numbers to."""
    made = draft_declarations([draft(name, **EXPORT, **changes) for name in names], actor="t", now=at)
    save_verdicts(match_documents([triple(name) for name in names]), actor="t", now=at)
    for one in made:
        told = {"released_at": at, "submitted_at": at, "decided_at": at, "mrn": f"29912026E{one.lrn[-9:]}"}
        Declaration.objects.house().filter(id=one.id).update(state="submitted", submitted_at=at)
        Declaration.objects.house().filter(id=one.id).update(state="released", **told)
    return made


def drawn(period=OCTOBER, now=NOW):
    return draw_up_month(ABOUT, period, rates=lambda *_: Decimal(1), actor="t", now=now)


def members(one):
    (raw,) = (
        Declaration.objects.house().get(id=one.id).events.filter(code="drafted").values_list("raw", flat=True)
    )
    return raw["mode"]["lists"]


def test_a_month_is_beijings_and_its_lists_are_summed_up_once():
    lists = released("a", "b")
    released("next", at=LAST + timedelta(minutes=1))
    (one,) = drawn()
    assert (one.regime, one.kind, one.country, one.state) == ("summary", "export", "CN", "validated")
    assert sorted(members(one)) == sorted(row.lrn for row in lists)
    assert one.invoice_total_minor == 2 * 11550
    assert [again.id for again in drawn()] == [one.id]
    late = released("late")
    first, second = drawn()
    assert (first.id, second.part, members(second)) == (one.id, 2, [late[0].lrn])
    assert {(m.period, m.lists, m.waiting) for m in months_of_lists(TRADER)} == {
        (OCTOBER, 3, 0), (Period(2026, 11), 1, 1),
    }  # fmt: skip
    assert months_of_lists(TRADER)[1].due_on.isoformat() == "2026-11-15"
    assert sellers_of_month(OCTOBER) == [SELLER]
    assert months_of_lists(scope(uid("stranger"), TRADER.kind)) == []


def test_what_asks_for_no_summary_or_has_no_number_is_left_out():
    released("a")
    plain = {**EXPORT, "mode": {"mode": "CN-9610"}}
    draft_declarations([draft("b", **plain)], actor="t", now=LAST)
    (unnumbered,) = released("c")
    Declaration.objects.house().filter(id=unnumbered.id).update(mrn="")
    (one,) = drawn()
    assert len(members(one)) == 1
    assert months_of_lists(TRADER)[0].waiting == 1


def test_a_month_that_runs_or_is_empty_is_refused():
    for period, now, code in (
        (Period(2026, 11), NOW, "summary-month-not-over"),
        (OCTOBER, NOW, "summary-empty"),
    ):
        with pytest.raises(FondacoError) as refused:
            drawn(period, now)
        assert refused.value.code == code
    assert not Declaration.objects.exists()


def test_a_part_holds_at_most_ninety_nine_kinds_of_goods():
    goods = [item(n, hs_code=f"9105{n:02}", value=Money(100, "GBP")) for n in range(1, 61)]
    other = [replace(one, hs_code=f"9503{n:02}") for n, one in enumerate(goods, start=1)]
    for name, items in (("a", goods), ("b", other), ("c", goods)):
        released(name, items=tuple(items), invoice_total=Money(6000, "GBP"))
    parts = drawn()
    assert all(one.items_count == 60 for one in parts)
    assert sorted(len(members(one)) for one in parts) in ([1, 2], [1, 1, 1])  # by the order of their ids


def test_it_is_lodged_as_a_signed_application_answered_and_ended_by_its_result():
    lists = released("a", "b")
    (one,) = drawn()
    with AgencySimulator(keys=own_fingerprints) as agency, HttpGateway(agency.url, name="cn") as gateway:
        report = lodge_declarations([one.id], gateway, actor="t", now=NOW)
        assert (report.taken, report.trouble) == ((one.id,), "")
        poll_receipts(gateway, now=NOW)
    row = Declaration.objects.house().get(id=one.id)
    (sent,) = row.events.filter(code="submitted").values_list("raw", flat=True)
    reading = parse_message(sent["message"].encode(), book=gacc_book())
    assert (reading.message.number, reading.signed, reading.faults) == ("701", True, ())
    numbers = {str(line["invtNo"]) for line in reading.message.entries[0].lines}
    assert numbers == set(
        Declaration.objects.house().filter(id__in=[x.id for x in lists]).values_list("mrn", flat=True)
    )
    told = row.events.filter(source="agency").order_by("issued_at").values_list("code", flat=True)
    assert (row.state, told.last()) in {("closed", "792"), ("under_review", "300")}
    assert len(row.mrn) == 18
    receive_gacc(answer("702", row, returnStatus="399"), now=NOW)
    receive_gacc(result(row), now=NOW)
    row.refresh_from_db()
    assert row.state == "closed"
    last = row.events.order_by("-id").first()
    assert (last.code, last.reason) == ("792", "export declaration 299120260123456789")


def test_a_refused_application_frees_its_lists_for_another():
    released("a")
    (one,) = drawn()
    Declaration.objects.house().filter(id=one.id).update(state="submitted", submitted_at=NOW)
    row = Declaration.objects.house().get(id=one.id)
    receive_gacc(answer("702", row, returnStatus="100"), now=NOW)
    assert months_of_lists(TRADER)[0].waiting == 1
    first, second = drawn()
    assert (first.state, second.part, members(second)) == ("rejected", 2, members(first))
    assert second.state == "validated"


def test_a_result_of_an_unknown_summary_is_parked():
    released("a")
    (one,) = drawn()
    row = Declaration.objects.house().get(id=one.id)
    row.mrn = "299120260000000000"
    report = receive_gacc(result(row), now=NOW)
    assert (report.parked, report.applied) == (1, 0)


def test_a_result_that_comes_before_the_answer_with_its_number_is_taken_up_by_it():
    released("a")
    (one,) = drawn()
    with AgencySimulator(keys=own_fingerprints) as agency, HttpGateway(agency.url, name="cn") as gateway:
        lodge_declarations([one.id], gateway, actor="t", now=NOW)
    row = Declaration.objects.house().get(id=one.id)
    row.mrn = "299120260000000007"
    assert receive_gacc(result(row), now=NOW).parked == 1
    waiting = ParkedReceipt.objects.get()
    assert (waiting.why, waiting.reference) == ("unknown-reference", row.mrn)
    report = receive_gacc(answer("702", row, returnStatus="399"), now=NOW)
    assert (report.applied, report.parked) == (2, 0)
    waiting.refresh_from_db()
    assert (waiting.resolved_by, waiting.resolution) == (
        "window", f"taken up by {row.lrn}, which has got this number",
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.state, row.mrn) == ("closed", "299120260000000007")
    assert row.events.order_by("-id").values_list("code", "reason").first() == (
        "792", "export declaration 299120260123456789",
    )  # fmt: skip


def answer(number, row, **fields):
    head = {"guid": str(row.id).upper(), "agentCode": "A", "ebcCode": "E", "copNo": row.lrn, "preNo": "P" * 18,
            "sumNo": row.mrn or "S" * 18, "msgSeqNo": 1, "returnTime": "20261123120000000", "returnInfo": "x"}  # fmt: skip
    return written(Message(number, str(row.id).upper(), (Entry({**head, **fields}),)))


def result(row):
    head = {"guid": str(row.id).upper(), "customsCode": "2991", "sumNo": row.mrn, "opDate": "20261124120000000",
            "declSeqNo": "D" * 18, "entryId": "299120260123456789", "decState": "P", "agentCode": "A",
            "agentName": "a", "ebcCode": "E", "ebcName": "e", "declAgentCode": "D", "declAgentName": "d",
            "grossWeight": Decimal("1.5"), "netWeight": Decimal(1), "msgCount": 1, "msgSeqNo": 1}  # fmt: skip
    return written(Message("792", str(row.id).upper(), (Entry(head),)))


def written(message):
    return render_message(message, book=gacc_book())
