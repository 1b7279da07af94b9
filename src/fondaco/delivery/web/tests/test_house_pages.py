"""Verification, the audit trail, API keys and webhooks."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from fondaco.delivery.api import webhooks
from fondaco.delivery.web.presenting.health_words import health_lines
from fondaco.delivery.web.tests.systems_helpers import NOW, csv_of, queries
from fondaco.flows.health import Health
from fondaco.kernel import audit, clock
from fondaco.kernel.outbox import Event
from fondaco.kernel.tenancy import Kind, Role
from fondaco.parties import public as parties
from tests.tenants import STRANGER, Tenant, leaks, make_tenants

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenants() -> dict[str, Tenant]:
    return make_tenants()


def deed(tenant: Tenant, path: str, name: str, **more: object) -> None:
    assert tenant.client.post(f"{path}deed/", {"deed": name, **more}).status_code in (302, 403)


def hand_in(tenant: Tenant) -> UUID:
    tenant.client.post("/verification/open/")
    [opened] = [
        row for row in parties.dossiers(tenant.scope) if row.organisation.id == tenant.scope.organisation_id
    ]
    path = f"/verification/{opened.id}/"
    for type_ in ("registration", "identity"):
        paper = SimpleUploadedFile(f"{type_}.pdf", b"%PDF-1.7 " + type_.encode())
        deed(tenant, path, "add", type=type_, file=paper)
    deed(tenant, path, "submit")
    return opened.id


def state_of(tenants: dict[str, Tenant], dossier_id: UUID) -> str:
    return parties.dossier(tenants[Kind.PLATFORM].scope, dossier_id).state


def test_papers_are_handed_in_and_decided_by_another(tenants: dict[str, Tenant]) -> None:
    dossier_id = hand_in(tenants[Kind.SELLER])
    path = f"/verification/{dossier_id}/"
    assert state_of(tenants, dossier_id) == "submitted"
    deed(tenants[Kind.SELLER], path, "approve")
    assert state_of(tenants, dossier_id) == "submitted"
    deed(tenants[Kind.PLATFORM], path, "reject")
    assert state_of(tenants, dossier_id) == "submitted"  # a rejection needs a reason
    deed(tenants[Kind.PLATFORM], path, "reject", reason="The seal is missing.")
    assert state_of(tenants, dossier_id) == "rejected"
    assert "The seal is missing." in tenants[Kind.SELLER].client.get(path).content.decode()
    deed(tenants[Kind.SELLER], path, "reopen")
    deed(tenants[Kind.SELLER], path, "submit")
    deed(tenants[Kind.PLATFORM], path, "approve")
    assert state_of(tenants, dossier_id) == "approved"


def test_who_handed_in_does_not_decide_even_at_the_platform(tenants: dict[str, Tenant]) -> None:
    operator = tenants[Kind.PLATFORM]
    dossier_id = hand_in(operator)
    path = f"/verification/{dossier_id}/"
    deed(operator, path, "approve")
    assert state_of(tenants, dossier_id) == "submitted"
    page = operator.client.get(path).content.decode()
    assert "somebody else must decide" in page
    assert 'value="approve"' not in page


def test_a_dossier_and_its_papers_stay_between_their_owner_and_the_operator(
    tenants: dict[str, Tenant],
) -> None:
    dossier_id = hand_in(tenants[Kind.SELLER])
    paper = parties.dossier(tenants[Kind.SELLER].scope, dossier_id).documents[0]
    for path in (f"/verification/{dossier_id}/", f"/verification/papers/{paper.id}/"):
        assert leaks(tenants, owners={Kind.SELLER}, path=path) == []
        assert tenants[STRANGER].client.get(path).status_code == 404
    file = tenants[Kind.PLATFORM].client.get(f"/verification/papers/{paper.id}/")
    assert file["Content-Disposition"].startswith("attachment")
    assert file["X-Content-Type-Options"] == "nosniff"
    assert csv_of(tenants[STRANGER].client, "/verification/export.csv")[1:] == []


def test_a_file_that_is_no_paper_is_refused_and_nothing_is_kept(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    seller.client.post("/verification/open/")
    [opened] = parties.dossiers(seller.scope)
    deed(
        seller,
        f"/verification/{opened.id}/",
        "add",
        type="identity",
        file=SimpleUploadedFile("a.pdf", b"<script>"),
    )
    assert parties.dossier(seller.scope, opened.id).documents == ()


def test_the_queue_of_dossiers_costs_the_same_queries(tenants: dict[str, Tenant]) -> None:
    hand_in(tenants[Kind.SELLER])
    one = queries(tenants[Kind.PLATFORM].client, "/verification/")
    for name in (Kind.BUYER, Kind.CARRIER, Kind.BANK, STRANGER):
        hand_in(tenants[name])
    assert queries(tenants[Kind.PLATFORM].client, "/verification/") == one


def test_a_key_is_shown_once_works_and_ends_at_once(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    asked = {"name": "Shop", "may": "read", "role": "viewer", "days": "30"}
    answer = seller.client.post("/api-keys/issue/", asked)
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    plain = re.search(r"fnd_[a-z2-7]+_[\w-]+", answer.content.decode())[0]
    scope = parties.authenticate_api_key(plain, now=clock.now())
    assert (scope.organisation_id, scope.role) == (seller.scope.organisation_id, Role.VIEWER)
    assert plain not in seller.client.get("/api-keys/").content.decode()
    assert plain not in str(dict(seller.client.session))
    [key] = parties.list_api_keys(seller.scope)
    tenants[STRANGER].client.post(f"/api-keys/{key.id}/revoke/")
    assert parties.authenticate_api_key(plain, now=clock.now())
    assert seller.client.post(f"/api-keys/{key.id}/revoke/").status_code == 302
    with pytest.raises(parties.BadApiKey):
        parties.authenticate_api_key(plain, now=clock.now())


def test_keys_need_a_manager_and_keep_what_was_typed(tenants: dict[str, Tenant]) -> None:
    answer = tenants[Kind.SELLER].client.post(
        "/api-keys/issue/", {"name": " ", "may": "write", "role": "clerk", "days": "30"}
    )
    assert answer.status_code == 422
    assert parties.list_api_keys(tenants[Kind.SELLER].scope) == []


def test_viewers_are_kept_from_keys_webhooks_and_the_trail() -> None:
    client = make_tenants(role=Role.VIEWER)[Kind.SELLER].client
    assert {client.get(path).status_code for path in ("/api-keys/", "/webhooks/", "/audit/")} == {403}


def test_keys_cost_the_same_queries_for_one_and_for_fifty(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    parties.issue_api_key(seller.scope, "first", now=clock.now())
    one = queries(seller.client, "/api-keys/")
    for number in range(49):
        parties.issue_api_key(seller.scope, f"key {number}", now=clock.now())
    assert queries(seller.client, "/api-keys/") == one
    assert len(csv_of(seller.client, "/api-keys/export.csv")) == 51


def test_the_trail_shows_each_party_its_own_and_the_operator_the_chain(tenants: dict[str, Tenant]) -> None:
    seller, operator = tenants[Kind.SELLER], tenants[Kind.PLATFORM]
    parties.issue_api_key(seller.scope, "quay key", now=clock.now())
    audit.seal_all()
    assert "quay key" in seller.client.get("/audit/").content.decode()
    assert "quay key" not in tenants[STRANGER].client.get("/audit/").content.decode()
    page = operator.client.get("/audit/?check=yes&action=parties.key").content.decode()
    assert "The chain holds" in page
    assert "quay key" in page
    assert "The chain holds" not in seller.client.get("/audit/?check=yes").content.decode()
    assert (
        len(csv_of(operator.client, "/audit/export.csv?actor=tenant-seller@example.org&action=parties.key"))
        == 2
    )
    assert csv_of(operator.client, "/audit/export.csv?actor=nobody@example.org")[1:] == []


def test_the_trail_costs_the_same_queries_for_one_and_for_fifty(tenants: dict[str, Tenant]) -> None:
    operator = tenants[Kind.PLATFORM]
    path = "/audit/?action=test."
    audit.record([audit.Deed("test.deed", "order", str(uuid4()))], actor="t", at=NOW)
    one = queries(operator.client, path)
    audit.record([audit.Deed("test.deed", "order", str(uuid4())) for _ in range(60)], actor="t", at=NOW)
    assert queries(operator.client, path) == one
    assert len(csv_of(operator.client, "/audit/export.csv?action=test.")) == 62


def send(tenant: Tenant, count: int) -> None:
    for number in range(count):
        event = Event("orders.released", f"A{number}", {"seller_id": str(tenant.scope.organisation_id)})
        webhooks.enqueue(event, event_id=uuid4(), now=NOW)


def test_an_endpoints_secret_is_shown_once(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    body = {"url": "https://shop.example/hook", "topics": "orders.* finance.payout_sent"}
    answer = seller.client.post("/webhooks/add/", body)
    assert answer.status_code == 201
    secret = re.search(r"whsec_[\w+/=]+", answer.content.decode())[0]
    assert secret not in seller.client.get("/webhooks/").content.decode()
    again = seller.client.post("/webhooks/add/", body)
    assert again.status_code == 409
    assert "whsec_" not in again.content.decode()
    path = f"/webhooks/{webhooks.endpoints_of(seller.scope)[0].id}/secret/"
    fresh = re.search(r"whsec_[\w+/=]+", seller.client.post(path).content.decode())[0]
    assert fresh != secret
    assert fresh not in seller.client.get("/webhooks/").content.decode()
    assert tenants[STRANGER].client.post(path).status_code == 404
    assert (
        seller.client.post("/webhooks/add/", {"url": "https://b.example/", "topics": "../etc"}).status_code
        == 422
    )


def test_deliveries_cost_the_same_queries_are_ones_own_and_go_out_again(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    webhooks.register(seller.scope, url="https://shop.example/hook", topics=[], now=NOW)
    send(seller, 1)
    one = queries(seller.client, "/webhooks/")
    send(seller, 49)
    assert queries(seller.client, "/webhooks/") == one
    assert len(csv_of(seller.client, "/webhooks/export.csv")) == 51
    assert csv_of(tenants[STRANGER].client, "/webhooks/export.csv")[1:] == []
    delivery = webhooks.deliveries_of(seller.scope)[0]
    delivery.state = "failed"
    delivery.save(update_fields=["state"])
    tenants[STRANGER].client.post(f"/webhooks/deliveries/{delivery.id}/replay/")
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    seller.client.post(f"/webhooks/deliveries/{delivery.id}/replay/")
    delivery.refresh_from_db()
    assert delivery.state == "pending"


def test_an_endpoint_is_removed_by_its_owner_alone(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    made = webhooks.register(seller.scope, url="https://shop.example/hook", topics=[], now=NOW)
    tenants[STRANGER].client.post(f"/webhooks/{made.id}/remove/")
    assert len(webhooks.endpoints_of(seller.scope)) == 1
    seller.client.post(f"/webhooks/{made.id}/remove/")
    assert webhooks.endpoints_of(seller.scope) == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            Kind.CARRIER,
            ("To collect", "Milestones to confirm", "Tenders that wait for you", "Freight owed to you"),
        ),
        (Kind.BANK, ("Exchange rates used today", "Open exposure")),
        (Kind.PARK, ("Space in use", "Batches for collective clearance")),
        (Kind.CUSTOMS, ("Red before yellow, then the oldest", "Duty and tax held for you")),
        (Kind.PLATFORM, ("Health of every system", "nothing told yet", "Background worker", "not running")),
    ],
)
def test_each_role_finds_its_own_home(tenants: dict[str, Tenant], kind: Kind, words: tuple[str, ...]) -> None:
    page = tenants[kind].client.get("/home/").content.decode()
    assert [word for word in words if word not in page] == []


def test_the_palette_offers_what_a_role_may_do(tenants: dict[str, Tenant]) -> None:
    pages = {
        kind: tenants[kind].client.get("/home/").content.decode() for kind in (Kind.SELLER, Kind.CUSTOMS)
    }
    assert "Announce a flash sale" in pages[Kind.SELLER]
    assert "Announce a flash sale" not in pages[Kind.CUSTOMS]
    assert "Decide the next declaration" in pages[Kind.CUSTOMS]


def test_the_health_of_a_system_is_one_of_four_meanings_with_a_word() -> None:
    found = [
        Health("ledger", 2, NOW), Health("rates", 1), Health("shipments", 7), Health("lists", None), Health("events", 0),
    ]  # fmt: skip
    lines = health_lines(found, worker=True)
    assert [line.tone for line in lines] == ["stop", "wait", "wait", "info", "good", "good"]
    assert [line.word for line in lines] == [
        "2 to see to", "too old", "7 to see to", "nothing told yet", "well", "at work",
    ]  # fmt: skip
