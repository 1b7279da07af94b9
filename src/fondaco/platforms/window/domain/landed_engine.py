"""The landed-cost engine: value, relief, duty, excise, tax, fees, and the trace of each step.

Pure and exact: the same request, regimes, tariff and rates give the same quote, and its digest says
so. Duty and tax are rounded half-up per line in the authority's currency, summed there, turned back
into the order's currency once, and shared over the lines by largest remainder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money, split_minor, to_minor
from fondaco.platforms.window.domain.landed_case import Case
from fondaco.platforms.window.domain.landed_duty import charge_duty
from fondaco.platforms.window.domain.landed_inputs import digest_of, inputs_of
from fondaco.platforms.window.domain.landed_tax import charge_excise, charge_fees, charge_tax
from fondaco.platforms.window.domain.landed_types import (
    INFORMATIVE,
    Charges,
    Collected,
    Hs6Policy,
    LandedLineResult,
    LandedQuote,
    LandedRequest,
    Missing,
    Rates,
    Step,
)
from fondaco.platforms.window.domain.landed_value import (
    Values,
    faults_of,
    foreign_rate,
    fx_of,
    no_rate,
    open_schemes,
    values_of,
)
from fondaco.platforms.window.domain.regime import Regime, RegimeBook
from fondaco.platforms.window.domain.tariff_book import TariffBook

VERSION = "2"


@dataclass(frozen=True, slots=True)
class LandedEngine:
    """Prices consignments from the books it is given."""

    regimes: RegimeBook
    tariff: TariffBook
    hs6_policy: Hs6Policy = "ask"

    def quote_all(self, requests: Iterable[LandedRequest], *, rates: Rates) -> list[LandedQuote]:
        return [self.quote(request, rates=rates) for request in requests]

    def quote(self, request: LandedRequest, *, rates: Rates) -> LandedQuote:
        """The landed cost of one consignment, priced or with what is missing; never raises for data."""
        faults = faults_of(request)
        if faults:
            return _unpriced(request, faults)
        if request.origin == request.destination:
            detail = "The goods do not cross a border."
            return _unpriced(request, [Missing("domestic", detail, "Price it as a domestic sale.")])
        regime = self.regimes.look_up(request.destination, request.on)
        if regime is None:
            detail = f"No regime is held for {request.destination} on {request.on.isoformat()}."
            return _unpriced(
                request, [Missing("no-regime", detail, "Add the destination's regime with its source.")]
            )
        return self._priced(request, regime, rates)

    def _priced(self, request: LandedRequest, regime: Regime, rates: Rates) -> LandedQuote:
        fx = fx_of(rates, request.on, regime)
        rate = foreign_rate(fx, request.freight.currency, regime)
        if isinstance(rate, Missing):
            return _unpriced(request, [rate])
        sender = self.regimes.look_up(request.origin, request.on)
        values = values_of(request)
        schemes, notes = open_schemes(request, regime, values, rate)
        case = Case(
            request,
            regime,
            self.tariff,
            self.hs6_policy,
            fx,
            values,
            rate,
            sender.union if sender else "",
            schemes,
            notes=notes,
        )
        try:
            _work(case)
        except (FondacoError, LookupError) as exc:
            case.missing.append(no_rate(exc))
        return _quote(case)


def _work(case: Case) -> None:
    _value(case)
    charge_duty(case)
    if case.regime.excise:
        charge_excise(case)
    charge_tax(case)
    if case.regime.fees:
        charge_fees(case)


def _value(case: Case) -> None:
    """The customs value of each line in the authority's currency."""
    basis = case.regime.basis.lower()
    for i in range(len(case.request.lines)):
        minor = case.to_authority(case.values.of_line(basis, i))
        rule = case.pick(case.regime.value, i) if case.regime.value else None
        if rule is not None:
            goods = case.amount(case.to_authority(case.values.goods[i]))
            minor = case.minor(goods * rule.share)
            case.step(
                "value-rule",
                rule,
                {"goods": str(goods), "share": str(rule.share)},
                str(case.amount(minor)),
                i,
            )
        case.customs[i] = minor
    inputs = {
        "incoterm": case.request.incoterm,
        "goods": str(_money(case, case.values.total_goods)),
        "freight": str(_money(case, case.values.total_freight)),
        "insurance": str(_money(case, case.values.total_insurance)),
        "rate": f"{case.rate:.8f} {case.regime.currency}/{case.currency}",
    }
    result = f"{case.amount(sum(case.customs))} {case.regime.currency}"
    label = f"Customs value, {case.regime.basis} basis"
    case.steps.append(Step("value", label, inputs, result, case.regime.source, case.regime.rule_id))


def _money(case: Case, minor: int) -> Money:
    return Money(minor, case.currency)


