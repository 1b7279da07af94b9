"""The public landed-cost calculator: works without signing in and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET

from fondaco.delivery.web.explain import Explanation
from fondaco.delivery.web.presenting.landed_words import note_words
from fondaco.delivery.web.presenting.why import landed_explanation
from fondaco.delivery.web.views.site import render_why
from fondaco.flows.estimating import Question, destinations_on, estimate_landed, schemes_at
from fondaco.kernel import clock
from fondaco.kernel.countries import country_choices, country_name
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money
from fondaco.platforms.window.public import LandedQuote, Scheme, known_schemes

_CURRENCIES = ("GBP", "EUR", "USD", "CNY", "JPY", "AUD", "CAD", "CHF", "SEK", "NOK", "PLN", "SGD", "HKD")
_EXAMPLE = {"value": "120.00", "freight": "14.50", "currency": "GBP", "hs_code": "650500", "made_in": "CN", "origin": "GB",
            "destination": "DE", "quantity": "6", "mass_g": "900", "buyer": "person"}  # fmt: skip
_UNIT = "u."  # what names a quantity that a duty asked for: u.l, u.m2, u.kg:drained
_FIRST, _LAST = date(2025, 1, 1), date(2029, 12, 31)


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
    insurance = forms.DecimalField(
        label=_l("Insurance"),
        min_value=Decimal(0),
        max_value=Decimal(10**8),
        decimal_places=2,
        required=False,
    )
    on = forms.DateField(
        label=_l("Day"), required=False, widget=forms.DateInput(attrs={"type": "date", "class": "input"})
    )
    duty = forms.CharField(
        label=_l("Duty rate, if you know it"),
        max_length=60,
        required=False,
        help_text=_l("Like 4.5% or 12 EUR/100 kg."),
    )
    claims = forms.RegexField(
        r"^ *((END-USE|SUSPENSION|QUOTA-[0-9]{6}) *)*$",
        label=_l("Claimed of the tariff"),
        max_length=80,
        required=False,
        help_text=_l("END-USE, SUSPENSION or QUOTA- with its order number."),
    )
    maker = forms.RegexField(
        r"^[A-Z0-9][0-9]{3}$",
        label=_l("Maker's additional code"),
        max_length=4,
        required=False,
        help_text=_l("For goods under a trade remedy, such as C123."),
    )
    proof = forms.BooleanField(label=_l("A proof of origin is at hand"), required=False)
    schemes = forms.MultipleChoiceField(
        label=_l("The seller is registered for"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, destinations: list[tuple[str, str]], schemes: Iterable[Scheme], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        named = [(scheme.code, f"{scheme.code} · {scheme.name}") for scheme in schemes]
        cast("forms.MultipleChoiceField", self.fields["schemes"]).choices = named
        everywhere = list(country_choices(get_language() or "en"))
        for name, choices in (("made_in", everywhere), ("origin", everywhere), ("destination", destinations)):
            cast("forms.ChoiceField", self.fields[name]).choices = choices

    def clean_on(self) -> date | None:
        """A day within the rules that are held."""
        on = cast("date | None", self.cleaned_data["on"])
        if on is not None and not _FIRST <= on <= _LAST:
            raise forms.ValidationError(_("Rules are held from 2025 to 2029."))
        return on


@require_GET
def calculator(request: HttpRequest) -> HttpResponse:
    """What a parcel costs at the buyer's door, and why."""
    form = _form(request)
    quote = problem = None
    if form.is_valid():
        try:
            quote = estimate_landed(_question(form.cleaned_data, _units(request.GET)))
        except FondacoError as exc:
            problem = exc
    context: dict[str, Any] = {
        "form": form,
        "quote": quote,
        "problem": problem,
        "asked": request.GET.urlencode(),
    }
    if quote:
        context["explanation"] = _explain(quote, "landed")
        context["notes"] = note_words(quote.notes)
        given = _units(request.GET)
        wanted = [missing.unit for missing in quote.missing if missing.unit]
        context["units"] = [
            (f"{_UNIT}{name}", name, given.get(name, "")) for name in dict.fromkeys([*given, *wanted])
        ]
    return render(request, "public/calculator.html", context)


@require_GET
def calculator_why(request: HttpRequest, figure: str) -> HttpResponse:
    """Why one figure of the calculator is what it is: the same question, asked again."""
    form = _form(request)
    if figure not in _PARTS or not form.is_valid():
        raise Http404
    quote = estimate_landed(_question(form.cleaned_data, _units(request.GET)))
    back = f"{reverse('calculator')}?{request.GET.urlencode()}"
    return render_why(request, _explain(quote, figure), back=back)


_Pick = Callable[[LandedQuote], Money]
_PARTS: dict[str, tuple[Any, str, _Pick]] = {
    "duty": (_l("Duty"), "duty", lambda quote: quote.duty),
    "tax": (_l("Tax"), "tax", lambda quote: quote.tax),
    "fees": (_l("Fees"), "fee", lambda quote: quote.fees),
    "landed": (_l("Landed cost"), "", lambda quote: quote.total),
}


def _explain(quote: LandedQuote, figure: str) -> Explanation:
    title, part, pick = _PARTS[figure]
    figure_of = pick(quote) if quote.charges else None
    told = landed_explanation(quote, title=str(title), figure=figure_of, part=part)
    if told.steps or told.missing:
        return told
    return replace(told, summary=_("No rule of the destination asks for this."))


def _form(request: HttpRequest) -> LandedForm:
    today, language = clock.today(), get_language() or "en"
    asked: Any = request.GET
    if "value" not in request.GET:
        asked = {
            **_EXAMPLE,
            **{name: text for name, text in request.GET.items() if name in LandedForm.base_fields},
        }
    places = sorted((country_name(d.destination, language), d.destination) for d in destinations_on(today))
    open_here = set(schemes_at(str(asked.get("destination", ""))[:2], today))
    return LandedForm(
        asked,
        destinations=[(code, name) for name, code in places],
        schemes=[scheme for scheme in known_schemes() if scheme.code in open_here],
    )


def _units(asked: Mapping[str, str]) -> dict[str, Decimal]:
    """The quantities that were given for what a duty asked; what is no number above zero is not given."""
    found: dict[str, Decimal] = {}
    for name, text in asked.items():
        if name.startswith(_UNIT) and len(name) < 60:
            try:
                amount = Decimal(text)
            except InvalidOperation:
                continue
            if 0 < amount < 10**9:
                found[name.removeprefix(_UNIT)] = amount
    return found


def _question(asked: dict[str, Any], units: Mapping[str, Decimal]) -> Question:
    currency = asked["currency"]
    proof = {f"ORIGIN-{asked['made_in']}"} if asked["proof"] else set()
    return Question(
        on=asked["on"] or clock.today(),
        origin=asked["origin"],
        destination=asked["destination"],
        hs_code="".join(c for c in asked["hs_code"] if c.isdigit()),
        made_in=asked["made_in"],
        quantity=asked["quantity"],
        value=Money.of(asked["value"], currency),
        freight=Money.of(asked["freight"], currency),
        insurance=Money.of(asked["insurance"] or 0, currency),
        mass_g=asked["mass_g"],
        b2c=asked["buyer"] == "person",
        schemes=frozenset(asked["schemes"]) | proof | frozenset(asked["claims"].split()),
        stated_duty=asked["duty"].strip(),
        additional_code=asked["maker"],
        units=units,
    )
