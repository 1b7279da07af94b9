"""Every page of every role in a real browser: no serious accessibility fault, no script error, no overflow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from fondaco.delivery.web.css import build
from fondaco.delivery.web.screenshots import browser_path
from tests.traded import Traded

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(browser_path() is None, reason="no Chromium on this machine"),
    # the server's thread and playwright's loop end after pytest looks
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SERIOUS = ("serious", "critical")
_AXE = {"resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def site(traded: Traded, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The address of a served copy, and per role a session and its pages."""
    from fondaco.delivery.web.walking import PUBLIC, Stop, served, session_of, signed_in, walk
    from fondaco.flows.logins import DEMO_LOGINS, ensure_logins

    build()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's loop runs in this thread
    with django_db_blocker.unblock():
        ensure_logins(traded.house)
        roles: dict[str, Any] = {"public": ("", [Stop(path, path) for path in PUBLIC])}
        for login in DEMO_LOGINS:
            client = signed_in(login.email)
            roles[login.email.split("@")[0]] = (session_of(client), walk(client))
        with served() as address:
            yield {"address": address, "roles": roles, "login": DEMO_LOGINS[2]}
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="module")
def browser(site: dict[str, Any]) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    from fondaco.delivery.web.walking import ARGS

    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=browser_path(), args=list(ARGS))
        yield made
        made.close()


def page_of(browser: Any, site: dict[str, Any], role: str, **cookies: str) -> Any:
    """A page of a fresh browser in which `role` is signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    carried = {"sessionid": site["roles"][role][0], **cookies} if site["roles"][role][0] else cookies
    context.add_cookies([{"name": k, "value": v, "url": site["address"]} for k, v in carried.items()])
    return context.new_page()


# Seen as the operator already; these differ from role to role.
_BY_ROLE = frozenset({"home", "orders", "order", "declaration", "consignment"})


def stops_of(site: dict[str, Any], role: str) -> list[Any]:
    """The pages to look at as `role`: all as the operator, as others what differs or the operator lacks."""
    known = {stop.name for stop in site["roles"]["operator"][1]}
    every = site["roles"][role][1]
    return [s for s in every if role == "operator" or s.name in _BY_ROLE or s.name not in known]


@pytest.mark.parametrize("role", ["public", "operator", "seller", "buyer", "customs", "carrier", "bank"])
def test_every_page_is_accessible_quiet_and_fits_a_telephone(
    site: dict[str, Any], browser: Any, role: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, axe, wrong = page_of(browser, site, role, mode="dark" if role == "buyer" else "light"), Axe(), []
    page.on("pageerror", lambda error: wrong.append(("script", str(error))))
    page.on(
        "console",
        lambda said: wrong.append((page.url, said.text)) if "Content Security" in said.text else None,
    )
    for stop in stops_of(site, role):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(site["address"] + stop.path)
        if page.locator("h1").count() != 1:
            wrong.append((stop.path, f"{page.locator('h1').count()} h1"))
        for fault in axe.run(page, options=_AXE).response["violations"]:
            if fault["impact"] in SERIOUS:
                wrong.append((stop.path, f"{fault['id']}: {fault['nodes'][0]['html'][:160]}"))
        page.set_viewport_size({"width": 390, "height": 844})
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            wrong.append((stop.path, f"{width} px wide"))
    page.context.close()
    assert wrong == []


def test_arabic_mirrors_the_page(site: dict[str, Any], browser: Any) -> None:
    page = page_of(browser, site, "seller", django_language="ar")
    page.goto(site["address"] + "/home/")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    rail, main = (page.locator(part).bounding_box() for part in ("#rail", "#main"))
    assert rail["x"] > main["x"]
    page.context.close()


def test_why_opens_beside_the_figure_and_escape_closes_it(site: dict[str, Any], browser: Any) -> None:
    page = page_of(browser, site, "seller")
    page.goto(site["address"] + "/style/")
    page.locator("a.why").first.click()
    drawer = page.locator("#drawer")
    drawer.locator("h2").wait_for()
    assert "hat" in drawer.inner_text()
    page.keyboard.press("Escape")
    assert not drawer.is_visible()
    page.context.close()


def test_the_palette_opens_by_key_and_goes_to_a_page(site: dict[str, Any], browser: Any) -> None:
    page = page_of(browser, site, "seller")
    page.goto(site["address"] + "/home/")
    page.keyboard.press("/")
    page.keyboard.type("declar")
    page.wait_for_timeout(400)
    page.keyboard.press("Enter")
    page.wait_for_url("**/declarations/**")
    page.context.close()


def test_rows_answer_the_keyboard(site: dict[str, Any], browser: Any) -> None:
    page = page_of(browser, site, "seller")
    page.goto(site["address"] + "/orders/")
    number = page.locator("tbody tr th").nth(1).inner_text()
    for key in ("j", "j", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/orders/*-*/")
    assert number in page.locator("h1").inner_text()
    page.context.close()


def test_a_person_signs_in_by_form_without_scripts(site: dict[str, Any], browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page, login = context.new_page(), site["login"]
    page.goto(site["address"] + "/accounts/login/")
    page.fill("input[name=login]", login.email)
    page.fill("input[name=password]", login.password)
    page.click("button[type=submit].btn-primary")
    page.wait_for_url("**/home/")
    page.goto(site["address"] + "/style/")
    page.locator("a.why").first.click()
    assert "hat" in page.locator("h1").inner_text()
    context.close()
