"""Supervision modes as dated data, and which of them an order fits, with the reasons either way.

The file is `data/window/modes.toml`; no country is named in code. A condition whose fact is not known holds a mode
back: nobody is put into a simplified procedure by silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from fondaco.kernel.errors import FondacoError, Refused
from fondaco.kernel.money import Money

ANYWHERE = "*"
# Alcohol, tobacco, perfume and toilet water: outside the reliefs for low value (Reg. (EC) 1186/2009 art. 24).
EXCISE_HEADINGS = ("2203", "2204", "2205", "2206", "2207", "2208", "24", "3303")

Rates = Callable[[str, str, date], Decimal]
"""`rates(base, quote, on)`: units of `quote` for one `base`; a FondacoError where there is none."""


class BadModes(Refused):
    code = "bad-modes"
    title = "The table of supervision modes cannot be used."
    remedy = "Mend the named entry of modes.toml."


@dataclass(frozen=True, slots=True)
class Conditions:
    """What an order must fulfil; None or empty is not asked."""

    b2c: bool | None = None
    platform: bool | None = None
    postal: bool | None = None
    licence: bool | None = None
    excise: bool | None = None
    export_duty: bool | None = None
    rebate: bool | None = None
    preference: bool | None = None
    eori: bool | None = None
    gift: bool | None = None
    scheme: str = ""
    stock: tuple[str, ...] = ()
    incoterm: tuple[str, ...] = ()
    origins_not: tuple[str, ...] = ()
    up_to: Money | None = None
    mass_up_to_g: int | None = None


FLAGS = (
    "b2c",
    "platform",
    "postal",
    "licence",
    "excise",
    "export_duty",
    "rebate",
    "preference",
    "eori",
    "gift",
)


@dataclass(frozen=True, slots=True)
class Mode:
    """One supervision mode: where and when it holds, what it asks for, and what it means for tax and statistics.

    `additional` are the additional procedures its declarations name (UCC D.E. 1/11); `summary` is how often its
    lists are declared once more, together ("month"; empty: never).
    """

    code: str
    regime: str
    countries: tuple[str, ...]
    direction: str
    name: str
    text: str
    valid_from: date
    valid_to: date | None
    when: Conditions
    documents: tuple[str, ...]
    states: tuple[str, ...]
    tax: str
    statistics: str
    source: str
    checked_on: date
    confidence: str
    additional: tuple[str, ...] = ()
    summary: str = ""

    def holds_on(self, on: date) -> bool:
        """Whether it is in force on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What is known of an order before a declaration is drawn up; None: not known.

    `country` is the authority's, `value` the goods' own price without carriage, `schemes` the seller's
    registrations, `stock` where the goods are (direct, bonded, bonded-a, overseas, market).
    """

    direction: str
    country: str
    on: date
    value: Money | None = None
    mass_g: int | None = None
    b2c: bool | None = None
    platform: bool | None = True
    postal: bool | None = None
    licence: bool | None = None
    excise: bool | None = None
    export_duty: bool | None = None
    rebate: bool | None = None
    preference: bool | None = False
    eori: bool | None = None
    gift: bool | None = False
    schemes: frozenset[str] = frozenset()
    stock: str = "direct"
    incoterm: str = ""
    origins: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition against its fact: `held` is None where the fact is not known."""

    what: str
    asked: str
    told: str
    held: bool | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mode with its conditions as they came out."""

    mode: Mode
    reasons: tuple[Reason, ...]

    @property
    def against(self) -> tuple[Reason, ...]:
        """The conditions that hold it back."""
        return tuple(reason for reason in self.reasons if not reason.held)


@dataclass(frozen=True, slots=True)
class ModeChoice:
    """The mode chosen with its reasons, the others that would do, and those refused with what is against them."""

    chosen: Candidate
    also: tuple[Candidate, ...]
    refused: tuple[Candidate, ...]

    def as_record(self) -> dict[str, Any]:
        """What is kept with a declaration."""
        return {
            "mode": self.chosen.mode.code,
            "why": [_record(reason) for reason in self.chosen.reasons],
            "also": [one.mode.code for one in self.also],
            "refused": {one.mode.code: [_record(reason) for reason in one.against] for one in self.refused},
        }


@dataclass(frozen=True, slots=True)
class ModeBook:
    """Every mode in the order of preference; by country, pilot cities and chapters that may bear export duty."""

    modes: tuple[Mode, ...] = field(repr=False)
    pilot_cities: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    export_duty: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)

    def bonded_stock(self, country: str, city: str) -> str:
        """What goods in a bonded store are to the modes: `bonded`, or `bonded-a` outside a country's pilot cities."""
        pilots = self.pilot_cities.get(country)
        return "bonded" if pilots is None or city in pilots else "bonded-a"

    def bears_export_duty(self, country: str, codes: Iterable[str]) -> bool | None:
        """False where no code is in a chapter with export duty; None where one is, or the country's are not held."""
        chapters = self.export_duty.get(country)
        if chapters is None:
            return None
        return None if any(code[:2] in chapters for code in codes) else False

    def of(self, country: str, direction: str, on: date) -> list[Mode]:
        """The modes before that country's authority on that day, narrower ones first."""
        return [
            mode
            for mode in self.modes
            if mode.direction == direction
            and (country in mode.countries or ANYWHERE in mode.countries)
            and mode.holds_on(on)
        ]


