"""Walk the console as a reader would, following links: one example of every page that a person may open.

The screenshots and the browser tests both start from this, so that a page added tomorrow is shot and
checked too.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import Client
from django.test.testcases import LiveServerThread
from django.urls import Resolver404, URLPattern, resolve

_HREF = re.compile(r'href="(/[^"#]*)')
_ELSEWHERE = frozenset(
    {
        "landing",
        "calculator",
        "calculator_why",
        "tariff",
        "tariff_code",
        "tariff_quotas",
        "guide",
        "guide_page",
        "track",
        "style",
        "style_why",
    }
)  # walked as PUBLIC
_LEAVE = re.compile(r"/(static|api|accounts)/|\.csv|favicon")
# Files, and not pages.
FILES = frozenset({
    "declaration_paper", "document_file", "dispute_pack", "dossier_paper", "consignment_iftmin", "fee_invoice_pdf",
    "fee_invoice_xml", "import_progress", "import_rejects", "inspection_photo", "ioss_document",
    "ledger_pdf", "orders_papers",
    "parcel_label", "return_message", "return_paper", "return_photo", "settlement_file",
})  # fmt: skip
_BY_HAND = ("/search/?q=FO", "/ledger/why/?in=EUR")  # a form leads there, no link
PUBLIC = ("/", "/landed-cost/", "/tariff/", "/tariff/quotas/", "/tariff/eu/9503/",
          "/guide/", "/guide/de/", "/track/", "/sales/", "/style/", "/style/why/", "/help/", "/accounts/login/", "/accounts/signup/",
          "/accounts/password/reset/", "/nowhere/")  # fmt: skip
ARGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--no-first-run")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stop:
    """One page on the walk: its route's name and an address."""

    name: str
    path: str


def pages() -> set[str]:
    """The names of every page that may be asked for: lists as files and what only takes posts are none."""
    from fondaco.delivery.web.urls import urlpatterns

    named = {
        str(route.name): route.callback
        for route in urlpatterns
        if isinstance(route, URLPattern) and route.name
    }
    return {name for name, view in named.items() if not name.endswith("_csv") and not _only_posts(view)}


def _only_posts(view: Any) -> bool:
    """Whether `require_POST` is among the wrappings of a view."""
    wrapped, seen = [view], set()
    while wrapped:
        for cell in getattr(wrapped.pop(), "__closure__", None) or ():
            held = cell.cell_contents
            if held == ["POST"]:
                return True
            if callable(held) and id(held) not in seen:
                seen.add(id(held))
                wrapped.append(held)
    return False


def signed_in(email: str) -> Client:
    """A client in which the person with this address is signed in."""
    client = Client(raise_request_exception=False)
    client.force_login(get_user_model().objects.get(email=email))
    return client


def session_of(client: Client) -> str:
    """The session cookie of a client, for a browser to carry."""
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def walk(client: Client, *, start: str = "/home/", seen: Container[str] = ()) -> list[Stop]:
    """One example of every page that links lead to from `start`, in the order of finding; none called as in `seen`."""
    found: dict[str, Stop] = {}
    files: set[str] = set()  # what the route answers is a file whatever it is of
    ahead = [start, *_BY_HAND]
    while ahead:
        path = ahead.pop(0)
        name = _name_of(path)
        if not name or name in found or name in files or name in seen or name in _ELSEWHERE:
            continue
        answer = client.get(path)
        if answer.status_code != 200:
            continue
        if answer.streaming or "text/html" not in answer["Content-Type"]:
            files.add(name)
            continue
        found[name] = Stop(name, path)
        text = answer.content.decode()
        ahead += [link.replace("&amp;", "&") for link in _HREF.findall(text) if not _LEAVE.search(link)]
    return list(found.values())


@contextmanager
def served() -> Iterator[str]:
    """Serve the site on a free port of this machine, on the present database; the address."""
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.terminate()
        server.join()


def _name_of(path: str) -> str:
    try:
        return resolve(urlsplit(path).path).url_name or ""
    except Resolver404:
        return ""
