"""A destination's regime for the guide: each rule with its kind, in the order in which the rules are tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fondaco.kernel.errors import NotFound
from fondaco.platforms.window.domain.regime import Regime, Rule, regime_of
from fondaco.platforms.window.models import Regime as RegimeRow

KINDS = ("value", "duty", "excise", "tax", "fees")


@dataclass(frozen=True, slots=True)
class RuleSheet:
    """One rule of a kind (one of KINDS); `rate` is what it comes to where the rule leaves it to the regime."""

    kind: str
    rule: Rule
    rate: Decimal


@dataclass(frozen=True, slots=True)
class RegimeSheet:
    """A regime, and its rules in the order in which they are tried: the first that holds decides."""

    regime: Regime
    rules: tuple[RuleSheet, ...]

    def of(self, kind: str) -> tuple[RuleSheet, ...]:
        """The rules of one kind."""
        return tuple(rule for rule in self.rules if rule.kind == kind)

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes at sale, and the proofs of origin, that the destination knows."""
        return tuple(sorted({sheet.rule.when.scheme for sheet in self.rules if sheet.rule.when.scheme}))


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
    return RegimeSheet(regime, tuple(_rules(regime)))


def _rules(regime: Regime) -> Iterator[RuleSheet]:
    for kind in KINDS:
        for rule in getattr(regime, kind):
            standard = regime.tax_rate if kind == "tax" and rule.do == "rate" else rule.rate
            yield RuleSheet(kind, rule, rule.rate or standard)
