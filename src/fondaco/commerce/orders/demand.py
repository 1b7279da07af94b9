"""What was asked for, week by week: the history that stock is planned by."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True)
class ArticleDemand:
    """Pieces of one article sold per week, oldest first, and its average price in minor units."""

    sku: str
    title: str
    weekly: tuple[int, ...]
    price_minor: int

    @property
    def pieces(self) -> int:
        """Pieces sold in all weeks."""
        return sum(self.weekly)


_WEEKLY = """
SELECT l.sku, max(l.title), floor(extract(epoch FROM %(until)s - o.ordered_at) / 604800)::int AS ago,
       sum(l.quantity)::bigint, avg(l.unit_minor)::bigint
FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
WHERE o.seller_id = %(seller)s AND l.kind = 'goods' AND l.quantity > 0 AND o.state <> 'cancelled'
  AND o.ordered_at > %(until)s - make_interval(weeks => %(weeks)s) AND o.ordered_at <= %(until)s
GROUP BY l.sku, ago
"""


def weekly_demand(*, seller_id: UUID, until: datetime, weeks: int = 104) -> list[ArticleDemand]:
    """A seller's demand by article over the weeks before `until`, most sold first; one query.

    All articles' weeks begin with the first week in which the seller sold anything.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WEEKLY, {"seller": seller_id, "until": until, "weeks": weeks})
        rows = cursor.fetchall()
    span = max((ago for _, _, ago, _, _ in rows), default=-1) + 1
    pieces: dict[str, list[int]] = defaultdict(lambda: [0] * span)
    facts: dict[str, tuple[str, int]] = {}
    for sku, title, ago, count, price in rows:
        pieces[sku][span - 1 - ago] += count
        facts[sku] = (title, price)
    found = [
        ArticleDemand(sku, facts[sku][0], tuple(weekly), facts[sku][1]) for sku, weekly in pieces.items()
    ]
    return sorted(found, key=lambda article: (-article.pieces, article.sku))
