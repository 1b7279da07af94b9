"""Supervision modes in the console and the API, and a declaration as a file."""

from __future__ import annotations

import json

import pytest
from django.conf import settings

from fondaco.delivery.web.tests.border_helpers import declare, text_of
from fondaco.kernel.tenancy import Kind
from fondaco.platforms.window.public import PAPERS, read_paper
from tests.tenants import STRANGER, Tenant, make_tenants

pytestmark = pytest.mark.django_db
ORDER = (
    "/modes/?direction=import&country=FR&on=2026-11-22&amount=42.50&currency=EUR&buyer=yes&stock=direct&origin=CN"
    "&scheme=IOSS"
)


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


def test_the_table_has_every_mode_with_its_source_and_narrows(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.SELLER].client
    whole = text_of(client.get("/modes/"))
    for told in ("CN-9610", "EU-H7-IOSS", "GB-BIRDS", "US-11", "19 CFR 143.21", "ended"):
        assert told in whole
    narrowed = text_of(client.get("/modes/?of=US&way=export"))
    assert "US-NOEEI" in narrowed
    assert "CN-9610" not in narrowed
    assert "No mode is held" in text_of(client.get("/modes/?of=KR&way=export"))


def test_an_order_gets_its_mode_and_the_others_say_why_not(tenants: dict[str, Tenant]) -> None:
    page = text_of(tenants[Kind.SELLER].client.get(ORDER))
    assert "This mode fits" in page
    assert "EU-H7-IOSS" in page
    assert "150.00 EUR" in page
    dear = text_of(tenants[Kind.SELLER].client.get(ORDER.replace("42.50", "200")))
    assert "200.00 EUR" in dear
    wrong = tenants[Kind.SELLER].client.get(ORDER.replace("42.50", "many"))
    assert wrong.status_code == 200
    assert "This mode fits" not in text_of(wrong)


def test_the_api_chooses_too_and_keeps_unknown_facts_apart(tenants: dict[str, Tenant]) -> None:
    client = tenants[Kind.SELLER].client
    modes = client.get("/api/v1/modes?country=GB&direction=import&on=2026-11-22").json()
    assert [one["code"] for one in modes] == ["GB-BIRDS", "GB-H1-135", "GB-H1"]
    body = json.dumps({"direction": "import", "country": "FR", "amount": "10.00", "b2c": True})
    chosen = client.post("/api/v1/modes/choice", body, content_type="application/json")
    assert chosen.status_code == 200, chosen.content
    assert chosen.json()["chosen"]["mode"] == "EU-H1"
    against = {
        one["mode"]: [r["what"] for r in one["reasons"] if r["held"] is None]
        for one in chosen.json()["refused"]
    }
    assert {"licence", "excise"} <= set(against["EU-H7"])


def test_a_declaration_is_had_in_every_format_by_those_who_may_see_it(tenants: dict[str, Tenant]) -> None:
    (one,) = declare(tenants, ["1001"])
    client = tenants[Kind.SELLER].client
    page = text_of(client.get(f"/declarations/{one.id}/"))
    for form in PAPERS:
        assert f"/declarations/{one.id}/as/{form}/" in page
    for form in ("csv", "xlsx", "cusdec"):
        file = client.get(f"/declarations/{one.id}/as/{form}/")
        assert file.status_code == 200
        read, problems = read_paper(file.content)
        assert (read.lrn, problems) == (one.lrn, [])
    assert client.get(f"/api/v1/declarations/{one.id}/papers/csv").status_code == 200
    assert client.get(f"/api/v1/declarations/{one.id}/papers/fax").status_code == 404
    for form in ("csv", "h7"):
        assert tenants[STRANGER].client.get(f"/declarations/{one.id}/as/{form}/").status_code == 404


def test_what_a_format_refuses_is_said_on_the_page(tenants: dict[str, Tenant]) -> None:
    (one,) = declare(tenants, ["1001"])
    back = tenants[Kind.SELLER].client.get(f"/declarations/{one.id}/as/h7/", follow=True)
    assert back.redirect_chain == [(f"/declarations/{one.id}/", 302)]
    assert "No provider publishes a rate between these currencies" in text_of(back)


def test_a_declaration_is_shown_in_the_reader_s_own_colours(tenants: dict[str, Tenant]) -> None:
    one = declare(tenants, ["1001"])[0]
    client = tenants[Kind.SELLER].client
    client.cookies[settings.MODE_COOKIE_NAME] = "dark"
    assert 'data-mode="dark"' in client.get(f"/declarations/{one.id}/").content.decode()
