"""Books into tables: set-based, by COPY, safe to repeat after any interruption."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fondaco.commerce.orders.domain.book import BookOrder, BookReturn, ParsedBook
from fondaco.commerce.orders.domain.cells import Memo
from fondaco.commerce.orders.domain.errors import OrderInProgress, UnknownBuyer
from fondaco.commerce.orders.dto import StoreResult
from fondaco.commerce.orders.models import Order, OrderLine, Return
from fondaco.commerce.orders.states import LineKind, OrderState, ReturnState
from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import RowError
from fondaco.kernel.ids import new_id

_ORDER_COLUMNS = (
    "id", "number", "seller_id", "buyer_id", "batch_id", "source_ref", "content_hash", "ordered_at",
    "original_ordered_at", "destination", "ship_to", "currency", "goods_minor", "carriage_minor",
    "discount_minor", "other_minor", "line_count", "units", "synthetic", "state", "state_at", "reached", "facts",
)  # fmt: skip
_LINE_COLUMNS = ("id", "order_id", "line_no", "kind", "product_id", "sku", "title", "quantity", "unit_minor")
_RETURN_COLUMNS = (
    "id", "number", "seller_id", "buyer_id", "batch_id", "source_ref", "content_hash", "returned_at",
    "original_returned_at", "origin", "currency", "value_minor", "synthetic", "state", "state_at", "facts",
)  # fmt: skip
_RETURN_LINE_COLUMNS = (
    "id", "return_note_id", "line_no", "kind", "product_id", "sku", "title", "quantity", "unit_minor",
)  # fmt: skip
_TRAVELS = (LineKind.GOODS.value, LineKind.SAMPLE.value)


class _Store:
    """One book being stored for one seller, inside one transaction."""

    def __init__(
        self, *, seller_id: UUID, product_ids: Mapping[str, UUID], buyer_ids: Mapping[str, UUID],
        batch_id: UUID | None, synthetic: bool, actor: str, now: datetime,
    ) -> None:  # fmt: skip
        self.seller_id, self.product_ids, self.buyer_ids = seller_id, product_ids, buyer_ids
        self.batch_id, self.synthetic, self.actor, self.now = batch_id, synthetic, actor, now

    def store(self, book: ParsedBook) -> StoreResult:
        self._check_buyers(book)
        known = self._known(Order, [o.source_ref for o in book.orders])
        fresh = [o for o in book.orders if o.source_ref not in known]
        changed = [
            o for o in book.orders if known.get(o.source_ref, ("", "", o.content_hash))[2] != o.content_hash
        ]
        replaceable = [o for o in changed if known[o.source_ref][1] == OrderState.PLACED]
        stuck = [o for o in changed if known[o.source_ref][1] != OrderState.PLACED]
        notes = self._known(Return, [r.source_ref for r in book.returns])
        altered = [
            r for r in book.returns if notes.get(r.source_ref, ("", "", r.content_hash))[2] != r.content_hash
        ]
        created = self._create_orders(fresh)
        replaced = self._replace_orders(replaceable, known)
        returns = self._create_returns([r for r in book.returns if r.source_ref not in notes])
        return StoreResult(
            orders_created=len(created), orders_updated=len(replaced),
            orders_unchanged=len(book.orders) - len(created) - len(changed),
            returns_created=len(returns), returns_unchanged=len(book.returns) - len(returns) - len(altered),
            lines=sum(len(o.lines) for o in (*fresh, *replaceable)),
            conflicts=_conflicts([*stuck, *altered]),
            order_ids=(*created, *replaced), return_ids=tuple(returns),
        )  # fmt: skip

    def _check_buyers(self, book: ParsedBook) -> None:
        named = {order.buyer for order in book.orders} | {note.buyer for note in book.returns}
        if unknown := named - self.buyer_ids.keys():
            raise UnknownBuyer(field="buyer", value=min(unknown))

    def _known(self, model: Any, refs: Sequence[str]) -> dict[str, tuple[UUID, str, str]]:
        rows = model.objects.house().filter(seller_id=self.seller_id, source_ref__in=refs)
        return {
            ref: (key, state, content)
            for key, ref, state, content in rows.values_list("id", "source_ref", "state", "content_hash")
        }

    def _create_orders(self, orders: Sequence[BookOrder]) -> list[UUID]:
        if not orders:
            return []
        ids = [new_id() for _ in orders]
        self.place(ids, orders)
        return ids

    def place(self, ids: Sequence[UUID], orders: Sequence[BookOrder]) -> list[str]:
        """Write new orders under `ids`; their numbers."""
        numbers = _numbers("orders_order_number", "FO", len(orders))
        _copy("orders_order", _ORDER_COLUMNS, map(self._order_row, ids, numbers, orders))
        self._copy_lines(ids, orders)
        self._tell("orders.placed", "order", ids, [o.source_ref for o in orders])
        return numbers

    def _replace_orders(
        self, orders: Sequence[BookOrder], known: Mapping[str, tuple[UUID, str, str]]
    ) -> list[UUID]:
        """Write the new content of orders nothing has been done with yet."""
        if not orders:
            return []
        ids = [known[o.source_ref][0] for o in orders]
        found = Order.objects.house().in_bulk(ids)
        for key, order in zip(ids, orders, strict=True):
            row = found[key]
            values = self._order_row(key, row.number, order)
            for name, value in zip(_ORDER_COLUMNS, values, strict=True):
                if name in _REPLACED:
                    setattr(row, name, value)
            row.ship_to = dict(order.ship_to)
        Order.objects.house().bulk_update(found.values(), [*_REPLACED, "ship_to"], batch_size=500)
        OrderLine.objects.house().filter(order_id__in=ids).delete()
        self._copy_lines(ids, orders)
        self._tell("orders.replaced", "order", ids, [o.source_ref for o in orders])
        return ids

    def _create_returns(self, fresh: Sequence[BookReturn]) -> list[UUID]:
        if not fresh:
            return []
        numbers = _numbers("orders_return_number", "FR", len(fresh))
        ids = [new_id() for _ in fresh]
        _copy("orders_return", _RETURN_COLUMNS, map(self._return_row, ids, numbers, fresh))
        _copy_text("orders_returnline", _RETURN_LINE_COLUMNS, self._line_texts(ids, fresh))
        self._tell("returns.opened", "return", ids, [r.source_ref for r in fresh])
        return ids

    def _copy_lines(self, ids: Sequence[UUID], orders: Sequence[BookOrder]) -> None:
        _copy_text("orders_orderline", _LINE_COLUMNS, self._line_texts(ids, orders))

    def _order_row(self, key: UUID, number: str, o: BookOrder) -> tuple[Any, ...]:
        units = sum(line.quantity for line in o.lines if line.kind in _TRAVELS)
        return (
            key, number, self.seller_id, self.buyer_ids[o.buyer], self.batch_id, o.source_ref, o.content_hash,
            o.ordered_at, o.original_ordered_at, o.destination, json.dumps(dict(o.ship_to)), o.currency,
            o.goods_minor, o.carriage_minor, o.discount_minor, o.other_minor, len(o.lines), units,
            self.synthetic, OrderState.PLACED.value, self.now,
            json.dumps({OrderState.PLACED.value: self.now.isoformat()}), "{}",
        )  # fmt: skip

    def _return_row(self, key: UUID, number: str, r: BookReturn) -> tuple[Any, ...]:
        return (
            key, number, self.seller_id, self.buyer_ids[r.buyer], self.batch_id, r.source_ref, r.content_hash,
            r.returned_at, r.original_returned_at, r.origin, r.currency, r.value_minor, self.synthetic,
            ReturnState.OPEN.value, self.now, "{}",
        )  # fmt: skip

    def _line_texts(self, ids: Sequence[UUID], items: Sequence[BookOrder | BookReturn]) -> Iterator[str]:
        """The lines of each order as COPY's text; a line's id is its order's plus the line number."""
        product_of = {sku: str(key) for sku, key in self.product_ids.items()}
        escape = Memo(_escaped)
        for key, item in zip(ids, items, strict=True):
            first = key.int
            yield "".join(
                f"{first + n:032x}\t{key}\t{n}\t{kind}\t{product_of.get(sku, _NULL)}\t{escape[sku]}"
                f"\t{escape[title]}\t{quantity}\t{unit}\n"
                for n, (kind, sku, title, quantity, unit) in enumerate(item.lines, start=1)
            )

    def _tell(self, action: str, subject: str, ids: Sequence[UUID], refs: Sequence[str]) -> None:
        audit.record(
            [
                audit.Deed(action, subject, str(key), self.seller_id, {"source_ref": ref})
                for key, ref in zip(ids, refs, strict=True)
            ],
            actor=self.actor,
            at=self.now,
        )
        seller = str(self.seller_id)
        outbox.append(outbox.Event(action, str(key), {"id": str(key), "seller_id": seller}) for key in ids)


