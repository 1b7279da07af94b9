"""The tariff browser and the guide of destinations, on the open web: no sign-in, no JavaScript needed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from fondaco.delivery.web.presenting.regime_words import KINDS, RATE_DAYS, conditions_of, effect_of
from fondaco.kernel import clock
from fondaco.kernel.countries import country_name
from fondaco.kernel.errors import NotFound
from fondaco.platforms.window import public as window

# Shown by name; the world's nomenclature stands above every tariff.
_BY_ORIGIN = ("country", "manual")
TARIFFS = {"eu": "EU", "uk": "UK", "us": "US", "hs": "HS 2022"}


@require_GET
def tariff_home(request: HttpRequest) -> HttpResponse:
    """The chapters, or the lines that a code or words find."""
    tariff = request.GET.get("tariff", "eu")
    if tariff not in TARIFFS:
        raise Http404
    text = request.GET.get("q", "").strip()[:120]
    on = _day(request)
    digits = text.replace(".", "").replace(" ", "")
    if digits.isascii() and digits.isdigit() and len(digits) in (4, 6, 8, 10):
        return redirect("tariff_code", tariff=tariff, code=digits)
    context: dict[str, Any] = {"tariff": tariff, "tariffs": TARIFFS, "text": text, "on": on}
    if text:
        context["hits"] = window.find_lines(text, tariff, on=on)
    else:
        context["chapters"] = window.chapters()
    return render(request, "tariff/home.html", context)


@require_GET
def tariff_code(request: HttpRequest, tariff: str, code: str) -> HttpResponse:
    """One code on a day: the way down, its duties, what is below it, and its history."""
    if tariff not in TARIFFS:
        raise Http404
    on = _day(request)
    try:
        page = window.tariff_page(tariff, code, on=on)
    except NotFound as gone:
        raise Http404 from gone
    duties = page.line.duties if page.line else ()
    context = {
        "duties": [duty for duty in duties if duty.kind not in _BY_ORIGIN],
        "countries": [duty for duty in duties if duty.kind in _BY_ORIGIN],
        "tariff": tariff, "tariffs": TARIFFS, "page": page, "on": on, "kinds": KINDS, "today": clock.today(),
        "expired": next((end for end in page.ends if end.code == page.code and end.ended_on <= on), None),
    }  # fmt: skip
    return render(request, "tariff/code.html", context)


@require_GET
def quota_table(request: HttpRequest) -> HttpResponse:
    """The tariff quotas that run on a day, the fullest first."""
    on, code = _day(request), "".join(c for c in request.GET.get("q", "")[:14] if c.isascii() and c.isdigit())
    context = {"rows": window.tariff_quotas("uk", on=on, code=code), "on": on, "code": code}
    return render(request, "tariff/quotas.html", context)


@require_GET
def guide_home(request: HttpRequest) -> HttpResponse:
    """Every destination held, and the published sums that this installation works out."""
    language = get_language() or "en"
    rows = window.destinations(on=clock.today())
    rows.sort(key=lambda row: country_name(row.destination, language))
    proof = window.check_goldens() if request.GET.get("proof") else []
    context = {"rows": rows, "proof": proof, "exact": sum(not one.faults for one in proof)}
    return render(request, "tariff/guide.html", context)


@require_GET
def guide_page(request: HttpRequest, destination: str) -> HttpResponse:
    """A destination's rules on a day, each with its law, and the periods before and after."""
    on = _day(request)
    try:
        sheets = window.regime_sheets(destination.upper())
    except NotFound as gone:
        raise Http404 from gone
    held = [
        one
        for one in sheets
        if one.regime.since <= on and (one.regime.until is None or on < one.regime.until)
    ]
    sheet = held[0] if held else sheets[-1]
    groups = [
        (title, [(rule, effect_of(rule), conditions_of(rule)) for rule in sheet.of(kind)])
        for kind, title in (
            ("value", _("Customs value")), ("duty", _("Duty")), ("excise", _("Excise")), ("tax", sheet.regime.tax_name),
            ("fees", _("Fees")),
        )
    ]  # fmt: skip
    context = {
        "sheet": sheet, "sheets": sheets, "on": on, "groups": [group for group in groups if group[1]],
        "rates_of": RATE_DAYS[sheet.regime.rates_of],
        "schemes": [scheme for scheme in window.known_schemes() if scheme.code in sheet.schemes],
    }  # fmt: skip
    return render(request, "tariff/destination.html", context)


def _day(request: HttpRequest) -> date:
    """The day asked for, else today; what is no day is today."""
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return clock.today()
