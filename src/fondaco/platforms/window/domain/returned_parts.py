"""Which declaration the pieces of a return came under, where an order travelled in several consignments. Pure.

GACC's notes on messages 213, 215 and 625 give an application one list number (invtNo) and item numbers and
quantities of that list, at most what it declared: so one application for each declaration. Nothing in them says
which of several lists a piece belongs to that could have come under any. The house's own rule is first out, first
back: pieces are taken from the declaration released first, less what came back of it before. (First in, first out
is a method that 19 CFR 190.14 names for fungible goods under US drawback; it is not a rule of Chinese customs.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from fondaco.kernel.money import split_minor
from fondaco.platforms.window.domain.returned import Clock, ClockRule, ReturnFacts, clocks_for, share_of

IMPORT, EXPORT = "import", "export"
# What a clock starts from that each consignment has of its own, and on which side it is declared.
_OWN_START = {"released": IMPORT, "exported": EXPORT}

Place = tuple[str, int]  # a side of the border and a part of the order


@dataclass(frozen=True, slots=True)
class Carried:
    """Pieces of an order line under one declaration of the sale, with what was assessed on them there (minor units).

    `item` is the number of the goods item, `on` the day of release.
    """

    declaration_id: UUID
    side: str
    part: int
    item: int
    quantity: int
    on: date
    duty_minor: int = 0
    tax_minor: int = 0

    @property
    def place(self) -> Place:
        return self.side, self.part


@dataclass(frozen=True, slots=True)
class Allotted:
    """Pieces of a return that belong to one declaration: `before` came back earlier, then `quantity`; their share."""

    carried: Carried
    before: int
    quantity: int
    duty_minor: int
    tax_minor: int


def fit_carried(
    carried: Iterable[Carried], *, sold: int, duty_minor: int, tax_minor: int
) -> tuple[Carried, ...]:
    """The sides on which every one of the `sold` pieces is declared; duty and tax of imports sum to the line's."""
    sides: dict[str, list[Carried]] = {}
    for one in carried:
        sides.setdefault(one.side, []).append(one)
    whole = {side: own for side, own in sides.items() if sum(one.quantity for one in own) == sold}
    paid = _paid(whole.get(IMPORT, []), duty_minor=duty_minor, tax_minor=tax_minor)
    return (*paid, *whole.get(EXPORT, []))


def _paid(own: Sequence[Carried], *, duty_minor: int, tax_minor: int) -> list[Carried]:
    if not own:
        return []
    duty = split_minor(duty_minor, _weights([one.duty_minor for one in own], own))
    tax = split_minor(tax_minor, _weights([one.tax_minor for one in own], own))
    return [replace(one, duty_minor=duty[n], tax_minor=tax[n]) for n, one in enumerate(own)]


def _weights(assessed: Sequence[int], own: Sequence[Carried]) -> list[int]:
    """In the proportion assessed; by pieces where nothing was."""
    return list(assessed) if any(assessed) else [one.quantity for one in own]


def allot(carried: Iterable[Carried], *, before: Mapping[Place, int], units: int) -> list[Allotted]:
    """`units` pieces that come back, by the declarations that carried them: first out, first back, on each side.

    `before` are the pieces of each that came back earlier. On a side with fewer left, only those are allotted.
    All returns of a line together take each declaration's duty and tax whole, and never more on the way.
    """
    found: list[Allotted] = []
    left = {IMPORT: units, EXPORT: units}
    for one in sorted(carried, key=lambda one: (one.side, one.on, one.part)):
        gone = before.get(one.place, 0)
        taken = min(left[one.side], one.quantity - gone)
        if taken > 0:
            left[one.side] -= taken
            found.append(_taken(one, gone, taken))
    return found


def _taken(one: Carried, gone: int, taken: int) -> Allotted:
    duty, tax = (
        share_of(total, units=taken, before=gone, sold=one.quantity)
        for total in (one.duty_minor, one.tax_minor)
    )
    return Allotted(one, gone, taken, duty, tax)


def from_first(pieces: int, held: Sequence[int]) -> list[int]:
    """How many of `pieces` fall on each of the parts that hold so many, the first ones first."""
    found = []
    for holds in held:
        taken = min(pieces, holds)
        pieces -= taken
        found.append(taken)
    return found


def clocks_by_part(rules: Sequence[ClockRule], facts: ReturnFacts, days: Mapping[Place, date]) -> list[Clock]:
    """The time limits of a return; those counted from a release or an export for each consignment that has a day.

    `days` are the days of release by side and part. A side with one consignment has its clocks without a number.
    """
    shared = [rule for rule in rules if rule.starts not in _OWN_START]
    found = clocks_for(shared, facts)
    for event, side in _OWN_START.items():
        own = [rule for rule in rules if rule.starts == event]
        parts = {part: on for (of, part), on in days.items() if of == side}
        if len(parts) > 1:
            for part, on in sorted(parts.items()):
                of_part = replace(facts, days={**facts.days, event: on})
                found += [replace(clock, part=part) for clock in clocks_for(own, of_part)]
        else:
            day = next(iter(parts.values()), None)
            single = facts if day is None else replace(facts, days={**facts.days, event: day})
            found += clocks_for(own, single)
    return sorted(found, key=lambda clock: (clock.ends_on, clock.code, clock.part))
