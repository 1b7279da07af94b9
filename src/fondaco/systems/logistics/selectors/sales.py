"""Reading flash sales: which there are, what is left of their pieces, how one is going, what a buyer has bought."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count, Min, Q, QuerySet

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.paging import newest_after
from fondaco.kernel.tenancy import Scope
from fondaco.systems.logistics.domain.stock.flash import Bought, Sale, SaleOffer, SaleTerms, phase_of
from fondaco.systems.logistics.models import FlashPlace, FlashPurchase, FlashQueue, FlashSale, StockBalance

MOST_SALES = 100
MOST_MINUTES = 120  # of the rate that a monitor draws


_KEPT: dict[UUID, tuple[float, Sale]] = {}
_KEEP_S = 5.0  # terms never change; a sale that was made just now is found at once


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A sale in a list; `lowest` is the price of its cheapest article."""

    id: UUID
    seller_id: UUID
    name: str
    opens_at: datetime
    closes_at: datetime
    articles: int
    lowest: Money
    phase: str
    is_demo: bool


@dataclass(frozen=True, slots=True)
class OfferWatch:
    """One article of a running sale. `held` waits for payment, `kept` is paid, `lapsed` went back; `free` is left."""

    sku: str
    title: str
    price: Money
    units: int | None
    held: int
    kept: int
    lapsed: int
    free: int

    @property
    def sold(self) -> int:
        """Pieces in orders that stand."""
        return self.held + self.kept


@dataclass(frozen=True, slots=True)
class SaleWatch:
    """How a sale is going: the queue, the pieces, the purchases by minute, and what should always be nought."""

    sale: Sale
    joined: int
    waiting: int
    offers: tuple[OfferWatch, ...]
    purchases: int
    minutes: tuple[int, ...]
    value: Money
    oversold: int
    at: datetime

    @property
    def sold(self) -> int:
        """Pieces in orders that stand."""
        return sum(offer.sold for offer in self.offers)


def find_sale(sale_id: UUID) -> Sale:
    """A sale by its id; kept in the process for some seconds, as its terms never change. NotFound."""
    kept = _KEPT.get(sale_id)
    if kept and time.monotonic() - kept[0] < _KEEP_S:
        return kept[1]
    row = FlashSale.objects.house().filter(pk=sale_id).first()
    if row is None:
        raise NotFound(field="sale", value=str(sale_id))
    sale = Sale(row.pk, _terms(row))
    if len(_KEPT) > 1_000:
        _KEPT.clear()
    _KEPT[sale_id] = time.monotonic(), sale
    return sale


def _terms(row: FlashSale) -> SaleTerms:
    offers = tuple(
        SaleOffer(o.sku, o.title, o.product_id, o.price_minor, o.units) for o in row.offers.order_by("sku")
    )
    return SaleTerms(
        row.seller_id, row.store_id, row.name, row.currency, row.opens_at, row.closes_at, offers,
        row.admit_per_s, row.limit_per_buyer, row.pay_minutes, row.is_demo,
    )  # fmt: skip


def list_sales(
    scope: Scope, *, now: datetime, after: UUID | None = None, size: int = MOST_SALES
) -> tuple[SaleRow, ...]:
    """The scope's sales, the latest first, past sale `after` where one is named; one query."""
    return _rows(newest_after(FlashSale.objects.of(scope), after, moment="opens_at"), now, size=size)


def open_sales(*, now: datetime) -> tuple[SaleRow, ...]:
    """For everybody: the sales that are open or will open within thirty days, the soonest first; one query."""
    wanted = Q(closes_at__gt=now, opens_at__lt=now + timedelta(days=30))
    return _rows(FlashSale.objects.house().filter(wanted).order_by("opens_at", "id"), now)


def _rows(found: QuerySet[FlashSale], now: datetime, *, size: int = MOST_SALES) -> tuple[SaleRow, ...]:
    with_offers = found.annotate(articles=Count("offers"), lowest=Min("offers__price_minor"))[:size]
    return tuple(
        SaleRow(
            row.pk, row.seller_id, row.name, row.opens_at, row.closes_at, row.articles,
            Money(row.lowest, row.currency),
            phase_of(row.opens_at, row.closes_at, now=now), row.is_demo,
        )
        for row in with_offers
    )  # fmt: skip


