"""Exchange: dated rates, cross rates, and the entries of a conversion; pure.

A conversion is booked through the house's positions: it takes one currency from somewhere, gives the
other to somewhere, and leaves both legs in `fx_position`, so that each currency sums to zero and what
rounding costs or brings stays visible in the position.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from fondaco.kernel.errors import Conflict, Refused
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.ledger import HOUSE, AccountKey, Entry, lines

RATE_PLACES = Decimal("1E-12")
ECB, BOE = "ECB", "BoE"


class NoRate(Refused):
    code = "no-rate"
    title = "No provider publishes a rate between these currencies."
    remedy = "Take the payment in the order's currency, or load a provider that quotes this one."


class RateTooOld(Refused):
    code = "rate-too-old"
    title = "The latest exchange rate is too old to be used."
    remedy = "Load newer rates, or date the conversion where rates exist."


class BadRateFile(Refused):
    code = "bad-rate-file"
    title = "This file of exchange rates cannot be used."
    remedy = "Export it again as the provider describes; nothing of it was stored."


class RatesDisagree(Conflict):
    code = "rates-disagree"
    title = "Two providers tell very different rates of this day."
    remedy = "Wait until the platform has found out which of them is wrong; nothing was converted."


@dataclass(frozen=True, slots=True)
class DatedRate:
    """`rate` units of `quote` for one `base`, as `provider` published for the day `on`.

    Of a cross rate `on` is the older of the two days. Rates carry 12 decimals, half-up.
    """

    provider: str
    base: str
    quote: str
    on: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class RateCheck:
    """What two providers say of one currency (units for one pound) on one day; `apart` is the relative difference."""

    currency: str
    on: date
    first: Decimal
    second: Decimal
    apart: Decimal
    alarm: bool


@dataclass(frozen=True, slots=True)
class Conversion:
    """`sold` of a party became `bought` at `rate`."""

    sold: Money
    bought: Money
    rate: DatedRate


def cross(*, base: str, quote: str, base_leg: DatedRate, quote_leg: DatedRate) -> DatedRate:
    """The rate from `base` to `quote` of two rates of the same pivot (both pivot -> currency)."""
    exact = quote_leg.rate / base_leg.rate
    return DatedRate(
        provider=quote_leg.provider,
        base=base,
        quote=quote,
        on=min(base_leg.on, quote_leg.on),
        rate=exact.quantize(RATE_PLACES, rounding=ROUND_HALF_UP),
    )


def same_currency(currency: str, on: date) -> DatedRate:
    """The rate of a currency to itself."""
    return DatedRate("identity", currency, currency, on, Decimal(1))


def position_entries(*, sold: Money, bought: Money) -> tuple[Entry, ...]:
    """The house's two position lines of a conversion: it takes in `sold` and gives out `bought`."""
    return lines(
        (AccountKey(HOUSE, "fx_position", sold.currency), sold.minor),
        (AccountKey(HOUSE, "fx_position", bought.currency), -bought.minor),
    )
