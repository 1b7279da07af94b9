"""Shapes that several routers share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Annotated, Any, Generic, TypeVar

from ninja import Schema
from pydantic import Field

from fondaco.kernel.errors import Refused

_T = TypeVar("_T")

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
ReturnUrl = Annotated[
    str,
    Field(max_length=400, pattern=r"^https?://[!-~]+$", description="Where a provider's page leads back to"),
]
Size = Annotated[int, Field(ge=1, le=200, description="Rows on a page")]


class BadCursor(Refused):
    code = "bad-cursor"
    title = "This is not a cursor of this list."
    remedy = "Send next_cursor of the page before as it came, with the same filters."


class Page(Schema, Generic[_T]):
    """A page of a list; `next_cursor` is empty on the last one."""

    items: list[_T]
    next_cursor: str = ""


Key = Annotated[str, Field(max_length=120, description="next_cursor of the page before")]


def page_of(
    rows: Sequence[_T], size: int, *, key: Callable[[_T], object] = attrgetter("id")
) -> dict[str, Any]:
    """A page of `size` rows out of `rows`, which hold one more where the list goes on; its cursor is the last key."""
    items = list(rows[:size])
    return {"items": items, "next_cursor": str(key(items[-1])) if len(rows) > size else ""}


def page_past(rows: Sequence[_T], cursor: str, size: int, *, key: Callable[[_T], object]) -> dict[str, Any]:
    """The page of a list that is computed whole, past the row whose key is `cursor`. BadCursor where there is none."""
    keys = [str(key(row)) for row in rows] if cursor else []
    if cursor and cursor not in keys:
        raise BadCursor(field="cursor", value=cursor)
    return page_of(rows[keys.index(cursor) + 1 :] if cursor else rows, size, key=key)
