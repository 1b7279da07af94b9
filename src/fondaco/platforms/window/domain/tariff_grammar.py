"""Two dialects of duty text, read into the tree of `tariff_ast`.

`us`: the General column of the Harmonized Tariff Schedule of the United States; and "to 15%", our own
words for a duty that fills the base duty up to a share of the value (U.S. notes 16(c) and 52).
`taric`: the duty expressions of the EU (CET) and of the UK (UKGT).

A text that neither dialect reads is `None`: somebody has to look at it. It is never worth zero.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Any, Literal, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import LarkError

from fondaco.platforms.window.domain.tariff_ast import (
    AdValorem,
    Bounded,
    Component,
    Duty,
    Free,
    Polarised,
    Season,
    Seasonal,
    Specific,
    Sum,
    TopUp,
)

Dialect = Literal["us", "taric"]

_US = r"""
start: "Free"i -> free
     | "to" NUMBER "%" -> top_up
     | sum
     | polarised
sum: term ("+" term)*
term: NUMBER "%" part? -> ad_valorem
    | cash rate_unit content? -> specific
cash: NUMBER "¢" -> cents
    | "$" NUMBER -> dollars
rate_unit: "/" UNIT -> per_unit
         | "each" -> per_each
part: ON
content: ON
polarised: specific_only "less" specific_only "for each degree under" NUMBER "degrees" FRACTIONS "but not less" "than"? specific_only
specific_only: cash rate_unit -> specific
FRACTIONS: /\(and fractions of a degree in proportion\)/
ON: /(on|of)\s+[a-z][^+$¢%]*/
UNIT: /clean kg|kg|pf\.\s?liter|liter|bbl|pr\.|doz\.|gross|m[23²³]|thousand|1,?000 pins|1,?000|t|head|jewel over \d+|jewel|article|line\/\s?gross/
NUMBER: /\d+(\.\d+)?/
%import common.WS
%ignore WS
"""

_TARIC = r"""
start: ENTRY -> entry_price
     | bounded
     | seasonal
seasonal: season ("," (season | bounded))*
season: bounded "(" RANGE ("," RANGE)* ")"
bounded: sum (minimum | maximum)*
minimum: "MIN" sum
maximum: "MAX" sum
sum: term ("+" term)*
term: NUMBER "%"? -> ad_valorem
    | NUMBER CURRENCY "/" UNIT -> specific
    | AGRICULTURAL -> agricultural
