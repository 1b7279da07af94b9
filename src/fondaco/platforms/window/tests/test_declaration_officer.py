from __future__ import annotations

from datetime import timedelta

import pytest
from django.test.utils import CaptureQueriesContext

from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.models import AuditEvent
from fondaco.kernel.statemachine import IllegalTransition
from fondaco.kernel.tenancy import Kind, Role
from fondaco.platforms.window.adapters.gateway import HttpGateway
from fondaco.platforms.window.adapters.simulator import AgencySimulator
from fondaco.platforms.window.models import Declaration, DeclarationEvent
from fondaco.platforms.window.public import (
    BadCursor,
    DeclarationFilter,
    NotMatched,
    ReasonMissing,
    answer_query,
    count_declarations,
    decide,
    declaration_detail,
    declarations_of_order,
    draft_declarations,
    list_declarations,
    lodge_declarations,
    match_documents,
    officer_queue,
    poll_receipts,
    receive_receipts,
    save_verdicts,
)
from fondaco.platforms.window.public import Receipt as Answer
from fondaco.platforms.window.tests.declaration_samples import (
    AUTHORITY,
    BUYER,
    NOW,
    OFFICER,
    OPERATOR,
    OTHER,
    SELLER,
    TRADER,
    draft,
    scope,
    triple,
    uid,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db):
    """Declarations of every outcome; the first letter of the LRN picks it."""
    letters = {"U": "check", "D": "papers", "Q": "query", "V": "held", "C": "clear", "B": "bad"}
    with AgencySimulator() as agency, HttpGateway(agency.url) as gateway:
        drafts = [draft(name, lrn=f"{letter}X{name}") for letter, name in letters.items()]
        for place, one in enumerate(drafts):
            row = draft_declarations([one], actor="t", now=NOW)[0]
            lodge_declarations([row.id], gateway, actor="t", now=NOW + timedelta(minutes=place))
        poll_receipts(gateway, now=NOW)
    return {row.reference: row for row in Declaration.objects.house().all()}


def match(*names):
    return save_verdicts(match_documents([triple(name) for name in names]), actor="t", now=NOW)


def rows():
    return list(Declaration.objects.house().order_by("id").values()), DeclarationEvent.objects.count()


def test_the_first_letter_picks_the_outcome_and_the_desk_shows_red_first(desk):
    assert {name: row.state for name, row in desk.items()} == {
        "check": "inspection", "papers": "docs_required", "query": "docs_required", "held": "detained",
        "clear": "assessed", "bad": "rejected",
    }  # fmt: skip
    assert desk["clear"].held_state == "released"
    shown = officer_queue(OFFICER, now=NOW + timedelta(hours=1))
    assert [line.declaration.reference for line in shown] == ["check", "held", "papers", "query"]
    assert shown[0].waiting == timedelta(hours=1)
    assert [line.declaration.reference for line in officer_queue(OFFICER, now=NOW, lane="red")] == [
        "check",
        "held",
    ]
    assert [line.declaration.reference for line in officer_queue(OFFICER, now=NOW, size=1, offset=2)] == [
        "papers"
    ]
    assert officer_queue(scope(OTHER, Kind.CUSTOMS), now=NOW) == []
    match("check")
    assert [line.matched for line in officer_queue(OFFICER, now=NOW)] == [True, False, False, False]


def test_a_release_needs_the_match(desk):
    before = rows()
    with pytest.raises(NotMatched):
        decide(OFFICER, desk["check"].id, "release", reason="Examined, in order.", now=NOW)
    assert rows() == before
    match("check")
    later = NOW + timedelta(hours=2)
    done = decide(OFFICER, desk["check"].id, "release", reason="Examined, in order.", now=later)
    assert (done.state, done.released_at) == ("released", later)
    said = DeclarationEvent.objects.filter(declaration_id=done.id).order_by("id")
    assert [(one.source, one.code, one.actor, one.reason, one.after) for one in said][-2:] == [
        ("officer", "release", "person@customs", "Examined, in order.", "released"),
        ("agency", "DMSCLE", "person@customs", "Examined, in order.", "released"),
    ]
    assert said.last().raw["Source"] == "desk"
    deed = AuditEvent.objects.get(action="window.officer.release")
    assert (deed.actor, deed.detail["before"], deed.organisation_id) == (
        "person@customs",
        "inspection",
        AUTHORITY,
    )


@pytest.mark.parametrize(
    ("name", "action", "state"),
    [
        ("papers", "inspect", "inspection"),
        ("papers", "detain", "detained"),
        ("check", "query", "docs_required"),
        ("held", "return", "returned"),
        ("clear", "inspect", "inspection"),
    ],
)
def test_each_action(desk, name, action, state):
    assert decide(OFFICER, desk[name].id, action, reason="Because.", now=NOW).state == state


def test_an_officer_reroutes_with_a_reason(desk):
    done = decide(OFFICER, desk["check"].id, "query", reason="Papers will do.", lane="yellow", now=NOW)
    assert done.lane == "yellow"


