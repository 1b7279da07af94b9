"""The public landed-cost calculator."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def calculator(request: HttpRequest) -> HttpResponse:
    """What a parcel costs at the buyer's door."""
    return render(request, "public/calculator.html")
