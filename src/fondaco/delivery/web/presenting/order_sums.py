"""The money of an order in the right-hand column: what was paid for what, and where it went."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.presenting.timeline import why_url
from fondaco.flows.order_page import OrderSheet
from fondaco.kernel.money import Money

Text = str | Promise


@dataclass(frozen=True, slots=True)
class SumLine:
    """One line: name, amount (None: not known yet), where its explanation and its postings are, whether it is a total."""

    name: Text
    money: Money | None
    why: str = ""
    opens: str = ""
    total: bool = False


PRICE_WORDS: dict[str, Text] = {
    "goods": _l("Goods"),
    "carriage": _l("Carriage charged"),
    "other": _l("Other charges"),
    "discount": _l("Discount"),
    "duty": _l("Duty"),
    "tax": _l("Tax"),
    "fees": _l("Fees"),
}


def price_why(order_id: UUID, code: str, *, landed: bool) -> str:
    """Where a part of the landed total is explained; empty for what the seller asks, and before a quote is kept."""
    explained = code == "goods" or (landed and code in ("duty", "tax", "fees", "landed"))
    return reverse("order_why", args=[order_id, code]) if explained else ""


def sums_of(sheet: OrderSheet) -> list[SumLine]:
    """Goods to landed total, then what was paid, what is held and what each party got."""
    return [line for line in [*_price(sheet), *_moved(sheet)] if line.money is not None or line.total]


def _price(sheet: OrderSheet) -> list[SumLine]:
    order, currency = sheet.order, sheet.order.currency

    def known(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, currency)

    def line(code: str, money: Money | None) -> SumLine:
        return SumLine(PRICE_WORDS[code], money, price_why(order.id, code, landed=landed))

    landed = sheet.landed is not None
    return [
        line("goods", order.goods),
        line("carriage", order.carriage or None),
        line("other", known(order.other_minor) if order.other_minor else None),
        line("discount", known(-order.discount_minor) if order.discount_minor else None),
        line("duty", known(order.duty_minor)),
        line("tax", known(order.tax_minor)),
        line("fees", known(order.fees_minor)),
        SumLine(
            _l("Landed total"),
            known(order.total_minor),
            why_url(sheet, "landed") if landed else "",
            total=True,
        ),
    ]


def _moved(sheet: OrderSheet) -> list[SumLine]:
    money = sheet.money
    if money is None:
        return []
    lines, opens = [], ""
    for payment in money.payments:
        opens = reverse("payment", args=[payment.id]) + "#postings"
        lines.append(SumLine(_l("Paid by the buyer"), payment.amount, why_url(sheet, "payment"), opens))
        if payment.refunded:
            lines.append(SumLine(_l("Given back"), -payment.refunded, "", opens))
    hold = why_url(sheet, "hold") if sheet.hold else ""
    over = sheet.order.state == "settled"
    lines.append(SumLine(_l("Was held in escrow") if over else _l("Held in escrow"), money.held, hold, opens))
    settled = money.settlement or {}
    for key, name in _SETTLED:
        minor = settled.get(key)
        if isinstance(minor, int):
            lines.append(
                SumLine(
                    name,
                    Money(minor, str(settled.get("currency", sheet.order.currency))),
                    why_url(sheet, "settlement"),
                    opens,
                )
            )
    return lines


_SETTLED: tuple[tuple[str, Text], ...] = (
    ("seller_minor", _l("To the seller")),
    ("commission_minor", _l("Commission")),
    ("commission_vat_minor", _l("VAT on commission")),
)
