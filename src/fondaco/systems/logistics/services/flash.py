"""Flash sales: the queue before the counter, one buyer's limit, purchases that hold stock and lapse.

The stock row decides (docs/adr/0011); everything here keeps the crowd away from it for as long as possible: a
signed ticket says whose turn it is without a look at the database, the sold-out are told by one read, and the row
is locked last.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import connection, transaction

from fondaco.kernel.bulk import array_literal, text_literal
from fondaco.kernel.errors import Conflict, NotFound
from fondaco.kernel.idempotency import IdempotencyKeyReused
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import exponent
from fondaco.systems.logistics.domain.stock.allotting import sum_pieces
from fondaco.systems.logistics.domain.stock.dto import Held, OutOfStock, require_pieces
from fondaco.systems.logistics.domain.stock.flash import (
    WINDOW_MINUTES,
    BadTicket,
    Bought,
    LimitReached,
    Sale,
    SaleTerms,
    Ticket,
    too_early,
)
from fondaco.systems.logistics.models import (
    PURCHASES,
    FlashOffer,
    FlashQueue,
    FlashSale,
    PurchaseState,
    StockBalance,
    Store,
)
from fondaco.systems.logistics.services.reservations import hold_within, release_orders

_SALT = "fondaco.flash"


def make_sale(terms: SaleTerms, *, now: datetime) -> Sale:
    """Set a sale up. BadSaleTerms; NotFound for a store that is not the seller's; OutOfStock for more units than are free."""
    terms.checked()
    exponent(terms.currency)
    if not Store.objects.house().filter(pk=terms.store_id, seller_id=terms.seller_id).exists():
        raise NotFound(field="store", value=str(terms.store_id))
    _require_units(terms)
    with transaction.atomic():
        sale = FlashSale.objects.create(
            seller_id=terms.seller_id, store_id=terms.store_id, name=terms.name, currency=terms.currency,
            opens_at=terms.opens_at, closes_at=terms.closes_at, admit_per_s=terms.admit_per_s,
            limit_per_buyer=terms.limit_per_buyer, pay_minutes=terms.pay_minutes, is_demo=terms.is_demo,
            created_at=now,
        )  # fmt: skip
        FlashOffer.objects.bulk_create(
            FlashOffer(
                sale=sale,
                sku=o.sku,
                title=o.title,
                product_id=o.product_id,
                price_minor=o.price_minor,
                units=o.units,
            )
            for o in terms.offers
        )
        FlashQueue.objects.create(sale=sale, next_at=terms.opens_at)
    return Sale(sale.pk, terms)


def _require_units(terms: SaleTerms) -> None:
    """What is promised to a crowd has to be there."""
    promised = [(o.sku, o.units) for o in terms.offers if o.units is not None]
    rows = StockBalance.objects.house().filter(store_id=terms.store_id, sku__in=[sku for sku, _ in promised])
    free = {row.sku: row.on_hand - row.reserved for row in rows} if promised else {}
    for sku, units in promised:
        if free.get(sku, 0) < units:
            raise OutOfStock(
                "The store has not so many pieces free.", field="units", value=sku, free=free.get(sku, 0)
            )


_JOIN = """
WITH known AS (SELECT 1 FROM logistics_flashplace WHERE sale_id = %(sale)s AND buyer_id = %(buyer)s),
     turn AS (
  UPDATE logistics_flashqueue SET joined = joined + 1, next_at = greatest(next_at, %(now)s) + %(step)s
  WHERE sale_id = %(sale)s AND NOT EXISTS (SELECT 1 FROM known)
  RETURNING joined, next_at - %(step)s AS admitted_at)
INSERT INTO logistics_flashplace (sale_id, buyer_id, place, admitted_at, joined_at)
SELECT %(sale)s, %(buyer)s, joined, admitted_at, %(now)s FROM turn
ON CONFLICT (sale_id, buyer_id) DO NOTHING
RETURNING place, admitted_at
"""


def join_queue(sale: Sale, buyer_id: UUID, *, now: datetime) -> Ticket:
    """The buyer's place in the queue; coming again gives the same one. SaleOver.

    Turns are given out in the order of coming, `admit_per_s` of them a second from the opening on; a turn
    missed is not given to anybody else, and the ticket buys for ten minutes from it.
    """
    sale.require_not_over(now)
    step = timedelta(seconds=1 / sale.terms.admit_per_s)
    facts: dict[str, Any] = {"sale": sale.id, "buyer": buyer_id, "now": now, "step": step}
    with connection.cursor() as cursor:
        cursor.execute(_JOIN, facts)
        row = cursor.fetchone()
    if row:
        return _ticket(sale, buyer_id, place=row[0], admitted_at=max(row[1], sale.terms.opens_at), now=now)
    known = place_in_queue(sale, buyer_id, now=now)
    if known is None:
        raise Conflict("The queue is crowded.", field="sale", value=str(sale.id))
    return known


