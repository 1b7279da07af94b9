"""Duty expressions as a tree, and what a tree comes to for given goods.

A quantity that the tree asks for and the goods do not state is answered with `NeedsInput`, never
with nothing: a duty that cannot be worked out is not a duty of zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

HUNDRED = Decimal(100)
ZERO = Decimal(0)


class NeedsInput(Exception):
    """The duty depends on something that is not stated: a unit, a part's value, a recipe, a season."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Goods:
    """What a duty is worked out on.

    `value` is the customs value in `currency`; `quantities` are in the tariff's own units ("kg",
    "item", "l", "kg:drained" ...); `convert` turns an amount of another currency into `currency`.
    `base` is the base duty already found, for a duty that only fills it up.
    """

    value: Decimal
    currency: str
    quantities: Mapping[str, Decimal]
    on: date
    convert: Callable[[Decimal, str], Decimal]
    base: Decimal = ZERO

    def quantity(self, unit: str) -> Decimal:
        try:
            return self.quantities[unit]
        except KeyError:
            raise NeedsInput(unit) from None


@dataclass(frozen=True, slots=True)
class Free:
    """No duty, said so by the authority."""

    def amount(self, goods: Goods) -> Decimal:  # noqa: ARG002 - every node answers the same question
        return ZERO


@dataclass(frozen=True, slots=True)
class AdValorem:
    """`percent` of the customs value, or of the value of a named part."""

    percent: Decimal
    part: str = ""

    def amount(self, goods: Goods) -> Decimal:
        base = goods.quantity(f"value:{self.part}") if self.part else goods.value
        return base * self.percent / HUNDRED


@dataclass(frozen=True, slots=True)
class Specific:
    """`money` of `currency` per `per` units."""

    money: Decimal
    currency: str
    per: Decimal
    unit: str

    def amount(self, goods: Goods) -> Decimal:
        return goods.convert(self.money * goods.quantity(self.unit) / self.per, self.currency)


@dataclass(frozen=True, slots=True)
class Sum:
    """Compound duty: all parts together."""

    parts: tuple[Duty, ...]

    def amount(self, goods: Goods) -> Decimal:
        return sum((part.amount(goods) for part in self.parts), ZERO)


@dataclass(frozen=True, slots=True)
class Bounded:
    """`base`, at least `floor` and at most `ceiling` (TARIC: MIN and MAX)."""

    base: Duty
    floor: Duty | None
    ceiling: Duty | None

    def amount(self, goods: Goods) -> Decimal:
        result = self.base.amount(goods)
        if self.floor is not None:
            result = max(result, self.floor.amount(goods))
        if self.ceiling is not None:
            result = min(result, self.ceiling.amount(goods))
        return result


@dataclass(frozen=True, slots=True)
class Polarised:
    """Raw sugar: `base` less `step` for each degree under `degrees`, not less than `floor`."""

    base: Specific
    step: Specific
    degrees: Decimal
    floor: Specific

    def amount(self, goods: Goods) -> Decimal:
        missing = max(self.degrees - goods.quantity("degree"), ZERO)
        return max(self.base.amount(goods) - self.step.amount(goods) * missing, self.floor.amount(goods))


@dataclass(frozen=True, slots=True)
class Season:
    """`duty` between two days of the year, both included; a season may run over the new year."""

    first: tuple[int, int]
    last: tuple[int, int]
    duty: Duty

    def covers(self, on: date) -> bool:
        day = (on.month, on.day)
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last


@dataclass(frozen=True, slots=True)
class Seasonal:
    """The duty of the season; `otherwise` for days that no season names."""

    seasons: tuple[Season, ...]
    otherwise: Duty | None = None

    def amount(self, goods: Goods) -> Decimal:
        for season in self.seasons:
            if season.covers(goods.on):
                return season.duty.amount(goods)
        if self.otherwise is None:
            raise NeedsInput(f"season:{goods.on.isoformat()}")
        return self.otherwise.amount(goods)


@dataclass(frozen=True, slots=True)
class Component:
    """An amount that only a recipe or a price series gives: EA, ADSZ, ADFM, the entry price."""

    name: str

    def amount(self, goods: Goods) -> Decimal:
        given = goods.quantities.get(f"component:{self.name}")
        if given is None:
            raise NeedsInput(f"component:{self.name}")
        return given


@dataclass(frozen=True, slots=True)
class TopUp:
    """What is missing to `percent` of the customs value, the base duty counted; never less than nothing."""

    percent: Decimal

    def amount(self, goods: Goods) -> Decimal:
        return max(goods.value * self.percent / HUNDRED - goods.base, ZERO)


Duty = Free | AdValorem | Specific | Sum | Bounded | Polarised | Seasonal | Component | TopUp


def ad_valorem_percent(duty: Duty) -> Decimal | None:
    """The one percentage that the duty is, if it is nothing else."""
    if isinstance(duty, Free):
        return ZERO
    if isinstance(duty, AdValorem) and not duty.part:
        return duty.percent
    return None
