"""The public landed-cost calculator: works without signing in and without JavaScript."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET

from fondaco.delivery.web.presenting.why import landed_explanation
from fondaco.flows.estimating import Question, destinations_on, estimate_landed
from fondaco.kernel import clock
from fondaco.kernel.countries import country_choices, country_name
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money

_CURRENCIES = ("GBP", "EUR", "USD", "CNY", "JPY", "AUD", "CAD", "CHF", "SEK", "NOK", "PLN", "SGD", "HKD")
_EXAMPLE = {"value": "120.00", "freight": "14.50", "currency": "GBP", "hs_code": "650500", "made_in": "CN", "origin": "GB",
            "destination": "DE", "quantity": 6, "mass_g": 900, "buyer": "person"}  # fmt: skip


class LandedForm(forms.Form):
    """One article to one door."""

    hs_code = forms.RegexField(r"^[0-9. ]{4,14}$", label=_l("Commodity code (HS)"), max_length=14)
    made_in = forms.ChoiceField(label=_l("Made in"))
    origin = forms.ChoiceField(label=_l("Sent from"))
    destination = forms.ChoiceField(label=_l("Sent to"))
    quantity = forms.IntegerField(label=_l("Pieces"), min_value=1, max_value=1_000_000)
    mass_g = forms.IntegerField(label=_l("Weight of all, in grams"), min_value=1, max_value=50_000_000)
    value = forms.DecimalField(
        label=_l("Value of all"), min_value=Decimal("0.01"), max_value=Decimal(10**9), decimal_places=2
    )
    freight = forms.DecimalField(
        label=_l("Carriage"), min_value=Decimal(0), max_value=Decimal(10**8), decimal_places=2
    )
    currency = forms.ChoiceField(label=_l("Currency"), choices=[(code, code) for code in _CURRENCIES])
    buyer = forms.ChoiceField(label=_l("Buyer"), choices=[("person", _l("A person")), ("firm", _l("A firm"))])

    def __init__(self, *args: Any, destinations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everywhere = list(country_choices(get_language() or "en"))
        for name, choices in (("made_in", everywhere), ("origin", everywhere), ("destination", destinations)):
            cast("forms.ChoiceField", self.fields[name]).choices = choices


@require_GET
def calculator(request: HttpRequest) -> HttpResponse:
    """What a parcel costs at the buyer's door, and why."""
    today, language = clock.today(), get_language() or "en"
    places = sorted((country_name(d.destination, language), d.destination) for d in destinations_on(today))
    form = LandedForm(
        request.GET if "value" in request.GET else _EXAMPLE,
        destinations=[(code, name) for name, code in places],
    )
    quote = problem = None
    if form.is_valid():
        try:
            quote = estimate_landed(_question(form.cleaned_data))
        except FondacoError as exc:
            problem = exc
    context: dict[str, Any] = {"form": form, "quote": quote, "problem": problem}
    if quote:
        context["explanation"] = landed_explanation(
            quote, title=_("Landed cost"), figure=quote.total if quote.charges else None
        )
    return render(request, "public/calculator.html", context)


def _question(asked: dict[str, Any]) -> Question:
    currency = asked["currency"]
    return Question(
        on=clock.today(),
        origin=asked["origin"],
        destination=asked["destination"],
        hs_code="".join(c for c in asked["hs_code"] if c.isdigit()),
        made_in=asked["made_in"],
        quantity=asked["quantity"],
        value=Money.of(asked["value"], currency),
        freight=Money.of(asked["freight"], currency),
        mass_g=asked["mass_g"],
        b2c=asked["buyer"] == "person",
    )