ENTRY: /Entry Price/i
AGRICULTURAL: "EA" | "ADSZ" | "ADFM"
CURRENCY: "EUR" | "GBP" | "€"
RANGE: /\d+(\s*[A-Z]{3,4})?\s*-\s*\d+\s*[A-Z]{3,4}/
UNIT: /(%\s*vol\s*\/\s*hl|hl|tonne|kg|m2|m|[\d,]+\s*kg|[\d,]+\s*items?|[\d,]+\s*m|items?)((\s*\/\s*|\s+)(dry lactic matter|lactic matter|tot alc|net drained wt|net dry|std qual|%\s*sacchar\.|gross|net|br|eda|mas))*/
NUMBER: /\d[\d,]*(\.\d+)?/
%import common.WS
%ignore WS
"""

_US_UNITS: dict[str, tuple[int, str]] = {
    "liter": (1, "l"),
    "pr.": (1, "pair"),
    "doz.": (12, "item"),
    "gross": (144, "item"),
    "m²": (1, "m2"),
    "m³": (1, "m3"),
    "thousand": (1000, "item"),
    "1000": (1000, "item"),
    "1,000": (1000, "item"),
    "1,000 pins": (1000, "item"),
    "1000 pins": (1000, "item"),
    "t": (1000, "kg"),
    "head": (1, "item"),
    "article": (1, "item"),
    "clean kg": (1, "kg:clean"),
    "bbl": (1, "barrel"),
}
_MONTHS = {m: i for i, m in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), start=1)}
# What a TARIC qualifier changes in the unit; net mass is what "kg" already means.
_QUALIFIERS = {
    "net": "", "gross": "gross", "br": "gross", "eda": "drained", "net drained wt": "drained", "mas": "dry",
    "net dry": "dry", "std qual": "standard quality", "lactic matter": "lactic matter",
    "dry lactic matter": "lactic matter", "tot alc": "alcohol",
}  # fmt: skip


@v_args(inline=True)
class _Build(Transformer[Token, Any]):
    """Shared by both dialects."""

    def start(self, duty: Duty) -> Duty:
        return duty

    def sum(self, *parts: Duty) -> Duty:
        return parts[0] if len(parts) == 1 else Sum(tuple(parts))


@v_args(inline=True)
class _BuildUs(_Build):
    def free(self) -> Duty:
        return Free()

    def top_up(self, number: Token) -> Duty:
        return TopUp(Decimal(number))

    def cents(self, number: Token) -> Decimal:
        return Decimal(number) / 100

    def dollars(self, number: Token) -> Decimal:
        return Decimal(number)

    def per_each(self) -> tuple[int, str]:
        return 1, "item"

    def per_unit(self, unit: Token) -> tuple[int, str]:
        text = (
            re.sub(r"\s+", " ", str(unit))
            .replace("pf. liter", "pf.liter")
            .replace("line/ gross", "line/gross")
        )
        return _US_UNITS.get(text, (1, text))

    def part(self, text: Token) -> str:
        return _named(str(text))

    content = part

    def ad_valorem(self, number: Token, part: str = "") -> Duty:
        return AdValorem(Decimal(number), "" if part == "entire set" else part)

    def specific(self, money: Decimal, unit: tuple[int, str], content: str = "") -> Specific:
        per, name = unit
        return Specific(money, "USD", Decimal(per), f"{name}:{content}" if content else name)

    def polarised(
        self, base: Specific, step: Specific, degrees: Token, _words: Token, floor: Specific
    ) -> Duty:
        return Polarised(base, step, Decimal(degrees), floor)


@v_args(inline=True)
class _BuildTaric(_Build):
    def entry_price(self, _text: Token) -> Duty:
        return Component("entry price")

    def agricultural(self, name: Token) -> Duty:
        return Component(str(name))

    def ad_valorem(self, number: Token) -> Duty:
        # Six rows of the published file lost their percent sign ("6.4 + 24.6 EUR/100 kg").
        return AdValorem(_number(number))

    def specific(self, number: Token, currency: Token, unit: Token) -> Duty:
        per, name = _taric_unit(str(unit))
        return Specific(_number(number), "EUR" if currency == "€" else str(currency), per, name)

    def minimum(self, duty: Duty) -> tuple[str, Duty]:
        return "floor", duty

    def maximum(self, duty: Duty) -> tuple[str, Duty]:
        return "ceiling", duty

    def bounded(self, base: Duty, *limits: tuple[str, Duty]) -> Duty:
        bounds = dict(limits)
        return Bounded(base, bounds.get("floor"), bounds.get("ceiling")) if bounds else base

    def season(self, duty: Duty, *ranges: Token) -> list[Season]:
        return [Season(*_days(str(text)), duty) for text in ranges]

    def seasonal(self, *parts: list[Season] | Duty) -> Duty:
        seasons = tuple(season for part in parts if isinstance(part, list) for season in part)
        rest = [part for part in parts if not isinstance(part, list)]
        return Seasonal(seasons, rest[0] if rest else None)


@cache
def _parser(dialect: Dialect) -> Lark:
    grammar, build = (_US, _BuildUs()) if dialect == "us" else (_TARIC, _BuildTaric())
    return Lark(grammar, parser="lalr", transformer=build)


@cache
def parse_duty(text: str, dialect: Dialect) -> Duty | None:
    """The duty that `text` states, or None where the text is not a duty that can be worked out."""
    clean = re.sub(r"\s+", " ", text.replace("\xa0", " ")).strip()
    if not clean:
        return None
    try:
        return cast("Duty", _parser(dialect).parse(clean))
    except LarkError:
        return None


def _named(text: str) -> str:
    """The part that "on the case" or "of total sugars" speaks of."""
    return re.sub(r"^(on|of)\s+(the\s+)?(value of the\s+)?", "", text.strip()).strip(" ,")


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def _taric_unit(text: str) -> tuple[Decimal, str]:
    compact = re.sub(r"\s+", " ", re.sub(r"\s*/\s*", "/", text)).strip()
    if "sacchar" in compact:
        return Decimal(100), "kg:% sucrose"
    if "vol" in compact:
        return Decimal(1), "hl:% vol"
    match = re.match(r"([\d,]+)? ?(hl|tonne|kg|m2|m|items?)[/ ]?(.*)", compact)
    count, unit, qualifier = match.groups() if match else ("", compact, "")
    scale, name = {"hl": (100, "l"), "tonne": (1000, "kg"), "items": (1, "item")}.get(unit, (1, unit))
    extra = _QUALIFIERS.get(qualifier.strip(), qualifier.strip())
    return Decimal(scale) * _number(count or "1"), f"{name}:{extra}" if extra else name


def _days(text: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Two (month, day) of a text like 16 JUN-31 DEC; a first day without a month takes the second's."""
    first, last = (part.strip() for part in text.split("-"))
    month = last.split()[-1] if " " in last else re.sub(r"\d", "", last)
    return _day(first, month), _day(last, month)


def _day(text: str, month: str) -> tuple[int, int]:
    match = re.match(r"(\d+)\s*([A-Z]*)", text)
    number, name = match.groups() if match else ("1", month)
    return _MONTHS[(name or month)[:3]], int(number)