_REPLACED = (
    "buyer_id", "batch_id", "content_hash", "ordered_at", "original_ordered_at", "destination", "currency",
    "goods_minor", "carriage_minor", "discount_minor", "other_minor", "line_count", "units",
)  # fmt: skip


def store_orders(
    parsed: ParsedBook,
    *,
    seller_id: UUID,
    product_ids: Mapping[str, UUID],
    buyer_ids: Mapping[str, UUID],
    actor: str,
    now: datetime,
    batch_id: UUID | None = None,
    link: bool = True,
) -> StoreResult:
    """Store the orders and returns of `parsed` in one transaction; the same content twice changes nothing.

    An order that is known with other content is replaced while it is only placed; once it has moved
    on, its rows come back as conflicts (`order-in-progress`) and it stays as it is. `buyer_ids` maps
    every buyer reference of the book, else UnknownBuyer; a SKU missing in `product_ids` leaves the
    line without a product. `link=False` leaves the linking of returns to a later `link_returns`.
    """
    store = _Store(
        seller_id=seller_id, product_ids=product_ids, buyer_ids=buyer_ids, batch_id=batch_id,
        synthetic=parsed.synthetic, actor=actor, now=now,
    )  # fmt: skip
    with transaction.atomic():
        _one_importer_at_a_time(seller_id)
        result = store.store(parsed)
        if link:
            link_returns(seller_id, return_ids=result.return_ids)
    return result


