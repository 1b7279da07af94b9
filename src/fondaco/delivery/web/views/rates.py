"""Rates: what every service asks for a parcel and why the others refused; the price books."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET

from fondaco.delivery.web.seats import desk_of, member
from fondaco.kernel import clock
from fondaco.kernel.countries import country_choices
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ParcelSpec, QuoteRequest

_MAY = (Kind.SELLER, Kind.CARRIER)


class RateForm(forms.Form):
    """One parcel from one country to another."""

    origin = forms.ChoiceField(label=_l("From"))
    destination = forms.ChoiceField(label=_l("To"))
    mass_g = forms.IntegerField(label=_l("Weight in grams"), min_value=1, max_value=5_000_000)
    length_mm = forms.IntegerField(label=_l("Length in mm"), min_value=1, max_value=10_000)
    width_mm = forms.IntegerField(label=_l("Width in mm"), min_value=1, max_value=10_000)
    height_mm = forms.IntegerField(label=_l("Height in mm"), min_value=1, max_value=10_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("origin", "destination"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = list(country_choices(get_language() or "en"))


@require_GET
@member(*_MAY)
def rate_page(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Ask every service for a price; the refused ones say why."""
    seat = desk_of(request).seat
    start = {"origin": seat.country if seat else "GB", "destination": "DE", "mass_g": 1200, "length_mm": 300,
             "width_mm": 200, "height_mm": 120}  # fmt: skip
    form = RateForm(request.GET if "mass_g" in request.GET else start)
    result = problem = None
    if form.is_valid():
        try:
            result = logistics.explain_quote(_question(form.cleaned_data, clock.now().date()), limit=25)
        except FondacoError as exc:
            problem = exc
    return render(request, "logistics/rates.html", {"form": form, "result": result, "problem": problem})


@require_GET
@member(*_MAY)
def book_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The price books, the newest of each first."""
    return render(request, "logistics/books.html", {"books": logistics.list_price_books()})


@require_GET
@member(*_MAY)
def book_page(request: HttpRequest, scope: Scope, book_id: UUID) -> HttpResponseBase:
    """One price book and its services."""
    search = request.GET.get("q", "")[:60]
    page = int(request.GET.get("page", "1")) if request.GET.get("page", "1").isdecimal() else 1
    found = logistics.price_book_detail(book_id, search=search, page=max(page, 1))
    context = {"found": found, "book": found.book, "search": search, "page": page, "more": page * 50 < found.matching}
    return render(request, "logistics/book.html", context)


def _question(asked: dict[str, Any], on: date) -> QuoteRequest:
    parcel = ParcelSpec(asked["length_mm"], asked["width_mm"], asked["height_mm"], asked["mass_g"])
    return QuoteRequest(
        reference="rates", origin=asked["origin"], destination=asked["destination"], postcode="", on=on,
        parcels=(parcel,), cargo_classes=frozenset(), declared_value=Money(5000, "GBP"),
    )  # fmt: skip
