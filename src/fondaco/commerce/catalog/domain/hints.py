"""Keyword rules: what the words of a title usually stand for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fondaco.commerce.catalog.domain.titles import singular


@dataclass(frozen=True, slots=True)
class Hint:
    """One row of the hints table; see data/catalog/README.md."""

    number: int
    text: str
    groups: tuple[frozenset[str], ...]
    without: frozenset[str]
    hs6: str
    mass_g: int
    size_mm: tuple[int, int, int]
    per_unit: bool
    confidence: float
    cargo_classes: tuple[str, ...]
    kind: str

    def matched(self, words: Sequence[str], known: frozenset[str]) -> tuple[str, ...] | None:
        """The words of a title that meet every group, or None."""
        if not self.without.isdisjoint(known) or any(group.isdisjoint(known) for group in self.groups):
            return None
        wanted = frozenset[str]().union(*self.groups)
        return tuple(dict.fromkeys(word for word in words if word in wanted))


class Hints:
    """The hints in order; the first that fits a title wins."""

    def __init__(self, hints: Iterable[Hint]) -> None:
        self.hints = list(hints)
        self._starting: dict[str, list[int]] = defaultdict(list)
        for position, hint in enumerate(self.hints):
            for word in hint.groups[0]:
                self._starting[word].append(position)

    def find(self, words: Sequence[str]) -> tuple[Hint, tuple[str, ...]] | None:
        """The first hint whose words all occur among `words`, and the words it was found by."""
        known = frozenset(words)
        for position in sorted({p for word in known for p in self._starting.get(word, ())}):
            hint = self.hints[position]
            if found := hint.matched(words, known):
                return hint, found
        return None


def hint_of(number: int, row: Mapping[str, str]) -> Hint:
    """A hint out of a row of the table; KeyError or ValueError where the row is malformed."""
    parts = row["words"].split()
    groups = tuple(frozenset(singular(w) for w in part.split("|")) for part in parts if part[0] != "!")
    return Hint(
        number=number,
        text=row["words"],
        groups=groups,
        without=frozenset(singular(part[1:]) for part in parts if part[0] == "!"),
        hs6=row["hs6"],
        mass_g=int(row["mass_g"]),
        size_mm=(int(row["length_mm"]), int(row["width_mm"]), int(row["height_mm"])),
        per_unit=row["counted"] == "unit",
        confidence=float(row["confidence"]),
        cargo_classes=tuple(filter(None, row["cargo_class"].split(","))),
        kind=row["kind"],
    )
