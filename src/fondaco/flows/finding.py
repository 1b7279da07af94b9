"""Search over the rooms for the command palette. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderFilter
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import DeclarationFilter
from fondaco.systems.logistics import public as logistics

FEW = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: its sort (order, consignment, declaration, product), name and a further word."""

    sort: str
    id: UUID
    title: str
    note: str


def find_anything(scope: Scope, *, words: str) -> list[Hit]:
    """Orders, consignments, declarations and products of `scope` that the words begin or name."""
    if len(words) < 2:
        return []
    found = [
        Hit("order", row.id, row.number, row.buyer_name)
        for row in orders.list_orders(scope, filters=OrderFilter(search=words), size=FEW).orders
    ]
    found += [
        Hit("consignment", row.id, row.number, " ".join(row.tracking_numbers[:1]))
        for row in logistics.list_consignments(scope, search=words, size=FEW).rows
    ]
    found += [
        Hit("declaration", row.id, row.lrn, row.mrn or row.reference)
        for row in window.list_declarations(scope, filters=DeclarationFilter(search=words), size=FEW).rows
    ]
    if scope.kind in (Kind.SELLER, Kind.PLATFORM):
        found += [
            Hit("product", row.id, row.sku, row.title)
            for row in catalog.list_products(scope, search=words, size=FEW).products
        ]
    return found
