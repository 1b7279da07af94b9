"""Every page of every role in a real browser: no serious accessibility fault, no script error, no overflow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from fondaco.delivery.web.css import build
from fondaco.delivery.web.screenshots import browser_path
from fondaco.delivery.web.tests import examples_a, examples_b
from tests.traded import Traded, copied

if TYPE_CHECKING:
    from django.test import Client

    from fondaco.delivery.web.walking import Stop

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.browser,
    pytest.mark.slow(150),
    pytest.mark.skipif(browser_path() is None, reason="no Chromium on this machine"),
    # the server's thread and playwright's loop end after pytest looks
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SERIOUS = ("serious", "critical")
# Rules whose impact is never serious are not asked: what they find is not looked at, and "region" alone takes long.
_MILD = (
    "aria-allowed-role", "empty-heading", "empty-table-header", "heading-order", "image-redundant-alt",
    "landmark-banner-is-top-level", "landmark-complementary-is-top-level", "landmark-contentinfo-is-top-level",
    "landmark-main-is-top-level", "landmark-no-duplicate-banner", "landmark-no-duplicate-contentinfo",
    "landmark-no-duplicate-main", "landmark-one-main", "landmark-unique", "meta-viewport-large",
    "page-has-heading-one", "presentation-role-conflict", "region", "scope-attr-valid", "skip-link",
)  # fmt: skip
_AXE = {"resultTypes": ["violations"], "rules": {rule: {"enabled": False} for rule in _MILD}}


@dataclass(frozen=True, slots=True)
class Site:
    """A served copy: its address, and per role a session and the pages to look at."""

    address: str
    sessions: dict[str, str]
    stops: dict[str, list[Stop]]


# Seen as the operator already; these differ from role to role.
_BY_ROLE = frozenset({"home", "orders", "order", "declarations", "declaration", "consignment"})
_WAITS = "basket-waiting"  # the buyer whose orders wait to be paid: seen by its examples alone
# Rows of one table are made by one line of a template: a few of them show what all are like.
_FEW_ROWS = "for (const row of document.querySelectorAll('tbody tr:nth-child(n+4)')) row.remove()"


@pytest.fixture(scope="module")
def site(traded: Traded, traded_database: str, django_db_blocker: Any) -> Iterator[Site]:
    """Everything as the operator; as others what differs from role to role or the operator lacks.

    Served from a copy of its own: what the examples write stays out of the next module's trade.
    """
    with django_db_blocker.unblock(), copied(traded_database):
        yield from _sited(traded)


def _sited(traded: Traded) -> Iterator[Site]:
    from django.urls import resolve

    from fondaco.delivery.web.walking import PUBLIC, Stop, served, session_of, signed_in, walk
    from fondaco.flows.logins import DEMO_LOGINS, SHOPPER, ensure_logins
    from fondaco.kernel.tenancy import Kind
    from fondaco.parties.public import ids_by_slug

    build()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's loop runs in this thread
    sessions, stops = {"public": ""}, {"public": [Stop(path, path) for path in PUBLIC]}
    ensure_logins(traded.house)
    known: set[str] = set()
    clients: dict[str, Client] = {}
    for login in DEMO_LOGINS:
        role = login.email.split("@")[0]
        if role in ("second", "exporter"):  # a second operator, a third seller
            continue
        client = signed_in(login.email)
        sessions[role], stops[role] = session_of(client), walk(client, seen=known - _BY_ROLE)
        known |= {stop.name for stop in stops["operator"]}
        clients[role] = client
    clients["shopper"] = signed_in(SHOPPER.email)
    waits = ids_by_slug([_WAITS], kind=Kind.BUYER)[_WAITS]
    clients["shopper"].post("/act-for/", {"organisation": str(waits)})
    sessions["shopper"], stops["shopper"] = session_of(clients["shopper"]), []
    for module in (examples_a, examples_b):
        for role, path in module.examples(clients, traded.now):
            stops[role].append(Stop(str(resolve(urlsplit(path).path).url_name), path))
    with served() as address:
        yield Site(address, sessions, stops)
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    from fondaco.delivery.web.walking import ARGS

    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=browser_path(), args=list(ARGS))
        yield made
        made.close()


@pytest.fixture(scope="module")
def seller(browser: Any, site: Site) -> Iterator[Any]:
    """One page in which the seller is signed in, for all that the seller does."""
    page = page_of(browser, site, "seller")
    yield page
    page.context.close()


def page_of(browser: Any, site: Site, role: str, **cookies: str) -> Any:
    """A page of a fresh context in which `role` is signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    carried = {"sessionid": site.sessions[role], **cookies} if site.sessions[role] else cookies
    context.add_cookies([{"name": k, "value": v, "url": site.address} for k, v in carried.items()])
    return context.new_page()


@pytest.mark.parametrize(
    "role", ["public", "operator", "seller", "buyer", "customs", "carrier", "bank", "shopper"]
)
def test_every_page_is_accessible_quiet_and_fits_a_telephone(site: Site, browser: Any, role: str) -> None:
    page, wrong = page_of(browser, site, role, mode="dark" if role == "buyer" else "light"), []
    page.on("pageerror", lambda error: wrong.append(("script", str(error))))
    page.on(
        "console",
        lambda said: wrong.append((page.url, said.text)) if "Content Security" in said.text else None,
    )
    for at, stop in enumerate(site.stops[role]):
        # the shell is the same around every page of a role: looked through once
        part = "main" if at else None
        wrong += [(stop.path, fault) for fault in _faults(page, site.address + stop.path, part=part)]
    page.context.close()
    assert wrong == []


