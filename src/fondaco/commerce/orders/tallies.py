"""House work: tallies of an order book, for summaries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

from fondaco.commerce.orders.states import OrderState, ReturnState

_REACHED = """
SELECT key, count(*) FROM orders_order, jsonb_object_keys(reached) AS key WHERE seller_id = %s GROUP BY key
"""
_RETURNS = "SELECT state, count(*) FROM orders_return WHERE seller_id = %s GROUP BY state"
_REASONS = """
SELECT COALESCE(facts->'why'->>'code', 'unstated'), count(*) FROM orders_order
WHERE seller_id = %s AND state = %s GROUP BY 1 ORDER BY 2 DESC, 1
"""
_SUMS = """
SELECT currency, sum(goods_minor)::bigint, sum(carriage_minor)::bigint, sum(duty_minor)::bigint,
       sum(tax_minor)::bigint, sum(fees_minor)::bigint
FROM orders_order WHERE seller_id = %s AND duty_minor IS NOT NULL GROUP BY currency ORDER BY currency
"""
_BUSIEST = """
SELECT buyer_id FROM orders_order WHERE seller_id = %s AND state = 'settled' AND destination = %s
GROUP BY buyer_id ORDER BY count(*) DESC, buyer_id LIMIT 1
"""


def count_reached(*, seller_id: UUID) -> dict[str, int]:
    """How many of a seller's orders have ever been in each state."""
    return {**dict.fromkeys(OrderState.values, 0), **dict(_rows(_REACHED, seller_id))}


def count_returns(*, seller_id: UUID) -> dict[str, int]:
    """How many of a seller's returns stand where, as `returns_<state>`."""
    counts = {**dict.fromkeys(ReturnState.values, 0), **dict(_rows(_RETURNS, seller_id))}
    return {f"returns_{state}": number for state, number in counts.items()}


def reasons_of(state: str, *, seller_id: UUID) -> dict[str, int]:
    """Why a seller's orders stand in `state`: the code of each order's `why`, and how many."""
    return dict(_rows(_REASONS, seller_id, state))


def sums_by_currency(*, seller_id: UUID) -> dict[str, dict[str, int]]:
    """Sums of a seller's priced orders in minor units, by currency."""
    names = ("goods", "carriage", "duty", "tax", "fees")
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in _rows(_SUMS, seller_id)}


def busiest_buyer(seller_id: UUID, *, destination: str) -> UUID | None:
    """The buyer in `destination` with the most settled orders of a seller."""
    rows = _rows(_BUSIEST, seller_id, destination)
    return rows[0][0] if rows else None


def _rows(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
