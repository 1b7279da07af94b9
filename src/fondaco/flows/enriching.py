"""Propose what a seller's articles weigh, measure and are called in the tariff: one way for every caller."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import EnrichResult
from fondaco.commerce.orders.public import ONLINE_RETAIL


def enrich_goods(seller_id: UUID, *, now: datetime, actor: str = "enrich") -> EnrichResult:
    """Propose facts for the articles of a seller that are new, renamed, or known to older knowledge only.

    Where a title names no country of origin, the one counts that the seller states for its book (the
    mapping of the demonstration's order file). Every caller states the same: another one would be other
    knowledge, and all would be proposed anew.
    """
    return catalog.enrich(seller_id, now=now, actor=actor, default_origin=ONLINE_RETAIL.default_origin)
