"""The checkout in the buyer's words: what the sum is made of, and what each way to pay needs, costs and takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from fondaco.delivery.web.presenting.money_words import method_word, refusal_word
from fondaco.delivery.web.presenting.order_sums import PRICE_WORDS, price_why
from fondaco.flows.checkout import BANK_TRANSFER, CheckoutSheet
from fondaco.kernel.money import Money
from fondaco.systems.finance.public import Method

_NEEDS: dict[str, str | Promise] = {
    "3ds": _l("A card; your bank asks whether it is you (3-D Secure)."),
    "bank": _l("You log in at your bank, which is opened for you."),
    "app": _l("You approve it in the app."),
    "pin": _l("You type your PIN in the app."),
    "mandate": _l("You allow this one sum to be collected from your account."),
    "none": _l("A slip to show and pay at a till."),
}
_OWN_NEEDS: dict[str, str | Promise] = {
    BANK_TRANSFER: _l("You send it from your bank yourself, with our reference."),
    "cod": _l("The exact sum in cash when the parcel comes."),
}
_REFUND_ELSEWHERE = _l("A refund goes to a bank account.")
_ICONS = {
    "card": "credit-card", "transfer": "landmark", "redirect": "landmark", "debit": "landmark",
    "cash": "banknote", "voucher": "receipt", "app": "smartphone", "wallet": "wallet",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A way to pay that is offered."""

    code: str
    name: str
    icon: str
    needs: str
    takes: str
    costs: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A part of the landed total: as the buyer pays it, in the order's currency, and where it is explained."""

    name: str
    shown: Money
    money: Money
    why: str


def ways_of(sheet: CheckoutSheet, chosen: str) -> list[Way]:
    """The ways that are offered, the preferred first; `chosen`, else the one chosen before, else the first is ticked."""
    codes = [row.method.code for row in sheet.menu.offered]
    ticked = next(
        (code for code in (chosen, sheet.live.method if sheet.live else "", *codes) if code in codes), ""
    )
    return [
        Way(
            one.code, method_word(one.code), _ICONS[one.kind], _needs(one), _takes(one), _costs(one),
            one.code == ticked,
        )
        for one in (row.method for row in sheet.menu.offered)
    ]  # fmt: skip


def refused_of(sheet: CheckoutSheet) -> list[tuple[str, str]]:
    """The ways of the country that are not offered, and why."""
    return [(method_word(one.method), refusal_word(one.code, one.limit)) for one in sheet.menu.refused]


def lines_of(sheet: CheckoutSheet) -> Iterable[Line]:
    """What the sum is made of."""
    for one in sheet.lines:
        why = price_why(sheet.order.id, one.code, landed=sheet.is_explained)
        yield Line(str(PRICE_WORDS[one.code]), one.shown, one.money, why)


def _needs(method: Method) -> str:
    return str(_OWN_NEEDS.get(method.code) or _NEEDS[method.authentication])


def _takes(method: Method) -> str:
    if method.kind == "cash":
        return _("The order goes on at once; the courier collects at the door.")
    if method.kind == "voucher":
        return _("The order goes on when the slip is paid.")
    if method.code == BANK_TRANSFER:
        return ngettext(
            "The order goes on when the money is there, usually after %(n)s working day.",
            "The order goes on when the money is there, usually after %(n)s working days.",
            method.settlement_days,
        ) % {"n": method.settlement_days}
    return _("The order goes on at once.")


def _costs(method: Method) -> str:
    if method.code == BANK_TRANSFER:
        return _("Costs you nothing more; your own bank may charge.")
    costs = _("Costs you nothing more.")
    return costs if method.refundable else f"{costs} {_REFUND_ELSEWHERE}"
