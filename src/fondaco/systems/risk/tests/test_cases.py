"""Screenings kept, cases decided by two people, waivers that last until the entry changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.models import AuditEvent, OutboxEvent
from fondaco.kernel.statemachine import IllegalTransition, installed_transitions
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.models import User
from fondaco.systems.risk.domain.screening import Match
from fondaco.systems.risk.models import CASES, Case, CaseState, ListEntry, Screening, Waiver
from fondaco.systems.risk.public import (
    ReasonMissing,
    SamePerson,
    ScreeningRecord,
    ScreenRequest,
    UnknownVerdict,
    case_detail,
    confirm_decision,
    count_cases,
    list_screenings,
    load_lists,
    open_cases,
    orders_of_case,
    propose_decision,
    record_screenings,
    reopen_case,
    rescreen,
    return_decision,
    screen_names,
    screenings_for,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PLATFORM = new_id()
SELLER = new_id()

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lists() -> None:
    load_lists(None, now=NOW)


def officer(email: str, role: Role = Role.MANAGER) -> Scope:
    user = User.objects.create_user(email, "a long password", name=email.partition("@")[0])
    return Scope(PLATFORM, Kind.PLATFORM, user.id, role)


@pytest.fixture
def anna() -> Scope:
    return officer("anna@example.org")


@pytest.fixture
def bert() -> Scope:
    return officer("bert@example.org")


def record(name: str = "Zorvan Quellmarch", subject: UUID | None = None, orders: int = 2) -> ScreeningRecord:
    result = screen_names([ScreenRequest("r", name, "DE")], now=NOW)[0]
    return ScreeningRecord(subject or new_id(), [new_id() for _ in range(orders)], result, SELLER)


def keep(*records: ScreeningRecord) -> list[UUID | None]:
    return [kept.case_id for kept in record_screenings(records, now=NOW, actor="test")]


def cleared(found: ScreeningRecord, anna: Scope, bert: Scope) -> UUID:
    case_id = keep(found)[0]
    assert case_id is not None
    propose_decision(anna, case_id, "clear", "Another date of birth.", now=NOW)
    confirm_decision(bert, case_id, "Checked the passport.", now=NOW)
    return case_id


def test_the_database_holds_the_machine() -> None:
    assert installed_transitions("risk_case") == CASES.edges


def test_a_hit_opens_a_case_and_a_clear_name_does_not() -> None:
    hit, clear = record(), record("Maria Schmidt")
    first, second = record_screenings([hit, clear], now=NOW, actor="test")
    assert (first.outcome, first.case_state) == ("hit", "open")
    assert (second.outcome, second.case_id) == ("clear", None)
    assert orders_of_case(first.case_id) == sorted(hit.order_ids)  # type: ignore[arg-type]
    assert screenings_for(clear.order_ids)[clear.order_ids[0]][0].outcome == "clear"
    assert OutboxEvent.objects.filter(topic="risk.case-opened").count() == 1


def test_recording_again_changes_nothing() -> None:
    records = [record(), record("Maria Schmidt"), record("")]
    before = record_screenings(records, now=NOW, actor="test")
    after = record_screenings(records, now=NOW + timedelta(hours=1), actor="test")
    assert before == after
    assert (Screening.objects.house().count(), Case.objects.house().count()) == (3, 2)
    assert AuditEvent.objects.filter(action="risk.case-opened").count() == 2


def test_the_same_subject_twice_in_a_batch_is_one_case_for_all_orders() -> None:
    subject = new_id()
    one, two = record(subject=subject), record(subject=subject)
    assert len(set(keep(one, two))) == 1
    assert set(orders_of_case(keep(one)[0])) == {*one.order_ids, *two.order_ids}  # type: ignore[arg-type]


def test_plain_tuples_are_taken_too() -> None:
    result = screen_names([ScreenRequest("r", "Maria Schmidt")], now=NOW)[0]
    assert record_screenings([(new_id(), [new_id()], result)], now=NOW, actor="test")[0].outcome == "clear"


def test_a_batch_costs_a_constant_number_of_queries(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    records = [record(f"Zorvan Quellmarch {'' if n % 2 else n}", orders=1) for n in range(60)]
    with django_assert_max_num_queries(24):
        keep(*records)


def test_two_people_clear_a_case_and_it_does_not_come_back(anna: Scope, bert: Scope) -> None:
    found = record()
    case_id = cleared(found, anna, bert)
    kept = record_screenings([found], now=NOW, actor="test")[0]
    assert (kept.outcome, kept.case_state) == ("clear", "cleared")
    newer = replace(found, result=replace(found.result, list_version="v2"), order_ids=[new_id()])
    again = record_screenings([newer], now=NOW, actor="test")[0]
    assert (again.outcome, again.case_id, again.waived) == ("clear", None, ("demo DEMO-001",))
    detail = case_detail(bert, case_id)
    assert [s.event for s in detail.steps] == ["open", "propose", "confirm"]
    assert detail.events == ("reopen",)


def test_a_waiver_ends_when_the_entry_changes(anna: Scope, bert: Scope) -> None:
    found = record()
    case_id = cleared(found, anna, bert)
    changed = tuple(replace(m, entry_hash="f" * 64) for m in found.result.matches)
    newer = replace(found, result=replace(found.result, list_version="v2", matches=changed))
    kept = record_screenings([newer], now=NOW, actor="test")[0]
    assert (kept.outcome, kept.case_id, kept.case_state) == ("hit", case_id, "reopened")


def test_a_waiver_is_not_for_another_subject_or_another_name(anna: Scope, bert: Scope) -> None:
    found = record()
    cleared(found, anna, bert)
    other, renamed = record(), record("Zorvan al-Quellmarch", subject=found.subject_id)
    assert [k.outcome for k in record_screenings([other, renamed], now=NOW, actor="test")] == ["hit", "hit"]


def test_a_blocked_case_stays_blocked(anna: Scope, bert: Scope) -> None:
    found = record()
    case_id = keep(found)[0]
    assert case_id is not None
    propose_decision(anna, case_id, "block", "Same date of birth.", now=NOW)
    confirm_decision(bert, case_id, "Agreed.", now=NOW)
    kept = record_screenings([replace(found, order_ids=[new_id()])], now=NOW, actor="test")[0]
    assert (kept.outcome, kept.case_state) == ("hit", "blocked")
    assert not Waiver.objects.exists()


def test_nobody_confirms_their_own_proposal(anna: Scope) -> None:
    case_id = keep(record())[0]
    assert case_id is not None
    propose_decision(anna, case_id, "clear", "Not the same.", now=NOW)
    for decide in (confirm_decision, return_decision):
        with pytest.raises(SamePerson):
            decide(anna, case_id, "Sure.", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.house().filter(id=case_id).update(
            state="cleared", confirmed_by=anna.user_id, confirmed_at=NOW, confirmed_reason="forced"
        )
    assert Case.objects.house().get(id=case_id).state == CaseState.PROPOSED


def test_the_database_refuses_to_skip_the_proposal(anna: Scope) -> None:
    case_id = keep(record())[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.house().filter(id=case_id).update(state="cleared", verdict="clear")
    assert Case.objects.house().get(id=case_id).state == CaseState.OPEN


def test_a_colleague_may_disagree_and_a_case_may_be_taken_up_again(anna: Scope, bert: Scope) -> None:
    case_id = keep(record())[0]
    assert case_id is not None
    propose_decision(anna, case_id, "block", "Looks the same.", now=NOW)
    return_decision(bert, case_id, "No evidence yet.", now=NOW)
    assert case_detail(anna, case_id).case.state == "open"
    propose_decision(bert, case_id, "clear", "Another birthplace.", now=NOW)
    confirm_decision(anna, case_id, "Agreed.", now=NOW)
    assert Waiver.objects.filter(withdrawn_at__isnull=True).count() == 1
    reopen_case(anna, case_id, "New evidence.", now=NOW)
    assert not Waiver.objects.filter(withdrawn_at__isnull=True).exists()
    propose_decision(anna, case_id, "block", "New evidence is sound.", now=NOW)
    confirm_decision(bert, case_id, "Agreed.", now=NOW)
    assert case_detail(anna, case_id).case.state == "blocked"


@pytest.mark.parametrize("reason", ["", "  ", "ok"])
def test_a_decision_needs_a_reason(anna: Scope, reason: str) -> None:
    case_id = keep(record())[0]
    assert case_id is not None
    with pytest.raises(ReasonMissing):
        propose_decision(anna, case_id, "clear", reason, now=NOW)
    assert case_detail(anna, case_id).case.state == "open"


def test_what_cannot_be_decided(anna: Scope, bert: Scope) -> None:
    case_id = keep(record())[0]
    assert case_id is not None
    with pytest.raises(UnknownVerdict):
        propose_decision(anna, case_id, "maybe", "A reason.", now=NOW)
    with pytest.raises(IllegalTransition):
        confirm_decision(bert, case_id, "A reason.", now=NOW)
    with pytest.raises(NotFound):
        propose_decision(anna, new_id(), "clear", "A reason.", now=NOW)
    for scope in (
        officer("clerk@example.org", Role.CLERK),
        Scope(PLATFORM, Kind.PLATFORM, None, Role.OWNER),
        Scope(SELLER, Kind.SELLER, anna.user_id, Role.OWNER),
    ):
        with pytest.raises(Forbidden):
            propose_decision(scope, case_id, "clear", "A reason.", now=NOW)


def test_a_seller_sees_that_a_check_is_open_and_not_what_it_found(anna: Scope) -> None:
    keep(record())
    seller = Scope(SELLER, Kind.SELLER)
    (shown,) = open_cases(seller)
    assert (shown.state, shown.score, shown.matches, shown.proposed_by) == ("open", 0.0, [], "")
    assert case_detail(seller, shown.id).entries == ()
    assert list_screenings(seller)[0].matches == []
    assert open_cases(Scope(new_id(), Kind.SELLER)) == []
    assert open_cases(Scope(new_id(), Kind.BUYER)) == []
    with pytest.raises(NotFound):
        case_detail(Scope(new_id(), Kind.SELLER), shown.id)
    detail = case_detail(anna, shown.id)
    assert detail.entries[0].reference == "DEMO-001"
    assert detail.case.matches[0]["explanation"]["method"] == "sorted-words"
    assert count_cases(anna) == 1


def test_rescreening_after_a_new_version_finds_the_newly_listed(anna: Scope, tmp_path) -> None:  # type: ignore[no-untyped-def]
    keep(record("Maria Schmidt"), record("Hans Meier"))
    (tmp_path / "sdn.csv").write_text(
        '9,"SCHMIDT, Maria",individual,"TEST",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n'
    )
    load_lists(tmp_path, now=NOW)
    later = NOW + timedelta(days=1)
    report = rescreen(now=later, actor="job")
    assert (report.subjects, report.hits, report.cases_opened, report.cases_reopened) == (2, 1, 1, 0)
    assert rescreen(now=later, actor="job").subjects == 0


def test_names_with_control_characters_are_kept_without_them() -> None:
    keep(record("Zorvan\x00 Quellmarch"))
    assert Case.objects.house().get().name == "Zorvan Quellmarch"


def test_a_match_is_data() -> None:
    match = record().result.matches[0]
    assert isinstance(match, Match)
    assert match.entry_hash == ListEntry.objects.get(reference=match.entry).content_hash
