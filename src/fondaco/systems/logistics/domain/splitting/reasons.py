"""The reasons beside a plan: what else there was, and what was left out by which rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fondaco.systems.logistics.domain.why import CODES, Why

if TYPE_CHECKING:
    from fondaco.systems.logistics.domain.splitting.solve import Table

_FEW = 5


def alternatives_of(table: Table) -> tuple[Mapping[str, Any], ...]:
    """The next best ways to send everything by one service, cheapest first."""
    ranked = sorted(table.wholes, key=lambda column: column.objective)[:_FEW]
    return tuple(
        {
            "warehouse": column.source.code,
            "service": column.service,
            "total_minor": column.cost.total,
            "days_max": column.days,
        }
        for column in ranked
    )


def refusals_of(table: Table) -> tuple[Mapping[str, Any], ...]:
    """Why the whole order did not go by one service, and which partings the law or the stock rules out."""
    return (*_services_against(table), *_stock_against(table), *_law_against(table))


def _services_against(table: Table) -> list[Mapping[str, Any]]:
    """How many services of each source refuse the whole order, by reason."""
    found: list[Mapping[str, Any]] = []
    for code, (here, matrix) in table.matrices.items():
        if table.default not in here or not len(matrix.service_codes):
            continue
        row = matrix.why[here.index(table.default)]
        counts = Counter(CODES[Why(why)] for why in row[np.flatnonzero(row)].tolist())
        if counts:
            found.append({"code": "services-refuse-whole", "warehouse": code, "services": dict(counts)})
    return found


def _stock_against(table: Table) -> list[Mapping[str, Any]]:
    """Lines that a source cannot send, or not wholly."""
    found: list[Mapping[str, Any]] = []
    for source in table.request.sources:
        short: dict[str, int] = {}
        for atom in table.atoms:
            if source.code not in atom.at:
                short[atom.item.sku] = short.get(atom.item.sku, 0) + atom.item.quantity
        if short:
            found.append({"code": "not-in-stock", "warehouse": source.code, "units": short})
    return found


def _law_against(table: Table) -> list[Mapping[str, Any]]:
    """Reliefs that parting would seem to reach and does not, since the law counts one order together."""
    found: list[Mapping[str, Any]] = []
    for code, terms in table.request.landed.items():
        if terms.aggregates_same_order and terms.beyond and 0 < terms.limit_minor < table.order_minor:
            found.append(
                {
                    "code": "one-order-counts-together",
                    "warehouse": code,
                    "rule": terms.code,
                    "source": terms.source,
                    "limit_minor": terms.limit_minor,
                    "order_minor": table.order_minor,
                }
            )
    return found
