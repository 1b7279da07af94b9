"""Border terms as plain data: what one consignment of an order would be asked, for whoever plans the parting.

Taken off a landed quote of the whole order, so there is one engine. Under a regime that counts the
consignments of one order together (`aggregates_same_order`; the regime's data says why), the quote's rules
hold for every part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from fondaco.kernel.money import exponent
from fondaco.platforms.window.domain.landed_engine import LandedEngine
from fondaco.platforms.window.domain.landed_types import LandedQuote, LandedRequest, Rates
from fondaco.platforms.window.domain.landed_value import fx_of
from fondaco.platforms.window.domain.regime import Regime, Rule

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class BorderTerms:
    """Rates in parts per million, amounts in minor units of the request's currency; `entry_minor` is the flat fee of
    each declaration.

    `duty_ppm` by line id on the customs value; `flat_minor` for each six-digit code in a consignment.
    `limit_minor` and `limit_rule` name a relief that the value of the whole order is too high for, if any.
    """

    code: str
    source: str
    duty_ppm: Mapping[str, int] = field(default_factory=dict)
    flat_minor: int = 0
    tax_ppm: int = 0
    taxes_landed: bool = True
    counts_freight: bool = True
    limit_minor: int = 0
    limit_rule: str = ""
    aggregates_same_order: bool = True
    entry_minor: int = 0


def border_terms(engine: LandedEngine, request: LandedRequest, *, rates: Rates) -> BorderTerms | None:
    """The terms of `request`, or None where its landed cost is not known (then nothing is to be optimised)."""
    quote = engine.quote(request, rates=rates)
    regime = engine.regimes.look_up(request.destination, request.on)
    if quote.charges is None or regime is None:
        return None
    flat = next(
        (
            rule
            for rule in regime.duty
            if any(s.rule_id == rule.id for s in quote.trace) and rule.do == "flat"
        ),
        None,
    )
    missed = _missed(regime, quote)
    limit = missed.when.up_to[0] if missed else None
    return BorderTerms(
        code=flat.id if flat else regime.rule_id,
        source=flat.source if flat else regime.source,
        duty_ppm={} if flat else _duties(quote),
        flat_minor=_minor(flat.amount, flat.currency, request, regime=regime, rates=rates) if flat else 0,
        tax_ppm=_tax_ppm(quote),
        taxes_landed=quote.collected != "sale",
        counts_freight=regime.basis == "CIF",
        limit_minor=_minor(limit.amount, limit.currency, request, regime=regime, rates=rates) if limit else 0,
        limit_rule=f"{missed.id}: {missed.source}" if missed else "",
        aggregates_same_order=regime.aggregates_same_order,
        entry_minor=sum(
            _minor(rule.amount, rule.currency, request, regime=regime, rates=rates)
            for rule in regime.fees
            if rule.do == "flat" and any(step.rule_id == rule.id for step in quote.trace)
        ),
    )


def _duties(quote: LandedQuote) -> dict[str, int]:
    return {
        str(line.line_id): line.duty.minor * _MILLION // line.customs_value.minor
        for line in quote.lines
        if line.customs_value.minor and line.duty.minor
    }


def _tax_ppm(quote: LandedQuote) -> int:
    """The tax as a share of what it is taken on: the price, or goods with carriage and duty."""
    base = quote.goods.minor
    if quote.collected != "sale":
        base += quote.freight.minor + quote.insurance.minor + quote.duty.minor
    return quote.tax.minor * _MILLION // base if base else 0


def _missed(regime: Regime, quote: LandedQuote) -> Rule | None:
    """The first duty rule with a value limit that the quote did not use."""
    used = {step.rule_id for step in quote.trace}
    return next((rule for rule in regime.duty if rule.when.up_to and rule.id not in used), None)


def _minor(amount: Decimal, currency: str, request: LandedRequest, *, regime: Regime, rates: Rates) -> int:
    """An amount of the law in the request's minor units, by the way that the engine takes: through the authority's
    currency, at the rates of the days the authority takes.
    """
    own, fx = request.freight.currency, fx_of(rates, request.on, regime)
    worth = amount * fx.rate(currency, regime.currency) / fx.rate(own, regime.currency)
    return round(worth.scaleb(exponent(own)))
