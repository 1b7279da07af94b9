from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.kernel.models import AuditEvent, OutboxEvent
from fondaco.kernel.sql import is_append_only
from fondaco.kernel.statemachine import installed_transitions
from fondaco.platforms.window.adapters.gateway import HttpGateway
from fondaco.platforms.window.adapters.simulator import AgencySimulator, Faults, lane_of
from fondaco.platforms.window.models import (
    DECLARATION_MACHINE,
    Declaration,
    DeclarationEvent,
    DeclarationItem,
    MatchVerdict,
)
from fondaco.platforms.window.public import (
    AlreadyLodged,
    GatewayUnavailable,
    clearance_times,
    declarations_for,
    draft_declarations,
    lodge_declarations,
    match_documents,
    poll_receipts,
    redraft_declarations,
    release_declarations,
    save_verdicts,
)
from fondaco.platforms.window.tests.declaration_samples import NOW, draft, item, triple, uid

pytestmark = pytest.mark.django_db

GREEN = [name for name in (f"G{n}" for n in range(400)) if lane_of(name) == "green"]
RED = [name for name in (f"R{n}" for n in range(400)) if lane_of(name) == "red"]


def run(drafts, gateway, *, now=NOW):
    rows = draft_declarations(drafts, actor="test", now=now)
    report = lodge_declarations([row.id for row in rows], gateway, actor="test", now=now)
    poll_receipts(gateway, now=now)
    return rows, report


def match(names, now=NOW):
    return save_verdicts(match_documents([triple(n) for n in names], on=now.date()), actor="test", now=now)


def states(rows):
    return Counter(
        Declaration.objects.house().filter(id__in=[r.id for r in rows]).values_list("state", flat=True)
    )


def test_database_knows_the_same_transitions():
    assert installed_transitions("window_declaration") == DECLARATION_MACHINE.edges
    assert is_append_only("window_declarationevent")


def test_straight_through_release_waits_for_the_match_and_then_happens():
    names = GREEN[:30]
    with AgencySimulator() as agency, HttpGateway(agency.url) as gateway:
        rows, report = run([draft(n, kind=k) for n in names for k in ("export", "import")], gateway)
    assert (len(report.taken), report.failed, report.skipped) == (60, (), ())
    assert states(rows) == {"accepted": 30, "assessed": 30}
    assert set(Declaration.objects.house().values_list("held_state", flat=True)) == {"released"}
    waits = release_declarations([r.id for r in rows], actor="t", now=NOW)
    assert {(w.released, w.waits_for) for w in waits} == {(False, "match")}

    assert sorted(match(names)) == sorted(r.id for r in rows)
    assert states(rows) == {"released": 60}
    assert {w.waits_for for w in release_declarations([r.id for r in rows], actor="t", now=NOW)} == {""}
    row = Declaration.objects.house().get(order_id=uid(names[0]), kind="import")
    assert (row.assessed_duty_minor, row.assessed_tax_minor, row.lane) == (300, 2730, "green")
    assert len(row.mrn) == 18
    assert row.released_at > row.submitted_at == NOW
    times = clearance_times([uid(n) for n in names])
    assert len(times) == 30
    assert timedelta(seconds=30) < max(times.values()) < timedelta(minutes=12)
    assert OutboxEvent.objects.filter(topic="window.declaration.released").count() == 60
    assert AuditEvent.objects.filter(action="window.declaration.released").count() == 60


def test_all_stages_again_change_nothing():
    names = GREEN[:5]
    with AgencySimulator() as agency, HttpGateway(agency.url) as gateway:
        drafts = [draft(n) for n in names]
        rows, _ = run(drafts, gateway)
        match(names)
        before = (
            list(Declaration.objects.house().order_by("id").values()),
            DeclarationEvent.objects.count(),
            DeclarationItem.objects.count(),
            AuditEvent.objects.count(),
            OutboxEvent.objects.count(),
        )
        later = NOW + timedelta(minutes=5)
        again, report = run(drafts, gateway, now=later)
        match(names, now=NOW)
    assert [r.id for r in again] == [r.id for r in rows]
    assert report.skipped == tuple(r.id for r in rows)
    assert before == (
        list(Declaration.objects.house().order_by("id").values()),
        DeclarationEvent.objects.count(),
        DeclarationItem.objects.count(),
        AuditEvent.objects.count(),
        OutboxEvent.objects.count(),
    )


