"""The monthly IOSS return of a seller: what was priced under the scheme and paid for in the month, less returns.

What changes after a month was filed (a sale that came late, goods that came back) is put right in the next return
by itself: Directive 2006/112/EC art. 369t(2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState, ReturnDTO, ReturnState
from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money, split_minor
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import OrganisationDTO
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import (
    CorrectionLine,
    FilingDTO,
    IossReturn,
    IossSale,
    LandedQuote,
    Period,
)
from fondaco.systems.finance import public as finance

SCHEME, IDENTIFIER = "IOSS", "ioss"
_PAGE = 500
MonthState = Literal["running", "due", "overdue", "filed"]
Sales = Mapping[Period, Sequence[IossSale]]


@dataclass(frozen=True, slots=True)
class IossMonth:
    """One month of one seller: what was filed, or what would be filed today."""

    seller: OrganisationDTO
    period: Period
    state: MonthState
    content: IossReturn
    sales: int
    filing: FilingDTO | None

    @property
    def payable(self) -> Money:
        return Money(self.content.payable_minor, "EUR")


@dataclass(frozen=True, slots=True)
class IossSheet:
    """A month with the sales it is made of."""

    month: IossMonth
    sales: tuple[IossSale, ...]


def ioss_return(
    seller_id: UUID, number: str, period: Period, *, corrections: Sequence[CorrectionLine] = ()
) -> IossReturn:
    """The return of `seller_id` for a month, in euro by member state and rate. IossRefused."""
    return _drawn(number, period, _sales(seller_id), corrections)


def ioss_months(scope: Scope, *, today: date) -> list[IossMonth]:
    """Every month in which a seller with an IOSS number sold or filed, and the present one; latest first."""
    sellers = _sellers(scope)
    filed = window.ioss_filings(scope, seller_ids=[seller.id for seller in sellers])
    found = []
    for seller in sellers:
        own = [one for one in filed if one.seller_id == seller.id]
        found += _months(seller, _sales(seller.id), own, today=today)
    return sorted(found, key=lambda one: (one.period, one.seller.name), reverse=True)


def ioss_sheet(
    scope: Scope,
    seller_id: UUID,
    period: Period,
    *,
    today: date,
    corrections: Sequence[CorrectionLine] = (),
) -> IossSheet:
    """One month of a seller, with `corrections` that a person adds. NotFound outside `scope`; IossRefused."""
    seller = next((one for one in _sellers(scope) if one.id == seller_id), None)
    if seller is None:
        raise NotFound(field="seller", value=seller_id)
    sales = _sales(seller_id)
    filed = window.ioss_filings(scope, seller_ids=[seller_id])
    month = _month(seller, period, sales, filed, today=today, extra=corrections)
    return IossSheet(month, tuple(sales.get(period, ())))


def file_ioss(
    scope: Scope,
    seller_id: UUID,
    period: Period,
    *,
    reference: str = "",
    corrections: Sequence[CorrectionLine] = (),
    now: datetime,
) -> FilingDTO:
    """File a month as it stands today; again changes nothing. NotFound, IossNotDue, IossFiled, IossRefused."""
    sheet = ioss_sheet(scope, seller_id, period, today=now.date(), corrections=corrections)
    if sheet.month.filing is not None and not corrections:
        return sheet.month.filing
    return window.file_ioss_return(scope, seller_id, sheet.month.content, reference=reference, now=now)


def _sellers(scope: Scope) -> list[OrganisationDTO]:
    """Whose returns `scope` may see: its own, or every seller's with a number."""
    if scope.is_operator:
        known = parties.organisations_of_kind(Kind.SELLER)
    elif scope.kind == Kind.SELLER:
        known = list(parties.organisations([scope.organisation_id]).values())
    else:
        known = []
    return [one for one in known if SCHEME in window.schemes_open_to(one.identifiers)]


def _months(
    seller: OrganisationDTO, sales: Sales, filed: Sequence[FilingDTO], *, today: date
) -> list[IossMonth]:
    wanted = {*sales, *(one.period for one in filed), Period.of(today)}
    return [_month(seller, period, sales, filed, today=today) for period in wanted]


def _month(
    seller: OrganisationDTO,
    period: Period,
    sales: Sales,
    filed: Sequence[FilingDTO],
    *,
    today: date,
    extra: Sequence[CorrectionLine] = (),
) -> IossMonth:
    filing = next((one for one in filed if one.period == period), None)
    if filing is not None and not extra:
        content = filing.content
    else:
        number = seller.identifiers[IDENTIFIER]
        told = [one.content for one in filed if one.period != period]
        owed = _owed(number, period, sales, told) if _is_next(period, sales, filed) else ()
        content = _drawn(number, period, sales, (*owed, *extra))
    return IossMonth(
        seller, period, _state(period, filing, today), content, len(sales.get(period, ())), filing
    )


