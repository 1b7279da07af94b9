"""A screening case with the orders that wait for it. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO
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
    some = orders.orders_by_ids(found.order_ids[:MOST_ORDERS]) if found.order_ids else []
    return CaseSheet(found, tuple(some), len(found.order_ids))
