"""Shoot every page as every role at 1440 and 390 px, light and dark: `make screenshots`.

`python -m fondaco.delivery.web.screenshots [part of a name ...]` shoots only pages so called; `--role seller`,
`--size 390`, `--mode dark`, `--language zh-hans` narrow it further (each may be given more than once), `--folder`
says where to. Needs a Chromium and a database with the demonstration in it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fondaco.delivery.web.walking import Stop

SIZES = {"1440": (1440, 900), "390": (390, 844)}
MODES = ("light", "dark")
LANGUAGES = ("en",)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_TALLEST = 6000  # px: a list of fifty rows and no more


@dataclass(frozen=True, slots=True)
class Role:
    """A person whose pages are shot, with the session to be carried."""

    name: str
    session: str
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to shoot: nothing named means everything."""

    names: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    sizes: tuple[str, ...] = field(default=tuple(SIZES))
    modes: tuple[str, ...] = MODES
    languages: tuple[str, ...] = LANGUAGES


def browser_path() -> str | None:
    """The Chromium of this machine, None where there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def shoot(target: Path, *, wish: Wish) -> int:
    """Write one PNG per page, role, size, mode and language into `target`; how many."""
    from playwright.sync_api import sync_playwright

    from fondaco.delivery.web.walking import ARGS, served

    roles, count = list(_roles(wish)), 0
    target.mkdir(parents=True, exist_ok=True)
    with served() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path(), args=list(ARGS))
        for role in roles:
            for mode in wish.modes:
                for language in wish.languages:
                    cookies = {"mode": mode, "django_language": language}
                    count += _shoot_role(browser, address, role, cookies=cookies, wish=wish, target=target)
        browser.close()
    return count


def _roles(wish: Wish) -> Iterator[Role]:
    from fondaco.delivery.web.walking import PUBLIC, Stop, session_of, signed_in, walk
    from fondaco.flows.logins import DEMO_LOGINS, SHOPPER

    def wanted(stops: Sequence[Stop]) -> tuple[Stop, ...]:
        return tuple(s for s in stops if not wish.names or any(word in s.name for word in wish.names))

    if not wish.roles or "public" in wish.roles:
        public = [Stop(path.strip("/").replace("/", "-") or "landing", path) for path in PUBLIC]
        yield Role("public", "", wanted(public))
    for login in (*DEMO_LOGINS, SHOPPER):
        name = login.email.split("@")[0]
        if name != "second" and (not wish.roles or name in wish.roles):
            client = signed_in(login.email)
            yield Role(name, session_of(client), wanted(walk(client)))


def _shoot_role(
    browser: Any, address: str, role: Role, *, cookies: dict[str, str], wish: Wish, target: Path
) -> int:
    context = browser.new_context()
    carried = {**cookies, "sessionid": role.session} if role.session else cookies
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in carried.items()])
    page = context.new_page()
    language = "" if cookies["django_language"] == "en" else f"-{cookies['django_language']}"
    for size in wish.sizes:
        width, height = SIZES[size]
        for stop in role.stops:
            page.set_viewport_size({"width": width, "height": height})
            page.goto(address + stop.path)
            # the shell sticks to the window: a window as tall as the page shows all of it
            tall = min(page.evaluate("document.documentElement.scrollHeight"), _TALLEST)
            page.set_viewport_size({"width": width, "height": max(height, tall)})
            page.screenshot(
                path=str(target / f"{role.name}-{stop.name}-{size}-{cookies['mode']}{language}.png")
            )
    context.close()
    return len(wish.sizes) * len(role.stops)


def _asked(words: Sequence[str]) -> tuple[Wish, Path]:
    from django.conf import settings

    reader = argparse.ArgumentParser(prog="screenshots", description="Shoot the pages.")
    reader.add_argument("names", nargs="*", help="parts of page names")
    reader.add_argument("--role", action="append", default=[])
    reader.add_argument("--size", action="append", choices=list(SIZES))
    reader.add_argument("--mode", action="append", choices=MODES)
    reader.add_argument("--language", action="append", choices=[code for code, _name in settings.LANGUAGES])
    reader.add_argument("--folder", type=Path, default=settings.ROOT / "screenshots")
    asked = reader.parse_args(words)
    wish = Wish(tuple(asked.names), tuple(asked.role), tuple(asked.size or SIZES), tuple(asked.mode or MODES),
                tuple(asked.language or LANGUAGES))  # fmt: skip
    return wish, asked.folder


def main() -> None:
    """The command."""
    import django

    django.setup()
    if browser_path() is None:
        sys.exit("No Chromium here: apt-get install chromium.")
    wish, folder = _asked(sys.argv[1:])
    print(f"{shoot(folder, wish=wish)} pictures in {folder}")  # noqa: T201 - a command


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
    main()