_FREE = """
SELECT o.sku, greatest(least(coalesce(b.on_hand - b.reserved, 0), o.units - o.sold), 0)
FROM logistics_flashoffer o
LEFT JOIN logistics_stockbalance b ON b.store_id = %s AND b.sku = o.sku
WHERE o.sale_id = %s
"""


def pieces_left(sale: Sale) -> dict[str, int]:
    """How many pieces of each article can still be bought in the sale; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_FREE, [sale.terms.store_id, sale.id])
        return {sku: int(free) for sku, free in cursor.fetchall()}


def bought_in(sale: Sale, buyer_id: UUID) -> tuple[Bought, ...]:
    """A buyer's purchases in a sale, the latest first, without the numbers of their orders."""
    rows = FlashPurchase.objects.house().filter(sale_id=sale.id, buyer_id=buyer_id).order_by("-bought_at")
    return tuple(
        Bought(row.order_id, "", row.pieces, row.total_minor, sale.terms.currency, row.expires_at, row.state)
        for row in rows
    )


_BY_STATE = """
SELECT e.key, p.state, sum(e.value::bigint)
FROM logistics_flashpurchase p, jsonb_each_text(p.pieces) e WHERE p.sale_id = %s GROUP BY 1, 2
"""
_BY_MINUTE = """
SELECT floor(extract(epoch FROM bought_at - %s) / 60)::int, count(*) FROM logistics_flashpurchase
WHERE sale_id = %s GROUP BY 1
"""


def watch_sale(scope: Scope, sale_id: UUID, *, now: datetime) -> SaleWatch:
    """How a sale of the scope's is going; NotFound. The same number of queries whatever its size."""
    if not FlashSale.objects.of(scope).filter(pk=sale_id).exists():
        raise NotFound(field="sale", value=str(sale_id))
    sale = find_sale(sale_id)
    places = FlashPlace.objects.of(scope).filter(sale_id=sale_id)
    joined = FlashQueue.objects.of(scope).get(sale_id=sale_id).joined
    pieces, minutes = _pieces(sale_id), _minutes(sale, now)
    offers = _offers(sale, pieces)
    stands = FlashPurchase.objects.of(scope).filter(sale_id=sale_id).exclude(state="lapsed")
    value = sum(offer.price.minor * offer.sold for offer in offers)
    return SaleWatch(
        sale, joined, places.filter(admitted_at__gt=now).count(), offers, stands.count(), minutes,
        Money(value, sale.terms.currency), _oversold(sale, offers), now,
    )  # fmt: skip


def _pieces(sale_id: UUID) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_BY_STATE, [sale_id])
        for sku, state, pieces in cursor.fetchall():
            found[sku][state] = int(pieces)
    return found


def _minutes(sale: Sale, now: datetime) -> tuple[int, ...]:
    """Purchases in each minute from the opening until now or the end; at most MOST_MINUTES of them, the last."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_MINUTE, [sale.terms.opens_at, sale.id])
        counted = dict(cursor.fetchall())
    last = int((min(now, sale.terms.closes_at) - sale.terms.opens_at).total_seconds() // 60)
    return tuple(counted.get(n, 0) for n in range(max(0, last - MOST_MINUTES + 1), max(last, -1) + 1))


def _offers(sale: Sale, pieces: Mapping[str, Mapping[str, int]]) -> tuple[OfferWatch, ...]:
    free = pieces_left(sale)
    found = []
    for o in sale.terms.offers:
        held, kept, lapsed = (pieces.get(o.sku, {}).get(state, 0) for state in ("held", "kept", "lapsed"))
        price = Money(o.price_minor, sale.terms.currency)
        found.append(OfferWatch(o.sku, o.title, price, o.units, held, kept, lapsed, free.get(o.sku, 0)))
    return tuple(found)


def _oversold(sale: Sale, offers: tuple[OfferWatch, ...]) -> int:
    """Pieces sold that are not there: beyond the sale's units, or promised beyond what the store has."""
    rows = StockBalance.objects.house().filter(
        store_id=sale.terms.store_id, sku__in=[o.sku for o in sale.terms.offers]
    )
    promised = sum(max(0, row.reserved - row.on_hand) for row in rows)
    return promised + sum(max(0, o.sold - o.units) for o in offers if o.units is not None)
