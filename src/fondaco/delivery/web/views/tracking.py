"""Public tracking by number."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def track(request: HttpRequest) -> HttpResponse:
    """Where a parcel is."""
    return render(request, "public/track.html", {"number": request.GET.get("number", "").strip()[:40]})
