"""Security of every page: headers, content policy, cookies, sessions; and the ASVS list against what it names."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from fondaco.delivery.api import webhooks
from fondaco.flows.house import ensure_house
from fondaco.flows.logins import OnlyForShow, ensure_logins, ensure_operators
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind, Role
from tests.tenants import Tenant, make_tenants, routes

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "docs" / "security" / "asvs.csv"
STANDARD = settings.SHARED_DATA / "OWASP_ASVS_5.0.0_en.csv"
_INLINE = re.compile(
    rb"<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)[^>]*>|\sstyle=[\"']|<style|\son[a-z]+=[\"']",
    re.IGNORECASE,
)
_DOCS = "/api/v1/docs"  # swagger's own page


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


def pages(client: Client) -> Iterator[tuple[str, Any]]:
    """Every page, those of accounts too, and some answers of the API."""
    paths = [route.path() for route in routes(skip=("api/", "static/", "^", "__"))]
    for path in (*paths, _DOCS, "/api/v1/me", "/api/v1/orders", "/api/v1/nothing", "/nothing"):
        yield path, client.get(path)


def test_every_answer_has_the_headers_and_no_page_an_inline_script_or_style(
    tenants: dict[str, Tenant],
) -> None:
    wrong: dict[str, str] = {}
    seen = 0
    for client in (tenants[Kind.PLATFORM].client, Client(raise_request_exception=False)):
        for path, answer in pages(client):
            policy = answer.headers.get("Content-Security-Policy", "")
            if answer.headers.get("X-Content-Type-Options") != "nosniff":
                wrong[path] = "nosniff"
            if "default-src 'self'" not in policy or "frame-ancestors 'none'" not in policy:
                wrong[path] = policy
            if "unsafe" in policy or "*" in policy:
                wrong[path] = policy
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                seen += 1
                if path != _DOCS and (found := _INLINE.search(answer.content)):
                    wrong[path] = found.group().decode()
                if "charset=utf-8" not in answer.headers["Content-Type"]:
                    wrong[path] = "charset"
    assert wrong == {}
    assert seen > 60


def test_pages_of_a_person_are_kept_by_no_cache_and_signing_out_empties_the_browser(
    tenants: dict[str, Tenant],
) -> None:
    client = tenants[Kind.SELLER].client
    assert "no-store" in client.get("/orders/").headers["Cache-Control"]
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    gone = client.post("/accounts/logout/")
    assert gone.headers["Clear-Site-Data"] == '"cache", "storage"'
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    assert client.get("/orders/").status_code == 302


def test_a_disabled_person_is_out_at_once_and_signing_in_changes_the_session(
    tenants: dict[str, Tenant],
) -> None:
    tenant = tenants[Kind.BUYER]
    person = get_user_model().objects.get(pk=str(tenant.scope.user_id))
    stranger = Client()
    session = stranger.session
    session["kept"] = 1
    session.save()
    before = session.session_key or ""
    stranger.cookies[settings.SESSION_COOKIE_NAME] = before
    stranger.post("/accounts/login/", {"login": person.email, "password": "a quay in the fog 4"})
    after = stranger.cookies[settings.SESSION_COOKIE_NAME].value
    assert len(after) == 32
    assert after != before
    assert stranger.get("/orders/").status_code == 200
    assert tenant.client.get("/orders/").status_code == 200
    get_user_model().objects.filter(pk=person.pk).update(is_active=False)
    assert tenant.client.get("/orders/").status_code == 302


def test_no_other_origin_is_let_in_and_no_get_changes_anything(tenants: dict[str, Tenant]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = tenants[Kind.SELLER].client.cookies
    answer = client.get("/api/v1/me", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert client.post("/mode/", {"mode": "dark"}).status_code == 403
    for kind in (
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ):
        assert client.generic("POST", "/api/v1/exchange/covers", b"{}", content_type=kind).status_code == 403


def test_passwords_follow_nist_length_and_common_lists_only() -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    for good in ("all lower case words 7", "zqvxkwjyphgb"):
        validate_password(good)
    for bad in ("zqvxkwjyphg", "1qaz2wsx3edc4rfv"):  # one letter short; long but common
        with pytest.raises(ValidationError):
            validate_password(bad)


def test_text_of_people_is_shown_as_text(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    bad = 'https://a.example/"><script>alert(1)</script>'
    webhooks.register(replace(seller.scope, role=Role.OWNER), url=bad, topics=["*"], now=clock.now())
    page = seller.client.get("/webhooks/").content.decode()
    assert "<script>alert" not in page
    assert "&quot;&gt;&lt;script&gt;alert(1)" in page


def test_browsers_are_told_to_use_https_by_pages_and_problems(db: None, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 63_072_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    client = Client(raise_request_exception=False)
    for path in ("/", "/nothing", "/api/v1/nothing", "/api/v1/me"):
        told = client.get(path, secure=True).headers["Strict-Transport-Security"]
        assert told == "max-age=63072000; includeSubDomains; preload"


def test_production_makes_no_person_whose_password_is_known(db: None, settings: Any) -> None:
    settings.PRODUCTION = True
    house = ensure_house(countries=["IE"], carriers={"x": "X"})
    ensure_logins(house)
    with pytest.raises(OnlyForShow):
        ensure_operators(house)
    assert get_user_model().objects.count() == 0


def read_list() -> list[dict[str, str]]:
    with LIST.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def names_in(path: Path) -> frozenset[str]:
    """The functions that a Python file defines, methods too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_line_of_the_list_names_a_test_that_is_there_or_a_reason() -> None:
    states = {"tested", "built in", "deployment", "not applicable", "partly"}
    for row in read_list():
        assert row["state"] in states, row
        assert row["how"], row
        if row["state"] == "tested":
            assert row["tests"], row
        for named in row["tests"].split():
            path, _, name = named.partition("::")
            assert name in names_in(ROOT / path), named


@pytest.mark.realdata
@pytest.mark.skipif(not STANDARD.exists(), reason="needs OWASP_ASVS_5.0.0_en.csv")
def test_the_list_has_every_line_of_level_one() -> None:
    with STANDARD.open(newline="", encoding="utf-8-sig") as file:
        wanted = [row["req_id"] for row in csv.DictReader(file) if row["L"] == "1"]
    assert [row["id"] for row in read_list()] == wanted
