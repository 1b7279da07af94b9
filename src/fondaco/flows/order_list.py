"""The order list: a page of orders, how many stand in each state, and the saved views. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderFilter, OrderPage, ViewDTO
from fondaco.kernel.tenancy import Scope

EXPORT_PAGE = 200


@dataclass(frozen=True, slots=True)
class OrderList:
    """What the list shows; `destinations` are (country, orders), most first."""

    page: OrderPage
    counts: Mapping[str, int]
    views: tuple[ViewDTO, ...]
    destinations: tuple[tuple[str, int], ...]


def order_list(scope: Scope, *, filters: OrderFilter, cursor: str, size: int) -> OrderList:
    """The list that `scope` may see: the same number of queries for 1 row and for 50."""
    return OrderList(
        page=orders.list_orders(scope, filters=filters, cursor=cursor, size=size),
        counts=orders.count_by_state(scope=scope),
        views=tuple(orders.saved_views(scope)),
        destinations=tuple((code, number) for code, number, _ in orders.destinations_of(scope)),
    )


def exported_orders(scope: Scope, *, filters: OrderFilter, chosen: Sequence[UUID] = ()) -> Iterator[OrderDTO]:
    """The orders for an export: those chosen, where any are, else all that the filter matches."""
    return iter(orders.chosen_orders(scope, chosen)) if chosen else every_order(scope, filters=filters)


def every_order(scope: Scope, *, filters: OrderFilter) -> Iterator[OrderDTO]:
    """All orders that match, page by page: for an export."""
    cursor = ""
    while True:
        page = orders.list_orders(scope, filters=filters, cursor=cursor, size=EXPORT_PAGE)
        yield from page.orders
        cursor = page.next_cursor
        if not cursor:
            return