def choose_mode(facts: OrderFacts, *, book: ModeBook, rates: Rates) -> ModeChoice:
    """The first mode whose conditions hold, and why not the others. BadModes where a country has none at all."""
    known = [Candidate(mode, tuple(_reasons(mode, facts, rates))) for mode in _modes(facts, book)]
    fitting = [one for one in known if not one.against]
    if not fitting:
        raise BadModes("No mode is open to every kind of goods here.", field="country", value=facts.country)
    refused = tuple(one for one in known if one.against)
    return ModeChoice(fitting[0], tuple(fitting[1:]), refused)


def is_excise(codes: Iterable[str]) -> bool:
    """Whether any of the commodity codes is outside the reliefs for low value."""
    return any(code.startswith(EXCISE_HEADINGS) for code in codes)


def read_modes(table: Mapping[str, Any]) -> ModeBook:
    """The book of modes.toml. BadModes names the entry at fault: unknown words, overlaps and no open mode."""
    groups: dict[str, list[str]] = table.get("groups", {})
    modes = tuple(_mode(entry, groups) for entry in table.get("mode", []))
    codes = [mode.code for mode in modes]
    for code in codes:
        if codes.count(code) > 1:
            raise BadModes("It is there twice.", field="mode", value=code)
    return ModeBook(modes, _by_country(table, "pilot_cities"), _by_country(table, "export_duty"))


def _by_country(table: Mapping[str, Any], name: str) -> dict[str, frozenset[str]]:
    return {key: frozenset(told) for key, told in table.get(name, {}).items() if isinstance(told, list)}


def _modes(facts: OrderFacts, book: ModeBook) -> list[Mode]:
    found = book.of(facts.country, facts.direction, facts.on)
    own = [mode for mode in found if ANYWHERE not in mode.countries]
    return own if any(mode.when == Conditions() for mode in own) else found


def _reasons(mode: Mode, facts: OrderFacts, rates: Rates) -> Iterator[Reason]:
    asked = mode.when
    for name in FLAGS:
        wanted = getattr(asked, name)
        if wanted is not None:
            told: bool | None = getattr(facts, name)
            yield Reason(name, _yes(wanted), _yes(told), None if told is None else told == wanted)
    if asked.scheme:
        told_schemes = ", ".join(sorted(facts.schemes))
        yield Reason("scheme", asked.scheme, told_schemes, asked.scheme in facts.schemes)
    if asked.stock:
        yield Reason("stock", ", ".join(asked.stock), facts.stock, facts.stock in asked.stock)
    if asked.incoterm:
        held = facts.incoterm in asked.incoterm if facts.incoterm else None
        yield Reason("incoterm", ", ".join(asked.incoterm), facts.incoterm, held)
    if asked.origins_not:
        met = not facts.origins & set(asked.origins_not) if facts.origins else None
        yield Reason("origins", "not " + ", ".join(asked.origins_not), ", ".join(sorted(facts.origins)), met)
    if asked.up_to is not None:
        yield _within(asked.up_to, facts, rates)
    if asked.mass_up_to_g is not None:
        light = None if facts.mass_g is None else facts.mass_g <= asked.mass_up_to_g
        yield Reason("mass", f"{asked.mass_up_to_g} g", f"{facts.mass_g or ''}", light)


def _within(limit: Money, facts: OrderFacts, rates: Rates) -> Reason:
    """Whether the goods' price is within the limit, converted into its currency half-up."""
    value = facts.value
    if value is None:
        return Reason("value", str(limit), "", None)
    if value.currency != limit.currency:
        try:
            rate = rates(value.currency, limit.currency, facts.on)
        except FondacoError:
            return Reason("value", str(limit), str(value), None)
        value = Money.of(value.amount * rate, limit.currency)
    return Reason("value", str(limit), str(value), value.minor <= limit.minor)


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _record(reason: Reason) -> dict[str, Any]:
    return {"what": reason.what, "asked": reason.asked, "told": reason.told, "held": reason.held}


def _mode(entry: Mapping[str, Any], groups: Mapping[str, list[str]]) -> Mode:
    code = str(entry.get("code", ""))
    try:
        countries = tuple(one for name in entry["countries"] for one in groups.get(name, [name]))
        return Mode(
            code=code,
            regime=entry["regime"],
            countries=countries,
            direction=entry["direction"],
            name=entry["name"],
            text=entry["text"],
            valid_from=date.fromisoformat(entry["from"]),
            valid_to=date.fromisoformat(entry["to"]) if "to" in entry else None,
            when=_conditions(entry.get("when", {})),
            documents=tuple(entry["documents"]),
            states=tuple(entry["states"]),
            tax=entry["tax"],
            statistics=entry["statistics"],
            source=entry["source"],
            checked_on=date.fromisoformat(entry["checked_on"]),
            confidence=entry["confidence"],
            additional=tuple(entry.get("additional", ())),
            summary=entry.get("summary", ""),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise BadModes(f"{type(fault).__name__}: {fault}", field="mode", value=code) from fault


def _conditions(told: Mapping[str, Any]) -> Conditions:
    parts: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in told.items()}
    if "up_to" in parts:
        amount, currency = str(parts["up_to"]).split()
        parts["up_to"] = Money.of(amount, currency)
    return Conditions(**parts)
