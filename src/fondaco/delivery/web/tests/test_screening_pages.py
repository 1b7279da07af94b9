"""Screening: the queue, a case decided by two people, what a seller may know."""

from __future__ import annotations

from uuid import UUID

import pytest

from fondaco.delivery.web.tests.border_helpers import NOW, as_many_queries, colleague, text_of
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role
from fondaco.systems.risk.public import (
    ScreeningRecord,
    ScreenRequest,
    case_detail,
    load_lists,
    record_screenings,
    screen_names,
)
from tests.tenants import Tenant, leaks, make_tenants

pytestmark = pytest.mark.django_db
LISTED = "Zorvan Quellmarch"


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    load_lists(None, now=NOW)
    return make_tenants()


def hold(tenants: dict[str, Tenant], *, times: int = 1, name: str = LISTED) -> list[UUID | None]:
    seller = tenants[Kind.SELLER].scope.organisation_id
    results = screen_names([ScreenRequest("r", name, "DE")], now=NOW)
    records = [ScreeningRecord(new_id(), [new_id()], results[0], seller) for _ in range(times)]
    return [kept.case_id for kept in record_screenings(records, now=NOW, actor="test")]


def test_one_person_proposes_and_another_confirms(tenants: dict[str, Tenant]) -> None:
    case_id = hold(tenants)[0]
    assert case_id
    anna, path = tenants[Kind.PLATFORM], f"/cases/{case_id}/"
    bert, _scope = colleague(anna)
    page = text_of(anna.client.get(path))
    assert "Words compared" in page
    assert "quellmarch" in page
    anna.client.post(
        path + "decide/", {"deed": "propose", "verdict": "clear", "reason": "Another date of birth"}
    )
    assert "a colleague must confirm it" in text_of(anna.client.get(path))
    anna.client.post(path + "decide/", {"deed": "confirm", "reason": "I agree with myself"})
    assert case_detail(anna.scope, case_id).case.state == "proposed"
    assert "Another date of birth" in text_of(bert.get(path))
    bert.post(path + "decide/", {"deed": "confirm", "reason": "Passport seen"})
    found = case_detail(anna.scope, case_id).case
    assert (found.state, found.confirmed_reason) == ("cleared", "Passport seen")


def test_a_colleague_sends_it_back_and_a_decided_case_is_taken_up_again(tenants: dict[str, Tenant]) -> None:
    case_id = hold(tenants)[0]
    assert case_id
    anna, path = tenants[Kind.PLATFORM], f"/cases/{case_id}/decide/"
    bert, _scope = colleague(anna)
    anna.client.post(path, {"deed": "propose", "verdict": "block", "reason": "Same address"})
    bert.post(path, {"deed": "back", "reason": "Which address?"})
    assert case_detail(anna.scope, case_id).case.state == "open"
    bert.post(path, {"deed": "propose", "verdict": "block", "reason": "Register entry"})
    anna.client.post(path, {"deed": "confirm", "reason": "Agreed"})
    assert case_detail(anna.scope, case_id).case.state == "blocked"
    anna.client.post(path, {"deed": "reopen", "reason": "The list has changed"})
    assert case_detail(anna.scope, case_id).case.state == "reopened"


def test_a_decision_needs_a_reason_and_a_known_deed(tenants: dict[str, Tenant]) -> None:
    case_id = hold(tenants)[0]
    anna = tenants[Kind.PLATFORM]
    anna.client.post(f"/cases/{case_id}/decide/", {"deed": "propose", "verdict": "clear", "reason": " "})
    assert case_id
    assert case_detail(anna.scope, case_id).case.state == "open"
    assert anna.client.post(f"/cases/{case_id}/decide/", {"deed": "forget"}).status_code in (400, 422)


def test_cases_are_the_operator_s_alone(tenants: dict[str, Tenant]) -> None:
    case_id = hold(tenants)[0]
    for path in ("/cases/", "/cases/export.csv", f"/cases/{case_id}/"):
        assert leaks(tenants, owners=set(), path=path) == []
    for name in (Kind.SELLER, Kind.BUYER, Kind.CUSTOMS):
        refused = tenants[name].client.post(
            f"/cases/{case_id}/decide/", {"deed": "propose", "verdict": "clear", "reason": "no"}
        )
        assert refused.status_code == 403
    clerk, _scope = colleague(tenants[Kind.PLATFORM], role=Role.CLERK, name="clerk")
    assert (
        clerk.post(
            f"/cases/{case_id}/decide/", {"deed": "propose", "verdict": "clear", "reason": "no"}
        ).status_code
        == 403
    )


def test_a_seller_learns_that_a_check_is_open_and_not_whom_it_resembles(tenants: dict[str, Tenant]) -> None:
    hold(tenants, name="Zorvan Quellmarsh")
    page = text_of(tenants[Kind.SELLER].client.get("/screenings/"))
    assert "Zorvan Quellmarsh" in page
    assert LISTED not in page
    assert LISTED not in text_of(tenants[Kind.SELLER].client.get("/screenings/export.csv"))
    assert LISTED in text_of(tenants[Kind.PLATFORM].client.get("/screenings/"))
    assert "Zorvan" not in text_of(tenants["another seller"].client.get("/screenings/"))
    assert tenants[Kind.BUYER].client.get("/screenings/").status_code == 403


def test_fifty_ask_no_more_queries_than_one(tenants: dict[str, Tenant]) -> None:
    hold(tenants)
    with as_many_queries(
        tenants[Kind.PLATFORM].client, ["/cases/", "/cases/?state=all&q=zor", "/screenings/", "/lists/"]
    ):
        hold(tenants, times=49)


def test_an_unreadable_name_says_why_a_person_must_look(tenants: dict[str, Tenant]) -> None:
    case_id = hold(tenants, name="☃")[0]
    assert "no letter or digit" in text_of(tenants[Kind.PLATFORM].client.get(f"/cases/{case_id}/"))


def test_lists_and_exports_tell_where_each_list_came_from(tenants: dict[str, Tenant]) -> None:
    hold(tenants)
    client = tenants[Kind.SELLER].client
    assert "invented names" in text_of(client.get("/lists/"))
    assert "No list matches" in text_of(client.get("/lists/?q=nothing"))
    exported = text_of(client.get("/lists/export.csv")).strip().splitlines()
    assert exported[1].endswith(",yes")
    assert LISTED in text_of(tenants[Kind.PLATFORM].client.get("/cases/export.csv"))
    assert "No case matches" in text_of(tenants[Kind.PLATFORM].client.get("/cases/?q=nobody"))
