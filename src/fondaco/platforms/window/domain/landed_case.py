"""A consignment on the table: its values, its regime, and which rule of the regime holds for a line."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from functools import lru_cache

from fondaco.kernel.money import exponent
from fondaco.platforms.window.domain.landed_types import (
    Hs6Policy,
    LandedLine,
    LandedRequest,
    Missing,
    Note,
    Step,
)
from fondaco.platforms.window.domain.landed_value import Fx, Values, holds
from fondaco.platforms.window.domain.regime import Limit, Regime, Rounding, Rule, When
from fondaco.platforms.window.domain.tariff_book import TariffBook


class Undecided(Exception):
    """A line cannot be priced; carries what is missing."""

    def __init__(self, missing: Missing) -> None:
        super().__init__(missing.code)
        self.missing = missing


@dataclass(slots=True)
class Case:
    """One request being worked on. Amounts in lists are minor units of the authority's currency,
    one per line; `values` are in the request's currency. Of an `undecided` line the duty is not known,
    so that no tax can be taken on it.
    """

    request: LandedRequest
    regime: Regime
    book: TariffBook
    policy: Hs6Policy
    fx: Fx
    values: Values
    rate: Decimal
    sender_union: str
    schemes: frozenset[str]
    currency: str = ""
    exponent: int = 2
    codes: list[str] = field(default_factory=list)
    customs: list[int] = field(default_factory=list)
    duty: list[int] = field(default_factory=list)
    excise_base: list[Decimal] = field(default_factory=list)
    tax: list[int] = field(default_factory=list)
    local: list[int] = field(default_factory=list)  # the part of `tax` that is a local tax on it
    due_steps: dict[str, Decimal] = field(default_factory=dict)  # "duty", "tax": what their totals are cut to
    tax_rules: list[Rule | None] = field(default_factory=list)
    fees: int = 0
    rate_texts: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    undecided: set[int] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    jurisdictions: set[str] = field(default_factory=set)
    authority_exponent: int = 2
    _live: dict[int, list[tuple[Rule, bool]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.currency = self.request.freight.currency
        self.exponent, self.authority_exponent = exponent(self.currency), exponent(self.regime.currency)
        self.codes = [_digits(line.hs_code) for line in self.request.lines]
        count = len(self.request.lines)
        self.duty, self.tax, self.local, self.customs = [0] * count, [0] * count, [0] * count, [0] * count
        self.excise_base = [Decimal(0)] * count
        self.tax_rules = [None] * count
        self.rate_texts = [""] * count

    def to_authority(self, minor: int) -> int:
        """Minor units of the request's currency in the authority's, rounded half-up."""
        if self.currency == self.regime.currency:
            return minor
        return self.minor(Decimal(minor).scaleb(-self.exponent) * self.rate)

    def amount(self, minor: int) -> Decimal:
        """Minor units of the authority's currency in major units."""
        return Decimal(minor).scaleb(-self.authority_exponent)

    def minor(self, amount: Decimal) -> int:
        """An amount of the authority's currency in minor units, rounded half-up."""
        return int(amount.scaleb(self.authority_exponent).to_integral_value(ROUND_HALF_UP))

    def due(self, kind: str, amount: Decimal) -> int:
        """A duty or tax of one line in minor units, rounded as the authority rounds it on a line."""
        rule = self.regime.rounding.get(kind)
        return self.minor(_stepped(amount, rule) if rule is not None and rule.per_line else amount)

    def total(self, kind: str, minors: list[int]) -> int:
        """The sum over the lines, rounded as the authority rounds a consignment's; a local tax is cut by itself."""
        if kind in self.due_steps:
            local = sum(self.local) if kind == "tax" else 0
            return self.cut(kind, sum(minors) - local) + self.cut(kind, local)
        rule = self.regime.rounding.get(kind)
        whole = sum(minors)
        return whole if rule is None or rule.per_line else self.minor(_stepped(self.amount(whole), rule))

    def cut(self, kind: str, minor: int) -> int:
        """Minor units of a duty or tax, down to the step that its rule cuts a total to."""
        step = self.due_steps.get(kind)
        return minor if step is None else self.minor(cut_down(self.amount(minor), step))

    def pick(self, rules: tuple[Rule, ...], i: int) -> Rule | None:
        """The first of `rules` that holds for line `i`; Undecided where the answer needs a fact.

        `rules` is one of the regime's own tuples: what holds for the whole consignment is asked once.
        """
        live = self._live.get(id(rules))
        if live is None:
            holding = [rule for rule in rules if self._ask_consignment(rule.when)]
            live = self._live[id(rules)] = [(rule, rule.when.asks_line) for rule in holding]
        for rule, asks_line in live:
            if not asks_line or self._holds_for_line(rule.when, i):
                return rule
        return None

    def holds(self, rule: Rule) -> bool:
        """Whether a rule that asks nothing of the lines holds for the consignment."""
        return self._ask_consignment(rule.when)

    def _ask_consignment(self, when: When) -> bool:
        request = self.request
        same = bool(self.regime.union) and self.regime.union == self.sender_union
        return (
            (when.b2c is None or when.b2c == request.b2c)
            and (not when.scheme or when.scheme in self.schemes)
            and (when.same_union is None or when.same_union == same)
            and (not when.from_union or when.from_union == self.sender_union)
            and (not when.sent_from or request.origin in when.sent_from)
            and all(self._within(limit) for limit in when.up_to if limit.per == "consignment")
            and not any(self._within(limit) for limit in when.above)
        )

    def _within(self, limit: Limit) -> bool:
        minor = self.values.of(limit.measure) + self._elsewhere(limit.measure)
        return holds(limit, minor, currency=self.currency, digits=self.exponent, fx=self.fx)

    def _elsewhere(self, measure: str) -> int:
        """What the rest of the order adds to a measured value, in the request's minor units."""
        if not self.regime.aggregates_same_order:
            return 0
        parts = [self.request.rest_goods, self.request.rest_carriage if measure == "cif" else None]
        return sum(part.minor for part in parts if part is not None)

    def order_share(self) -> Decimal:
        """How many times these goods the whole order is worth, where its parts count together; else 1."""
        goods = self.values.total_goods
        return Decimal(goods + self._elsewhere("intrinsic")) / goods if goods else Decimal(1)

    def _holds_for_line(self, when: When, i: int) -> bool:
        if when.asks_goods:
            code = self.code_of(i)
            if when.hs and not code.startswith(when.hs):
                return False
            if when.hs_not and code.startswith(when.hs_not):
                return False
        line = self.request.lines[i]
        if (when.origins or when.origins_not) and not self._origin_fits(when, line):
            return False
        return self._item_within(when, line, i) and self._dense_enough(when, line, i)

    def _origin_fits(self, when: When, line: LandedLine) -> bool:
        if line.origin is None:
            raise Undecided(origin_missing(line))
        if when.origins and line.origin not in when.origins:
            return False
        return line.origin not in when.origins_not

    def _item_within(self, when: When, line: LandedLine, i: int) -> bool:
        for limit in when.up_to:
            if limit.per != "item":
                continue
            value = Decimal(self.values.of_line(limit.measure, i)).scaleb(-self.exponent) / line.quantity
            if not limit.holds(value * self.fx.rate(self.currency, limit.currency)):
                return False
        return True

    def _dense_enough(self, when: When, line: LandedLine, i: int) -> bool:
        limit = when.value_per_gram
        if limit is None:
            return True
        if not line.mass_g:
            raise Undecided(
                Missing("quantity-missing", "The mass is not known.", "State the net mass.", line.line_id)
            )
        value = Decimal(self.values.of_line(limit.measure, i)).scaleb(-self.exponent)
        return value * self.fx.rate(self.currency, limit.currency) / line.mass_g >= limit.amount

    def code_of(self, i: int) -> str:
        """The line's commodity code; Undecided where there is none."""
        if not self.codes[i]:
            line = self.request.lines[i]
            raise Undecided(
                Missing(
                    "hs-missing",
                    f"{line.sku or line.title} has no commodity code.",
                    "Classify the goods.",
                    line.line_id,
                )
            )
        return self.codes[i]

    def note(self, code: str, detail: str, i: int | None = None) -> None:
        line_id = None if i is None else self.request.lines[i].line_id
        self.notes.append(Note(code, detail, line_id))

    def step(self, code: str, rule: Rule, inputs: dict[str, str], result: str, i: int | None = None) -> None:
        line_id = "" if i is None else str(self.request.lines[i].line_id)
        self.steps.append(Step(code, rule.text, inputs, result, rule.source, rule.id, line_id))


def cut_down(amount: Decimal, step: Decimal) -> Decimal:
    """`amount` down to a whole multiple of `step`; as it is where there is none."""
    return amount // step * step if step else amount


def _stepped(amount: Decimal, rule: Rounding) -> Decimal:
    mode = ROUND_DOWN if rule.down else ROUND_UP if rule.up else ROUND_HALF_UP
    return (amount / rule.step).to_integral_value(mode) * rule.step


def origin_missing(line: LandedLine) -> Missing:
    return Missing(
        "origin-missing",
        f"The origin of {line.sku or line.title} is not known.",
        "State the origin.",
        line.line_id,
    )


@lru_cache(maxsize=65_536)
def _digits(code: str | None) -> str:
    return "".join(c for c in code or "" if c.isascii() and c.isdigit())
