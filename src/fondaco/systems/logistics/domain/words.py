"""Words of a price book's cells, each read with its own faults."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Protocol

from fondaco.kernel.countries import is_country
from fondaco.kernel.errors import RowError

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_BAND = re.compile(r"([\d.]+)\s*<\s*w\s*(?:<=|≤)\s*([\d.]+)", re.IGNORECASE)
_MOST_G = 2_000_000_000


class RowLike(Protocol):
    """A row of a file: its number, and its words by column ("" where there is none)."""

    @property
    def number(self) -> int: ...

    def __getitem__(self, column: str) -> str: ...


class Fault(Exception):
    """What is wrong with one word."""

    def __init__(self, column: str, value: str, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.column, self.value, self.code, self.message, self.remedy = column, value, code, message, remedy

    def at(self, row: int) -> RowError:
        """This fault in a row."""
        return RowError(row, self.column, self.value[:80], self.code, self.message, self.remedy)


def text_of(row: RowLike, column: str, longest: int) -> str:
    """A cell's words, at most `longest`; no formula and no control character."""
    word = row[column]
    if word[:1] in ("=", "+", "@") or "\\" in word or (word and not word.isprintable()):
        raise Fault(
            column, word, "formula", "Formulas and control characters are not read.", "Paste as values."
        )
    if len(word) > longest:
        raise Fault(column, word, "too-long", f"Longer than {longest} characters.", "Shorten it.")
    return word


def slug_of(row: RowLike, column: str) -> str:
    """A code: small letters, digits and hyphens."""
    word = row[column].lower()
    if not _SLUG.fullmatch(word):
        raise Fault(column, row[column], "bad-code", "No code.", "Use small letters, digits and hyphens.")
    return word


def one_of(row: RowLike, column: str, words: tuple[str, ...], *, default: str = "") -> str:
    """The one of `words` that the cell names, in any case; `default` where it is empty."""
    word = row[column] or default
    for known in words:
        if word.lower() == known.lower():
            return str(known)
    raise Fault(
        column, word, "unknown-word", f"{column} is none of its words.", "Use: " + ", ".join(words) + "."
    )


def several_of(row: RowLike, column: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The `words` that the cell lists, divided by | or comma; each once."""
    found = [w.strip().lower().replace("_", "-") for w in re.split(r"[|,;]", row[column]) if w.strip()]
    for word in found:
        if word not in words:
            raise Fault(
                column, word, "unknown-word", f"{column} has no such word.", "Use: " + ", ".join(words) + "."
            )
    return tuple(dict.fromkeys(found))


def country_of(row: RowLike, column: str) -> str:
    """A two-letter country code."""
    word = row[column].upper()
    if not is_country(word):
        raise Fault(column, word, "unknown-country", "This is no country.", "Use its two-letter ISO code.")
    return word


def decimal_of(row: RowLike, column: str) -> Decimal:
    """A number, zero or more."""
    word = row[column]
    try:
        value = Decimal(word)
    except InvalidOperation:
        raise Fault(column, word, "not-a-number", "This is no number.", "Write digits and a point.") from None
    if not value.is_finite() or value < 0:
        raise Fault(column, word, "negative", "It must be zero or more.", "Check the sign.")
    return value


def whole_of(row: RowLike, column: str) -> int:
    """A whole number; 0 where the cell is empty."""
    if not row[column]:
        return 0
    value = decimal_of(row, column)
    if value != int(value) or value > _MOST_G:
        raise Fault(column, row[column], "not-whole", "It must be a whole number.", "Round it.")
    return int(value)


def grams_of(row: RowLike, column: str) -> int:
    """A mass in kg as whole grams; 0 where the cell is empty."""
    if not row[column]:
        return 0
    grams = decimal_of(row, column) * 1000
    if grams != int(grams) or grams > _MOST_G:
        raise Fault(
            column, row[column], "not-grams", "Masses are kept in whole grams.", "Give kg to three decimals."
        )
    return int(grams)


def band_of(row: RowLike) -> tuple[int, int]:
    """Grams from and to, from `weight` ("0<W<=0.5", in kg) or `weight_from_kg` and `weight_to_kg`."""
    if row["weight"]:
        found = _BAND.fullmatch(row["weight"].replace(" ", ""))
        if not found:
            raise Fault("weight", row["weight"], "bad-band", "No weight band.", "Write 0<W<=0.5, in kg.")
        parts = {"weight_from_kg": found[1], "weight_to_kg": found[2]}
    else:
        parts = {name: row[name] for name in ("weight_from_kg", "weight_to_kg")}
    words = _Words(row.number, parts)
    low, high = grams_of(words, "weight_from_kg"), grams_of(words, "weight_to_kg")
    if low >= high:
        raise Fault(
            "weight_to_kg", parts["weight_to_kg"], "bad-band", "The band is empty.", "To must exceed from."
        )
    return low, high


@dataclass(frozen=True, slots=True)
class _Words:
    number: int
    words: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.words.get(column, "")


def days_of(row: RowLike) -> tuple[int, int]:
    """The least and the most days, from "3-5" or "3"."""
    found = re.fullmatch(r"(\d{1,3})(?:\s*[-–]\s*(\d{1,3}))?", row["transit_days"])
    low, high = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if low > high:
        said = "No transit time."
        raise Fault("transit_days", row["transit_days"], "bad-days", said, "Write 3-5, the fewer days first.")
    return low, high


def sides_of(row: RowLike) -> tuple[int, int, int]:
    """Three sides in mm from "1200x800x800"; zeros where the cell is empty."""
    if not row["max_sides_mm"]:
        return 0, 0, 0
    found = re.fullmatch(r"(\d{1,5})\s*[x×*]\s*(\d{1,5})\s*[x×*]\s*(\d{1,5})", row["max_sides_mm"].lower())
    if not found:
        said = "No three sides."
        raise Fault("max_sides_mm", row["max_sides_mm"], "bad-sides", said, "Write 1200x800x800.")
    return int(found[1]), int(found[2]), int(found[3])


def date_of(row: RowLike, column: str) -> date:
    """An ISO date."""
    try:
        return date.fromisoformat(row[column][:10])
    except ValueError:
        raise Fault(column, row[column], "bad-date", "This is no date.", "Write 2026-12-31.") from None
