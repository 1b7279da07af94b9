"""From delivered orders to trade facts: what the statistics room counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.work import Facts, Work
from fondaco.kernel.money import Money, split_minor
from fondaco.platforms.window import public as window
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import NoRate, RateTooOld
from fondaco.systems.statistics.public import BASE_CURRENCY, TradeFact


def trade_facts(orders: Sequence[OrderDTO], work: Work) -> list[TradeFact]:
    """A fact per order and chapter of the Harmonized System.

    An order in a currency that had no rate into the statistics' own on its day is not counted.
    """
    orders = [order for order in orders if _is_countable(order)]
    facts = Facts.about(orders)
    cleared = window.clearance_times([order.id for order in orders])
    seconds = {key: int(time.total_seconds()) for key, time in cleared.items()}
    return [fact for order in orders for fact in _of_order(order, facts, seconds.get(order.id), work)]


def _of_order(order: OrderDTO, facts: Facts, seconds: int | None, work: Work) -> list[TradeFact]:
    chapters: dict[str, list[int]] = {}
    for index, line in enumerate(order.lines):
        chapters.setdefault((facts.of(line).hs_code or "")[:2], []).append(index)
    values = [sum(order.lines[i].value_minor for i in chosen) for chosen in chapters.values()]
    duties, taxes = split_minor(order.duty_minor or 0, values), split_minor(order.tax_minor or 0, values)
    on = order.ordered_at.date()
    return [
        TradeFact(
            order_id=order.id,
            on=on,
            seller_id=order.seller_id,
            destination=order.destination,
            hs2=chapter,
            value_gbp_minor=_in_base(value, order.currency, on),
            duty_gbp_minor=_in_base(duty, order.currency, on),
            tax_gbp_minor=_in_base(tax, order.currency, on),
            lines=len(chosen),
            clearance_seconds=seconds,
            origin=work.seller(order).country,
            channel="import",
            regime=str(order.facts.get("scheme", "")),
            currency=order.currency,
            value_minor=value,
            mass_g=sum(_mass(order, i, facts) for i in chosen),
        )
        for (chapter, chosen), value, duty, tax in zip(chapters.items(), values, duties, taxes, strict=True)
    ]


def _is_countable(order: OrderDTO) -> bool:
    try:
        _in_base(0, order.currency, order.ordered_at.date())
    except (NoRate, RateTooOld):
        return False
    return True


def _mass(order: OrderDTO, index: int, facts: Facts) -> int:
    line = order.lines[index]
    return (facts.of(line).mass_g or 0) * line.quantity


def _in_base(minor: int, currency: str, on: date) -> int:
    if currency == BASE_CURRENCY:
        return minor
    money, _ = finance.convert(Money(minor, currency), BASE_CURRENCY, on)
    return money.minor
