"""Which of our facts stands where in a message, written as the segments themselves.

A row is a segment with literals and slots: `MEA+=AAE+=AAD+KGM:{gross 6314 kg!}`. A literal that begins with =
tells this segment from others of its tag; a slot has our name, the number of UN/EDIFACT's data element, a form
and, with !, must be filled. A block is a segment group; one of `many` is a list of facts.

Forms: an..35 (text), an..35*5 (text over five components), n..5 (whole number), a2 (letters), amt (amount), kg
(kilograms with three decimals), d102 and d204 (date, moment), in(1,2) (a code of this list).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SLOT = re.compile(r"\{(\w+) (\d{4}) ([a-z]+)(?:\.\.|)(\d*)(?:\*(\d+))?(?:\(([^)]*)\))?(!?)\}")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one fact, over `parts` components of at most `most` characters."""

    name: str
    element: str
    form: str
    most: int
    parts: int
    codes: tuple[str, ...]
    required: bool


@dataclass(frozen=True, slots=True)
class Literal:
    """A fixed component; `key` when it tells this segment from others."""

    text: str
    key: bool


Component = Slot | Literal


@dataclass(frozen=True, slots=True)
class Row:
    """One segment: its tag and, for each element, its components."""

    tag: str
    elements: tuple[tuple[Component, ...], ...]

    @property
    def label(self) -> str:
        """The tag with its qualifiers, as faults name it."""
        keys = [part.text for _, _, part in self.cells() if isinstance(part, Literal) and part.key]
        return "+".join([self.tag, *keys])

    @property
    def slots(self) -> list[Slot]:
        """The slots of this segment."""
        return [part for _, _, part in self.cells() if isinstance(part, Slot)]

    def cells(self) -> Iterator[tuple[int, int, Component]]:
        """Every component with its element and component number; a slot of many parts counts them all."""
        for place, element in enumerate(self.elements):
            at = 0
            for part in element:
                yield place, at, part
                at += part.parts if isinstance(part, Slot) else 1


@dataclass(frozen=True, slots=True)
class Block:
    """A segment group (or the message itself, where `group` is empty): rows and groups in the table's order."""

    group: str
    parts: tuple[Row | Block, ...]
    name: str = ""

    @property
    def many(self) -> bool:
        """Whether it repeats: then its facts are a list under its name, else they join those around it."""
        return bool(self.name)

    @property
    def trigger(self) -> Row:
        """The row that its group begins with."""
        first = self.parts[0]
        return first if isinstance(first, Row) else first.trigger


@dataclass(frozen=True, slots=True)
class Layout:
    """A message type: its directory ("D.96B") and what stands in it between UNH and UNT."""

    kind: str
    release: str
    body: Block


def rows(text: str) -> tuple[Row, ...]:
    """The rows of lines, one segment each."""
    return tuple(_row(line.strip()) for line in text.strip().splitlines() if line.strip())


def block(group: str, *parts: str | Block, name: str = "") -> Block:
    """A block of lines and blocks, in order."""
    flat: list[Row | Block] = []
    for part in parts:
        flat += rows(part) if isinstance(part, str) else [part]
    return Block(group, tuple(flat), name)


def _row(line: str) -> Row:
    tag, *elements = line.split("+")
    return Row(tag, tuple(tuple(_component(part) for part in element.split(":")) for element in elements))


def _component(text: str) -> Component:
    found = _SLOT.fullmatch(text)
    if found is None:
        return Literal(text.removeprefix("="), key=text.startswith("="))
    name, element, form, most, parts, codes, required = found.groups()
    listed = tuple(codes.split(",")) if codes else ()
    return Slot(name, element, form, int(most or 0), int(parts or 1), listed, bool(required))
