"""The list of returns with the numbers of the orders they belong to. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import ReturnDTO
from fondaco.kernel.tenancy import Scope

EXPORT_PAGE = 200


@dataclass(frozen=True, slots=True)
class ReturnList:
    """A page of returns, each with its order's number; `next_cursor` is None on the last one."""

    rows: tuple[tuple[ReturnDTO, str], ...]
    next_cursor: UUID | None


def return_list(scope: Scope, *, state: str, after: UUID | None, size: int) -> ReturnList:
    """A page of the returns that `scope` may see, newest first: the same number of queries for 1 row and for 50."""
    found = orders.list_returns(scope, states=(state,) if state else (), after=after, size=size + 1)
    shown = found[:size]
    numbers = orders.numbers_of([note.order_id for note in shown if note.order_id])
    rows = tuple((note, numbers.get(note.order_id, "") if note.order_id else "") for note in shown)
    return ReturnList(rows, shown[-1].id if len(found) > size else None)


def every_return(scope: Scope, *, state: str) -> Iterator[tuple[ReturnDTO, str]]:
    """All returns that match, each with its order's number: for an export."""
    after: UUID | None = None
    while True:
        page = return_list(scope, state=state, after=after, size=EXPORT_PAGE)
        yield from page.rows
        after = page.next_cursor
        if after is None:
            return
