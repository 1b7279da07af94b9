"""Writing a declaration by hand, from empty to lodged: four questions at a time, faults beside their fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from fondaco.delivery.web.deeds import told
from fondaco.delivery.web.seats import member
from fondaco.flows.declaring_by_hand import (
    GoodsLine,
    HandWritten,
    lodge_by_hand,
    offices_by_country,
    own_party,
)
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope

_WAYS = (("export", _l("They leave: an export")), ("import", _l("They arrive: an import")))
_CURRENCIES = [(code, code) for code in ("EUR", "GBP", "USD", "CNY", "JPY", "AUD", "CAD", "CHF")]
_PARTY = ("name", "country", "identifier", "line", "city", "postcode", "phone")
_LEAST_ROWS, _MOST_ROWS = 2, 20


def _land(label: Any) -> forms.CharField:
    return forms.CharField(label=label, min_length=2, max_length=2, help_text=_l("Two letters, such as DE"))


def _amount(label: Any, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=Decimal(0), max_value=Decimal(10**9), decimal_places=2, **more
    )


class PaperForm(forms.Form):
    """Everything of a declaration but its goods."""

    kind = forms.ChoiceField(label=_l("What happens with the goods"), choices=_WAYS)
    office = forms.ChoiceField(label=_l("Customs office"))
    currency = forms.ChoiceField(label=_l("Currency of the invoice"), choices=_CURRENCIES)
    to_person = forms.ChoiceField(
        label=_l("Sold to"), choices=(("yes", _l("A person")), ("no", _l("A business")))
    )
    exporter_name = forms.CharField(label=_l("Sender"), max_length=200)
    exporter_country = _land(_l("Sender's country"))
    exporter_identifier = forms.CharField(
        label=_l("Sender's customs number"),
        max_length=60,
        required=False,
        help_text=_l("EORI or credit code"),
    )
    exporter_line = forms.CharField(label=_l("Street"), max_length=200, required=False)
    exporter_city = forms.CharField(label=_l("City"), max_length=60, required=False)
    exporter_postcode = forms.CharField(label=_l("Postcode"), max_length=60, required=False)
    importer_name = forms.CharField(label=_l("Recipient"), max_length=200)
    importer_country = _land(_l("Recipient's country"))
    importer_identifier = forms.CharField(
        label=_l("Recipient's customs number"), max_length=60, required=False
    )
    importer_line = forms.CharField(label=_l("Street"), max_length=200)
    importer_city = forms.CharField(label=_l("City"), max_length=60)
    importer_postcode = forms.CharField(label=_l("Postcode"), max_length=60, required=False)
    importer_phone = forms.CharField(label=_l("Telephone"), max_length=60, required=False)
    order_number = forms.CharField(label=_l("Order number"), max_length=60)
    paid = _amount(_l("Paid by the buyer, in all"))
    payment_number = forms.CharField(label=_l("Payment reference"), max_length=80)
    freight = _amount(_l("of which carriage"), initial=Decimal(0))
    tracking = forms.CharField(label=_l("Waybill number"), max_length=60)
    carrier = forms.CharField(label=_l("Carrier"), max_length=200)

    def __init__(self, *args: Any, offices: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["office"].choices = offices  # type: ignore[attr-defined] # a ChoiceField has choices

    def party(self, role: str) -> dict[str, str]:
        """The party `role` by the names of a list's fields."""
        found = {name: str(self.cleaned_data.get(f"{role}_{name}", "")).strip() for name in _PARTY}
        return {name: text for name, text in (found | {"country": found["country"].upper()}).items() if text}


