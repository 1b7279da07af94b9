"""The door of the catalogue."""

from fondaco.commerce.catalog.classifying import ClassifyReport, classify_file, classify_listings
from fondaco.commerce.catalog.domain.enrich import Candidate, Guess
from fondaco.commerce.catalog.domain.errors import (
    BadCatalogFilter,
    BadFact,
    BadListing,
    BadProduct,
    NoNomenclature,
    ProductNotFound,
)
from fondaco.commerce.catalog.domain.listing import Listing, listing_of
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
    "BadCatalogFilter", "BadFact", "BadListing", "BadProduct", "Candidate", "ClassifyReport", "EnrichResult",
    "Fact", "FactField", "FactStatus", "Guess", "Listing", "NoNomenclature", "ProductDTO", "ProductFacts",
    "ProductNotFound", "ProductPage", "ProductRow", "UpsertResult", "classify_file", "classify_listings",
    "confirm_fact", "enrich", "facts_for", "list_products", "listing_of", "product_detail", "product_ids_of",
    "upsert_products",
]  # fmt: skip
