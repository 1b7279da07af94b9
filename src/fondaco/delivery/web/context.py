"""What every page knows: the desk, the rail, the mode and the languages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_bidi

from fondaco.delivery.web.nav import actions_for, rail_for
from fondaco.delivery.web.seats import desk_of

MODES = ("auto", "light", "dark")
# Each language in its own name: a reader who is lost looks for that.
LANGUAGE_NAMES = (("en", "English"), ("zh-hans", "简体中文"), ("ar", "العربية"))


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of the shell; no query for a reader who is not signed in."""
    desk = desk_of(request) if hasattr(request, "session") and hasattr(request, "user") else None
    seat = desk.seat if desk else None
    return {
        "seat": seat,
        "seats": desk.seats if desk else (),
        "rail": rail_for(seat.kind, path=request.path) if seat else [],
        "actions": actions_for(seat.kind) if seat else [],
        "mode": mode_of(request),
        "cookies": settings.MODE_COOKIE_NAME.removesuffix("mode"),
        "direction": "rtl" if get_language_bidi() else "ltr",
        "language": get_language() or settings.LANGUAGE_CODE,
        "language_names": LANGUAGE_NAMES,
    }


def mode_of(request: HttpRequest) -> str:
    """light, dark or auto (as the system says), from this browser's cookie."""
    mode = request.COOKIES.get(settings.MODE_COOKIE_NAME, "auto")
    return mode if mode in MODES else "auto"
