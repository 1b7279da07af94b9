"""Pages and small posts that belong to no room: landing, style, mode, language, organisation, help, search."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.columns import keep_columns
from fondaco.delivery.web.context import MODES
from fondaco.delivery.web.help import help_for
from fondaco.delivery.web.presenting.life import LANES, STATIONS
from fondaco.delivery.web.sample import style_sample
from fondaco.delivery.web.seats import SESSION_KEY, desk_of
from fondaco.delivery.web.templatetags.fondaco import decimal_text

_YEAR = 365 * 24 * 3600
MEASURED = settings.ROOT / "data" / "bench" / "latest.json"


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """What this is, in ten seconds."""
    return render(
        request,
        "public/landing.html",
        {"figures": measured_figures(), "stations": STATIONS, "lanes": LANES.values()},
    )


def measured_figures() -> list[dict[str, Any]]:
    """Up to three figures measured by `bench/`; none where nothing has been measured."""
    try:
        kept = _read_figures(MEASURED.stat().st_mtime_ns)
    except OSError:
        return []
    shown = (
        (
            "order_flow",
            "orders_per_s",
            _("Orders a second"),
            _("from import to settled money, papers included"),
        ),
        ("landed", "lines_per_s", _("Landed-cost lines a second"), _("each with every step and its source")),
        ("match", "triples_per_s", _("Document sets a second"), _("order, payment and waybill compared")),
    )
    return [
        {"label": label, "value": decimal_text(round(kept[bench][key]), 0), "note": note}
        for bench, key, label, note in shown
        if key in kept.get(bench, {})
    ]


@lru_cache(maxsize=1)
def _read_figures(changed: int) -> dict[str, dict[str, Any]]:  # `changed` keys the cache
    found: dict[str, dict[str, Any]] = json.loads(MEASURED.read_text())
    return found


@require_GET
def style(request: HttpRequest) -> HttpResponse:
    """Every part of the visual language, live."""
    return render(request, "style.html", style_sample())


@require_GET
def style_why(request: HttpRequest) -> HttpResponse:
    """The explanation that the style page shows."""
    return render_why(request, style_sample()["explanation"], back="style")


def render_why(request: HttpRequest, explanation: Any, *, back: str) -> HttpResponse:
    """An explanation as a drawer, or as a page of its own without JavaScript."""
    template = "partials/why.html" if request.headers.get("HX-Request") else "why.html"
    return render(request, template, {"explanation": explanation, "back": back})


@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """What a page is for and which keys it answers."""
    topic = help_for(request.GET.get("page", ""))
    template = "partials/help.html" if request.headers.get("HX-Request") else "help.html"
    return render(request, template, {"topic": topic})


@require_POST
def choose_mode(request: HttpRequest) -> HttpResponse:
    """Light, dark or as the system says, kept by this browser."""
    mode = request.POST.get("mode", "auto")
    response = _back(request)
    _keep(response, settings.MODE_COOKIE_NAME, mode if mode in MODES else "auto")
    return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """The language of the pages, kept by this browser."""
    response = _back(request)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        _keep(response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


def _keep(response: HttpResponse, name: str, value: str) -> None:
    """A year's cookie that only our own server reads."""
    response.set_cookie(
        name, value, max_age=_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
    )


@require_POST
def choose_columns(request: HttpRequest) -> HttpResponse:
    """The columns of a table that this reader sees, kept with the session."""
    keep_columns(request, request.POST)
    return _back(request)


@require_POST
def switch_organisation(request: HttpRequest) -> HttpResponse:
    """Act for another of one's own organisations."""
    wanted = request.POST.get("organisation", "")
    if any(str(seat.organisation_id) == wanted for seat in desk_of(request).seats):
        request.session[SESSION_KEY] = wanted
    return redirect("home")


def _back(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(target if safe else "/")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, in our look."""
    return render(request, "404.html", {"said": str(exception)[:200] or _("Not found")}, status=404)
