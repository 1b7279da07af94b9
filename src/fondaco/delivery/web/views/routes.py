"""Routes: ask for a load from hub to hub; the frontier as a plot, each itinerary on a map and a line of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET

from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.itineraries import drawn_itinerary
from fondaco.delivery.web.presenting.leg_words import explain_itinerary, explain_leg_figure
from fondaco.delivery.web.presenting.routing import (
    MODES,
    NAMED,
    REGIMES,
    empty_words,
    frontier_plot,
)
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.site import render_why
from fondaco.flows.routing import RouteDesk, question_for, route_desk, work_out_leg
from fondaco.kernel import clock
from fondaco.kernel.countries import country_name
from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.logistics.public import HubView, Itinerary, RouteAnswer, RouteRequest

_MAY = (Kind.SELLER, Kind.CARRIER, Kind.PARK)
_EXAMPLE = {
    "start": "CNZGZ-P",
    "end": "DEFRA-P",
    "mass_kg": "500",
    "volume_m3": "2.5",
    "regime": "9710",
    "legs": "6",
}
_LEGS = [(str(n), str(n)) for n in range(1, 11)]


class RouteForm(forms.Form):
    """A load from hub to hub."""

    start = forms.CharField(label=_l("From"), max_length=12, widget=forms.TextInput(attrs={"list": "hubs"}))
    end = forms.CharField(label=_l("To"), max_length=12, widget=forms.TextInput(attrs={"list": "hubs"}))
    ready = forms.DateTimeField(
        label=_l("Ready"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    deadline = forms.DateTimeField(
        label=_l("Deadline"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    mass_kg = forms.DecimalField(
        label=_l("Weight, kg"), min_value=Decimal("0.001"), max_value=Decimal(400_000), decimal_places=3
    )
    volume_m3 = forms.DecimalField(
        label=_l("Volume, m³"), min_value=Decimal(0), max_value=Decimal(2000), decimal_places=3
    )
    regime = forms.ChoiceField(label=_l("Customs regime"), choices=list(REGIMES.items()))
    legs = forms.ChoiceField(label=_l("Legs at most"), choices=_LEGS)

    def __init__(self, *args: Any, hubs: tuple[HubView, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hubs = {hub.code: hub for hub in hubs}
        for name in ("start", "end"):
            if hub := self.hubs.get(str(self.data.get(name, "")).strip().upper()):
                self.fields[
                    name
                ].help_text = f"{hub.name}, {country_name(hub.country, get_language() or 'en')}"

    def question(self) -> RouteRequest:
        """What is asked, once the form is valid."""
        data = self.cleaned_data
        return RouteRequest(
            reference="page",
            origin=data["start"].strip().upper(),
            destination=data["end"].strip().upper(),
            ready_at=data["ready"],
            mass_g=int(data["mass_kg"] * 1000),
            volume_dm3=int(data["volume_m3"] * 1000),
            deadline=data["deadline"],
            regime=data["regime"],
            max_legs=int(data["legs"]),
        )


@require_GET
@member(*_MAY)
def route_page(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The frontier for a load, and the itinerary that was picked."""
    form, desk = _answered(request.GET, clock.now())
    context = {
        "ready": form["ready"].value() if form else "",
        "form": form,
        "desk": desk,
        "named_words": NAMED,
        "mode_words": MODES,
        **_shown(request, desk),
    }
    return render(request, "logistics/routes.html", context)


@require_GET
@member(*_MAY)
def itinerary_why(request: HttpRequest, scope: Scope, figure: str) -> HttpResponseBase:
    """Why the cost, the gases or the chance of a leg (`leg`, from 1) or of the whole itinerary that was picked."""
    now = clock.now()
    form, desk = _answered(request.GET, now)
    if form is None or desk.answer is None or not desk.answer.itineraries:
        raise desk.problem or NotFound(field="itinerary")
    plan, word = _picked(request, desk.answer), request.GET.get("leg", "")
    if word.isdecimal() and 0 < int(word[:4]) <= len(plan.legs):
        found = work_out_leg(form.question(), plan, int(word[:4]) - 1, now=now)
        explanation = explain_leg_figure(found, figure)
    else:
        explanation = explain_itinerary(plan, figure, desk.answer.network)
    return render_why(request, explanation, back=f"{reverse('routes')}?{request.GET.urlencode()}")


