"""What a flash sale says and refuses; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from uuid import UUID

from fondaco.kernel.errors import Conflict, Forbidden, Refused

WINDOW_MINUTES = 10  # for so long after its turn a ticket buys
STEPS = (1_000, 500, 100, 50, 10, 1)  # pieces left, as buyers are told them: "more than 100"


class TooEarly(Refused):
    code = "too-early"
    title = "It is not your turn yet."
    remedy = "Wait as many seconds as Retry-After says; your place is kept."
    status = 429


class SaleOver(Conflict):
    code = "sale-over"
    title = "This sale has ended."
    remedy = "Look at the shop for other sales."


class BadTicket(Forbidden):
    code = "bad-ticket"
    title = "This is not your ticket for this sale, or its time is over."
    remedy = "Join the queue again; who has joined keeps the place."


class LimitReached(Conflict):
    code = "limit-reached"
    title = "One buyer may not have so many pieces of this article."
    remedy = "Ask for fewer; pieces not paid for in time count no longer."


class NotOnSale(Refused):
    code = "not-on-sale"
    title = "This article is not in this sale."
    remedy = "Choose from the sale's articles."


class BadSaleTerms(Refused):
    code = "bad-sale-terms"
    title = "A sale cannot have these terms."
    remedy = "Mend the field named here."


@dataclass(frozen=True, slots=True)
class SaleOffer:
    """One article of a sale; the price in minor units. `units` pieces of it are sold, or all that is free (None)."""

    sku: str
    title: str
    product_id: UUID
    price_minor: int
    units: int | None = None


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """What a sale promises; it never changes once the sale stands."""

    seller_id: UUID
    store_id: UUID
    name: str
    currency: str
    opens_at: datetime
    closes_at: datetime
    offers: tuple[SaleOffer, ...]
    admit_per_s: float = 100.0
    limit_per_buyer: int = 2
    pay_minutes: int = 30
    is_demo: bool = False

    def checked(self) -> SaleTerms:
        """These terms, if they can be kept; else BadSaleTerms."""
        problems = {
            "closes_at": self.closes_at <= self.opens_at,
            "offers": not self.offers or len({o.sku for o in self.offers}) != len(self.offers),
            "price_minor": any(o.price_minor <= 0 for o in self.offers),
            "units": any(o.units is not None and not 1 <= o.units <= 1_000_000 for o in self.offers),
            "admit_per_s": not 0 < self.admit_per_s <= 10_000,
            "limit_per_buyer": not 1 <= self.limit_per_buyer <= 1_000_000,
            "pay_minutes": not 1 <= self.pay_minutes <= 10_080,
        }
        for field, wrong in problems.items():
            if wrong:
                raise BadSaleTerms(field=field)
        return self


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale as it stands."""

    id: UUID
    terms: SaleTerms

    def offer(self, sku: str) -> SaleOffer:
        """The sale's offer of `sku`; NotOnSale."""
        for one in self.terms.offers:
            if one.sku == sku:
                return one
        raise NotOnSale(field="sku", value=sku)

    def require_open(self, now: datetime) -> None:
        """TooEarly (with the seconds to wait) before the sale, SaleOver after it."""
        if now < self.terms.opens_at:
            raise too_early(self.terms.opens_at, now=now)
        self.require_not_over(now)

    def require_not_over(self, now: datetime) -> None:
        """SaleOver once the sale has closed."""
        if now >= self.terms.closes_at:
            raise SaleOver(field="sale", value=str(self.id))

    def phase(self, now: datetime) -> str:
        """`coming`, `open` or `over`."""
        return phase_of(self.terms.opens_at, self.terms.closes_at, now=now)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A buyer's place in a sale's queue, and the signed word that proves it at the counter."""

    sale_id: UUID
    place: int
    admitted_at: datetime
    until: datetime
    token: str


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase: an order that waits to be paid until `pay_by`."""

    order_id: UUID
    number: str
    pieces: dict[str, int]
    total_minor: int
    currency: str
    pay_by: datetime
    state: str


def phase_of(opens_at: datetime, closes_at: datetime, *, now: datetime) -> str:
    """`coming`, `open` or `over`."""
    if now < opens_at:
        return "coming"
    return "open" if now < closes_at else "over"


def stock_step(free: int) -> int:
    """The step that `free` pieces are shown as: the highest of STEPS that they reach; 0 is sold out.

    A crowd is not told the exact number: it changes between two looks, and a rival learns from it.
    """
    return next((step for step in STEPS if free >= step), 0)


def too_early(moment: datetime, *, now: datetime) -> TooEarly:
    """The refusal of who comes before `moment`, with the whole seconds to wait."""
    return TooEarly(retry_after=max(1, ceil((moment - now).total_seconds())))
