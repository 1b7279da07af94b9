"""The tax pages: returns with the names of their authorities, one return with the numbers of its orders. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.parties import public as parties
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import ReturnState, TaxItemDTO, TaxReturnDTO


def return_list(
    scope: Scope, *, state: str
) -> tuple[list[TaxReturnDTO], Mapping[UUID, str], tuple[Money, ...]]:
    """The returns that `scope` may see, the authorities' names, and what is not paid yet by currency."""
    rows = finance.list_returns(scope, state=state)
    owed: dict[str, Money] = {}
    for row in rows:
        due = row.came_back if row.state == ReturnState.PAID else row.total
        if due:
            owed[due.currency] = owed.get(due.currency, Money.zero(due.currency)) + due
    return rows, _names({row.authority_id for row in rows}), tuple(owed[code] for code in sorted(owed))


def return_sheet(
    scope: Scope, return_id: UUID
) -> tuple[TaxReturnDTO, list[TaxItemDTO], Mapping[UUID, str], str]:
    """One return, its orders, their numbers, the authority's name. ReturnNotFound."""
    row, items = finance.return_of(scope, return_id)
    numbers = orders.numbers_of([item.order_id for item in items])
    return row, items, numbers, _names({row.authority_id}).get(row.authority_id, "")


def _names(ids: set[UUID]) -> dict[UUID, str]:
    return {key: who.name for key, who in parties.organisations(ids).items()}
