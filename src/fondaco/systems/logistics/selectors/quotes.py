"""Quotes against the price books in force."""

from __future__ import annotations

from collections.abc import Sequence

from fondaco.systems.logistics.domain.dto import QuoteRequest, QuoteResult
from fondaco.systems.logistics.domain.quoting import quote
from fondaco.systems.logistics.selectors.store import rate_store


def quote_many(
    requests: Sequence[QuoteRequest], *, currency: str = "GBP", limit: int = 10
) -> list[QuoteResult]:
    """Price every service for each request, in the order asked; amounts in the books' `currency`.

    NoPrices where no book in `currency` is published; BadRequest for parcels without mass or size.
    """
    store = rate_store(currency)
    return [quote(store, request, limit=limit) for request in requests]


def explain_quote(request: QuoteRequest, *, currency: str = "GBP", limit: int = 200) -> QuoteResult:
    """A quote with up to `limit` offers and every refused service with the numbers against it."""
    return quote(rate_store(currency), request, limit=limit, explain=True)
