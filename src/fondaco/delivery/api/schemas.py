"""Shapes that several routers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Generic, Protocol, TypeVar
from uuid import UUID

from ninja import Schema
from pydantic import Field

from fondaco.kernel.errors import Refused

_T = TypeVar("_T")

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
Size = Annotated[int, Field(ge=1, le=200, description="Rows on a page")]


class BadCursor(Refused):
    code = "bad-cursor"
    title = "This is not a cursor of this list."
    remedy = "Send next_cursor of the page before as it came, with the same filters."


class Page(Schema, Generic[_T]):
    """A page of a list; `next_cursor` is empty on the last one."""

    items: list[_T]
    next_cursor: str = ""


class Identified(Protocol):
    @property
    def id(self) -> UUID: ...


_I = TypeVar("_I", bound=Identified)


def page_of(rows: Sequence[_I], size: int) -> dict[str, Any]:
    """A page of `size` rows out of `rows`, which hold one more where the list goes on; its cursor is the last id."""
    items = list(rows[:size])
    return {"items": items, "next_cursor": str(items[-1].id) if len(rows) > size else ""}
