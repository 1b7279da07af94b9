"""Rate cards, quotes and price books."""

from __future__ import annotations

from fondaco.systems.logistics.adapters.bookfile import BookUnreadable
from fondaco.systems.logistics.domain.bookdiff import PRICE_FIELDS, BookDiff, CellChange
from fondaco.systems.logistics.domain.bookrows import COLUMNS as BOOK_COLUMNS
from fondaco.systems.logistics.domain.cargo import CargoClass, Feature, UnknownCargoClass, UnknownFeature
from fondaco.systems.logistics.domain.choosing import Policy, choose
from fondaco.systems.logistics.domain.demo import generate_demo_book
from fondaco.systems.logistics.domain.dto import Offer, ParcelSpec, QuoteRequest, QuoteResult, Refusal
from fondaco.systems.logistics.domain.kernel import warm as warm_quoting
from fondaco.systems.logistics.domain.matrix import Candidate, MatrixQuestion, PriceMatrix
from fondaco.systems.logistics.domain.quoting import BadRequest, QuoteTable
from fondaco.systems.logistics.domain.why import Why
from fondaco.systems.logistics.models import ServiceKind
from fondaco.systems.logistics.selectors.books import (
    PriceBookDetail,
    PriceBookView,
    RateRowView,
    ServiceView,
    diff_price_books,
    list_price_books,
    price_book_detail,
    service_rates,
)
from fondaco.systems.logistics.selectors.network import destinations_served, providers
from fondaco.systems.logistics.selectors.quotes import (
    explain_quote,
    offer_in,
    offer_of,
    quote_columns,
    quote_many,
    refusal_in,
)
from fondaco.systems.logistics.selectors.store import NoPrices, same_prices
from fondaco.systems.logistics.services.books import (
    BookNotCurrent,
    EffectiveOverlap,
    StoredBook,
    ensure_demo_book,
    withdraw_book,
)
from fondaco.systems.logistics.services.restoring import NothingToRestore, restore_book, rollback_book

__all__ = [
    "BOOK_COLUMNS",
    "PRICE_FIELDS",
    "BadRequest",
    "BookDiff",
    "BookNotCurrent",
    "BookUnreadable",
    "Candidate",
    "CargoClass",
    "CellChange",
    "EffectiveOverlap",
    "Feature",
    "MatrixQuestion",
    "NoPrices",
    "NothingToRestore",
    "Offer",
    "ParcelSpec",
    "Policy",
    "PriceBookDetail",
    "PriceBookView",
    "PriceMatrix",
    "QuoteRequest",
    "QuoteResult",
    "QuoteTable",
    "RateRowView",
    "Refusal",
    "ServiceKind",
    "ServiceView",
    "StoredBook",
    "UnknownCargoClass",
    "UnknownFeature",
    "Why",
    "choose",
    "destinations_served",
    "diff_price_books",
    "ensure_demo_book",
    "explain_quote",
    "generate_demo_book",
    "list_price_books",
    "offer_in",
    "offer_of",
    "price_book_detail",
    "providers",
    "quote_columns",
    "quote_many",
    "refusal_in",
    "restore_book",
    "rollback_book",
    "same_prices",
    "service_rates",
    "warm_quoting",
    "withdraw_book",
]
