"""Rates: every service's price for a parcel and why the others refused; the price books and their changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET

from fondaco.delivery.web.exports import csv_response
from fondaco.delivery.web.presenting.book_changes import changes_of
from fondaco.delivery.web.presenting.carriage import (
    CARGO,
    FEATURES,
    KINDS,
    PARTS,
    dots,
    numbers_text,
)
from fondaco.delivery.web.presenting.rates import refusal_groups, service_answer
from fondaco.delivery.web.seats import desk_of, member
from fondaco.kernel import clock
from fondaco.kernel.countries import country_choices
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import (
    Offer,
    ParcelSpec,
    QuoteRequest,
    QuoteTable,
    ServiceKind,
)

SIZE = 50
MOST_OFFERS = 100
_MAY = (Kind.SELLER, Kind.CARRIER)
_EXAMPLE = {"destination": "DE", "mass_kg": "1.2", "length_cm": "30", "width_cm": "20", "height_cm": "12", "parcels": "1",
            "cargo": ["general"]}  # fmt: skip


class RateForm(forms.Form):
    """Equal parcels from one country to another on a day."""

    origin = forms.ChoiceField(label=_l("From"))
    destination = forms.ChoiceField(label=_l("To"))
    postcode = forms.CharField(label=_l("Postcode"), max_length=12, required=False)
    on = forms.DateField(label=_l("On"), widget=forms.DateInput(attrs={"type": "date"}))
    parcels = forms.IntegerField(label=_l("Parcels"), min_value=1, max_value=50)
    mass_kg = forms.DecimalField(
        label=_l("Weight of each, kg"), min_value=Decimal("0.001"), max_value=Decimal(5000), decimal_places=3
    )
    length_cm = forms.DecimalField(
        label=_l("Length, cm"), min_value=Decimal(1), max_value=Decimal(1200), decimal_places=1
    )
    width_cm = forms.DecimalField(
        label=_l("Width, cm"), min_value=Decimal(1), max_value=Decimal(1200), decimal_places=1
    )
    height_cm = forms.DecimalField(
        label=_l("Height, cm"), min_value=Decimal(1), max_value=Decimal(1200), decimal_places=1
    )
    value = forms.DecimalField(
        label=_l("Value of the goods, GBP"), min_value=Decimal(0), max_value=Decimal(1_000_000), decimal_places=2,
        required=False,
    )  # fmt: skip
    cargo = forms.MultipleChoiceField(label=_l("What is in it"), choices=tuple(CARGO.items()), required=False)
    need = forms.MultipleChoiceField(
        label=_l("The service must be"), choices=tuple(FEATURES.items()), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everywhere = list(country_choices(get_language() or "en"))
        for field in (self.fields["origin"], self.fields["destination"]):
            if isinstance(field, forms.ChoiceField):
                field.choices = everywhere


@require_GET
@member(*_MAY)
def rate_page(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Ask every service for a price; the offers sorted, the refusals explained."""
    form = _form(request)
    table, problem = _answer(form)
    sort, asked = request.GET.get("sort", "price"), request.GET.get("service", "").strip()[:40]
    offers = _sorted(table.offers(table.shown(MOST_OFFERS)), sort) if table else []
    context = {
        "form": form,
        "table": table,
        "problem": problem,
        "offers": [(one, _parts(one)) for one in offers],
        "sort": sort,
        "refusals": refusal_groups(table) if table else [],
        "refused": sum(table.counts.values()) if table else 0,
        "dots": dots(offers),
        "limits": _limits(offers),
        "asked": asked,
        "one": service_answer(table, asked) if table and asked else None,
    }
    return render(request, "logistics/rate_explorer.html", context)


@require_GET
@member(*_MAY)
def rate_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Every offer and every refusal for the parcel asked about, as CSV."""
    table, problem = _answer(_form(request))
    if problem:
        raise problem
    headings = (
        "service",
        "provider",
        "name",
        "offered",
        "currency",
        "price",
        "days_min",
        "days_max",
        "billable_g",
        "why_not",
    )
    return csv_response("rates", headings=headings, rows=_rate_rows(table))


@require_GET
@member(*_MAY)
def book_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The price books, the newest first."""
    search = request.GET.get("q", "").strip()[:60]
    books = logistics.list_price_books()
    context = {
        "rows": [one for one in books if _finds(one, search)],
        "search": search,
        "everything": len(books),
        "manages": scope.is_operator,
    }
    return render(request, "logistics/book_list.html", context)


