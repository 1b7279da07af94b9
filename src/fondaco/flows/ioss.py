"""The monthly IOSS return of a seller: what was priced under the scheme, sold in the month and settled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO
from fondaco.kernel.money import Money, split_minor
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import CorrectionLine, IossReturn, IossSale, LandedDTO, Period
from fondaco.systems.finance import public as finance

SCHEME = "IOSS"
_PAGE = 500


def ioss_return(
    seller_id: UUID, number: str, period: Period, *, corrections: Sequence[CorrectionLine] = ()
) -> IossReturn:
    """The return of `seller_id` for a month, in euro by member state and rate. IossRefused."""
    sales = [sale for page in _settled(seller_id) for sale in _sales(page, period)]
    return window.draw_up_ioss_return(
        number, period, sales, corrections=corrections, rates=finance.rate_source()
    )


def _settled(seller_id: UUID) -> Iterator[list[OrderDTO]]:
    after: UUID | None = None
    while page := orders.orders_in_state(
        "settled", seller_id=seller_id, limit=_PAGE, after=after, lines=False
    ):
        yield page
        after = page[-1].id


def _sales(page: Sequence[OrderDTO], period: Period) -> Iterator[IossSale]:
    mine = {order.id: order for order in page if Period.of(order.ordered_at.date()) == period}
    for order_id, kept in window.landed_quote_for(mine).items():
        if kept.quote.scheme == SCHEME and kept.quote.collected == "sale":
            yield from _by_rate(mine[order_id], kept)


def _by_rate(order: OrderDTO, kept: LandedDTO) -> Iterator[IossSale]:
    """The sale by rate of VAT: the tax of its lines, and of the price what their values come to."""
    quote = kept.quote
    rate_of = {
        step.line_id: Decimal(step.inputs["rate"].rstrip("%")) for step in quote.trace if step.code == "tax"
    }
    whole = rate_of.get("", Decimal(0))
    price = quote.goods.minor + quote.freight.minor + quote.insurance.minor
    shares = split_minor(price, [line.customs_value.minor for line in quote.lines])
    sums: dict[Decimal, tuple[int, int]] = {}
    for line, share in zip(quote.lines, shares, strict=True):
        rate = rate_of.get(str(line.line_id), whole)
        taxable, vat = sums.get(rate, (0, 0))
        sums[rate] = taxable + share, vat + line.tax.minor
    for rate, (taxable, vat) in sums.items():
        net, tax = Money(taxable, quote.currency), Money(vat, quote.currency)
        yield IossSale(order.number, order.destination, rate, net, tax, order.ordered_at.date())
