"""Search over everything the reader may see: the command palette's other half."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def search(request: HttpRequest) -> HttpResponse:
    """Orders, declarations, tracking numbers, SKUs."""
    words = request.GET.get("q", "").strip()[:80]
    template = "partials/found.html" if request.headers.get("HX-Request") else "search.html"
    return render(request, template, {"words": words, "found": []})
