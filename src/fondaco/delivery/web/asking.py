"""Reading what a page was asked for: days, numbers and ids that may be anything; nonsense counts as not given."""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from uuid import UUID

from django.http import QueryDict


def day_asked(asked: QueryDict, name: str) -> date | None:
    """The day given as YYYY-MM-DD, or None."""
    try:
        return date.fromisoformat(asked.get(name, ""))
    except ValueError:
        return None


def id_asked(asked: QueryDict, name: str) -> UUID | None:
    """The id given, or None."""
    try:
        return UUID(asked.get(name, ""))
    except ValueError:
        return None


def ids_asked(asked: QueryDict, name: str = "id", *, most: int = 200) -> list[UUID]:
    """The ids given under one name, each once, at most `most`; what is no id counts as not given."""
    found: dict[UUID, None] = {}
    for text in asked.getlist(name)[: most * 2]:
        try:
            found[UUID(text)] = None
        except ValueError:
            continue
    return list(found)[:most]


def offset_asked(asked: QueryDict, name: str = "from") -> int:
    """Where a page of a list begins, counted from nought; at most a million."""
    return min(number_asked(asked, name), 1_000_000)


def one_of(asked: QueryDict, name: str, known: Container[str]) -> str:
    """The word given, if it is among `known`, else an empty text."""
    word = asked.get(name, "")
    return word if word in known else ""


def number_asked(asked: QueryDict, name: str, *, default: int = 0) -> int:
    """The whole number given, or `default`; never more than the database can hold."""
    text = asked.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else default


def word_asked(asked: QueryDict, name: str, *, most: int = 80) -> str:
    """The text given, without surrounding space and at most `most` characters; no NUL, which SQL refuses."""
    return asked.get(name, "").replace("\0", "").strip()[:most]
