"""A basket: the orders of several sellers that one buyer pays for once; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.ledger import digest_of
from fondaco.systems.finance.domain.payments import PaymentDTO, PaymentRequest

MOST_ORDERS = 50
CASH = "cod"
_PART = "#"


class BadBasket(Refused):
    code = "bad-basket"
    title = "These orders cannot be paid together."
    remedy = (
        "Choose two to fifty different orders of one buyer, paid in one currency by one method; not in cash."
    )


@dataclass(frozen=True, slots=True)
class BasketRequest:
    """Take the sum of `shares` from their buyer once per `idem`; each share goes into its own order's escrow."""

    shares: tuple[PaymentRequest, ...]
    idem: UUID | str

    @property
    def amount(self) -> Money:
        """What the buyer pays in all: the exact sum of the shares."""
        return Money.sum((share.amount for share in self.shares), self.shares[0].amount.currency)

    def digest(self) -> bytes:
        """SHA-256 of what a repeat must not change."""
        return digest_of([share.digest().hex() for share in self.shares])


@dataclass(frozen=True, slots=True)
class BasketDTO:
    """A basket as it stands: what is paid in all, and the payment of each order, which is its share."""

    id: UUID
    buyer_id: UUID
    amount: Money
    payments: tuple[PaymentDTO, ...]
    created_at: datetime

    @property
    def state(self) -> str:
        """The state of the payment: that of every share."""
        return self.payments[0].state

    @property
    def refunded(self) -> Money:
        """What has gone back, over all orders."""
        return Money.sum((one.refunded for one in self.payments), self.amount.currency)


def check_basket(request: BasketRequest) -> None:
    """BadBasket, naming the field, for orders that cannot be paid together."""
    shares = request.shares
    if not 2 <= len(shares) <= MOST_ORDERS:
        raise BadBasket(field="orders", value=len(shares))
    if len({share.order_id for share in shares}) < len(shares):
        raise BadBasket("An order stands there twice.", field="orders", value=len(shares))
    told: dict[str, set[Any]] = {
        "buyer": {share.buyer_id for share in shares},
        "currency": {share.amount.currency for share in shares},
        "method": {share.method for share in shares},
        "country": {share.country for share in shares},
    }
    for field, values in told.items():
        if len(values) > 1:
            raise BadBasket(field=field, value=", ".join(sorted(map(str, values))))
    if shares[0].method == CASH or not all(share.capture for share in shares):
        raise BadBasket("It is captured whole and at once.", field="method", value=shares[0].method)


def part_of_case(case: str, *, number: int) -> str:
    """The name of one order's part of a dispute of the whole basket."""
    return f"{case}{_PART}{number}"


def whole_case(case: str) -> str:
    """The provider's own name of the dispute that `case` is, or is a part of."""
    return case.partition(_PART)[0]


def is_plain_case(case: str) -> bool:
    """Whether a provider may call a dispute so."""
    return 0 < len(case) <= 55 and _PART not in case
