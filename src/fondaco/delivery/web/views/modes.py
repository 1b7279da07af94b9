"""Supervision modes: which there are, which fits an order, and a declaration as a file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET

from fondaco.delivery.web.asking import one_of
from fondaco.delivery.web.deeds import told
from fondaco.delivery.web.presenting.mode_words import STOCKS, conditions
from fondaco.delivery.web.seats import member
from fondaco.flows.declaration_papers import write_paper
from fondaco.flows.modes import suit_mode
from fondaco.kernel import clock
from fondaco.kernel.countries import country_name
from fondaco.kernel.errors import FondacoError, NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import ModeChoice, OrderFacts

_DIRECTIONS = ("import", "export")
_WAYS = (("import", _l("Import")), ("export", _l("Export")))
_CURRENCIES = [(code, code) for code in ("EUR", "GBP", "USD", "CNY", "JPY", "AUD", "CAD", "CHF")]
_SCHEMES = ("IOSS", "SA", "UK135", "BIRDS", "CBEC", "VOEC")
_PERSON = (("yes", _l("A person")), ("no", _l("A business")))
_FLAGS = ("postal", "licence", "excise", "rebate", "eori", "gift")


class OrderForm(forms.Form):
    """An order as a merchant knows it."""

    direction = forms.ChoiceField(label=_l("Direction"), choices=_WAYS)
    country = forms.CharField(label=_l("Customs office in"), max_length=2, min_length=2)
    on = forms.DateField(label=_l("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    amount = forms.DecimalField(
        label=_l("Price of the goods"), min_value=Decimal(0), max_value=Decimal(10**9), decimal_places=2
    )
    currency = forms.ChoiceField(label=_l("Currency"), choices=_CURRENCIES)
    buyer = forms.ChoiceField(label=_l("Sold to"), choices=_PERSON)
    stock = forms.ChoiceField(label=_l("Where the goods are"), choices=STOCKS)
    origin = forms.CharField(label=_l("Origin"), max_length=2, min_length=2)
    scheme = forms.ChoiceField(
        label=_l("Registered for"), required=False, choices=[("", "–"), *((one, one) for one in _SCHEMES)]
    )
    postal = forms.BooleanField(label=_l("Goes by post"), required=False)
    licence = forms.BooleanField(label=_l("Needs a licence or is restricted"), required=False)
    excise = forms.BooleanField(label=_l("Alcohol, tobacco or perfume"), required=False)
    rebate = forms.BooleanField(label=_l("VAT refund is wanted"), required=False)
    eori = forms.BooleanField(label=_l("The seller has an EORI"), required=False)
    gift = forms.BooleanField(label=_l("A gift between persons"), required=False)

    def facts(self) -> OrderFacts:
        """The order for the chooser; what is not ticked is not so."""
        told = self.cleaned_data
        return OrderFacts(
            direction=told["direction"],
            country=told["country"].upper(),
            on=told["on"],
            value=Money.of(told["amount"], told["currency"]),
            b2c=told["buyer"] == "yes",
            export_duty=False,
            schemes=frozenset({told["scheme"]} if told["scheme"] else ()),
            stock=told["stock"],
            incoterm="DDP",
            origins=frozenset({told["origin"].upper()}),
            **{name: bool(told[name]) for name in _FLAGS},
        )


@require_GET
@member()
def mode_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Every mode with its source, and which of them an order fits."""
    country = one_of(request.GET, "of", window.mode_countries())
    direction = one_of(request.GET, "way", _DIRECTIONS)
    asked = "amount" in request.GET
    form = OrderForm(request.GET if asked else None, initial=_example())
    context = {
        "form": form,
        "fit": _fit(suit_mode(form.facts())) if asked and form.is_valid() else None,
        "modes": window.supervision_modes(country=country, direction=direction),
        "of": country,
        "way": direction,
        "ways": _WAYS,
        "countries": sorted(
            ((code, country_name(code, get_language() or "en")) for code in window.mode_countries()),
            key=lambda c: c[1],
        ),
        "today": clock.today(),
    }
    return render(request, "customs/modes.html", context)


@require_GET
@member(Kind.SELLER, Kind.BUYER, Kind.CUSTOMS, Kind.PARK)
def declaration_paper(
    request: HttpRequest, scope: Scope, declaration_id: UUID, form: str
) -> HttpResponseBase:
    """A declaration as a file; what its receiver would refuse is said on the declaration's page."""
    try:
        made = write_paper(scope, declaration_id, form, now=clock.now())
    except NotFound:
        raise
    except FondacoError as problem:
        messages.error(request, told(problem))
        return redirect("declaration", declaration_id)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return HttpResponse(made.content, content_type=made.media_type, headers=headers)


def _example() -> dict[str, Any]:
    return {
        "direction": "import", "country": "FR", "on": clock.today(), "amount": "42.50", "currency": "EUR",
        "buyer": "yes", "stock": "direct", "origin": "CN", "scheme": "",
    }  # fmt: skip


def _fit(choice: ModeChoice) -> dict[str, Any]:
    return {
        "mode": choice.chosen.mode,
        "why": conditions(choice.chosen),
        "also": [one.mode for one in choice.also],
        "refused": [(one.mode, conditions(one)) for one in choice.refused],
    }
