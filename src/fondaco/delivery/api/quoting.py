"""A quote as JSON, in the shape of `QuoteResult`, written from its columns.

The general way through a schema checks two thousand refusals one by one; this writes them as they are.
"""

from __future__ import annotations

import json
from typing import Any

from fondaco.systems.logistics.public import Offer, QuoteTable


def quote_json(table: QuoteTable) -> bytes:
    """Every offer, cheapest first, and every refusal with its numbers."""
    return json.dumps(
        {
            "reference": table.request.reference,
            "offers": [_offer(one) for one in table.offers(slice(None))],
            "offer_count": len(table.order),
            "refused_counts": table.counts,
            "book_version": table.store.version,
            "refused": [
                {"service_code": one.service_code, "code": one.code, "numbers": one.numbers}
                for one in table.refusals().all()
            ],
        },
        separators=(",", ":"),
    ).encode()


def _offer(one: Offer) -> dict[str, Any]:
    return {
        "service_id": str(one.service_id), "service_code": one.service_code, "provider_code": one.provider_code,
        "provider": one.provider, "name": one.name, "kind": one.kind,
        "price": {"minor": one.price.minor, "currency": one.price.currency}, "breakdown": one.breakdown,
        "transit_days_min": one.transit_days_min, "transit_days_max": one.transit_days_max, "incoterm": one.incoterm,
        "features": one.features, "tracked": one.tracked, "billable_g": one.billable_g, "zone": one.zone,
        "basis": one.basis, "notes": one.notes,
    }  # fmt: skip
