"""A destination's regime as data for the guide: each rule with its conditions, its effect and its law."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fondaco.kernel.errors import NotFound
from fondaco.platforms.window.domain.regime import Limit, Quota, Regime, Rounding, Rule, regime_of
from fondaco.platforms.window.models import Regime as RegimeRow


@dataclass(frozen=True, slots=True)
class RuleSheet:
    """One rule: what it does, when it holds, where it is written; the first rule that holds decides."""

    kind: str  # duty | tax | excise | fee | value
    id: str
    text: str
    source: str
    do: str
    rate: Decimal
    amount: Decimal
    currency: str
    collected: str
    scheme: str
    share: Decimal
    b2c: bool | None
    asks_scheme: str
    sent_from: tuple[str, ...]
    up_to: tuple[Limit, ...]
    above: tuple[Limit, ...]
    hs: tuple[str, ...]
    hs_not: tuple[str, ...]
    estimated: bool


@dataclass(frozen=True, slots=True)
class RegimeSheet:
    """A destination between two days."""

    destination: str
    name: str
    currency: str
    rule_id: str
    since: date
    until: date | None
    basis: str
    tax_name: str
    tax_rate: Decimal
    rules: tuple[RuleSheet, ...]
    quotas: tuple[Quota, ...]
    rounding: tuple[tuple[str, Rounding], ...]
    rates_of: str
    together: bool
    together_source: str
    restricted: str
    source: str
    confidence: str
    sha256: str

    def of(self, kind: str) -> tuple[RuleSheet, ...]:
        """The rules of one kind, in the order in which they are tried."""
        return tuple(rule for rule in self.rules if rule.kind == kind)

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes at sale that the destination knows."""
        return tuple(sorted({rule.asks_scheme for rule in self.rules if rule.asks_scheme}))


def regime_sheets(destination: str) -> list[RegimeSheet]:
    """Every regime of a destination, latest first; NotFound where none is held."""
    rows = (
        RegimeRow.objects.filter(destination=destination).order_by("-validity").values_list("body", flat=True)
    )
    found = [_sheet(regime_of(body)) for body in rows]
    if not found:
        raise NotFound(field="destination", value=destination)
    return found


def schemes_at(destination: str, on: date) -> tuple[str, ...]:
    """The schemes at sale that a destination knows on a day, for a form."""
    body = RegimeRow.objects.filter(destination=destination, validity__contains=on).values_list(
        "body", flat=True
    )
    return tuple(scheme for one in body[:1] for scheme in _sheet(regime_of(one)).schemes)


def _sheet(regime: Regime) -> RegimeSheet:
    return RegimeSheet(
        destination=regime.destination,
        name=regime.name,
        currency=regime.currency,
        rule_id=regime.rule_id,
        since=regime.since,
        until=regime.until,
        basis=regime.basis,
        tax_name=regime.tax_name,
        tax_rate=regime.tax_rate,
        rules=tuple(_rules(regime)),
        quotas=regime.quotas,
        rounding=tuple(sorted(regime.rounding.items())),
        rates_of=regime.rates_of,
        together=regime.aggregates_same_order,
        together_source=regime.aggregation_source,
        restricted=regime.restricted,
        source=regime.source,
        confidence=regime.confidence,
        sha256=regime.sha256,
    )


def _rules(regime: Regime) -> Iterable[RuleSheet]:
    kinds = (
        ("value", regime.value), ("duty", regime.duty), ("excise", regime.excise), ("tax", regime.tax),
        ("fee", regime.fees),
    )  # fmt: skip
    for kind, rules in kinds:
        for rule in rules:
            yield _rule(kind, rule, regime)


def _rule(kind: str, rule: Rule, regime: Regime) -> RuleSheet:
    when = rule.when
    rate = rule.rate or (regime.tax_rate if kind == "tax" and rule.do == "rate" else rule.rate)
    return RuleSheet(
        kind, rule.id, rule.text, rule.source, rule.do, rate, rule.amount, rule.currency, rule.collected,
        rule.scheme, rule.share, when.b2c, when.scheme, tuple(sorted(when.sent_from)), when.up_to, when.above,
        when.hs, when.hs_not,
        rule.estimated,
    )  # fmt: skip
