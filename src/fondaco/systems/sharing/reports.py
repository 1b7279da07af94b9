"""Reports as PDF: a title, facts, tables. What is printed is given; nothing is looked up or computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fondaco.systems.sharing.adapters.typesetter import typeset
from fondaco.systems.sharing.domain.sheet import clean

_LONGEST = 400


@dataclass(frozen=True, slots=True)
class ReportPart:
    """A headed text, a table, or both; `numbers` are the columns set flush right."""

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    numbers: frozenset[int] = frozenset()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What is to be printed; `language` is a BCP 47 tag, for hyphenation and fonts."""

    title: str
    number: str
    author: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[ReportPart, ...]
    foot: str = ""
    language: str = "en"


def render_report(report: Report, *, dated: date) -> bytes:
    """The PDF of `report`; equal content gives equal bytes."""
    sheet = {
        "title": clean(report.title, 120),
        "number": clean(report.number, 120),
        "author": clean(report.author, 120),
        "foot": clean(report.foot, 200),
        "language": report.language.split("-")[0],
        "facts": [{"name": clean(n, 80), "value": clean(v, _LONGEST)} for n, v in report.facts],
        "parts": [_part(part) for part in report.parts],
    }
    return typeset("report", sheet, dated=dated)


def _part(part: ReportPart) -> dict[str, object]:
    return {
        "title": clean(part.title, 120),
        "text": clean(part.text, 4_000),
        "columns": [
            {"name": clean(n, 60), "number": at in part.numbers} for at, n in enumerate(part.columns)
        ],
        "rows": _rows(part.rows),
    }


def _rows(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[clean(cell, _LONGEST) for cell in row] for row in rows]