class GoodsForm(forms.Form):
    """One kind of goods; an empty row is passed over."""

    description = forms.CharField(label=_l("What it is, in plain words"), max_length=300)
    code = forms.RegexField(
        label=_l("Commodity code"), regex=r"^\d{6}(\d{2}){0,2}$",
        error_messages={"invalid": _l("Six, eight or ten digits; the tariff finds them.")},
    )  # fmt: skip
    origin = forms.CharField(label=_l("Made in"), min_length=2, max_length=2)
    quantity = forms.IntegerField(label=_l("Pieces"), min_value=1, max_value=10**6)
    net_g = forms.IntegerField(label=_l("Net grams"), min_value=1, max_value=10**9)
    gross_g = forms.IntegerField(label=_l("Gross grams"), min_value=1, max_value=10**9)
    value = _amount(_l("Value"))

    def clean(self) -> dict[str, Any]:
        """Gross is never below net."""
        told_so: dict[str, Any] = super().clean() or {}
        if told_so.get("gross_g", 0) < told_so.get("net_g", 0) and "gross_g" in told_so:
            self.add_error("gross_g", _("Gross includes the packaging: not below net."))
        return told_so

    def line(self, currency: str) -> GoodsLine:
        """What was written."""
        one = self.cleaned_data
        return GoodsLine(
            one["description"], one["code"], one["origin"].upper(), one["quantity"], one["net_g"], one["gross_g"],
            Money.of(one["value"], currency),
        )  # fmt: skip


@require_http_methods(["GET", "POST"])
@member(Kind.SELLER, role=Role.CLERK)
def write_declaration(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The form; what is lodged opens as a declaration, what is refused comes back with what was written."""
    offices = offices_by_country()
    if request.method == "GET":
        own = {} if scope.is_operator else own_party(scope)
        start = {f"exporter_{name}": text for name, text in own.items()} | {"office": own.get("country", "")}
        return _page(request, PaperForm(initial=start, offices=offices), _rows(None))
    paper, goods = PaperForm(request.POST, offices=offices), _rows(request.POST)
    if "more" in request.POST:
        return _page(request, paper, _rows(request.POST, more=True))
    if not (paper.is_valid() and goods.is_valid()):
        return _page(request, paper, goods, status=422)
    try:
        done = lodge_by_hand(scope, _written(paper, goods), now=clock.now())
    except FondacoError as problem:
        messages.error(request, told(problem))
        return _page(request, paper, goods, status=422)
    if done.declaration_id is None:
        return _page(request, paper, goods, reasons=done.reasons, status=422)
    messages.success(request, _("Lodged. This is your declaration, and below is what customs says of it."))
    return redirect("declaration", done.declaration_id)


def _rows(asked: Any, *, more: bool = False) -> BaseFormSet[GoodsForm]:
    """The goods: at least two rows, one more where it was asked for."""
    made = forms.formset_factory(
        GoodsForm, extra=_LEAST_ROWS, min_num=0, max_num=_MOST_ROWS, absolute_max=_MOST_ROWS
    )
    if asked is None:
        return made(prefix="goods")
    told_so = asked.copy()
    if more:
        count = asked.get("goods-TOTAL_FORMS", "")
        told_so["goods-TOTAL_FORMS"] = str(min(int(count) if count.isdigit() else 0, _MOST_ROWS - 1) + 1)
    return made(told_so, prefix="goods")


def _written(paper: PaperForm, goods: BaseFormSet[GoodsForm]) -> HandWritten:
    one = paper.cleaned_data
    return HandWritten(
        kind=one["kind"], office=one["office"], to_person=one["to_person"] == "yes",
        exporter=paper.party("exporter"), importer=paper.party("importer"),
        goods=[row.line(one["currency"]) for row in goods if row.cleaned_data],
        freight=Money.of(one["freight"], one["currency"]), paid=Money.of(one["paid"], one["currency"]),
        order_number=one["order_number"], payment_number=one["payment_number"], tracking=one["tracking"],
        carrier=one["carrier"],
    )  # fmt: skip


def _page(
    request: HttpRequest,
    paper: PaperForm,
    goods: BaseFormSet[GoodsForm],
    *,
    reasons: Any = (),
    status: int = 200,
) -> HttpResponseBase:
    context = {"paper": paper, "goods": goods, "reasons": reasons}
    return render(request, "declarations/write.html", context, status=status)