@pytest.mark.parametrize(
    ("who", "name", "action", "reason", "error"),
    [
        (OPERATOR, "check", "inspect", "x", Forbidden),
        (TRADER, "check", "inspect", "x", Forbidden),
        (scope(BUYER, Kind.BUYER), "check", "detain", "x", Forbidden),
        (scope(AUTHORITY, Kind.CUSTOMS, Role.VIEWER), "check", "detain", "x", Forbidden),
        (scope(OTHER, Kind.CUSTOMS), "check", "detain", "x", NotFound),
        (OFFICER, "check", "detain", " ", ReasonMissing),
        (OFFICER, "bad", "inspect", "x", IllegalTransition),
        (OFFICER, "check", "inspect", "x", IllegalTransition),
    ],
)
def test_what_is_refused_changes_nothing(desk, who, name, action, reason, error):
    before = rows()
    with pytest.raises(error):
        decide(who, desk[name].id, action, reason=reason, now=NOW + timedelta(hours=1))
    assert rows() == before


def test_an_officers_word_comes_after_what_the_agency_said_even_with_its_clock_ahead(desk):
    row = desk["check"]
    receive_receipts([Answer(row.lrn, "DMSDOC", NOW + timedelta(days=1))], now=NOW)
    assert decide(OFFICER, row.id, "detain", reason="x", now=NOW).state == "detained"
    receive_receipts([Answer(row.lrn, "DMSCTL", NOW + timedelta(hours=3))], now=NOW)
    assert Declaration.objects.house().get(id=row.id).state == "detained"


def test_the_trader_answers_a_query(desk):
    row = desk["query"]
    with pytest.raises(ReasonMissing):
        answer_query(TRADER, row.id, answer="", now=NOW)
    with pytest.raises(NotFound):
        answer_query(scope(OTHER, Kind.SELLER), row.id, answer="Steel.", now=NOW)
    with pytest.raises(Forbidden):
        answer_query(OFFICER, row.id, answer="Steel.", now=NOW)
    assert answer_query(TRADER, row.id, answer="Stainless steel.", now=NOW).state == "under_review"
    with pytest.raises(IllegalTransition):
        answer_query(TRADER, row.id, answer="Again.", now=NOW)


def test_each_party_sees_its_own_list_and_page(desk):
    for who in (TRADER, scope(BUYER, Kind.BUYER), OFFICER, OPERATOR):
        assert len(list_declarations(who).rows) == 6
        assert declaration_detail(who, desk["clear"].id).declaration.id == desk["clear"].id
        assert len(declarations_of_order(who, uid("clear"))) == 1
    for kind in Kind:
        if kind != Kind.PLATFORM:
            assert list_declarations(scope(OTHER, kind)).rows == ()
            assert declarations_of_order(scope(OTHER, kind), uid("clear")) == []
            with pytest.raises(NotFound):
                declaration_detail(scope(OTHER, kind), desk["clear"].id)
    assert list_declarations(scope(SELLER, Kind.CUSTOMS)).rows == ()


def test_lists_filter_turn_pages_and_cost_one_query(desk, django_assert_num_queries):
    def names(**asked):
        return [row.reference for row in list_declarations(TRADER, filters=DeclarationFilter(**asked)).rows]

    assert names(states=("inspection", "detained")) == ["held", "check"]
    assert names(lane="yellow") == ["query", "papers"]
    assert (
        names(kind="export") == names(country="DE") == names(disputed=True) == names(with_problems=True) == []
    )
    assert names(search="cle") == ["clear"]
    assert names(search=desk["check"].mrn) == ["check"]
    first = list_declarations(TRADER, size=4)
    second = list_declarations(TRADER, size=4, cursor=first.cursor)
    assert ([len(first.rows), len(second.rows)], second.cursor) == ([4, 2], "")
    with pytest.raises(BadCursor):
        list_declarations(TRADER, cursor="page2")
    with django_assert_num_queries(1):
        list_declarations(TRADER, size=50)
    counts = count_declarations(OFFICER)
    assert counts["lane"] == {"red": 2, "yellow": 2, "green": 1, "": 1}
    assert counts["state"]["docs_required"] == 2


def test_the_page_of_a_declaration_has_goods_log_and_inspections_in_seven_queries(desk):
    from django.db import connection

    match("clear")
    with CaptureQueriesContext(connection) as caught:
        page = declaration_detail(OFFICER, desk["clear"].id)
    assert len(caught) == 7
    assert [item.hs_code for item in page.items] == ["910511", "950300"]
    assert {line.code: line.effect for line in page.log} == {
        "drafted": "applied", "submitted": "applied", "DMSACC": "applied", "DMSTAX": "applied",
        "DMSCLE": "held", "matched": "applied",
    }  # fmt: skip
    assert page.verdict["verdict"] == "match"
    assert page.papers["exporter"]["identifier"] == "GB123456789000"
    assert page.log[-1].raw["Source"] == "simulator"