@require_GET
@member(*_MAY)
def book_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The price books, as CSV."""
    headings = (
        "code",
        "version",
        "state",
        "currency",
        "effective_from",
        "services",
        "lanes",
        "cells",
        "source",
        "sha256",
        "label",
    )
    rows = (
        [one.code, one.version, one.state, one.currency, one.effective_from.isoformat(), one.services, one.lanes, one.cells,
         one.source_file, one.sha256, one.label]
        for one in logistics.list_price_books()
    )  # fmt: skip
    return csv_response("price-books", headings=headings, rows=rows)


@require_GET
@member(*_MAY)
def book_page(request: HttpRequest, scope: Scope, book_id: UUID) -> HttpResponseBase:
    """One price book and its services."""
    search, kind, page = request.GET.get("q", "").strip()[:60], request.GET.get("kind", ""), _page_of(request)
    kind = kind if kind in ServiceKind.values else ""
    found = logistics.price_book_detail(book_id, search=search, kind=kind, page=page, size=SIZE)
    context = {
        "found": found,
        "book": found.book,
        "rows": [
            (one, KINDS.get(one.kind, one.kind), [FEATURES.get(word, word) for word in one.features])
            for one in found.services
        ],
        "search": search,
        "kind": kind,
        "kinds": KINDS.items(),
        "page": page,
        "next": page + 1 if page * SIZE < found.matching else None,
        "manages": scope.is_operator and found.book.state == "published",
        "today": clock.today().isoformat(),
    }
    return render(request, "logistics/book_page.html", context)


@require_GET
@member(*_MAY)
def service_page(request: HttpRequest, scope: Scope, book_id: UUID, service: str) -> HttpResponseBase:
    """The prices of one service in a book, by destination and weight."""
    found = logistics.price_book_detail(book_id, search=service, size=1)
    destination = request.GET.get("to", "")[:2].upper()
    rows = logistics.service_rates(book_id, service, destination=destination)
    currency = found.book.currency
    context = {
        "book": found.book,
        "service": found.services[0] if found.services else None,
        "code": service,
        "rows": [
            (one, Money(one.unit_minor, currency), Money(one.registration_minor, currency)) for one in rows
        ],
        "destination": destination,
        "limited": len(rows) == 500,
    }
    return render(request, "logistics/service_page.html", context)


@require_GET
@member(*_MAY)
def service_csv(request: HttpRequest, scope: Scope, book_id: UUID, service: str) -> HttpResponseBase:
    """The prices of one service, as CSV; NotFound for a book that is not there."""
    logistics.price_book_detail(book_id, search=service, size=1)
    headings = ("origin", "destination", "zone", "from_g", "to_g", "pricing", "unit_minor", "registration_minor",
                "increment_g", "divisor", "days_min", "days_max", "basis")  # fmt: skip
    rows = logistics.service_rates(
        book_id, service, destination=request.GET.get("to", "")[:2].upper(), limit=50_000
    )
    return csv_response(
        f"rates-{service}", headings=headings,
        rows=([getattr(one, name) for name in type(one).__slots__] for one in rows),
    )  # fmt: skip


@require_GET
@member(*_MAY)
def book_diff(request: HttpRequest, scope: Scope, book_id: UUID) -> HttpResponseBase:
    """What changed from an older book (by default the one before) to this one."""
    found = logistics.price_book_detail(book_id, size=1)
    others = [
        one
        for one in logistics.list_price_books()
        if one.id != book_id and one.currency == found.book.currency
    ]
    before = next((one for one in others if str(one.id) == request.GET.get("with", "")), found.previous)
    diff = logistics.diff_price_books(before.id, book_id) if before else None
    context = {
        "book": found.book,
        "others": others,
        "before": before,
        "diff": diff,
        "changes": changes_of(diff, found.book.currency)[:200] if diff else [],
    }
    return render(request, "logistics/book_diff.html", context)


def _form(request: HttpRequest) -> RateForm:
    if "mass_kg" in request.GET:
        return RateForm(request.GET)
    seat = desk_of(request).seat
    return RateForm({**_EXAMPLE, "origin": seat.country if seat else "GB", "on": clock.today().isoformat()})


def _answer(form: RateForm) -> tuple[QuoteTable | None, FondacoError | None]:
    if not form.is_valid():
        return None, None
    try:
        return logistics.quote_columns(_question(form.cleaned_data)), None
    except FondacoError as problem:
        return None, problem


def _question(asked: dict[str, Any]) -> QuoteRequest:
    length, width, height = (int(asked[name] * 10) for name in ("length_cm", "width_cm", "height_cm"))
    parcel = ParcelSpec(length, width, height, int(asked["mass_kg"] * 1000))
    on: date = asked["on"]
    return QuoteRequest(
        reference="rates", origin=asked["origin"], destination=asked["destination"], postcode=asked["postcode"], on=on,
        parcels=(parcel,) * asked["parcels"], cargo_classes=frozenset(asked["cargo"]), required=frozenset(asked["need"]),
        declared_value=None if asked["value"] is None else Money.of(asked["value"], "GBP"),
    )  # fmt: skip


def _sorted(offers: tuple[Offer, ...], sort: str) -> list[Offer]:
    if sort == "days":
        return sorted(offers, key=lambda one: (one.transit_days_max, one.transit_days_min, one.price.minor))
    return sorted(offers, key=lambda one: one.price.minor)


def _parts(offer: Offer) -> list[tuple[Any, Money]]:
    return [
        (PARTS.get(name, name), Money(minor, offer.price.currency))
        for name, minor in offer.breakdown
        if minor
    ]


def _limits(offers: list[Offer]) -> dict[str, Any]:
    if not offers:
        return {}
    dearest = max(offers, key=lambda one: one.price.minor)
    return {
        "price": dearest.price,
        "days": max((one.transit_days_min + one.transit_days_max) // 2 for one in offers),
    }


def _rate_rows(table: QuoteTable | None) -> Iterator[list[Any]]:
    if table is None:
        return
    for one in table.offers(slice(None)):
        yield [one.service_code, one.provider, one.name, "yes", one.price.currency, one.price.amount, one.transit_days_min,
               one.transit_days_max, one.billable_g, ""]  # fmt: skip
    for refused in table.refusals().all():
        yield [
            refused.service_code,
            "",
            "",
            "no",
            "",
            "",
            "",
            "",
            "",
            f"{refused.code}: {numbers_text(refused.numbers)}",
        ]


def _finds(book: Any, search: str) -> bool:
    return search.casefold() in f"{book.code} {book.label} {book.source_file}".casefold()


def _page_of(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return min(max(int(text), 1), 100_000) if text.isdecimal() else 1