def _quote(case: Case) -> LandedQuote:
    request, values = case.request, case.values
    versions, inputs = _versions(case), inputs_of(request)
    charges, lines = (None, ()) if case.missing else _charges(case)
    return LandedQuote(
        reference=request.reference,
        status="needs_manual" if case.missing else "priced",
        currency=case.currency,
        destination=request.destination,
        on=request.on,
        goods=_money(case, values.total_goods),
        freight=_money(case, values.total_freight),
        insurance=_money(case, values.total_insurance),
        charges=charges,
        collected=_collected(case),
        scheme=next((rule.scheme for rule in case.tax_rules if rule is not None and rule.scheme), ""),
        lines=lines,
        missing=tuple(case.missing),
        notes=tuple(case.notes),
        trace=tuple(case.steps),
        versions=versions,
        digest=digest_of(inputs, versions),
        regime=case.regime.rule_id,
        inputs=inputs,
    )


def _charges(case: Case) -> tuple[Charges, tuple[LandedLineResult, ...]]:
    """Totals back in the order's currency, and each line's share of them."""
    count = len(case.request.lines)
    duty, tax = _back(case, _total(case, "duty", case.duty)), _back(case, _total(case, "tax", case.tax))
    fees = _back(case, case.fees)
    duties, taxes = split_minor(duty, _weights(case.duty)), split_minor(tax, _weights(case.tax))
    shared = split_minor(fees, case.customs) if fees else [0] * count
    values = case.values
    total = values.total_goods + values.total_freight + values.total_insurance + duty + tax + fees
    flagged = {note.line_id for note in case.notes if note.code not in INFORMATIVE}
    lines = tuple(
        LandedLineResult(
            line_id=line.line_id,
            hs_code=case.codes[i],
            customs_value=_money(case, _back(case, case.customs[i])),
            duty=_money(case, duties[i]),
            tax=_money(case, taxes[i]),
            fees=_money(case, shared[i]),
            rate_text=case.rate_texts[i],
            estimated=line.line_id in flagged,
        )
        for i, line in enumerate(case.request.lines)
    )
    money = (_money(case, minor) for minor in (duty, tax, fees, total))
    return Charges(*money), lines


_ROUNDED = {"duty": "Duty of the consignment, rounded", "tax": "Tax of the consignment, rounded"}


def _total(case: Case, kind: str, minors: list[int]) -> int:
    """The sum over the lines as the authority rounds it; a step says so where that changes it."""
    plain, whole = sum(minors), case.total(kind, minors)
    if whole != plain:
        regime = case.regime
        source = str(regime.body.get("rounding", {}).get("source", regime.source))
        inputs = {"sum": str(case.amount(plain))}
        case.steps.append(
            Step("rounded", _ROUNDED[kind], inputs, str(case.amount(whole)), source, regime.rule_id, "")
        )
    return whole


def _weights(amounts: list[int]) -> list[int]:
    return [max(amount, 0) for amount in amounts]


def _back(case: Case, minor: int) -> int:
    """Minor units of the authority's currency in the order's."""
    if case.currency == case.regime.currency:
        return minor
    return to_minor(case.amount(minor) / case.rate, case.currency)


def _collected(case: Case) -> Collected:
    used = [rule for rule in case.tax_rules if rule is not None]
    if any(rule.collected == "sale" and rule.do == "rate" for rule in used):
        return "sale"
    return "border" if any(case.duty) or any(case.tax) or case.fees else "none"


def _versions(case: Case) -> dict[str, str]:
    regime = case.regime
    found = {"engine": VERSION, "hs6_policy": case.policy, "regime": f"{regime.rule_id}@{regime.sha256[:12]}"}
    if case.fx.used and regime.rates_of != "daily":
        found["rates_on"] = " ".join(day.isoformat() for day in case.fx.days)
    for jurisdiction in sorted(case.jurisdictions):
        found[f"tariff:{jurisdiction}"] = case.book.versions.get(jurisdiction, "")
    for (base, quote), rate in sorted(case.fx.used.items()):
        found[f"rate:{base}/{quote}"] = str(rate)
    return found


def _unpriced(request: LandedRequest, missing: list[Missing]) -> LandedQuote:
    currency = request.freight.currency
    same = [line.value for line in request.lines if line.value.currency == currency]
    values: Values | None = values_of(request) if request.lines and not _negative(request) else None
    goods = values.total_goods if values else sum(value.minor for value in same)
    versions, inputs = {"engine": VERSION}, inputs_of(request)
    return LandedQuote(
        reference=request.reference,
        status="needs_manual",
        currency=currency,
        destination=request.destination,
        on=request.on,
        goods=Money(goods, currency),
        freight=request.freight,
        insurance=Money(request.insurance.minor, currency),
        charges=None,
        collected="none",
        scheme="",
        lines=(),
        missing=tuple(missing),
        notes=(),
        trace=(),
        versions=versions,
        digest=digest_of(inputs, versions),
        inputs=inputs,
    )


def _negative(request: LandedRequest) -> bool:
    return any(line.value.minor < 0 for line in request.lines)
