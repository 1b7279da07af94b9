"""Shoot every page as every role at 1440 and 390 px, light and dark: `make screenshots`.

`python -m fondaco.delivery.web.screenshots [part of a name ...]` shoots only pages so called. Needs a
Chromium and a database with the demonstration in it.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fondaco.delivery.web.walking import Stop

SIZES = {"1440": (1440, 900), "390": (390, 844)}
MODES = ("light", "dark")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class Role:
    """A person whose pages are shot, with the session to be carried."""

    name: str
    session: str
    stops: tuple[Stop, ...]


def browser_path() -> str | None:
    """The Chromium of this machine, None where there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def shoot(target: Path, *, only: tuple[str, ...] = ()) -> int:
    """Write one PNG per page, role, size and mode into `target`; how many."""
    from playwright.sync_api import sync_playwright

    from fondaco.delivery.web.walking import ARGS, served

    roles, count = _roles(only), 0
    target.mkdir(parents=True, exist_ok=True)
    with served() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path(), args=list(ARGS))
        for role in roles:
            for mode in MODES:
                count += _shoot_role(browser, address, role, mode=mode, target=target)
        browser.close()
    return count


def _roles(only: tuple[str, ...]) -> list[Role]:
    from fondaco.delivery.web.walking import PUBLIC, Stop, session_of, signed_in, walk
    from fondaco.flows.logins import DEMO_LOGINS

    public = tuple(Stop(path.strip("/").replace("/", "-") or "landing", path) for path in PUBLIC)
    roles = [Role("public", "", public)]
    for login in DEMO_LOGINS:
        if login.email.startswith("second"):
            continue
        client = signed_in(login.email)
        roles.append(Role(login.party, session_of(client), tuple(walk(client))))
    if only:
        roles = [
            Role(r.name, r.session, tuple(s for s in r.stops if any(word in s.name for word in only)))
            for r in roles
        ]
    return roles


def _shoot_role(browser: Any, address: str, role: Role, *, mode: str, target: Path) -> int:
    context = browser.new_context()
    cookies = [{"name": "mode", "value": mode, "url": address}]
    if role.session:
        cookies.append({"name": "sessionid", "value": role.session, "url": address})
    context.add_cookies(cookies)
    page = context.new_page()
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for stop in role.stops:
            page.goto(address + stop.path)
            page.screenshot(path=str(target / f"{role.name}-{stop.name}-{size}-{mode}.png"), full_page=True)
    context.close()
    return len(SIZES) * len(role.stops)


def main() -> None:
    """The command."""
    import django

    django.setup()
    from django.conf import settings

    if browser_path() is None:
        sys.exit("No Chromium here: apt-get install chromium.")
    folder = settings.ROOT / "screenshots"
    print(f"{shoot(folder, only=tuple(sys.argv[1:]))} pictures in {folder}")  # noqa: T201 - a command


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
    main()
