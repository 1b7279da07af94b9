"""What keeps order, payment and waybill from agreeing: each difference in words, with both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

_TITLES = {
    "order-missing": _l("There is no order document."),
    "waybill-missing": _l("There is no waybill."),
    "payment-missing": _l("There is no payment."),
    "payment-not-single": _l("The order was paid in more than one transaction."),
    "payment-order": _l("The payment names another order."),
    "payment-transaction-missing": _l("The payment has no transaction number."),
    "payment-currency": _l("Order and payment are in different currencies."),
    "payment-amount": _l("The amount paid is not the amount of the order."),
    "payer-not-buyer": _l("Somebody other than the buyer paid."),
    "order-currencies": _l("The order mixes currencies."),
    "order-amount-not-positive": _l("An amount of the order is zero or below."),
    "order-total": _l("Goods, carriage and tax less discount do not add up to the total."),
    "waybill-order": _l("The waybill names another order."),
    "tracking-missing": _l("The waybill has no number."),
    "tracking-check-digit": _l("The check digit of the waybill number is wrong."),
    "tracking-reused": _l("This waybill number was used for another order."),
    "transaction-reused": _l("This payment was used for another order."),
    "consignee": _l("The consignee is not the one of the order."),
    "consignee-missing": _l("One of the documents names no consignee."),
    "country": _l("The countries of destination differ."),
    "address": _l("The addresses differ."),
    "address-missing": _l("One of the documents has no address."),
    "address-numbers": _l("House number or postcode differ."),
    "phone": _l("The telephone numbers differ."),
    "packages": _l("The number of packages is out of bounds."),
    "freight": _l("The freight of the waybill is not the carriage of the order."),
    "lines": _l("The goods of the waybill are not the goods of the order."),
}
_LEFT = ("order", "due", "buyer", "missing")
_RIGHT = ("payment", "waybill", "paid", "payer", "surplus")
_FIGURES = {
    "alike": _l("likeness"), "strange_words": _l("share of strange words"), "equal_digits": _l("equal digits"),
    "allowed": _l("allowed"), "by": _l("used by"), "tracking": _l("number"), "transaction": _l("transaction"),
    "transactions": _l("transactions"), "packages": _l("packages"), "currencies": _l("currencies"),
}  # fmt: skip
_MINOR = frozenset({"payment-amount", "order-total", "order-amount-not-positive"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `left` is the order's side, `right` the payment's or the waybill's."""

    code: str
    title: str
    weight: str
    left: str
    right: str
    right_is: str
    figures: str


def differences(reasons: Iterable[Mapping[str, Any]]) -> list[Difference]:
    """The recorded reasons of a verdict in words, hard ones first."""
    found = [_difference(reason) for reason in reasons]
    return sorted(found, key=lambda one: one.weight != "hard")


def _difference(reason: Mapping[str, Any]) -> Difference:
    code = str(reason.get("code", ""))
    right = next((name for name in _RIGHT if reason.get(name) not in (None, "", [])), "")
    left = next((name for name in _LEFT if reason.get(name) not in (None, "", [])), "")
    figures = [
        f"{word} {_text(reason[name])}"
        for name, word in _FIGURES.items()
        if reason.get(name) not in (None, "")
    ]
    if code in _MINOR:
        figures.append(_("in minor units"))
    return Difference(
        code=code,
        title=str(_TITLES.get(code) or code.replace("-", " ").capitalize()),
        weight=str(reason.get("weight", "")),
        left=_text(reason.get(left)),
        right=_text(reason.get(right)),
        right_is=_("Payment") if right in ("payment", "paid", "payer") else _("Waybill"),
        figures=" · ".join(figures),
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(part) for part in value)
    return str(value)