@require_GET
@member(*_MAY)
def route_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The whole frontier as CSV."""
    _, desk = _answered(request.GET, clock.now())
    if desk.problem:
        raise desk.problem
    headings = ("number", "names", "route", "leaves_at", "ready_at", "hours", "currency", "cost", "co2e_kg", "probability",
                "legs")  # fmt: skip
    return csv_response("routes", headings=headings, rows=_rows(desk.answer))


@require_GET
@member(Kind.SELLER, Kind.CARRIER)
def routes_for_consignment(request: HttpRequest, scope: Scope, consignment_id: UUID) -> HttpResponseBase:
    """To the route page, asked about a consignment: from its country's main hub to the other's."""
    question = question_for(scope, consignment_id, now=clock.now())
    if question is None:
        return HttpResponseRedirect(reverse("routes"))
    asked = QueryDict(mutable=True)
    asked.update(
        {"start": question.origin, "end": question.destination, "mass_kg": f"{question.mass_g / 1000:g}",
         "volume_m3": f"{question.volume_dm3 / 1000:g}", "regime": "b2c", "legs": "6"}
    )  # fmt: skip
    return HttpResponseRedirect(f"{reverse('routes')}?{asked.urlencode()}")


def _answered(given: QueryDict, now: datetime) -> tuple[RouteForm | None, RouteDesk]:
    """The form with what was given over the example, and the answer; no form where there are no hubs."""
    made: list[RouteForm] = []

    def ask(hubs: tuple[HubView, ...]) -> RouteRequest | None:
        made.append(RouteForm(_known(given, now), hubs=hubs))
        return made[0].question() if made[0].is_valid() else None

    desk = route_desk(ask, now=now)
    return (made[0] if made else None), desk


def _known(given: QueryDict, now: datetime) -> dict[str, str]:
    ready = timezone.localtime(now + timedelta(hours=12)).strftime("%Y-%m-%dT%H:00")
    names = (*_EXAMPLE, "ready", "deadline")
    return {"ready": ready, **_EXAMPLE, **{name: str(given[name]) for name in names if given.get(name)}}


def _shown(request: HttpRequest, desk: RouteDesk) -> dict[str, Any]:
    answer = desk.answer
    if answer is None:
        return {"problem": desk.problem}
    if answer.empty:
        return {"empty": empty_words(answer.empty), "answer": answer}
    picked = _picked(request, answer)
    return {
        "answer": answer,
        "few": [
            (name, *NAMED[name], answer.itineraries[number - 1]) for name, number in answer.named.items()
        ],
        "plot": frontier_plot(answer.itineraries),
        "picked": picked,
        **drawn_itinerary(picked),
    }


def _picked(request: HttpRequest, answer: RouteAnswer) -> Itinerary:
    word = request.GET.get("pick", "")
    number = int(word) if word.isdecimal() and len(word) < 6 else answer.named["balanced"]
    return answer.itineraries[min(max(number, 1), len(answer.itineraries)) - 1]


def _rows(answer: RouteAnswer | None) -> Iterator[list[Any]]:
    for plan in answer.itineraries if answer else ():
        route = " > ".join([plan.legs[0].start.code, *[f"{leg.mode}:{leg.end.code}" for leg in plan.legs]])
        yield [
            plan.number, " ".join(plan.names), route, plan.leaves_at.isoformat(), plan.ready_at.isoformat(), plan.hours,
            plan.cost.currency, plan.cost.amount, plan.co2_g / 1000, plan.probability, len(plan.legs),
        ]  # fmt: skip
