"""The tax of a UK declaration on a page: dropped, of one's own, refused, and in Chinese."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fondaco.delivery.web.tests.border_helpers import NOW, _owners, queries_of, text_of
from fondaco.kernel.tenancy import Kind
from fondaco.platforms.window.cds_messages import render_cds
from fondaco.platforms.window.public import draft_declarations
from fondaco.platforms.window.tests.uk_declarations import uk_draft, uk_filing
from tests.tenants import STRANGER, Tenant, leaks, make_tenants

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


def drop(client: Client, raw: bytes, status: int = 200) -> str:
    answer = client.post("/clearing/assess/drop/", {"file": SimpleUploadedFile("d.xml", raw)})
    assert answer.status_code == status
    return text_of(answer)


def test_a_dropped_declaration_shows_every_line_and_why(tenants: dict[str, Tenant]) -> None:
    raw = render_cds(uk_filing())
    for kind in (Kind.SELLER, Kind.CUSTOMS):
        client = tenants[kind].client
        assert "Drop a UK import declaration here" in text_of(client.get("/clearing/assess/"))
        text = drop(client, raw)
        for word in (
            "A00",
            "Customs duty",
            "B00",
            "Import VAT",
            "at 6 % is",
            "D.E. 4/14",
            "D.E. 6/14",
        ):
            assert word in text
    assert tenants[Kind.BUYER].client.get("/clearing/assess/").status_code == 403


def test_what_cannot_be_read_or_worked_out_is_said(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.SELLER].client
    assert "This is not well-formed XML." in drop(client, b"<a", 422)
    assert client.post("/clearing/assess/drop/").status_code == 422
    odd = uk_filing()
    odd = replace(odd, items=[replace(item, hs_code="9999999999") for item in odd.items])
    text = drop(client, render_cds(odd))
    assert "4 taxes could not be worked out." in text
    assert "is not a code of the tariff held" in text


def test_a_declaration_of_ones_own(tenants: dict[str, Tenant]) -> None:
    row = draft_declarations([uk_draft(**_owners(tenants))], actor="t", now=NOW)[0]
    path = f"/declarations/{row.id}/assessment/"
    assert leaks(tenants, owners={Kind.SELLER.value, Kind.CUSTOMS.value}, path=path) == []
    assert "86.50" in text_of(tenants[Kind.SELLER].client.get(path))
    assert tenants[STRANGER].client.get(path).status_code == 404
    assert queries_of(tenants[Kind.SELLER].client, path) <= 12
    page = text_of(tenants[Kind.SELLER].client.get(f"/declarations/{row.id}/"))
    assert path in page


def test_a_reader_of_chinese_sees_chinese_words(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.SELLER].client
    client.cookies["django_language"] = "zh-hans"
    text = drop(client, render_cds(uk_filing()))
    assert "关税" in text
    assert "Price of the goods" not in text
