"""A passkey in a real browser, with an authenticator that the browser plays: added, and signed in with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fondaco.delivery.web.screenshots import browser_path
from fondaco.kernel.tenancy import Kind, Role
from fondaco.parties.public import ensure_member, ensure_organisation, ensure_user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow(8),
    pytest.mark.skipif(browser_path() is None, reason="no Chromium on this machine"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PASSWORD = "a lantern over the quay 9"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    from fondaco.delivery.web.walking import ARGS

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's loop runs in this thread
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path(), args=list(ARGS))
        yield browser.new_page()
        browser.close()


@pytest.mark.django_db(transaction=True)
def test_a_passkey_is_added_and_then_signs_in_without_a_password(page: Any) -> None:
    from fondaco.delivery.web.walking import served, session_of, signed_in

    user = ensure_user(email="keys@example.org", name="Key Person", password=PASSWORD)
    shop = ensure_organisation(kind=Kind.SELLER, name="Keys", country="GB", slug="keys", currency="GBP")
    ensure_member(user_id=user.id, organisation_id=shop.id, role=Role.OWNER)
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    played = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
              "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": played})
    with served() as address:
        site = address.replace("127.0.0.1", "localhost")  # keys are for names, not for numbers
        session = session_of(signed_in(user.email))
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
        page.goto(f"{site}/accounts/2fa/webauthn/add/")
        page.fill("input[name=password]", PASSWORD)  # who is signed in must still be the same person
        page.click("main button[type=submit]")
        page.check("input[name=passwordless]")
        page.click("#mfa_webauthn_add")
        page.wait_for_url(lambda url: "/webauthn/add/" not in url)
        page.context.clear_cookies()
        page.goto(f"{site}/accounts/login/")
        page.click("#passkey_login")
        page.wait_for_url("**/home/")
        assert page.locator("h1").count() == 1