def test_a_new_simulator_after_a_crash_answers_the_same():
    """kill -9 between two pages of receipts: the agency's memory is gone, ours is not."""
    names = GREEN[:4]
    with AgencySimulator() as agency, HttpGateway(agency.url, name="fr") as gateway:
        rows = draft_declarations([draft(n) for n in names], actor="t", now=NOW)
        lodge_declarations([r.id for r in rows], gateway, actor="t", now=NOW)
        page = gateway.poll(after="", limit=2)
        from fondaco.platforms.window.public import receive_receipts

        receive_receipts(page.receipts, now=NOW)
    match(names)
    with AgencySimulator() as agency, HttpGateway(agency.url, name="fr") as gateway:
        later = NOW + timedelta(hours=3)
        lodge_declarations([r.id for r in rows], gateway, actor="t", now=later)
        poll_receipts(gateway, now=later)
    assert states(rows) == {"released": 4}
    seen = DeclarationEvent.objects.filter(source="agency").values_list("declaration_id", "code")
    assert Counter(seen.values_list("declaration_id").values_list("code", flat=True)) == {
        "DMSACC": 4, "DMSTAX": 4, "DMSCLE": 4,
    }  # fmt: skip


def test_problems_keep_a_draft_from_being_lodged():
    bad = draft("bad", items=(item(hs_code=None, gross_g=10, value=draft().freight.zero("GBP")),))
    with AgencySimulator() as agency, HttpGateway(agency.url) as gateway:
        rows, report = run([bad], gateway)
        assert agency.received == 0
    assert rows[0].state == "draft"
    codes = {p["code"] for p in rows[0].problems}
    assert codes == {
        "DE_6_14_CommodityCode",
        "DE_6_5_GrossMass",
        "DE_4_14_ItemPrice",
        "DE_4_11_TotalInvoiced",
    }
    assert report.skipped == (rows[0].id,)
    with pytest.raises(IntegrityError), transaction.atomic():
        Declaration.objects.house().filter(id=rows[0].id).update(state="validated")

    mended = redraft_declarations([draft("bad")], actor="t", now=NOW)[0]
    assert (mended.version, mended.state) == (2, "validated")
    assert [d.state for d in declarations_for([uid("bad")])[uid("bad")]] == ["cancelled", "validated"]


def test_what_is_with_the_authority_is_not_drawn_up_again():
    with AgencySimulator() as agency, HttpGateway(agency.url) as gateway:
        run([draft(RED[0])], gateway)
    before = list(Declaration.objects.house().values())
    with pytest.raises(AlreadyLodged):
        redraft_declarations([draft(RED[0])], actor="t", now=NOW)
    assert list(Declaration.objects.house().values()) == before


def test_rejected_declaration_gets_a_second_version():
    with AgencySimulator() as agency, HttpGateway(agency.url) as gateway:
        rows, _ = run([draft(lrn="B0REJECT1")], gateway)
        assert states(rows) == {"rejected": 1}
        again = redraft_declarations([draft()], actor="t", now=NOW)[0]
        lodge_declarations([again.id], gateway, actor="t", now=NOW)
        poll_receipts(gateway, now=NOW)
    assert again.version == 2
    assert declarations_for([again.order_id])[again.order_id][0].state == "rejected"


def test_database_refuses_a_release_without_a_match():
    with AgencySimulator() as agency, HttpGateway(agency.url) as gateway:
        rows, _ = run([draft(GREEN[0])], gateway)
    with pytest.raises(IntegrityError, match="documents do not match"), transaction.atomic():
        Declaration.objects.house().filter(id=rows[0].id).update(state="released")
    MatchVerdict.objects.create(
        order_id=rows[0].order_id, seller_id=rows[0].seller_id, reference="x", verdict="soft", matched_at=NOW
    )
    with pytest.raises(IntegrityError, match="documents do not match"), transaction.atomic():
        Declaration.objects.house().filter(id=rows[0].id).update(state="released")
    with pytest.raises(IntegrityError), transaction.atomic():
        MatchVerdict.objects.house().update(
            verdict="hard", accepted_at=NOW, accepted_by="x", accepted_why="y"
        )


