"""Exchange for a merchant: locked quotes, exposure by currency and bucket, forwards, cover, the guard; pure.

Amounts in minor units, rates in units of the second currency per unit of the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol
from uuid import UUID

from fondaco.kernel.errors import Conflict, NotFound, Refused, Unavailable
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.fx import RATE_PLACES, DatedRate

BUCKETS = (30, 60, 90)  # days: the last one takes what is due later, too
LOCK_SECONDS = 60
SPREAD_BP = 35
_BP = Decimal(10_000)


class QuoteLapsed(Conflict):
    code = "quote-lapsed"
    title = "This quote's time is over."
    remedy = "Ask for a new one; nothing was converted."


class BadPolicy(Refused):
    code = "bad-exchange-policy"
    title = "A currency policy cannot say this."
    remedy = (
        "Three layers of 0 to 100 per cent; a margin above 0 and below 100, a guard above 0 and up to 100."
    )


class CoverDecided(Conflict):
    code = "cover-decided"
    title = "This proposal was decided before."
    remedy = "Wait for the next day's proposals."


class CoverOutdated(Conflict):
    code = "cover-outdated"
    title = "This proposal is of another day: what is open, and the rates, have moved since."
    remedy = "Propose again and decide on today's."


class CoverNotFound(NotFound):
    code = "cover-not-found"
    title = "There is no such proposal of yours."


class NoMoneyMarketRate(Refused):
    code = "no-money-market-rate"
    title = "No interest rate is known for this currency, so a forward cannot be computed."
    remedy = "Add a row to data/finance/money_market.csv, or cover without a forward."


class HedgeUnavailable(Unavailable):
    code = "hedge-unavailable"
    title = "The hedge provider did not answer."


@dataclass(frozen=True, slots=True)
class Policy:
    """How a merchant wants its currencies looked after."""

    base: str
    layers: tuple[int, int, int] = (80, 50, 25)
    cost_currency: str = "CNY"
    margin_pct: Decimal = Decimal(20)
    guard_pct: Decimal = Decimal(25)

    def checked(self) -> Policy:
        """This policy if it can be followed, else BadPolicy."""
        if len(self.layers) != len(BUCKETS) or any(not 0 <= share <= 100 for share in self.layers):
            raise BadPolicy(field="layers", value=self.layers)
        for name, most in (("margin_pct", Decimal("99.99")), ("guard_pct", Decimal(100))):
            value = getattr(self, name)
            if not value.is_finite() or not Decimal("0.01") <= value <= most:
                raise BadPolicy(field=name, value=value)
        return self


@dataclass(frozen=True, slots=True)
class Quote:
    """A rate locked until `expires_at`: exactly `sell` becomes `buy`."""

    id: UUID
    sell: Money
    buy: Money
    mid: Decimal
    rate: Decimal
    spread_bp: int
    provider: str
    rate_on: date
    made_at: datetime
    expires_at: datetime
    state: str
    journal_id: int | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Money that comes in (positive) or goes out, in one currency, on a day; `source` says what it is."""

    currency: str
    minor: int
    due_on: date
    source: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Exposed:
    """One currency in one bucket: `incoming` and `outgoing` net naturally; forwards cover part of the rest."""

    currency: str
    bucket: int
    incoming: int
    outgoing: int
    hedged: int

    @property
    def net(self) -> int:
        """What natural netting leaves; positive: coming in."""
        return self.incoming - self.outgoing

    @property
    def open(self) -> int:
        """What neither netting nor forwards cover."""
        return self.net - self.hedged


@dataclass(frozen=True, slots=True)
class Cover:
    """So much of a currency and bucket to be sold (positive) or bought forward, and why."""

    currency: str
    bucket: int
    due_on: date
    net_minor: int
    covered_minor: int
    share_pct: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class MoneyMarket:
    """A currency's yearly interest rate as a fraction, and the days its market counts to a year."""

    currency: str
    rate: Decimal
    days_in_year: int
    on: date
    source: str


@dataclass(frozen=True, slots=True)
class ForwardRate:
    """A forward by covered parity, with what it was computed from."""

    rate: Decimal
    spot: DatedRate
    days: int
    base_leg: MoneyMarket
    quote_leg: MoneyMarket


@dataclass(frozen=True, slots=True)
class ForwardOrder:
    """What a hedge provider is asked to book, once per `key`."""

    key: UUID
    sell: Money
    buy_currency: str
    due_on: date


@dataclass(frozen=True, slots=True)
class ForwardAnswer:
    """What the provider said: booked at `rate`, refused for `reason`, or nothing usable (pending)."""

    status: str
    buy: Money | None = None
    rate: Decimal | None = None
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BookedForward:
    """A forward that its provider has promised: the order, and what it brings."""

    order: ForwardOrder
    buy: Money
    reference: str
    rate: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the provider said at maturity: `delivered`, `refused` for `reason`, or nothing usable (pending)."""

    status: str
    buy: Money | None = None
    reason: str = ""


class HedgeProvider(Protocol):
    """Where forwards are booked and delivered; `name` shows on the forward. The same key twice is the same forward."""

    name: str

    def book(self, order: ForwardOrder) -> ForwardAnswer: ...

    def deliver(self, order: ForwardOrder, *, on: date) -> Delivery: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """An article as listed: its price, the margin it was priced with, and the day."""

    sku: str
    price: Money
    listed_on: date


@dataclass(frozen=True, slots=True)
class Alert:
    """An article whose margin the rate has eaten into: `eaten_pct` of the margin is gone since it was listed."""

    sku: str
    price: Money
    listed_on: date
    then: Decimal
    now: Decimal
    margin_pct: Decimal
    margin_now_pct: Decimal
    eaten_pct: Decimal
    suggested: Money


@dataclass(frozen=True, slots=True)
class Board:
    """A merchant's exposure: by currency and bucket, and the flows behind it."""

    base: str
    on: date
    rows: tuple[Exposed, ...]
    flows: tuple[Flow, ...]
    rates: Mapping[str, DatedRate] = field(default_factory=dict)
    unpriced: tuple[str, ...] = ()


