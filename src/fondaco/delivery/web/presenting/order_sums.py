"""The money of an order in the right-hand column: what was paid for what, and where it went."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.presenting.timeline import why_url
from fondaco.flows.order_page import OrderSheet
from fondaco.kernel.money import Money

Text = str | Promise


@dataclass(frozen=True, slots=True)
class SumLine:
    """One line: name, amount (None: not known yet), where its explanation is, whether it is a total."""

    name: Text
    money: Money | None
    why: str = ""
    total: bool = False


def sums_of(sheet: OrderSheet) -> list[SumLine]:
    """Goods to landed total, then what was paid, what is held and what each party got."""
    return [line for line in [*_price(sheet), *_moved(sheet)] if line.money is not None or line.total]


def _price(sheet: OrderSheet) -> list[SumLine]:
    order, currency = sheet.order, sheet.order.currency

    def known(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, currency)

    landed = sheet.landed is not None
    return [
        SumLine(_l("Goods"), order.goods, why_url(sheet, "goods")),
        SumLine(_l("Carriage charged"), order.carriage or None),
        SumLine(_l("Discount"), known(-order.discount_minor) if order.discount_minor else None),
        SumLine(_l("Duty"), known(order.duty_minor), why_url(sheet, "duty") if landed else ""),
        SumLine(_l("Tax"), known(order.tax_minor), why_url(sheet, "tax") if landed else ""),
        SumLine(_l("Fees"), known(order.fees_minor), why_url(sheet, "fees") if landed else ""),
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
    lines = []
    for payment in money.payments:
        lines.append(SumLine(_l("Paid by the buyer"), payment.amount, why_url(sheet, "payment")))
        if payment.refunded:
            lines.append(SumLine(_l("Given back"), -payment.refunded))
    lines.append(SumLine(_l("Held in escrow"), money.held, why_url(sheet, "hold") if sheet.hold else ""))
    settled = money.settlement or {}
    for key, name in _SETTLED:
        minor = settled.get(key)
        if isinstance(minor, int):
            lines.append(
                SumLine(
                    name,
                    Money(minor, str(settled.get("currency", sheet.order.currency))),
                    why_url(sheet, "settlement"),
                )
            )
    return lines


_SETTLED: tuple[tuple[str, Text], ...] = (
    ("seller_minor", _l("To the seller")),
    ("commission_minor", _l("Commission")),
    ("commission_vat_minor", _l("VAT on commission")),
)
