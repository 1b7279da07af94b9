"""Import an order book: the catalogue and the buyers that it names, then its orders and returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import ProductRow
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import BookProduct, BuyerRow, ColumnMapping, ImportReport, ImportWatch
from fondaco.flows.made_up import ensure_buyers
from fondaco.kernel.errors import Forbidden
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties


def import_orders(
    source: Path | BinaryIO,
    *,
    seller_id: UUID,
    mapping: ColumnMapping,
    book: str,
    actor: str,
    now: datetime,
    on_progress: Callable[[int, int], None] | None = None,
    file_name: str = "",
    watch: ImportWatch | None = None,
) -> ImportReport:
    """Import a seller's file; again, it changes nothing. `book` keeps the buyers of two books apart.

    The file knows buyers by number only: each becomes a made-up party, marked as one.
    Raises what `orders.import_orders` raises, before anything is stored.
    """

    def products(rows: Sequence[BookProduct]) -> Mapping[str, UUID]:
        kept = catalog.upsert_products(seller_id, [product_row(row) for row in rows], actor=actor, now=now)
        return kept.ids

    def buyers(rows: Sequence[BuyerRow]) -> Mapping[str, UUID]:
        return ensure_buyers(rows, book=book)

    return orders.import_orders(
        source, seller_id=seller_id, mapping=mapping, actor=actor, now=now, products=products,
        buyers=buyers, on_progress=on_progress, file_name=file_name, watch=watch,
    )  # fmt: skip


def import_for(
    scope: Scope, source: BinaryIO, *, mapping: ColumnMapping, file_name: str, now: datetime
) -> dict[str, Any]:
    """Import a file for the asking seller; the report as plain data. Forbidden for anybody but a seller's clerk."""
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    if scope.kind != Kind.SELLER:
        raise Forbidden(
            "Only a seller has an order book to import into.", field="organisation", value=scope.kind
        )
    seller = parties.organisations([scope.organisation_id])[scope.organisation_id]
    report = import_orders(
        source, seller_id=seller.id, mapping=mapping, book=seller.slug, actor=scope.actor or str(scope.user_id),
        now=now, file_name=file_name,
    )  # fmt: skip
    return {**asdict(report), "rejects_path": None}


def product_row(row: BookProduct) -> ProductRow:
    """An article of a book as the catalogue takes it."""
    price = None if row.unit_minor is None else Money(row.unit_minor, row.currency)
    return ProductRow(sku=row.sku, title=row.title, unit_price=price, stated=row.stated)


# The made-up book ends on this day whenever it is made, so that making it again gives the same orders.
GENERATED_UNTIL = datetime(2026, 11, 20, tzinfo=UTC)


def import_generated(count: int, *, seller_id: UUID, now: datetime, seed: int = 7, returns: int = 40) -> int:
    """Store a made-up book of `count` orders, marked synthetic; again, it changes nothing. How many there are.

    Of a thousand orders so many `returns` come back with a credit note.
    """
    book = orders.generate_book(count, now=GENERATED_UNTIL, seed=seed, returns_per_thousand=returns)
    for chunk in book:
        kept = catalog.upsert_products(
            seller_id, [product_row(row) for row in chunk.products], actor="demo", now=now
        )
        buyers = ensure_buyers(chunk.buyers, book=f"generated-{seed}")
        orders.store_orders(
            chunk, seller_id=seller_id, product_ids=kept.ids, buyer_ids=buyers, actor="demo", now=now
        )
    return count
