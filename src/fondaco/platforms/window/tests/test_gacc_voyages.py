"""Waybills under one bill, arrivals and departures: told once, answered for each list, and the end of the list."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from fondaco.kernel.statemachine import installed_transitions
from fondaco.platforms.window.adapters.gacc import own_fingerprints
from fondaco.platforms.window.adapters.gateway import HttpGateway
from fondaco.platforms.window.adapters.simulator import AgencySimulator, Faults, lane_of
from fondaco.platforms.window.domain.declaration import Receipt
from fondaco.platforms.window.domain.messages.gacc.papers import BEIJING
from fondaco.platforms.window.models import (
    PAPER_MACHINE,
    Declaration,
    DeclarationEvent,
    LodgedPaper,
    ParkedReceipt,
)
from fondaco.platforms.window.public import (
    Voyage,
    count_papers,
    declaration_detail,
    draft_declarations,
    lodge_declarations,
    lodge_papers,
    lodge_voyages,
    match_documents,
    orders_not_departed,
    orders_to_report,
    poll_receipts,
    read_gacc,
    receive_receipts,
    save_verdicts,
)
from fondaco.platforms.window.tests.declaration_samples import NOW, SELLER, TRADER, draft, triple
from fondaco.platforms.window.tests.test_month_summaries import EXPORT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_home")]
LEFT = NOW + timedelta(hours=20)
LOAD = {"bill": "MAWB-1", "vessel": "CZ", "voyage": "CZ303"}


@pytest.fixture
def agency():
    with AgencySimulator(keys=own_fingerprints) as simulator:
        yield simulator


@pytest.fixture
def gateway(agency):
    with HttpGateway(agency.url, name="cn", attempts=1) as client:
        yield client


def released(gateway, *names):
    """Lists that the simulator has let go, each with its own waybill."""
    drafts = [draft(name, **EXPORT) for name in names]
    drafts = [
        replace(one, transport=replace(one.transport, tracking=f"W{n}"))
        for n, one in enumerate(drafts, start=1)
    ]
    made = draft_declarations(drafts, actor="t", now=NOW)
    save_verdicts(match_documents([triple(name) for name in names]), actor="t", now=NOW)
    ids = [one.id for one in made]
    lodge_papers(ids, gateway, actor="t", now=NOW)
    lodge_declarations(ids, gateway, actor="t", now=NOW)
    poll_receipts(gateway, now=NOW)
    return list(Declaration.objects.house().filter(id__in=ids).order_by("id"))


def green(count):
    """Names whose lists the simulator lets go by itself."""
    return [name for n in range(99) if lane_of(draft(name := f"v{n}", **EXPORT).reference) == "green"][:count]


def told(rows, *what, **load):
    at = {"presented": NOW + timedelta(hours=6), "departed": LEFT}
    return [Voyage(row.order_id, row.part, one, at[one], **load) for one in what for row in rows]


def test_the_database_has_the_machine_of_papers():
    assert installed_transitions("window_lodgedpaper") == PAPER_MACHINE.edges


def test_what_travels_together_is_told_in_one_message_each_and_ends_the_lists(gateway):
    rows = released(gateway, *green(2))
    orders = [row.order_id for row in rows]
    assert {row.state for row in rows} == {"released"}
    assert orders_to_report(orders) == sorted(orders) == sorted(orders_not_departed())
    sent = lodge_voyages(told(rows, "presented", **LOAD), gateway, actor="t", now=LEFT)
    assert sent == 2
    assert lodge_voyages(told(rows, "presented", "departed", **LOAD), gateway, actor="t", now=LEFT) == 1
    assert lodge_voyages(told(rows, "presented", "departed", **LOAD), gateway, actor="t", now=LEFT) == 0
    poll_receipts(gateway, now=LEFT)
    kinds = Counter(LodgedPaper.objects.values_list("message", "state", "status"))
    assert kinds == {(one, "entered", "120"): 2 for one in ("303", "505", "507", "509", "607")}
    assert count_papers([SELLER]) == {"303": 2, "505": 2, "507": 1, "509": 1, "607": 1}
    assert set(Declaration.objects.house().values_list("state", flat=True)) == {"closed"}
    assert orders_not_departed() == []
    for row in rows:
        codes = Counter(row.events.values_list("code", flat=True))
        assert [codes[one] for one in ("506-120", "507", "508-120", "510-120", "608-120", "899")] == [1] * 6
    assert not ParkedReceipt.objects.exists()
    (departure,) = LodgedPaper.objects.filter(message="509").exclude(text="")
    seen = read_gacc(departure.text.encode())
    (entry,) = seen.entries
    assert (seen.sound, entry["fields"]["leaveTime"], entry["fields"]["voyageNo"]) == (
        True, f"{LEFT.astimezone(BEIJING):%Y%m%d%H%M%S}", "CZ303",
    )  # fmt: skip
    assert [line["logisticsNo"] for line in entry["lines"]] == ["W1", "W2"]
    waybills = LodgedPaper.objects.filter(message="607").exclude(text="").get()
    lines = read_gacc(waybills.text.encode(), verified=True).entries[0]["lines"]
    assert sorted(line["invtNo"] for line in lines) == sorted(row.mrn for row in rows)
    shown = declaration_detail(TRADER, rows[0].id).lodged
    assert [one.message for one in shown] == ["303", "505", "607", "507", "509"]
    assert shown[2].told["together"] == 2


def test_a_consignment_without_a_bill_is_told_alone_and_has_no_list_of_waybills(gateway):
    rows = released(gateway, *green(2))
    assert lodge_voyages(told(rows, "presented", "departed"), gateway, actor="t", now=LEFT) == 4
    assert set(LodgedPaper.objects.filter(text__gt="").values_list("message", flat=True)) == {"507", "509"}


def test_a_gateway_that_is_silent_leaves_it_to_the_next_call_under_the_same_key(agency, gateway):
    rows = released(gateway, *green(1))
    agency.faults = Faults(timeout_after_success=1.0)
    assert lodge_voyages(told(rows, "departed"), gateway, actor="t", now=LEFT) == 0
    assert LodgedPaper.objects.get(message="509").acknowledged_at is None
    agency.faults = Faults()
    assert lodge_voyages([], gateway, actor="t", now=LEFT) == 1
    poll_receipts(gateway, now=LEFT)
    assert LodgedPaper.objects.get(message="509").state == "entered"
    assert DeclarationEvent.objects.filter(code="510-120").count() == 1


def test_what_customs_will_not_read_is_in_the_log_of_the_list_with_the_reason(gateway):
    rows = released(gateway, *green(1))
    load = {"bill": "MAWB-1", "vessel": "X" * 200, "voyage": "1"}
    assert lodge_voyages(told(rows, "departed", **load), gateway, actor="t", now=LEFT) == 0
    (line,) = rows[0].events.filter(code="509-unfit").values_list("reason", flat=True)
    assert "trafName" in line
    assert not LodgedPaper.objects.filter(message="509").exists()


@pytest.mark.parametrize("status", ["100", "-304001"])
def test_a_refusal_after_the_entry_is_parked_and_the_first_word_stands(gateway, status):
    rows = released(gateway, *green(1))
    lodge_voyages(told(rows, "departed"), gateway, actor="t", now=LEFT)
    poll_receipts(gateway, now=LEFT)
    paper = LodgedPaper.objects.get(message="509")
    late = Receipt(paper.reference, f"510-{status}", LEFT + timedelta(hours=1), "gacc-paper", reason="no")
    report = receive_receipts([late, replace(late)], now=LEFT)
    assert (report.parked, report.repeated) == (1, 1)
    parked = ParkedReceipt.objects.get()
    assert (parked.why, parked.detail) == ("contradiction", "CEB509 is entered already")
    paper.refresh_from_db()
    assert paper.state == "entered"


def test_a_refused_paper_says_why_and_an_answer_to_nobodys_is_parked(gateway):
    rows = released(gateway, *green(1))
    lodge_voyages(told(rows, "departed"), gateway, actor="t", now=LEFT)
    paper = LodgedPaper.objects.get(message="509")
    no = Receipt(paper.reference, "510-100", LEFT, "gacc-paper", reason="no such waybill")
    receive_receipts([no, replace(no, reference="NOBODY")], now=LEFT)
    paper.refresh_from_db()
    assert (paper.state, paper.reason) == ("refused", "no such waybill")
    assert ParkedReceipt.objects.get().reference == "NOBODY"
    assert Declaration.objects.house().get(id=rows[0].id).state == "released"
