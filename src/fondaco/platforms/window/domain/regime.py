"""Regimes: what a destination asks of goods from abroad, as dated data.

A regime holds ordered rules for duty, tax and fees. The first rule whose conditions hold decides;
no country is named in code. The files are `data/window/regimes/*.toml`.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.authority_rates import RATE_DAYS


class BadRegime(Refused):
    code = "bad-regime"
    title = "This regime cannot be used."
    remedy = "Mend the named entry of the regime file and load it again."


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount that a value is held against, in the authority's own words and currency."""

    measure: str  # intrinsic | cif | fob
    amount: Decimal
    currency: str
    per: str = "consignment"  # | item
    strict: bool = False  # below, not up to

    def holds(self, value: Decimal) -> bool:
        return value < self.amount if self.strict else value <= self.amount


@dataclass(frozen=True, slots=True)
class When:
    """The conditions of a rule; what is not said is not asked."""

    up_to: tuple[Limit, ...] = ()
    above: tuple[Limit, ...] = ()
    b2c: bool | None = None
    scheme: str = ""
    same_union: bool | None = None
    from_union: str = ""
    sent_from: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    origins_not: frozenset[str] = frozenset()
    hs: tuple[str, ...] = ()
    hs_not: tuple[str, ...] = ()
    value_per_gram: Limit | None = None

    @property
    def asks_goods(self) -> bool:
        """Whether the code of the goods matters."""
        return bool(self.hs or self.hs_not)

    @property
    def asks_line(self) -> bool:
        """Whether the answer may differ between the lines of a consignment."""
        items = any(limit.per == "item" for limit in self.up_to)
        return self.asks_goods or items or bool(self.origins or self.origins_not or self.value_per_gram)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a regime: when it holds, what it does, and where it is written.

    value: what the customs value is where it is not the regime's basis. duty: `none`, `rate` (percent of the
    customs value, less an amount), `flat` (an amount per six-digit code), `tariff` (look up), `manual` (a
    person decides). excise and tax: `none`, `rate`, `manual`. fee: `rate` (with floor, ceiling and an amount
    below which it is waived) or `flat`.
    """

    id: str
    text: str
    source: str
    do: str
    when: When = When()
    rate: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    currency: str = ""
    less: Decimal = Decimal(0)
    floor: Decimal | None = None
    ceiling: Decimal | None = None
    jurisdiction: str = ""
    collected: str = "border"
    base: str = "landed"  # landed | price | goods | duty_paid
    share: Decimal = Decimal(1)
    uplift: Decimal = Decimal(0)
    inside: bool = False
    waive_below: Decimal | None = None
    scheme: str = ""
    code: str = ""
    estimated: bool = False
    base_step: Decimal = Decimal(
        0
    )  # what a line is charged on is cut to whole multiples of it (Japan: 1,000)
    due_step: Decimal = Decimal(0)  # what a consignment owes is cut to whole multiples of it (Japan: 100)
    local: str = ""  # a local tax on this one, as a fraction of it ("22/78"), cut by itself


@dataclass(frozen=True, slots=True)
class Rounding:
    """How an authority rounds what is due: to `step` of its currency, per line or on the sum of a consignment."""

    step: Decimal
    down: bool = False
    per_line: bool = True
    up: bool = False


AGGREGATION_DEFAULT = "No rule is held: taken to count one order together, the reading that claims no relief"


@dataclass(frozen=True, slots=True)
class Quota:
    """What one person may buy in a calendar year under `scheme`, in the authority's currency."""

    id: str
    scheme: str
    amount: Decimal
    source: str


