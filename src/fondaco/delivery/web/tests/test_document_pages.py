from __future__ import annotations

from datetime import timedelta

import pytest

from fondaco.delivery.web.tests.systems_helpers import DAY, csv_of, queries, uid
from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role
from fondaco.systems.sharing import public as sharing
from fondaco.systems.sharing.public import (
    DocumentData,
    DocumentDTO,
    DocumentLine,
    DocumentTotals,
    NewDocument,
    Party,
)
from tests.tenants import STRANGER, Tenant, leaks, make_tenants

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenants(settings, tmp_path) -> dict[str, Tenant]:
    settings.HOME = tmp_path
    return make_tenants()


def freeze(tenants: dict[str, Tenant], count: int, *, first: int = 0) -> list[DocumentDTO]:
    """Invoices of as many orders of the tenants' seller to the tenants' buyer; no file is made."""
    return sharing.store_documents(
        [_invoice(tenants, f"D{number}") for number in range(first, first + count)],
        now=clock.now(), actor="test", render=False,
    )  # fmt: skip


def _invoice(tenants: dict[str, Tenant], name: str) -> NewDocument:
    money = Money(1_250, "GBP")
    data = DocumentData(
        number=name,
        issued_on=DAY,
        order_number=name,
        seller=Party(name="Brook", address=("1 Quay Street",), country="GB"),
        buyer=Party(name="Camille", address=("2 rue du Port",), country="FR"),
        lines=(DocumentLine(sku="A", description="mug", quantity=1, value=money, net_g=300, hs_code="691110",
                            origin="CN", unit_value=money),),
        totals=DocumentTotals(goods=money, total=money),
        incoterm="DDP",
        declaration_ref=name,
    )  # fmt: skip
    return NewDocument(
        uid(name), "commercial_invoice", data,
        seller_id=tenants[Kind.SELLER].scope.organisation_id, buyer_id=tenants[Kind.BUYER].scope.organisation_id,
    )  # fmt: skip


def share(tenants: dict[str, Tenant], path: str, *, by: str = Kind.SELLER, to: str = Kind.BANK) -> int:
    until = (clock.today() + timedelta(days=10)).isoformat()
    body = {"grantee": str(tenants[to].scope.organisation_id), "purpose": "credit check", "until": until}
    return tenants[by].client.post(f"{path}share/", body).status_code


def test_the_list_costs_the_same_queries_for_one_and_for_fifty(tenants: dict[str, Tenant]) -> None:
    freeze(tenants, 1)
    client = tenants[Kind.SELLER].client
    one = queries(client, "/documents/")
    freeze(tenants, 49, first=1)
    assert queries(client, "/documents/") == one
    assert len(csv_of(client, "/documents/export.csv")) == 51
    assert csv_of(tenants[STRANGER].client, "/documents/export.csv")[1:] == []
    assert len(csv_of(client, "/documents/export.csv?q=D12")) == 2


def test_a_document_is_seen_by_its_parties_alone(tenants: dict[str, Tenant]) -> None:
    [one] = freeze(tenants, 1)
    for path in (f"/documents/{one.id}/", f"/documents/{one.id}/open/"):
        assert leaks(tenants, owners={Kind.SELLER, Kind.BUYER}, path=path) == []
        assert tenants[STRANGER].client.get(path).status_code == 404


def test_opening_leaves_a_receipt_that_the_owner_sees_and_a_guest_does_not(
    tenants: dict[str, Tenant],
) -> None:
    [one] = freeze(tenants, 1)
    path = f"/documents/{one.id}/"
    assert share(tenants, path) == 302
    bank = tenants[Kind.BANK].client
    answer = bank.get(f"{path}open/?purpose=annual+review")
    assert answer.content.startswith(b"%PDF")
    assert answer["Cache-Control"] == "private, no-store"
    page = tenants[Kind.SELLER].client.get(path).content.decode()
    assert "annual review" in page
    assert "credit check" in page
    guest = bank.get(path).content.decode()
    assert "annual review" not in guest
    assert "Let somebody in" not in guest
    assert one.number in bank.get("/documents/").content.decode()


def test_a_permission_taken_back_ends_at_once(tenants: dict[str, Tenant]) -> None:
    [one] = freeze(tenants, 1)
    path = f"/documents/{one.id}/"
    share(tenants, path)
    seller, bank = tenants[Kind.SELLER], tenants[Kind.BANK]
    [grant] = sharing.grants_of(seller.scope, one.id, now=clock.now())
    end = f"{path}permissions/{grant.id}/end/"
    bank.client.post(end)
    assert bank.client.get(path).status_code == 200
    assert seller.client.post(end).status_code == 302
    assert bank.client.get(path).status_code == 404
    assert bank.client.get(f"{path}open/").status_code == 404


def test_only_an_owner_lets_in_and_only_for_a_purpose(tenants: dict[str, Tenant]) -> None:
    [one] = freeze(tenants, 1)
    path = f"/documents/{one.id}/"
    share(tenants, path, by=STRANGER)
    share(tenants, path, to=Kind.SELLER)
    tenants[Kind.SELLER].client.post(f"{path}share/", {"grantee": "x", "purpose": "", "until": "never"})
    assert sharing.grants_of(tenants[Kind.PLATFORM].scope, one.id, now=clock.now()) == []


def test_a_viewer_may_look_and_not_share(settings, tmp_path) -> None:
    settings.HOME = tmp_path
    tenants = make_tenants(role=Role.VIEWER)
    [one] = freeze(tenants, 1)
    assert share(tenants, f"/documents/{one.id}/") == 403
    assert b"Let somebody in" not in tenants[Kind.SELLER].client.get(f"/documents/{one.id}/").content
