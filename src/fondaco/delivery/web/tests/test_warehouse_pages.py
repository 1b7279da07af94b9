"""The warehouse pages: what each role sees, the bench without JavaScript, and one number of queries."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Role
from fondaco.parties.public import ensure_member, ensure_user
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import NewReceipt, NewStore, Want
from tests.tenants import STRANGER, Tenant, leaks, make_tenants

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


@pytest.fixture
def seller(tenants: dict[str, Tenant]) -> Tenant:
    return tenants["seller"]


@pytest.fixture
def store(tenants: dict[str, Tenant]) -> UUID:
    owner, park = tenants["seller"].scope, tenants["park"].scope
    new = NewStore(owner.organisation_id, park.organisation_id, "p", "Park store", "park", "GB")
    made = logistics.ensure_stores([new], aisles=2, bays=3)[0]
    fill(owner_of(tenants), made.pk, "mug", "tin")
    return made.pk


def owner_of(tenants: dict[str, Tenant]) -> Tenant:
    return tenants["seller"]


def fill(owner: Tenant, store: UUID, *skus: str) -> None:
    rows = [NewReceipt(sku, 10, "L1", "CN", key=f"k:{sku}", title=f"A {sku}") for sku in skus]
    logistics.receive_goods(owner.scope, store, rows, now=NOW, actor="t")


def wave(owner: Tenant, store: UUID, *pieces: tuple[str, int]) -> tuple[UUID, UUID]:
    """A pick list of one order, and its packing job."""
    want = Want(new_id(), "FO-7", owner.scope.organisation_id, "GB", pieces)
    logistics.reserve_orders([want], now=NOW, actor="t")
    made = logistics.make_wave(owner.scope, store, now=NOW, actor="t")
    return made, logistics.wave_detail(owner.scope, made).jobs[0].id


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_a_seller_without_a_warehouse_is_told_what_to_do(seller: Tenant) -> None:
    for path in ("/warehouse/", "/warehouse/stock/", "/warehouse/receive/", "/replenishment/", "/warehouse/pack/",
                 "/warehouse/manifest/"):  # fmt: skip
        answer = seller.client.get(path)
        assert answer.status_code == 200
        assert 'class="empty"' in answer.content.decode()


def test_the_lists_cost_the_same_for_one_row_and_for_fifty(seller: Tenant, store: UUID) -> None:
    paths = ("/warehouse/stock/", "/warehouse/", "/warehouse/articles/mug/")
    before = [queries(seller.client, path) for path in paths]
    fill(seller, store, *[f"s{n}" for n in range(60)])
    assert [queries(seller.client, path) for path in paths] == before


def test_the_bench_counts_refuses_loudly_undoes_and_ships(seller: Tenant, store: UUID) -> None:
    _, job = wave(seller, store, ("mug", 1), ("tin", 1))
    page, scan = f"/warehouse/pack/{job}/", f"/warehouse/pack/{job}/scan/"
    shown = seller.client.get(page).content.decode()
    assert "autofocus" in shown
    assert 'name="code"' in shown
    wrong = seller.client.post(scan, {"code": "cup"}, follow=True).content.decode()
    assert 'role="alert"' in wrong
    assert "Wrong article" in wrong
    seller.client.post(scan, {"code": "MUG"})
    seller.client.post(f"/warehouse/pack/{job}/undo/")
    assert logistics.packing_job(seller.scope, job).packed == 0
    for code in ("mug", "tin"):
        done = seller.client.post(scan, {"code": code}, follow=True).content.decode()
    assert "The parcel is complete" in done
    assert {row.sku: row.on_hand for row in logistics.list_stock(seller.scope).rows} == {"mug": 9, "tin": 9}


def test_a_scanned_order_number_opens_its_job(seller: Tenant, store: UUID) -> None:
    _, job = wave(seller, store, ("mug", 1))
    assert seller.client.get("/warehouse/pack/?code=fo-7")["Location"] == f"/warehouse/pack/{job}/"
    assert "No open packing job" in seller.client.get("/warehouse/pack/?code=FO-8").content.decode()


def test_the_park_that_runs_the_building_sees_it_and_nobody_else(
    tenants: dict[str, Tenant], store: UUID
) -> None:
    made, job = wave(tenants["seller"], store, ("mug", 1))
    for path in (f"/warehouse/pick/{made}/", f"/warehouse/pack/{job}/", "/warehouse/articles/mug/"):
        assert leaks(tenants, owners={"seller", "park"}, path=path) == []
        assert tenants["park"].client.get(path).status_code == 200
    assert "Park store" not in tenants[STRANGER].client.get("/warehouse/").content.decode()


def test_what_is_booked_from_a_page_is_in_the_history(seller: Tenant, store: UUID) -> None:
    article = logistics.stock_article(seller.scope, "mug")
    deed = {"sku": "mug", "key": "1", "deed": "quarantine", "quantity": "2", "reason": "chipped"}
    for _ in range(2):
        seller.client.post(f"/warehouse/places/{article.bins[0].id}/", deed)
    after = logistics.stock_article(seller.scope, "mug")
    assert [(row.on_hand, row.quarantined) for row in after.rows] == [(8, 2)]
    assert "chipped" in seller.client.get("/warehouse/articles/mug/").content.decode()


def test_goods_are_booked_in_by_a_form_that_keeps_what_was_typed(seller: Tenant, store: UUID) -> None:
    form = {"store": str(store), "sku": "cup", "quantity": "4", "lot": "L9", "origin": "", "key": "1"}
    refused = seller.client.post("/warehouse/receive/", form)
    assert 'value="L9"' in refused.content.decode()
    assert logistics.list_stock(seller.scope, search="cup").total == 0
    seller.client.post("/warehouse/receive/", {**form, "origin": "cn"})
    assert logistics.list_stock(seller.scope, search="cup").rows[0].on_hand == 4


def test_a_viewer_books_nothing(seller: Tenant, store: UUID) -> None:
    user = ensure_user(email="reader@example.org", name="Reader", password="a quay in the fog 5")
    ensure_member(user_id=user.id, organisation_id=seller.scope.organisation_id, role=Role.VIEWER)
    reader = Client()
    reader.force_login(get_user_model().objects.get(id=user.id))
    assert reader.post("/warehouse/receive/", {"sku": "mug"}).status_code == 403
    assert reader.post(f"/warehouse/stores/{store}/pick/").status_code == 403
    assert reader.get("/warehouse/").status_code == 200


def test_a_proposal_is_explained_ordered_and_received(seller: Tenant, store: UUID) -> None:
    history = {"mug": [9, 0, 12, 8, 11, 10, 7]}
    run = logistics.propose_orders(store, history, {"mug": 4.0}, on=date(2026, 11, 22), now=NOW, actor="t")
    assert run.proposed == 1
    again = logistics.propose_orders(store, history, {"mug": 4.0}, on=date(2026, 11, 22), now=NOW, actor="t")
    assert again.proposed == 0
    (p,), _ = logistics.list_proposals(seller.scope)
    page = f"/replenishment/{p.id}/"
    for path in (page, f"{page}why/", "/replenishment/", "/replenishment/export.csv"):
        assert seller.client.get(path).status_code == 200
    seller.client.post(f"{page}decide/", {"deed": "accept", "quantity": "70"})
    assert logistics.list_stock(seller.scope, search="mug").rows[0].on_order == 70
    seller.client.post(f"{page}decide/", {"deed": "receive", "quantity": "68", "lot": "L2", "origin": "CN"})
    row = logistics.list_stock(seller.scope, search="mug").rows[0]
    assert (row.on_hand, row.on_order) == (78, 0)
    assert logistics.proposal_detail(seller.scope, p.id).state == "arrived"
