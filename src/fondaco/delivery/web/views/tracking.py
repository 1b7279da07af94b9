"""Public tracking by number: what is no secret to whoever holds the number."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fondaco.delivery.web.presenting.carriage import happenings
from fondaco.delivery.web.presenting.journey import expected_of, journey_map, steps_of
from fondaco.kernel.errors import NotFound
from fondaco.systems.logistics import public as logistics


@require_GET
def track(request: HttpRequest) -> HttpResponse:
    """Where a parcel is: no name, no address, no price."""
    number = request.GET.get("number", "").strip().upper()[:40]
    found = None
    if number:
        try:
            found = logistics.track(number)
        except NotFound:
            found = None
    context: dict[str, object] = {"number": number, "found": found}
    if found:
        context |= {
            "events": happenings(found.milestones),
            "steps": steps_of(found),
            "expected": expected_of(found.arrival),
            "map": journey_map(found),
        }
    elif number:
        context["guesses"] = logistics.recognise(number)
    return render(request, "public/track.html", context, status=404 if number and found is None else 200)
