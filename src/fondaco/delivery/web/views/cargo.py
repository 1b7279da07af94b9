"""The cargo report (CUSCAR): which consignments a flight, voyage or lorry carries, as one EDIFACT file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST

from fondaco.delivery.web.asking import ids_asked, one_of, word_asked
from fondaco.delivery.web.deeds import told
from fondaco.delivery.web.seats import member
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import Carriage, DeclarationFilter

# Name, words, what it looks like, and how long it may be (UNECE Recommendation 16 for the places).
FIELDS = (
    ("number", _l("Number of the report"), "M-2026-001", 35),
    ("master_bill", _l("Master bill"), "999-12345675", 35),
    ("carrier", _l("Carrier"), "Central Air", 35),
    ("voyage", _l("Flight, voyage or lorry"), "CA8401", 17),
    ("loading", _l("Loaded at (UN/LOCODE)"), "CNCGO", 5),
    ("discharge", _l("Unloaded at (UN/LOCODE)"), "BELGG", 5),
)
# Modes of transport, UNECE Recommendation 19.
MODES = {"1": _l("Sea"), "2": _l("Rail"), "3": _l("Road"), "4": _l("Air"), "5": _l("Post")}


@require_GET
@member(Kind.SELLER)
def cargo_page(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The form, with the latest import declarations of a country to choose from."""
    return _page(request, scope, "")


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def cargo_file(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The report as a download; what the receiver would refuse is said above the form, which keeps what was typed."""
    asked = request.POST
    given = {name: word_asked(asked, name, most=most) for name, _words, _sample, most in FIELDS}
    carriage = Carriage(**given, mode=one_of(asked, "mode", MODES) or "4", reported_at=clock.now())
    try:
        raw = window.render_cuscar(scope, ids_asked(asked), carriage, now=clock.now())
    except FondacoError as problem:
        return _page(request, scope, told(problem), status=422)
    name = "".join(c for c in carriage.number if c.isalnum() or c == "-") or "report"
    headers = {"Content-Disposition": f'attachment; filename="cuscar-{name}.edi"'}
    return HttpResponse(raw, content_type="application/EDIFACT", headers=headers)


def _page(request: HttpRequest, scope: Scope, problem: str, *, status: int = 200) -> HttpResponse:
    asked = request.POST or request.GET
    country = word_asked(asked, "country", most=2).upper()
    page = window.list_declarations(scope, filters=DeclarationFilter(kind="import", country=country), size=50)
    context: dict[str, Any] = {
        "fields": [(name, words, sample, most, asked.get(name, "")) for name, words, sample, most in FIELDS],
        "modes": MODES.items(), "by": asked.get("mode", "4"), "rows": page.rows, "country": country,
        "chosen": set(asked.getlist("id")), "problem": problem,
    }  # fmt: skip
    return render(request, "customs/cargo.html", context, status=status)
