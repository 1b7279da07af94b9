"""Refunds for returned goods; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.fx import position_entries
from fondaco.systems.finance.domain.ledger import HOUSE, AccountKey, Entry, lines


class RefundTooLarge(Refused):
    code = "refund-over-captured"
    title = "More would go back than the buyer paid."
    remedy = "Give back at most what is left of the payment."


class NothingPaid(Refused):
    code = "nothing-paid"
    title = "This order has no captured payment that could be given back."


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give back `goods` and `duty_tax` (minor units of the order's currency) for one return, once."""

    return_id: UUID
    order_id: UUID
    goods: int
    duty_tax: int = 0
    on: date | None = None

    @property
    def total(self) -> int:
        return self.goods + self.duty_tax


@dataclass(frozen=True, slots=True)
class RefundDTO:
    """A refund as it stands: done, requested (the provider has not answered), failed, or refused (why)."""

    return_id: UUID
    order_id: UUID
    status: str
    code: str = ""
    detail: str = ""
    amount: Money | None = None
    order_amount: Money | None = None
    from_escrow: bool = False
    advanced_minor: int = 0


def presented(*, paid: int, escrow: int, given_before: int, paid_before: int, now_given: int) -> int:
    """What goes back in the buyer's currency for `now_given` of the order's.

    In proportion to the whole payment, counted from its start: so partial refunds never drift, and the
    last one gives back the payment to the minor unit.
    """
    exact = Decimal(paid) * (given_before + now_given) / escrow
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)) - paid_before


def refund_entries(
    *,
    order_id: UUID,
    seller_id: UUID,
    order_amount: Money,
    amount: Money,
    owed_to: AccountKey,
    from_escrow: bool,
    available: int,
) -> tuple[tuple[Entry, ...], int]:
    """The lines that put `amount` on `owed_to` (the buyer's claim), and what the house had to advance.

    Before settlement the escrow pays; afterwards the seller's balance (`available`), then `recourse`.
    """
    currency = order_amount.currency
    if from_escrow:
        advanced = 0
        sources = lines((AccountKey(HOUSE, f"escrow:{order_id}", currency), -order_amount.minor))
    else:
        advanced = max(order_amount.minor - max(available, 0), 0)
        sources = lines(
            (AccountKey(seller_id, "payable", currency), advanced - order_amount.minor),
            (AccountKey(seller_id, "recourse", currency), -advanced),
        )
    owed = lines((owed_to, amount.minor))
    if currency == amount.currency:
        return sources + owed, advanced
    return sources + position_entries(sold=order_amount, bought=amount) + owed, advanced