def place_in_queue(sale: Sale, buyer_id: UUID, *, now: datetime) -> Ticket | None:
    """The ticket of who has joined before; None of who has not. One read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT place, admitted_at FROM logistics_flashplace WHERE sale_id = %s AND buyer_id = %s",
            [sale.id, buyer_id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return _ticket(sale, buyer_id, place=row[0], admitted_at=max(row[1], sale.terms.opens_at), now=now)


def _ticket(sale: Sale, buyer_id: UUID, *, place: int, admitted_at: datetime, now: datetime) -> Ticket:
    until = max(admitted_at, now) + timedelta(minutes=WINDOW_MINUTES)
    facts = [str(sale.id), str(buyer_id), admitted_at.timestamp(), until.timestamp()]
    return Ticket(sale.id, place, admitted_at, until, signing.dumps(facts, salt=_SALT))


def check_ticket(token: str, sale: Sale, buyer_id: UUID, *, now: datetime) -> None:
    """Whether `token` is the buyer's for this sale and its turn has come; BadTicket, TooEarly, SaleOver."""
    try:
        sale_id, holder, admitted, until = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as exc:
        raise BadTicket(field="ticket") from exc
    if (sale_id, holder) != (str(sale.id), str(buyer_id)) or now.timestamp() > until:
        raise BadTicket(field="ticket")
    sale.require_open(now)
    if now.timestamp() < admitted:
        raise too_early(datetime.fromtimestamp(admitted, tz=now.tzinfo), now=now)


_LOOK = """
SELECT p.order_id, p.body_hash, p.pieces, p.total_minor, p.expires_at, p.state,
       (SELECT r.number FROM logistics_reservation r WHERE r.order_id = p.order_id LIMIT 1)
FROM logistics_flashpurchase p WHERE p.sale_id = %s AND p.buyer_id = %s AND p.key = %s
"""
_SHORT = """
SELECT w.sku FROM unnest(%s::text[], %s::bigint[]) AS w(sku, pieces)
LEFT JOIN logistics_stockbalance b ON b.store_id = %s AND b.sku = w.sku
LEFT JOIN logistics_flashoffer o ON o.sale_id = %s AND o.sku = w.sku
WHERE least(coalesce(b.on_hand - b.reserved, 0), o.units - o.sold) < w.pieces ORDER BY w.sku LIMIT 1
"""


def find_purchase(sale: Sale, buyer_id: UUID, key: str, *, digest: bytes) -> Bought | None:
    """The purchase that this key has made, if any; IdempotencyKeyReused where it asked for something else."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, [sale.id, buyer_id, key])
        row = cursor.fetchone()
    if row is None:
        return None
    order_id, known, pieces, total, expires_at, state, number = row
    if bytes(known) != digest:
        raise IdempotencyKeyReused(field="Idempotency-Key", value=key)
    pieces = json.loads(pieces) if isinstance(pieces, str) else pieces
    return Bought(order_id, number or "", pieces, total, sale.terms.currency, expires_at, state)


def sum_cart(pieces: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """A cart's pieces summed by SKU, in the order in which rows are locked; BadQuantity."""
    for sku, count in pieces:
        require_pieces(count, field=sku)
    return sum_pieces(pieces)


def require_in_stock(sale: Sale, pieces: Sequence[tuple[str, int]]) -> None:
    """OutOfStock for who comes too late: one read, no lock, no row written."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SHORT,
            [
                text_literal([s for s, _ in pieces]),
                array_literal([n for _, n in pieces]),
                sale.terms.store_id,
                sale.id,
            ],
        )
        if short := cursor.fetchone():
            raise OutOfStock(field="sku", value=short[0])


_CLAIM = """
INSERT INTO logistics_flashpurchase
  (order_id, sale_id, buyer_id, key, body_hash, pieces, total_minor, state, bought_at, expires_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, 'held', %s, %s)
