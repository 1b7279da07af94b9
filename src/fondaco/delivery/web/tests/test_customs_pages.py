"""Declarations, the officer's desk and the match desk, as each tenant sees them."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from fondaco.delivery.web.tests.border_helpers import as_many_queries, colleague, declare, match, text_of
from fondaco.kernel.models import AuditEvent
from fondaco.kernel.tenancy import Kind, Role
from fondaco.platforms.window.public import declaration_detail, verdicts_for
from fondaco.platforms.window.tests.declaration_samples import triple, uid
from tests.tenants import STRANGER, Tenant, leaks, make_tenants
from tests.test_figures_open import amounts

pytestmark = pytest.mark.django_db
MANY = [f"9{number:04d}" for number in range(50)]


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


def soft(tenants: dict[str, Tenant], name: str) -> None:
    usual = triple(name)
    assert usual.logistics
    match(tenants, [name], logistics=replace(usual.logistics, phone="07 12 34 56 78"))


def test_only_the_parties_of_a_declaration_open_it(tenants: dict[str, Tenant]) -> None:
    one = declare(tenants, ["1001"])[0]
    owners = {Kind.SELLER.value, Kind.BUYER.value, Kind.CUSTOMS.value}
    assert leaks(tenants, owners=owners, path=f"/declarations/{one.id}/") == []
    for name in owners | {Kind.PLATFORM.value}:
        page = tenants[name].client.get(f"/declarations/{one.id}/")
        assert page.status_code == 200
        assert one.mrn in text_of(page)
        assert "Alarm clock, bakelike pink" in text_of(page)
    assert tenants[STRANGER].client.get(f"/declarations/{one.id}/").status_code == 404
    assert tenants[Kind.CARRIER].client.get(f"/declarations/{one.id}/").status_code == 403


def test_duty_and_tax_say_why_to_whoever_reads_the_declaration(tenants: dict[str, Tenant]) -> None:
    one = declare(tenants, ["1001"])[0]
    stated = ("Invoice", "Goods", "Freight", "Insurance", "Discount", "Value", "Description")
    officer = tenants[Kind.CUSTOMS].client
    closed = {over: text for over, text, href in amounts(officer, f"/declarations/{one.id}/") if not href}
    assert {over for over in closed if not over.startswith(stated)} == set()
    for name in (Kind.SELLER, Kind.BUYER, Kind.CUSTOMS):
        told = text_of(tenants[name].client.get(f"/declarations/{one.id}/why/duty/"))
        assert "The declarant stated these sums" in told
        assert "Alarm clock, bakelike pink" in told
        assert "3.00" in told.partition("Estimated, as on the declaration")[2]
        assert "not yet" in told.partition("Assessed by the authority")[2]
    assert officer.get(f"/declarations/{one.id}/why/fees/").status_code == 404
    assert tenants[STRANGER].client.get(f"/declarations/{one.id}/why/tax/").status_code == 404


def test_the_list_filters_searches_and_exports_what_it_shows(tenants: dict[str, Tenant]) -> None:
    waiting, released = declare(tenants, ["1001"])[0], declare(tenants, ["2002"], letter="F")[0]
    client = tenants[Kind.SELLER].client
    both = text_of(client.get("/declarations/"))
    assert waiting.mrn in both
    assert released.mrn in both
    narrowed = text_of(client.get("/declarations/?q=2002"))
    assert released.mrn in narrowed
    assert waiting.mrn not in narrowed
    exported = text_of(client.get("/declarations/export.csv?q=2002")).strip().splitlines()
    assert len(exported) == 2
    assert f",{released.mrn},2002,import,FR,H7,{released.state}," in exported[1]
    assert "115.50,3.00,27.30,2" in exported[1]
    assert "No declaration matches" in text_of(client.get("/declarations/?q=nothing"))
    assert "No declarations yet" in text_of(tenants[STRANGER].client.get("/declarations/"))


def test_fifty_declarations_ask_no_more_queries_than_one(tenants: dict[str, Tenant]) -> None:
    declare(tenants, ["1001"])
    paths = ["/declarations/", "/declarations/?lane=red&q=1"]
    with (
        as_many_queries(tenants[Kind.SELLER].client, paths),
        as_many_queries(tenants[Kind.CUSTOMS].client, ["/desk/"]),
    ):
        declare(tenants, MANY)


def test_an_officer_decides_with_a_reason_and_the_next_comes_up(tenants: dict[str, Tenant]) -> None:
    first, second = declare(tenants, ["1001", "1002"])
    officer = tenants[Kind.CUSTOMS]
    page = text_of(officer.client.get("/desk/"))
    assert first.mrn in page
    assert second.mrn in page
    done = officer.client.post(
        f"/declarations/{first.id}/decide/", {"action": "detain", "reason": "Possible copy", "back": "desk"}
    )
    assert (done.status_code, done["Location"]) == (302, "/desk/")
    assert officer.client.get("/desk/").context["after"] in {str(first.id), str(second.id)}
    after = declaration_detail(officer.scope, first.id)
    assert after.declaration.state == "detained"
    assert after.log[-1].reason == "Possible copy"
    assert AuditEvent.objects.filter(action="window.officer.detain", subject_id=str(first.id)).count() == 1


def test_a_release_waits_for_the_documents_and_keeps_what_was_typed(tenants: dict[str, Tenant]) -> None:
    one = declare(tenants, ["1001"])[0]
    officer = tenants[Kind.CUSTOMS]
    refused = officer.client.post(
        f"/declarations/{one.id}/decide/", {"action": "release", "reason": "Seen", "back": "desk"}
    )
    assert refused["Location"] == f"/desk/?at={one.id}&reason=Seen"
    page = text_of(officer.client.get(refused["Location"]))
    assert "do not agree" in page
    assert 'value="Seen"' in page
    assert declaration_detail(officer.scope, one.id).declaration.state == one.state
    match(tenants, ["1001"])
    officer.client.post(
        f"/declarations/{one.id}/decide/", {"action": "release", "reason": "Seen", "back": "desk"}
    )
    assert declaration_detail(officer.scope, one.id).declaration.state == "released"


def test_selected_declarations_are_released_each_by_its_own_right(tenants: dict[str, Tenant]) -> None:
    matched, bare = declare(tenants, ["1001", "1002"])
    match(tenants, ["1001"])
    officer = tenants[Kind.CUSTOMS]
    form = {
        "id": [str(matched.id), str(bare.id), str(UUID(int=7))],
        "reason": "Seen and agreed",
        "lane": "red",
    }
    for released, refused in ((1, 2), (0, 3)):  # the second time nothing is done twice
        answer = officer.client.post("/declarations/release/", form)
        assert answer["Location"] == "/desk/?lane=red"
        said = [str(one) for one in officer.client.get("/desk/").context["messages"]]
        assert [text for text in said if "released." in text] == ["1 declaration released."] * released
        assert sum(int(text.split(" × ")[0]) for text in said if " × " in text) == refused
    assert declaration_detail(officer.scope, matched.id).declaration.state == "released"
    assert declaration_detail(officer.scope, bare.id).declaration.state == bare.state
    assert AuditEvent.objects.filter(action="window.officer.release").count() == 1
    assert tenants[Kind.SELLER].client.post("/declarations/release/", form).status_code == 403


@pytest.mark.parametrize(
    ("who", "status"), [(Kind.SELLER, 403), (Kind.BUYER, 403), (Kind.CARRIER, 403), (Kind.PLATFORM, 302)]
)
def test_nobody_but_the_authority_decides(tenants: dict[str, Tenant], who: Kind, status: int) -> None:
    one = declare(tenants, ["1001"])[0]
    match(tenants, ["1001"])
    answer = tenants[who].client.post(
        f"/declarations/{one.id}/decide/", {"action": "release", "reason": "I say so"}
    )
    assert answer.status_code == status
    assert declaration_detail(tenants[Kind.CUSTOMS].scope, one.id).declaration.state == one.state


def test_a_viewer_of_the_authority_sees_and_does_not_decide(tenants: dict[str, Tenant]) -> None:
    one = declare(tenants, ["1001"])[0]
    client, _scope = colleague(tenants[Kind.CUSTOMS], role=Role.VIEWER)
    assert client.get("/desk/").status_code == 200
    assert (
        client.post(f"/declarations/{one.id}/decide/", {"action": "detain", "reason": "no"}).status_code
        == 403
    )


def test_an_unknown_action_is_refused(tenants: dict[str, Tenant]) -> None:
    one = declare(tenants, ["1001"])[0]
    answer = tenants[Kind.CUSTOMS].client.post(
        f"/declarations/{one.id}/decide/", {"action": "burn", "reason": "cold"}
    )
    assert answer.status_code in (400, 422)


def test_the_desk_s_pane_comes_alone_for_a_row(tenants: dict[str, Tenant]) -> None:
    first, second = declare(tenants, ["1001", "1002"])
    pane = text_of(tenants[Kind.CUSTOMS].client.get(f"/desk/?at={second.id}", headers={"HX-Request": "true"}))
    assert second.mrn in pane
    assert first.mrn not in pane
    assert "<html" not in pane


def test_small_differences_are_accepted_with_a_reason_by_the_seller_alone(tenants: dict[str, Tenant]) -> None:
    declare(tenants, ["1001"])
    soft(tenants, "1001")
    seller, order_id = tenants[Kind.SELLER], uid("1001")
    page = text_of(seller.client.get("/matches/"))
    assert "The telephone numbers differ." in page
    assert "07 12 34 56 78" in page
    assert text_of(seller.client.get("/matches/export.csv")).strip().splitlines()[1].split(",")[0] == "1001"
    assert "All documents agree" in text_of(tenants[STRANGER].client.get("/matches/"))
    tenants[STRANGER].client.post(f"/matches/{order_id}/accept/", {"reason": "mine now"})
    assert (
        tenants[Kind.BUYER].client.post(f"/matches/{order_id}/accept/", {"reason": "mine"}).status_code == 403
    )
    assert verdicts_for([order_id])[order_id]["accepted_by"] == ""
    seller.client.post(f"/matches/{order_id}/accept/", {"reason": "The buyer changed the number"})
    assert verdicts_for([order_id])[order_id]["accepted_why"] == "The buyer changed the number"
    assert "All documents agree" in text_of(seller.client.get("/matches/"))


def test_the_match_desk_asks_as_many_queries_for_fifty(tenants: dict[str, Tenant]) -> None:
    soft(tenants, "1001")
    with as_many_queries(tenants[Kind.SELLER].client, ["/matches/"]):
        for name in MANY[:49]:
            soft(tenants, name)