@dataclass(frozen=True)
class Regime:
    """A destination between two dates (`until` is exclusive).

    Where `aggregates_same_order` (also where the file says nothing), the goods of one order count together
    against every limit of value, in however many consignments they travel; `aggregation_source` says why.
    `rates_of` names the day whose exchange rate the authority takes (`authority_rates`), `rounding` how it
    rounds duty and tax where that is not to the last unit, `quotas` what a person may buy under a scheme.
    """

    destination: str
    name: str
    currency: str
    rule_id: str
    since: date
    until: date | None
    union: str
    basis: str
    tax_name: str
    tax_rate: Decimal
    duty: tuple[Rule, ...]
    tax: tuple[Rule, ...]
    fees: tuple[Rule, ...]
    excise: tuple[Rule, ...]
    value: tuple[Rule, ...]
    peg_currency: str
    peg_rate: Decimal
    restricted: str
    source: str
    confidence: str
    body: Mapping[str, Any]
    aggregates_same_order: bool = True
    aggregation_source: str = AGGREGATION_DEFAULT
    rates_of: str = "daily"
    rounding: Mapping[str, Rounding] = field(default_factory=dict)
    quotas: tuple[Quota, ...] = ()

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(json.dumps(self.body, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RegimeBook:
    """Every regime, looked up by destination and day."""

    _by: Mapping[str, tuple[tuple[date, ...], tuple[Regime, ...]]]

    @classmethod
    def of(cls, regimes: Iterable[Regime]) -> RegimeBook:
        """BadRegime where two regimes of a destination overlap."""
        grouped: dict[str, list[Regime]] = {}
        for regime in regimes:
            grouped.setdefault(regime.destination, []).append(regime)
        return cls({destination: _ordered(rows) for destination, rows in grouped.items()})

    def look_up(self, destination: str, on: date) -> Regime | None:
        """The regime of `destination` in force on `on`, or None where none is held."""
        starts, regimes = self._by.get(destination, ((), ()))
        i = bisect_right(starts, on) - 1
        if i < 0:
            return None
        regime = regimes[i]
        return regime if regime.until is None or on < regime.until else None

    def history(self, destination: str) -> tuple[Regime, ...]:
        return self._by.get(destination, ((), ()))[1]

    def all(self) -> list[Regime]:
        return [regime for _, regimes in self._by.values() for regime in regimes]

    @property
    def destinations(self) -> list[str]:
        return sorted(self._by)


def _ordered(rows: list[Regime]) -> tuple[tuple[date, ...], tuple[Regime, ...]]:
    rows.sort(key=lambda regime: regime.since)
    for before, after in pairwise(rows):
        if before.until is None or before.until > after.since:
            raise BadRegime(f"{before.rule_id} overlaps {after.rule_id}.", field="validity")
    return tuple(row.since for row in rows), tuple(rows)


def regime_of(body: Mapping[str, Any]) -> Regime:
    """The regime that `body` (JSON as stored) describes; BadRegime names what is wrong with it."""
    try:
        return Regime(
            destination=body["destination"],
            name=body["name"],
            currency=body["currency"],
            rule_id=body["id"],
            since=date.fromisoformat(body["from"]),
            until=date.fromisoformat(body["to"]) if body.get("to") else None,
            union=body.get("union", ""),
            basis=_one_of(body["basis"], "CIF", "FOB"),
            tax_name=body.get("tax_name", "VAT"),
            tax_rate=Decimal(body["tax_rate"]),
            duty=tuple(_rule(row) for row in body["duty"]),
            tax=tuple(_rule(row) for row in body["tax"]),
            fees=tuple(_rule(row) for row in body.get("fees", ())),
            excise=tuple(_rule(row) for row in body.get("excise", ())),
            value=tuple(_rule(row) for row in body.get("value", ())),
            peg_currency=body.get("peg_currency", ""),
            peg_rate=Decimal(body.get("peg_rate", "0")),
            restricted=body.get("restricted", ""),
            source=body["source"],
            confidence=_one_of(body["confidence"], "A", "B", "C"),
            body=dict(body),
            aggregates_same_order=_truth(body.get("aggregates_same_order", True)),
            aggregation_source=body.get("aggregation_source", AGGREGATION_DEFAULT),
            rates_of=_one_of(body.get("rates_of", "daily"), *RATE_DAYS),
            rounding={
                kind: _rounding(text) for kind, text in body.get("rounding", {}).items() if kind != "source"
            },
            quotas=tuple(_quota(row) for row in body.get("quotas", ())),
        )
    except (KeyError, ValueError, ArithmeticError, TypeError) as exc:
        raise BadRegime(repr(exc), field=str(body.get("id", body.get("destination", "?")))) from exc


def _rounding(text: str) -> Rounding:
    """Written like: 1 half-up line; 10 down consignment; 1000 up consignment."""
    step, mode, per = text.split()
    _one_of(mode, "half-up", "down", "up")
    return Rounding(
        Decimal(step), mode == "down", _one_of(per, "line", "consignment") == "line", mode == "up"
    )


def _quota(row: Mapping[str, Any]) -> Quota:
    return Quota(row["id"], row["scheme"], Decimal(row["amount"]), row["source"])


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _one_of(value: str, *allowed: str) -> str:
    if value not in allowed:
        raise ValueError(value)
    return value


_MONEY = {
    "amount",
    "less",
    "floor",
    "ceiling",
    "waive_below",
    "rate",
    "share",
    "uplift",
    "base_step",
    "due_step",
}
_TEXT = {
    "id",
    "text",
    "source",
    "do",
    "jurisdiction",
    "collected",
    "base",
    "scheme",
    "code",
    "inside",
    "estimated",
    "local",
}


def _rule(row: Mapping[str, Any]) -> Rule:
    unknown = set(row) - _MONEY - _TEXT - {"when", "currency"}
    if unknown:
        raise ValueError(f"unknown words in rule {row.get('id')}: {sorted(unknown)}")
    facts: dict[str, Any] = {key: row[key] for key in _TEXT & set(row)}
    facts.update({key: Decimal(str(row[key])) for key in _MONEY & set(row)})
    return Rule(when=_when(row.get("when", {})), currency=row.get("currency", ""), **facts)


def _when(row: Mapping[str, Any]) -> When:
    unknown = set(row) - {
        "up_to", "above", "below", "b2c", "scheme", "same_union", "from_union", "sent_from", "origins",
        "origins_not", "hs", "hs_not", "per_gram",
    }  # fmt: skip
    if unknown:
        raise ValueError(f"unknown conditions: {sorted(unknown)}")
    below = tuple(_limit(text, strict=True) for text in _many(row.get("below")))
    return When(
        up_to=tuple(_limit(text) for text in _many(row.get("up_to"))) + below,
        above=tuple(_limit(text) for text in _many(row.get("above"))),
        b2c=row.get("b2c"),
        scheme=row.get("scheme", ""),
        same_union=row.get("same_union"),
        from_union=row.get("from_union", ""),
        sent_from=frozenset(row.get("sent_from", ())),
        origins=frozenset(row.get("origins", ())),
        origins_not=frozenset(row.get("origins_not", ())),
        hs=_prefixes(row.get("hs", ())),
        hs_not=_prefixes(row.get("hs_not", ())),
        value_per_gram=_limit(row["per_gram"]) if "per_gram" in row else None,
    )


def _many(value: str | list[str] | None) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else value


def _limit(text: str, *, strict: bool = False) -> Limit:
    """A limit written like: intrinsic 150 EUR; intrinsic 1000 NZD item."""
    measure, amount, currency, *per = text.split()
    _one_of(measure, "intrinsic", "cif", "fob")
    return Limit(measure, Decimal(amount), currency, per[0] if per else "consignment", strict)


def _prefixes(entries: Iterable[str]) -> tuple[str, ...]:
    """Code prefixes; "25-97" stands for the chapters 25 to 97, "6101-6117" for these headings."""
    found: list[str] = []
    for entry in entries:
        first, dash, last = entry.partition("-")
        found += [f"{n:0{len(first)}d}" for n in range(int(first), int(last) + 1)] if dash else [entry]
    return tuple(found)