ON CONFLICT (sale_id, buyer_id, key) DO NOTHING
"""
_COUNT = """
INSERT INTO logistics_flashtally AS t (sale_id, buyer_id, sku, pieces, most)
SELECT %s, %s, w.sku, w.pieces, %s FROM unnest(%s::text[], %s::int[]) AS w(sku, pieces)
WHERE w.pieces <= %s
ON CONFLICT (sale_id, buyer_id, sku) DO UPDATE SET pieces = t.pieces + EXCLUDED.pieces
WHERE t.pieces + EXCLUDED.pieces <= t.most
RETURNING sku
"""


def claim_purchase(
    sale: Sale, buyer_id: UUID, pieces: Sequence[tuple[str, int]], *, key: str, digest: bytes, now: datetime
) -> Bought | None:
    """Claim the key and the buyer's limit, inside the caller's transaction; None where the key is taken by now.

    LimitReached names the SKU. Who asks with the same key at the same moment waits here for the first one.
    """
    total = sum(sale.offer(sku).price_minor * n for sku, n in pieces)
    pay_by = now + timedelta(minutes=sale.terms.pay_minutes)
    bought = Bought(new_id(), "", dict(pieces), total, sale.terms.currency, pay_by, PurchaseState.HELD.value)
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            [bought.order_id, sale.id, buyer_id, key, digest, json.dumps(bought.pieces), total, now, pay_by],
        )
        if cursor.rowcount != 1:
            return None
    _count(sale, buyer_id, pieces)
    return bought


def _count(sale: Sale, buyer_id: UUID, pieces: Sequence[tuple[str, int]]) -> None:
    """Count the pieces against the buyer's limit, rows locked in code-point order of SKU."""
    most = sale.terms.limit_per_buyer
    names, numbers = text_literal([s for s, _ in pieces]), array_literal([n for _, n in pieces])
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [sale.id, buyer_id, most, names, numbers, most])
        counted = {row[0] for row in cursor.fetchall()}
    for sku, _ in pieces:
        if sku not in counted:
            raise LimitReached(field="sku", value=sku, limit=most)


def hold_purchase(sale: Sale, bought: Bought, *, number: str, actor: str, now: datetime) -> None:
    """Hold the purchase's pieces, last in the caller's transaction; OutOfStock."""
    _take_units(sale, bought)
    held = [
        Held(bought.order_id, number, sale.terms.seller_id, sale.terms.store_id, sku, n)
        for sku, n in bought.pieces.items()
    ]
    hold_within(held, now=now, actor=actor)


def _take_units(sale: Sale, bought: Bought) -> None:
    """Count the pieces against the sale's own units, where it has them; in the order in which stock is locked."""
    for sku, count in bought.pieces.items():
        if sale.offer(sku).units is None:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE logistics_flashoffer SET sold = sold + %s WHERE sale_id = %s AND sku = %s"
                " AND sold + %s <= units",
                [count, sale.id, sku, count],
            )
            if cursor.rowcount != 1:
                raise OutOfStock(field="sku", value=sku)


def due_purchases(*, now: datetime, limit: int = 500) -> list[UUID]:
    """Orders of purchases whose time to pay is over, locked until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT order_id FROM logistics_flashpurchase WHERE state = 'held' AND expires_at <= %s"
            " ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED",
            [now, limit],
        )
        return [row[0] for row in cursor.fetchall()]


_END = """
UPDATE logistics_flashpurchase SET state = %s, ended_at = %s WHERE order_id = ANY(%s::uuid[]) AND state = 'held'
RETURNING sale_id, buyer_id, pieces
"""


def keep_purchases(order_ids: Sequence[UUID], *, now: datetime) -> int:
    """Purchases that were paid for are kept; how many."""
    return len(_end(order_ids, event="keep", now=now))


def lapse_purchases(order_ids: Sequence[UUID], *, actor: str, now: datetime) -> int:
    """Give back the pieces, and the buyers' limits, of purchases that were not paid for; how many."""
    with transaction.atomic():
        ended = _end(order_ids, event="lapse", now=now)
        _uncount(ended)
        release_orders(order_ids, now=now, actor=actor)
    return len(ended)


def _end(
    order_ids: Sequence[UUID], *, event: str, now: datetime
) -> list[tuple[UUID, UUID, Mapping[str, int]]]:
    with connection.cursor() as cursor:
        state = PURCHASES.after(PurchaseState.HELD, event)
        cursor.execute(_END, [state, now, array_literal(order_ids)])
        return [(s, b, json.loads(p) if isinstance(p, str) else p) for s, b, p in cursor.fetchall()]


def _uncount(ended: Sequence[tuple[UUID, UUID, Mapping[str, int]]]) -> None:
    rows = sorted(
        (str(sale), str(buyer), sku, n) for sale, buyer, pieces in ended for sku, n in pieces.items()
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE logistics_flashtally SET pieces = pieces - %s WHERE sale_id = %s AND buyer_id = %s"
            " AND sku = %s",
            [(n, sale, buyer, sku) for sale, buyer, sku, n in rows],
        )
        back: Counter[tuple[str, str]] = Counter()
        for sale, _, sku, n in rows:
            back[sale, sku] += n
        cursor.executemany(
            "UPDATE logistics_flashoffer SET sold = sold - %s WHERE sale_id = %s AND sku = %s"
            " AND units IS NOT NULL",
            [(n, sale, sku) for (sale, sku), n in sorted(back.items())],
        )