def _faults(page: Any, url: str, *, part: str | None) -> list[str]:
    """What is wrong with one page: read once on a telephone's width, then looked through at a desk's."""
    from axe_playwright_python.sync_playwright import Axe

    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(url)
    width, headings = page.evaluate(
        "[document.documentElement.scrollWidth, document.querySelectorAll('h1').length]"
    )
    found = [f"{width} px wide"] if width > 390 else []
    found += [f"{headings} h1"] if headings != 1 else []
    page.evaluate(_FEW_ROWS)
    page.set_viewport_size({"width": 1440, "height": 900})
    for fault in Axe().run(page, context=part, options=_AXE).response["violations"]:
        if fault["impact"] in SERIOUS:
            found.append(f"{fault['id']}: {fault['nodes'][0]['html'][:160]}")
    return found


def test_the_walk_comes_by_every_page(site: Site) -> None:
    from django.urls import resolve

    from fondaco.delivery.web.walking import FILES, PUBLIC, pages

    walked = {stop.name for stops in site.stops.values() for stop in stops}
    walked |= {str(resolve(path).url_name) for path in PUBLIC if path != "/nowhere/"}
    assert pages() - walked - FILES == set()


def test_arabic_mirrors_the_page(site: Site, browser: Any) -> None:
    page = page_of(browser, site, "seller", django_language="ar")
    page.goto(site.address + "/home/")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    rail, main = (page.locator(part).bounding_box() for part in ("#rail", "#main"))
    assert rail["x"] > main["x"]
    page.context.close()


def test_why_opens_beside_the_figure_and_escape_closes_it(site: Site, seller: Any) -> None:
    seller.goto(site.address + "/style/")
    seller.locator("a.why").first.click()
    drawer = seller.locator("#drawer")
    drawer.locator("h2").wait_for()
    assert "hat" in drawer.inner_text()
    seller.keyboard.press("Escape")
    assert not drawer.is_visible()


def test_the_palette_opens_by_key_and_goes_to_a_page(site: Site, seller: Any) -> None:
    seller.goto(site.address + "/home/")
    seller.keyboard.press("/")
    seller.keyboard.type("declar")
    seller.locator("#palette-pages a.is-current[href^='/declarations/']").wait_for()
    seller.keyboard.press("Enter")
    seller.wait_for_url("**/declarations/**")
    assert "/declarations/" in seller.url


def test_rows_answer_the_keyboard(site: Site, seller: Any) -> None:
    seller.goto(site.address + "/orders/")
    number = seller.locator("tbody tr th").nth(1).inner_text()
    for key in ("j", "j", "Enter"):
        seller.keyboard.press(key)
    seller.wait_for_url("**/orders/*-*/")
    assert number in seller.locator("h1").inner_text()


def test_rows_are_ticked_by_key_and_counted(site: Site, seller: Any) -> None:
    seller.goto(site.address + "/orders/")
    bar = seller.locator("form.bulk")
    assert not bar.is_visible()
    for key in ("j", "x", "j", "x"):
        seller.keyboard.press(key)
    assert bar.inner_text().startswith("2 ")
    seller.locator("[data-tick-all]").click()
    assert bar.inner_text().startswith(f"{seller.locator('[data-tick]').count()} ")
    bar.locator("button[type=reset]").click()
    assert not bar.is_visible()


def test_a_person_signs_in_by_form_without_scripts(site: Site, browser: Any) -> None:
    from fondaco.flows.logins import DEMO_LOGINS

    context = browser.new_context(java_script_enabled=False)
    page, login = context.new_page(), DEMO_LOGINS[2]
    page.goto(site.address + "/accounts/login/")
    page.fill("input[name=login]", login.email)
    page.fill("input[name=password]", login.password)
    page.click("button[type=submit].btn-primary")
    page.wait_for_url("**/home/")
    page.goto(site.address + "/style/")
    page.locator("a.why").first.click()
    assert "hat" in page.locator("h1").inner_text()
    _hide_a_column(page, site)
    context.close()


def _hide_a_column(page: Any, site: Site) -> None:
    page.goto(site.address + "/orders/")
    shown = page.locator("thead th:visible").count()
    page.locator(".table-foot summary").click()
    page.locator(".table-foot input[name=show]").nth(0).uncheck()
    page.locator(".table-foot form button").nth(0).click()
    assert page.locator("thead th:visible").count() == shown - 1


def test_a_passkey_is_added_and_then_signs_in_without_a_password(site: Site, browser: Any) -> None:
    from fondaco.flows.logins import DEMO_LOGINS

    login = next(one for one in DEMO_LOGINS if one.email.startswith("buyer"))
    page = browser.new_page()
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    played = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
              "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": played})
    address = site.address.replace("127.0.0.1", "localhost")  # keys are for names, not for numbers
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=login]", login.email)
    page.fill("input[name=password]", login.password)
    page.click("button[type=submit].btn-primary")
    page.wait_for_url("**/home/")
    page.goto(f"{address}/accounts/2fa/webauthn/add/")
    page.fill("input[name=password]", login.password)  # who is signed in must still be the same person
    page.click("main button[type=submit]")
    page.check("input[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)
    page.context.clear_cookies()
    page.goto(f"{address}/accounts/login/")
    page.click("#passkey_login")
    page.wait_for_url("**/home/")
    assert page.locator("h1").count() == 1
    page.context.close()