def place_order(
    order_id: UUID, order: BookOrder, *, seller_id: UUID, buyer_id: UUID, product_ids: Mapping[str, UUID],
    actor: str, now: datetime,
) -> str:  # fmt: skip
    """Store one new order inside the caller's transaction; its number.

    Waits for no import of the seller: the caller has made `source_ref` from something that happens once.
    """
    store = _Store(
        seller_id=seller_id, product_ids=product_ids, buyer_ids={order.buyer: buyer_id}, batch_id=None,
        synthetic=False, actor=actor, now=now,
    )  # fmt: skip
    return store.place([order_id], [order])[0]


def link_returns(seller_id: UUID, *, return_ids: Sequence[UUID] | None = None) -> int:
    """Link lines of returns to the buyer's latest earlier order line of the same SKU; number of returns linked.

    `return_ids` limits the search; without it every return of the seller still unlinked is tried.
    """
    if return_ids is not None and not return_ids:
        return 0
    ids = list(return_ids) if return_ids is not None else None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LINK_LINES, {"seller": seller_id, "ids": ids})
        cursor.execute(_LINK_RETURNS, {"seller": seller_id, "ids": ids})
        return int(cursor.rowcount)


def refresh_statistics() -> None:
    """Tell the planner of the rows just copied; without it joins over a fresh import may take a bad plan."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order, orders_orderline, orders_return, orders_returnline")


_LINK_LINES = """
WITH wanted AS MATERIALIZED (
  SELECT l.id, l.sku, r.buyer_id, r.returned_at
  FROM orders_returnline l JOIN orders_return r ON r.id = l.return_note_id
  WHERE r.seller_id = %(seller)s AND (%(ids)s::uuid[] IS NULL OR r.id = ANY(%(ids)s::uuid[]))
    AND l.order_line_id IS NULL AND l.kind = 'goods'
), bought AS MATERIALIZED (
  SELECT o.buyer_id, ol.sku, o.ordered_at, ol.id
  FROM orders_order o JOIN orders_orderline ol ON ol.order_id = o.id
  WHERE o.seller_id = %(seller)s AND ol.kind = 'goods' AND o.buyer_id IN (SELECT buyer_id FROM wanted)
), latest AS (
  SELECT DISTINCT ON (w.id) w.id, b.id AS order_line_id
  FROM wanted w JOIN bought b ON b.buyer_id = w.buyer_id AND b.sku = w.sku AND b.ordered_at <= w.returned_at
  ORDER BY w.id, b.ordered_at DESC, b.id
)
UPDATE orders_returnline l SET order_line_id = latest.order_line_id FROM latest WHERE l.id = latest.id
"""
_LINK_RETURNS = """
UPDATE orders_return r SET order_id = found.order_id
FROM (
  SELECT DISTINCT ON (l.return_note_id) l.return_note_id, ol.order_id
  FROM orders_return n
  JOIN orders_returnline l ON l.return_note_id = n.id
  JOIN orders_orderline ol ON ol.id = l.order_line_id
  JOIN orders_order o ON o.id = ol.order_id
  WHERE n.seller_id = %(seller)s AND n.order_id IS NULL
    AND (%(ids)s::uuid[] IS NULL OR n.id = ANY(%(ids)s::uuid[]))
  ORDER BY l.return_note_id, o.ordered_at DESC, o.id
) found
WHERE r.id = found.return_note_id
"""


def _one_importer_at_a_time(seller_id: UUID) -> None:
    """Two imports of one seller at once would both find an order absent; the second waits instead."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"orders:{seller_id}"])


def _numbers(sequence: str, prefix: str, count: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])
        return [f"{prefix}{number:08d}" for (number,) in cursor.fetchall()]


def _copy(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with _copying(table, columns) as copy:
        for row in rows:
            copy.write_row(row)


def _copy_text(table: str, columns: Sequence[str], texts: Iterable[str]) -> None:
    """COPY rows that are already in its text format: half the time of handing over values one by one."""
    with _copying(table, columns) as copy:
        for text in texts:
            copy.write(text)


@contextmanager
def _copying(table: str, columns: Sequence[str]) -> Iterator[Any]:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        yield copy


_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _escaped(text: str) -> str:
    """`text` as a value of COPY's text format (PostgreSQL documentation, COPY, "Text Format")."""
    return text.translate(_ESCAPES)


def _conflicts(items: Sequence[BookOrder | BookReturn]) -> tuple[tuple[int, str, RowError], ...]:
    fact = OrderInProgress
    return tuple(
        (row, x.source_ref, RowError(row, "order", x.source_ref, fact.code, fact.title, fact.remedy))
        for x in items
        for row in x.rows or (0,)
    )