def price_quote(
    sell: Money, buy_currency: str, dated: DatedRate, *, spread_bp: int = SPREAD_BP
) -> tuple[Money, Decimal]:
    """What `sell` buys at the mid less the spread, rounded half-up to the minor unit, and the rate."""
    rate = (dated.rate * (1 - spread_bp / _BP)).quantize(RATE_PLACES, rounding=ROUND_HALF_UP)
    return sell.converted(rate, buy_currency), rate


def lock_until(now: datetime, *, seconds: int = LOCK_SECONDS) -> datetime:
    """When a quote made now lapses."""
    return now + timedelta(seconds=seconds)


def bucket_of(due_on: date, *, on: date) -> int:
    """The bucket of a day; what is overdue counts as due now."""
    days = (due_on - on).days
    return next((n for n, most in enumerate(BUCKETS) if days <= most), len(BUCKETS) - 1)


def expose(flows: Iterable[Flow], hedges: Iterable[Flow], *, base: str, on: date) -> tuple[Exposed, ...]:
    """Flows and forwards in other currencies than `base`, by currency and bucket.

    `hedges` name what was sold forward as positive: it takes away from what comes in.
    """
    sums: dict[tuple[str, int], list[int]] = {}
    for flow in flows:
        if flow.currency != base:
            cell = sums.setdefault((flow.currency, bucket_of(flow.due_on, on=on)), [0, 0, 0])
            cell[0 if flow.minor > 0 else 1] += abs(flow.minor)
    for hedge in hedges:
        if hedge.currency != base:
            sums.setdefault((hedge.currency, bucket_of(hedge.due_on, on=on)), [0, 0, 0])[2] += hedge.minor
    return tuple(Exposed(c, b, *cell) for (c, b), cell in sorted(sums.items()))


def propose_cover(rows: Sequence[Exposed], *, layers: Sequence[int], on: date) -> list[Cover]:
    """What each layer leaves to be covered: `layers[bucket]` per cent of the net, less what forwards cover already.

    Nothing is proposed where more is covered than the layer asks for.
    """
    return [made for row in rows if (made := cover_of(row, share_pct=layers[row.bucket], on=on))]


def cover_of(row: Exposed, *, share_pct: int, on: date) -> Cover | None:
    """What covering `share_pct` per cent of the row's net asks for beyond its forwards, cut to whole minor units."""
    amount = cover_amount(row.net, row.hedged, share_pct=share_pct)
    if not amount:
        return None
    due = on + timedelta(days=BUCKETS[row.bucket])
    return Cover(row.currency, row.bucket, due, row.net, row.hedged, share_pct, amount)


def cover_amount(net: int, covered: int, *, share_pct: int) -> int:
    """`share_pct` per cent of `net`, cut towards zero, less `covered`; 0 where so much or more is covered."""
    wanted = net * share_pct // 100 if net >= 0 else -(-net * share_pct // 100)
    amount = wanted - covered
    return amount if amount * net > 0 else 0


def forward_rate(spot: DatedRate, base_leg: MoneyMarket, quote_leg: MoneyMarket, *, days: int) -> Decimal:
    """Covered parity: F = S (1 + r_quote t/b_quote) / (1 + r_base t/b_base), t in days, 12 decimals half-up.

    Source: covered interest parity with simple interest, each leg on its own market's day count (360: EUR, USD,
    JPY, CHF, CNY; 365: GBP, INR, AUD and others).
    """
    grown = 1 + quote_leg.rate * days / quote_leg.days_in_year
    cost = 1 + base_leg.rate * days / base_leg.days_in_year
    return (spot.rate * grown / cost).quantize(RATE_PLACES, rounding=ROUND_HALF_UP)


def guard_price(listed: Listed, *, then: Decimal, now: Decimal, policy: Policy) -> Alert | None:
    """An alert where the move since listing has eaten `policy.guard_pct` of the margin or more, else None.

    `then` and `now` are units of the cost's currency per unit of the price's. Cost is what the margin left of the
    price when it was listed, in the cost's currency; the suggested price brings the margin back.
    """
    if then <= 0 or now <= 0:
        return None
    margin = policy.margin_pct / 100
    cost_share = (1 - margin) * then / now  # of today's price
    margin_now = 1 - cost_share
    eaten = (margin - margin_now) / margin
    if eaten * 100 < policy.guard_pct:
        return None
    cent = Decimal("0.01")
    return Alert(
        listed.sku, listed.price, listed.listed_on, then, now, policy.margin_pct.quantize(cent),
        (100 * margin_now).quantize(cent, rounding=ROUND_HALF_UP), (100 * eaten).quantize(cent, rounding=ROUND_HALF_UP),
        listed.price.times(cost_share / (1 - margin)),
    )  # fmt: skip
