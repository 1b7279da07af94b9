"""Signing keys, monthly summaries and the hand-written declaration over pages and API: who may, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fondaco.kernel.tenancy import Kind, Role
from fondaco.parties.public import ensure_member, ensure_organisation, ensure_user
from fondaco.platforms.window.models import DeclarantKey, Declaration
from fondaco.platforms.window.tests.gacc_signing import signer
from tests.callers import Caller, assert_problem

pytestmark = pytest.mark.django_db
PEM = signer().certificate.public_bytes(Encoding.PEM)


def member(kind: Kind, country: str, *, role: Role = Role.OWNER, slug: str = "") -> Client:
    """A person of an organisation, signed in."""
    where = {"street": "1 Quay St", "city": "Leith", "postcode": "EH6 6JJ"}
    name = slug or f"{kind.value}-{country.lower()}"
    house = ensure_organisation(kind=kind, name=name, country=country, slug=name, currency="GBP", address=where,
                                identifiers={"eori": "GB123456789000"})  # fmt: skip
    user = ensure_user(email=f"{name}-{role}@example.org", name=f"Person of {name}", password="x")
    ensure_member(user_id=user.id, organisation_id=house.id, role=role)
    client = Client()
    client.force_login(_django_user(user.id))
    return client


def _django_user(key: Any) -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(pk=key)


def test_a_key_is_entered_approved_and_revoked_on_the_page() -> None:
    office, seller = member(Kind.CUSTOMS, "CN"), member(Kind.SELLER, "GB")
    assert "No key is registered" in seller.get("/signing-keys/").content.decode()
    asked = {"name": "Office", "country": "CN", "file": SimpleUploadedFile("key.pem", PEM)}
    page = seller.post("/signing-keys/enter/", asked, follow=True).content.decode()
    assert "It signs once the authority has approved it." in page
    key = DeclarantKey.objects.house().get()
    assert (key.state, key.name) == ("entered", "Office")
    assert seller.post(f"/signing-keys/{key.id}/", {"deed": "approve"}, follow=True).status_code == 200
    assert DeclarantKey.objects.house().get().state == "entered"  # a declarant approves nothing
    office.post(f"/signing-keys/{key.id}/", {"deed": "approve"})
    assert DeclarantKey.objects.house().get().state == "approved"
    answer: Any = seller.get("/signing-keys/export.csv")
    lines = b"".join(answer.streaming_content)
    assert b"Office" in lines
    seller.post(f"/signing-keys/{key.id}/", {"deed": "revoke", "reason": "stolen"})
    assert DeclarantKey.objects.house().get().state == "revoked"


def test_keys_over_the_api() -> None:
    office = ensure_organisation(kind=Kind.CUSTOMS, name="cn", country="CN", slug="cn-office")
    seller = Caller(ensure_organisation(kind=Kind.SELLER, name="s", country="CN", slug="s").id, Kind.SELLER)
    body = {"name": "Office", "country": "CN", "certificate": PEM.decode()}
    made = seller.send("POST", "/window/signing-keys", body, key="one")
    assert (made.status_code, made.json()["state"]) == (201, "entered")
    assert_problem(seller.send("POST", "/window/signing-keys", body), 409, "key-entered")
    assert_problem(seller.send("POST", "/window/signing-keys", body | {"country": "FR"}), 404, "not-found")
    path = f"/window/signing-keys/{made.json()['id']}"
    assert_problem(seller.send("POST", f"{path}/decide", {"approve": True}), 403, "forbidden")
    customs = Caller(office.id, Kind.CUSTOMS)
    assert customs.send("POST", f"{path}/decide", {"approve": True}).json()["state"] == "approved"
    assert [one["state"] for one in seller.get("/window/signing-keys").json()["items"]] == ["approved"]
    raw = b"<ceb:CEB621Message xmlns:ceb='http://www.chinaport.gov.cn/ceb'/>"
    refused = seller.client.generic(
        "POST", "/api/v1/declarations/batches", raw, content_type="application/xml"
    )
    assert_problem(refused, 422, "gacc-message-refused")


def test_a_month_without_lists_says_so() -> None:
    seller = member(Kind.SELLER, "CN")
    assert "No lists to sum up" in seller.get("/monthly-summaries/").content.decode()
    caller = Caller(ensure_organisation(kind=Kind.SELLER, name="m", country="CN", slug="m").id, Kind.SELLER)
    assert caller.get("/window/monthly-summaries").json()["items"] == []
    own = caller.scope.organisation_id
    assert_problem(caller.send("POST", f"/window/monthly-summaries/{own}/2026-1"), 422, "not-a-month")


NOVICE = {
    "kind": "import", "office": "FR", "to_person": "yes", "currency": "GBP", "exporter_name": "Harbour Gifts",
    "exporter_country": "gb", "exporter_identifier": "GB123456789000", "importer_name": "Camille Roux",
    "importer_country": "fr", "importer_line": "3 rue du Port", "importer_city": "Nantes",
    "importer_postcode": "44000", "order_number": "HAND-1", "paid": "52.00", "freight": "6.00",
    "payment_number": "pay-1", "tracking": "RR123456785GB", "carrier": "Royal Mail", "goods-TOTAL_FORMS": "2",
    "goods-INITIAL_FORMS": "0", "goods-0-description": "Ceramic mug", "goods-0-code": "691200",
    "goods-0-origin": "gb", "goods-0-quantity": "2", "goods-0-net_g": "700", "goods-0-gross_g": "800",
    "goods-0-value": "40.00",
}  # fmt: skip


def test_a_novice_writes_a_declaration_from_empty_to_lodged() -> None:
    member(Kind.CUSTOMS, "FR")
    seller = member(Kind.SELLER, "GB")
    page = seller.get("/declarations/write/").content.decode()
    assert 'value="Leith"' in page  # the sender is filled in already
    wrong = seller.post(
        "/declarations/write/", NOVICE | {"goods-0-gross_g": "600", "paid": "", "goods-0-code": "69"}
    )
    assert wrong.status_code == 422
    faults = re.findall(r'class="wrong" id="([^"]+)_error"', wrong.content.decode())
    assert set(faults) == {"id_paid", "id_goods-0-code", "id_goods-0-gross_g"}
    assert 'value="Ceramic mug"' in wrong.content.decode()  # nothing written is lost
    more = seller.post("/declarations/write/", NOVICE | {"more": "1"})
    assert 'name="goods-2-description"' in more.content.decode()
    unfit = seller.post("/declarations/write/", NOVICE | {"importer_country": "gb"})
    assert (unfit.status_code, Declaration.objects.count()) == (422, 0)
    assert "A parcel within one country is not declared." in unfit.content.decode()
    done = seller.post("/declarations/write/", NOVICE)
    row = Declaration.objects.house().get()
    assert done["Location"] == f"/declarations/{row.id}/"
    assert (row.kind, row.country, row.reference, row.invoice_total_minor) == ("import", "FR", "HAND-1", 4000)
    assert row.state in {"released", "under_review", "docs_required", "inspection"}
    viewer = member(Kind.SELLER, "GB", role=Role.VIEWER)
    assert viewer.get("/declarations/write/").status_code == 403