def test_database_refuses_an_illegal_step_and_a_changed_log():
    rows = draft_declarations([draft()], actor="t", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Declaration.objects.house().filter(id=rows[0].id).update(state="accepted", submitted_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        DeclarationEvent.objects.update(code="nothing")


def test_faults_on_the_way_lose_and_double_nothing():
    names = [f"X{n}" for n in range(150)]
    faults = Faults(timeout_after_success=0.3, refuse=0.2, duplicate=0.3, reorder=True, seed=5)
    with AgencySimulator(faults=faults) as agency, HttpGateway(agency.url, attempts=2) as gateway:
        rows = draft_declarations([draft(n) for n in names], actor="t", now=NOW)
        ids = [r.id for r in rows]
        for _ in range(5):
            lodge_declarations(ids, gateway, actor="t", now=NOW)
        for _ in range(6):
            with suppress(GatewayUnavailable):
                poll_receipts(gateway, now=NOW, limit=200)
        assert agency.received == 150
    match(names)
    lanes = Counter(lane_of(n) for n in names)
    assert states(rows) == {
        "released": lanes["green"] + lanes["blue"], "docs_required": lanes["yellow"], "inspection": lanes["red"],
    }  # fmt: skip


def test_a_dead_gateway_leaves_declarations_to_be_sent_again():
    rows = draft_declarations([draft()], actor="t", now=NOW)
    with HttpGateway("http://127.0.0.1:9", attempts=1) as gateway:
        report = lodge_declarations([rows[0].id], gateway, actor="t", now=NOW)
    assert report.failed == (rows[0].id,)
    assert "did not answer" in report.trouble
    assert states(rows) == {"transport_failed": 1}
    with AgencySimulator() as agency, HttpGateway(agency.url) as gateway:
        assert lodge_declarations([rows[0].id], gateway, actor="t", now=NOW).taken == (rows[0].id,)
    log = DeclarationEvent.objects.filter(declaration_id=rows[0].id).order_by("id")
    assert list(log.values_list("code", "before", "after")) == [
        ("drafted", "", "validated"),
        ("submitted", "validated", "submitted"),
        ("transport_failed", "submitted", "transport_failed"),
        ("submitted", "transport_failed", "submitted"),
    ]


def test_queries_do_not_grow_with_the_batch(django_assert_num_queries):
    from django.test.utils import CaptureQueriesContext

    def cost(prefix, number):
        with CaptureQueriesContext(connection) as caught:
            draft_declarations([draft(f"{prefix}{n}") for n in range(number)], actor="t", now=NOW)
        return len(caught)

    assert cost("a", 2) == cost("b", 60)


def test_a_process_killed_while_sending_sends_again():
    """SUBMITTED is committed before anything leaves; what is not answered goes again with the same key."""

    class Killed(BaseException):
        pass

    class Dying:
        name = "fr"

        def __init__(self, gateway):
            self.gateway = gateway

        def send(self, messages):
            self.gateway.send(messages)
            raise Killed

    names = GREEN[:3]
    with AgencySimulator() as agency, HttpGateway(agency.url, name="fr") as gateway:
        rows = draft_declarations([draft(n) for n in names], actor="t", now=NOW)
        ids = [row.id for row in rows]
        with pytest.raises(Killed):
            lodge_declarations(ids, Dying(gateway), actor="t", now=NOW)
        assert states(rows) == {"submitted": 3}
        report = lodge_declarations(ids, gateway, actor="t", now=NOW + timedelta(hours=1))
        assert (len(report.taken), agency.received) == (3, 3)
        poll_receipts(gateway, now=NOW)
    match(names)
    assert states(rows) == {"released": 3}
    assert set(Declaration.objects.house().values_list("submitted_at", flat=True)) == {NOW}
