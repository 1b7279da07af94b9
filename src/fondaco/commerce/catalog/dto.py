"""What the catalogue takes and hands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.kernel.money import Money


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product as a seller's file tells it; `stated` are facts (fields of FactField) that it gives."""

    sku: str
    title: str
    unit_price: Money | None = None
    stated: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UpsertResult:
    """What an upsert did; `ids` has every SKU that was given."""

    created: int
    updated: int
    unchanged: int
    ids: Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class EnrichResult:
    """What an enrichment did: facts proposed, HS codes among them, products left without an HS code."""

    products: int
    proposed: int
    hs_proposed: int
    abstained: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a product; `confidence` is None for what a person or the seller's file said."""

    field: str
    value: str
    status: str
    confidence: float | None
    evidence: Mapping[str, Any]
    actor: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What the flow needs of a product. `estimated` names the fields that nobody has confirmed."""

    product_id: UUID
    sku: str
    title: str
    hs_code: str | None
    hs_status: str
    origin: str | None
    mass_g: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    cargo_classes: tuple[str, ...]
    estimated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductDTO:
    """A product with its facts, for a page."""

    id: UUID
    seller_id: UUID
    sku: str
    title: str
    unit_price: Money | None
    updated_at: datetime
    facts: tuple[Fact, ...] = ()
    seller_name: str = ""

    def fact(self, name: str) -> Fact | None:
        """The fact of field `name`, if there is one."""
        return next((fact for fact in self.facts if fact.field == name), None)


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A page of products; `next_cursor` is empty on the last one. `total` counts up to 10,000."""

    products: tuple[ProductDTO, ...]
    next_cursor: str
    total: int
