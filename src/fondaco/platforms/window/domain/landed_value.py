"""Values of a consignment: what the goods are worth, with or without their carriage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import exponent, split_minor
from fondaco.platforms.window.domain.authority_rates import rate_days
from fondaco.platforms.window.domain.landed_types import LandedRequest, Missing, Note, Rates
from fondaco.platforms.window.domain.regime import Limit, Regime

# Incoterms 2020 rules under which the price of the goods already contains carriage (and insurance).
_CONTAINS: Mapping[str, frozenset[str]] = {
    "CFR": frozenset({"freight"}),
    "CPT": frozenset({"freight"}),
    "CIF": frozenset({"freight", "insurance"}),
    "CIP": frozenset({"freight", "insurance"}),
}
INCOTERMS = frozenset("EXW FCA FAS FOB CFR CIF CPT CIP DAP DPU DDP".split())


@dataclass(slots=True)
class Fx:
    """The rates an authority takes on one day, remembered; a pegged currency goes through its anchor.

    Of several days (`authority_rates`) the mean is taken.
    """

    rates: Rates
    days: tuple[date, ...]
    peg: tuple[str, str, Decimal] | None = None
    used: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def rate(self, base: str, quote: str) -> Decimal:
        """Units of `quote` for one `base`; whatever the source of rates raises where it has none."""
        if base == quote:
            return Decimal(1)
        known = self.used.get((base, quote))
        if known is None:
            known = self.used[(base, quote)] = self._fetch(base, quote)
        return known

    def _fetch(self, base: str, quote: str) -> Decimal:
        if self.peg is not None:
            pegged, anchor, units = self.peg
            if quote == pegged:
                return self.rate(base, anchor) * units
            if base == pegged:
                return self.rate(anchor, quote) / units
        found = [self.rates(base, quote, day) for day in self.days]
        return found[0] if len(set(found)) == 1 else sum(found, Decimal(0)) / len(found)


def fx_of(rates: Rates, on: date, regime: Regime) -> Fx:
    """The rates that a regime's authority takes for a declaration of `on`."""
    peg = (regime.currency, regime.peg_currency, regime.peg_rate) if regime.peg_currency else None
    return Fx(rates, rate_days(regime.rates_of, on), peg)


@dataclass(slots=True)
class Values:
    """Each line's goods, carriage and insurance, in minor units of the request's currency."""

    goods: list[int]
    freight: list[int]
    insurance: list[int]
    total_goods: int
    total_freight: int
    total_insurance: int

    def of(self, measure: str) -> int:
        """The consignment's value by `measure`: cif counts carriage, fob and intrinsic do not."""
        if measure == "cif":
            return self.total_goods + self.total_freight + self.total_insurance
        return self.total_goods

    def of_line(self, measure: str, i: int) -> int:
        extra = self.freight[i] + self.insurance[i] if measure == "cif" else 0
        return self.goods[i] + extra


def values_of(request: LandedRequest) -> Values:
    """Carriage and insurance apportioned over the lines by value; nothing is lost in the split."""
    prices = [line.value.minor for line in request.lines]
    freight = split_minor(request.freight.minor, prices)
    insurance = split_minor(request.insurance.minor, prices)
    contained = _CONTAINS.get(request.incoterm.upper(), frozenset())
    goods = [
        price
        - (freight[i] if "freight" in contained else 0)
        - (insurance[i] if "insurance" in contained else 0)
        for i, price in enumerate(prices)
    ]
    return Values(goods, freight, insurance, sum(goods), request.freight.minor, request.insurance.minor)


def holds(limit: Limit, minor: int, *, currency: str, digits: int, fx: Fx) -> bool:
    """Whether `minor` units of `currency` stay within `limit`, compared unrounded in its currency."""
    amount = Decimal(minor).scaleb(-digits) * fx.rate(currency, limit.currency)
    return limit.holds(amount)


def faults_of(request: LandedRequest) -> list[Missing]:
    """What is wrong with the request itself."""
    faults: list[Missing] = []
    currency = request.freight.currency
    if not request.lines:
        faults.append(Missing("no-lines", "The order has no lines.", "Add at least one line."))
    if request.incoterm.upper() not in INCOTERMS:
        faults.append(
            Missing("bad-incoterm", f"{request.incoterm!r} is not an Incoterms 2020 rule.", "Use DAP or DDP.")
        )
    if request.freight.minor < 0 or request.insurance.minor < 0:
        faults.append(Missing("bad-carriage", "Carriage or insurance is negative.", "Give the amount paid."))
    if request.insurance.currency != currency:
        faults.append(Missing("mixed-currencies", "Insurance is in another currency.", "Convert it first."))
    for line in request.lines:
        if line.value.currency != currency:
            faults.append(
                Missing(
                    "mixed-currencies",
                    f"Line value in {line.value.currency}.",
                    "Convert it first.",
                    line.line_id,
                )
            )
        elif line.value.minor < 0 or line.quantity <= 0:
            faults.append(
                Missing(
                    "bad-line",
                    "Value below zero or no quantity.",
                    "Take the line out or mend it.",
                    line.line_id,
                )
            )
    return faults


def open_schemes(
    request: LandedRequest, regime: Regime, values: Values, rate: Decimal
) -> tuple[frozenset[str], list[Note]]:
    """The schemes still open to the buyer: one whose yearly quota these goods exceed is not, and a note says so."""
    left = request.quota_left
    if not left or not regime.quotas:
        return request.schemes, []
    value = Decimal(values.of("cif")).scaleb(-exponent(request.freight.currency)) * rate
    gone = [
        q for q in regime.quotas if q.scheme in request.schemes and q.id in left and value > left[q.id].amount
    ]
    notes = [
        Note("quota-used-up", f"{q.id}: {left[q.id]} left of {q.amount} {regime.currency} a year.")
        for q in gone
    ]
    return request.schemes - {quota.scheme for quota in gone}, notes


def foreign_rate(fx: Fx, currency: str, regime: Regime) -> Decimal | Missing:
    """The rate into the authority's currency, or what is missing for it."""
    try:
        return fx.rate(currency, regime.currency)
    except (FondacoError, LookupError, ArithmeticError, ValueError) as exc:
        return no_rate(exc)


def no_rate(exc: BaseException) -> Missing:
    return Missing("no-rate", f"No exchange rate: {exc}", "Load a dated rate for this pair of currencies.")
