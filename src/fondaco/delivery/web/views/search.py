"""Search over everything the reader may see: the command palette's other half."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET

from fondaco.delivery.web.seats import member
from fondaco.flows.finding import Hit, find_anything
from fondaco.kernel.tenancy import Scope

_SORTS = {
    "order": ("inbox", _l("Order")),
    "consignment": ("truck", _l("Consignment")),
    "declaration": ("stamp", _l("Declaration")),
    "product": ("package", _l("Product")),
}


@require_GET
@member()
def search(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Orders, consignments, declarations and products that the words begin or name."""
    words = request.GET.get("q", "").strip()[:80]
    found = [_shown(hit) for hit in find_anything(scope, words=words)]
    template = "partials/found.html" if request.headers.get("HX-Request") else "search.html"
    return render(request, template, {"words": words, "found": found})


def _shown(hit: Hit) -> dict[str, object]:
    icon, kind = _SORTS[hit.sort]
    return {
        "url": reverse(hit.sort, args=[hit.id]),
        "title": hit.title,
        "note": hit.note,
        "icon": icon,
        "kind": kind,
    }
