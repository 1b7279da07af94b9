"""A screening case with the orders that wait for it. Reads only."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO
from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Scope
from fondaco.systems.risk import public as risk
from fondaco.systems.risk.public import CaseDetail

MOST_ORDERS = 20


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """A case in full; `orders` are the first of `order_count` that rest on it."""

    found: CaseDetail
    orders: tuple[OrderDTO, ...]
    order_count: int


def case_sheet(scope: Scope, case_id: UUID) -> CaseSheet:
    """The sheet of a case that `scope` may see, else NotFound: a constant number of queries."""
    found = risk.case_detail(scope, case_id)
    return CaseSheet(found, tuple(_orders(found.order_ids[:MOST_ORDERS])), len(found.order_ids))


def _orders(order_ids: tuple[UUID, ...]) -> list[OrderDTO]:
    """The orders, none where one of them is kept elsewhere: the case is to be seen all the same."""
    with suppress(NotFound):
        return orders.orders_by_ids(order_ids) if order_ids else []
    return []
