"""The 21 sections of the Harmonized System and the chapters in each.

Source: WCO Harmonized System 2022, as in the dataset `harmonized-system` (ODC-PDDL 1.0), see data/SOURCES.md.
`labels` has the names.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its roman number, its first and its last chapter."""

    number: str
    first: int
    last: int


SECTIONS: tuple[Section, ...] = (
    Section("I", 1, 5),
    Section("II", 6, 14),
    Section("III", 15, 15),
    Section("IV", 16, 24),
    Section("V", 25, 27),
    Section("VI", 28, 38),
    Section("VII", 39, 40),
    Section("VIII", 41, 43),
    Section("IX", 44, 46),
    Section("X", 47, 49),
    Section("XI", 50, 63),
    Section("XII", 64, 67),
    Section("XIII", 68, 70),
    Section("XIV", 71, 71),
    Section("XV", 72, 83),
    Section("XVI", 84, 85),
    Section("XVII", 86, 89),
    Section("XVIII", 90, 92),
    Section("XIX", 93, 93),
    Section("XX", 94, 96),
    Section("XXI", 97, 97),
)

_STARTS = [section.first for section in SECTIONS]


def section_of(hs_code: str) -> str:
    """The section of a code of two or more digits; empty for what is in none (77, 98, 99, no code)."""
    chapter = int(hs_code[:2]) if hs_code[:2].isdigit() and len(hs_code) >= 2 else 0
    if not 1 <= chapter <= 97 or chapter == 77:
        return ""
    return SECTIONS[bisect_right(_STARTS, chapter) - 1].number
