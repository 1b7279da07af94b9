"""The door of the catalogue."""

from fondaco.commerce.catalog.domain.errors import (
    BadCatalogFilter,
    BadFact,
    BadProduct,
    ProductNotFound,
)
from fondaco.commerce.catalog.dto import (
    EnrichResult,
    Fact,
    ProductDTO,
    ProductFacts,
    ProductPage,
    ProductRow,
    UpsertResult,
)
from fondaco.commerce.catalog.models import FactField, FactStatus
from fondaco.commerce.catalog.selectors import facts_for, list_products, product_detail, product_ids_of
from fondaco.commerce.catalog.services import confirm_fact, enrich, upsert_products

__all__ = [
    "BadCatalogFilter", "BadFact", "BadProduct", "EnrichResult", "Fact", "FactField", "FactStatus",
    "ProductDTO", "ProductFacts", "ProductNotFound", "ProductPage", "ProductRow", "UpsertResult",
    "confirm_fact", "enrich", "facts_for", "list_products", "product_detail", "product_ids_of",
    "upsert_products",
]  # fmt: skip
