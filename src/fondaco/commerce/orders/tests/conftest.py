"""What the tests of this room share: a seller, buyers made on demand, small files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from django.apps import apps

from fondaco.commerce.orders.domain.book import BookProduct, BuyerRow
from fondaco.commerce.orders.domain.mapping import ColumnMapping
from fondaco.kernel.tenancy import Kind, Role, Scope

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HEADINGS = ["Order", "SKU", "Title", "Qty", "Date", "Price", "Buyer", "Country"]
MAPPING = ColumnMapping(
    name="plain",
    columns={
        "order": "Order", "sku": "SKU", "title": "Title", "quantity": "Qty", "ordered_at": "Date",
        "unit_price": "Price", "buyer": "Buyer", "country": "Country",
    },
    currency="GBP",
    special_skus={"POST": "carriage", "DISC": "discount", "MAN": "manual", "FEE": "fee"},
    credit_prefix="C",
)  # fmt: skip
NAMESPACE = UUID("018f0000-0000-7000-8000-000000000000")


def row(**changes: str) -> list[str]:
    """A good row, with some cells changed."""
    good = {
        "Order": "A1", "SKU": "MUG", "Title": "Red mug", "Qty": "2", "Date": "2026-11-01 10:00", "Price": "2.50",
        "Buyer": "B1", "Country": "DE",
    }  # fmt: skip
    return list({**good, **changes}.values())


def csv_bytes(rows: Sequence[Sequence[str]], *, headings: Sequence[str] = HEADINGS) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([headings, *rows])
    return out.getvalue().encode()


def product_ids(products: Sequence[BookProduct]) -> Mapping[str, UUID]:
    return {p.sku: uuid5(NAMESPACE, p.sku) for p in products}


def organisation(kind: str, slug: str, country: str = "GB") -> Any:
    model = apps.get_model("parties.Organisation")
    return model.objects.get_or_create(slug=slug, defaults={"kind": kind, "name": slug, "country": country})[
        0
    ]


@pytest.fixture
def seller(db: Any) -> Any:
    return organisation("seller", "seller-one")


@pytest.fixture
def scope(seller: Any) -> Scope:
    return Scope(organisation_id=seller.pk, kind=Kind.SELLER, role=Role.OWNER, actor="seller")


@pytest.fixture
def buyers() -> Callable[[Sequence[BuyerRow]], Mapping[str, UUID]]:
    def make(rows: Sequence[BuyerRow]) -> Mapping[str, UUID]:
        return {
            b.reference: organisation("buyer", f"buyer-{b.reference}".lower(), b.country).pk for b in rows
        }

    return make


@pytest.fixture
def run(seller: Any, buyers: Any, tmp_path: Path) -> Callable[..., Any]:
    """Import rows (or bytes) for the seller."""
    from fondaco.commerce.orders.importing import import_orders

    def go(rows: Sequence[Sequence[str]] | bytes, **changes: Any) -> Any:
        data = rows if isinstance(rows, bytes) else csv_bytes(rows)
        arguments = {
            "seller_id": seller.pk, "mapping": MAPPING, "actor": "tester", "now": NOW, "products": product_ids,
            "buyers": buyers, "rejects_folder": tmp_path / "rejects", "file_name": "orders.csv", **changes,
        }  # fmt: skip
        return import_orders(io.BytesIO(data), **arguments)

    return go