def _is_next(period: Period, sales: Sales, filed: Sequence[FilingDTO]) -> bool:
    """Whether this is the first month still to be filed: the one that carries what is put right."""
    done = {one.period for one in filed}
    return all(period <= open_month for open_month in sales if open_month not in done)


def _owed(
    number: str, period: Period, sales: Sales, told: Sequence[IossReturn]
) -> tuple[CorrectionLine, ...]:
    drawn = {one.period: _drawn(number, one.period, sales, ()) for one in told}
    return window.corrections_owed(period, told, drawn)


def _drawn(number: str, period: Period, sales: Sales, corrections: Sequence[CorrectionLine]) -> IossReturn:
    return window.draw_up_ioss_return(
        number, period, sales.get(period, ()), corrections=corrections, rates=finance.rate_source()
    )


def _state(period: Period, filing: FilingDTO | None, today: date) -> MonthState:
    if filing is not None:
        return "filed"
    if period.last_day >= today:
        return "running"
    return "overdue" if period.due_on < today else "due"


def _sales(seller_id: UUID) -> dict[Period, list[IossSale]]:
    """Every sale under the scheme that was paid for and not cancelled, by the month it was ordered in."""
    kept = window.landed_under(SCHEME, seller_id=seller_id)
    back = _given_back(seller_id, kept)
    found: dict[Period, list[IossSale]] = {}
    for order in orders.orders_by_ids(list(kept)):
        if OrderState.PAID in order.reached and order.state != OrderState.CANCELLED:
            period = Period.of(order.ordered_at.date())
            share = _left(order, back.get(order.id, 0))
            found.setdefault(period, []).extend(_by_rate(order, kept[order.id].quote, share))
    return found


def _given_back(seller_id: UUID, among: Mapping[UUID, object]) -> dict[UUID, int]:
    """What was refunded of each of these orders for goods that came back, in the order's minor units.

    Credit notes and the return centre's returns, each once: what an inspection paid back goes before its note.
    """
    if not among:
        return {}
    refunds = {note.id: (note.order_id, note.value_minor) for note in _notes(seller_id)}
    for one in window.refunded_returns(seller_id=seller_id):
        refunds[one.credit_note_id or one.id] = one.order_id, one.refund_minor
    sums: dict[UUID, int] = {}
    for order_id, minor in refunds.values():
        if order_id is not None and order_id in among:
            sums[order_id] = sums.get(order_id, 0) + minor
    return sums


def _notes(seller_id: UUID) -> Iterator[ReturnDTO]:
    after: UUID | None = None
    while page := orders.returns_in_state(
        ReturnState.REFUNDED, seller_id=seller_id, limit=_PAGE, after=after
    ):
        after = page[-1].id
        yield from page


def _left(order: OrderDTO, back_minor: int) -> Decimal:
    """The part of the sale that still stands after what came back (art. 90)."""
    if not back_minor or order.sale_minor <= 0:
        return Decimal(1)
    return max(Decimal(order.sale_minor - back_minor), Decimal(0)) / order.sale_minor


def _by_rate(order: OrderDTO, quote: LandedQuote, share: Decimal) -> list[IossSale]:
    """The sale by rate of VAT: the tax of its lines, and of the price what their values come to."""
    rate_of = {
        step.line_id: Decimal(step.inputs["rate"].rstrip("%")) for step in quote.trace if step.code == "tax"
    }
    whole = rate_of.get("", Decimal(0))
    price = quote.goods.minor + quote.freight.minor + quote.insurance.minor
    shares = split_minor(price, [line.customs_value.minor for line in quote.lines])
    sums: dict[Decimal, tuple[int, int]] = {}
    for line, part in zip(quote.lines, shares, strict=True):
        rate = rate_of.get(str(line.line_id), whole)
        taxable, vat = sums.get(rate, (0, 0))
        sums[rate] = taxable + part, vat + line.tax.minor
    return [
        IossSale(
            order.number, order.destination, rate, _part(taxable, share, quote.currency),
            _part(vat, share, quote.currency), order.ordered_at.date(),
        )
        for rate, (taxable, vat) in sums.items()
    ]  # fmt: skip


def _part(minor: int, share: Decimal, currency: str) -> Money:
    return Money(int((minor * share).to_integral_value()), currency)
