"""Quotes against the price books in force."""

from __future__ import annotations

from collections.abc import Sequence

from fondaco.systems.logistics.domain import kernel
from fondaco.systems.logistics.domain.dto import Offer, QuoteRequest, QuoteResult, Refusal
from fondaco.systems.logistics.domain.quoting import QuoteTable, quote, quote_table
from fondaco.systems.logistics.selectors.store import rate_store

# Loading the compiled kernel costs as much as some hundreds of quotes in numpy.
_WORTH_WARMING = 500


def quote_many(
    requests: Sequence[QuoteRequest], *, currency: str = "GBP", limit: int = 10
) -> list[QuoteResult]:
    """Price every service for each request, in the order asked; amounts in the books' `currency`.

    NoPrices where no book in `currency` is published; BadRequest for parcels without mass or size.
    """
    if len(requests) >= _WORTH_WARMING:
        kernel.warm()
    store = rate_store(currency)
    return [quote(store, request, limit=limit) for request in requests]


def explain_quote(request: QuoteRequest, *, currency: str = "GBP", limit: int = 200) -> QuoteResult:
    """A quote with up to `limit` offers and every refused service with the numbers against it."""
    return quote(rate_store(currency), request, limit=limit, explain=True)


def quote_columns(request: QuoteRequest, *, currency: str = "GBP") -> QuoteTable:
    """The whole answer as columns, for who wants a part of it: all offers, one reason's refusals."""
    return quote_table(rate_store(currency), request)


def offer_of(request: QuoteRequest, service_code: str, *, currency: str = "GBP") -> Offer | None:
    """What one service offers for `request`; None where it refuses (see `explain_quote` for why)."""
    return offer_in(quote_columns(request, currency=currency), service_code)


def offer_in(table: QuoteTable, service_code: str) -> Offer | None:
    """The offer of one service in a quote already made."""
    for place, lane in enumerate(table.order.tolist()):
        if table.code_of(lane) == service_code:
            return table.offers(slice(place, place + 1))[0]
    return None


def refusal_in(table: QuoteTable, service_code: str) -> Refusal | None:
    """Why one service refuses in a quote already made; None where it offers or is not known."""
    if service_code not in table.store.codes:
        return None
    return table.refusals().one(table.store.codes.index(service_code))
