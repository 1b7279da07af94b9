"""Stores and their stock: lay out, receive, move, count, clear from bond, take back, destroy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import array_literal, insert_many, text_literal
from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.domain.stock.dto import (
    BondPaperMissing,
    NewReceipt,
    NotEnoughStock,
    require_pieces,
)
from fondaco.systems.logistics.models import (
    CustomsStatus,
    Location,
    Lot,
    MovementKind,
    StockBin,
    Store,
    StoreKind,
)
from fondaco.systems.logistics.services.stockmoves import Move, post_moves
from fondaco.systems.logistics.services.stores import QUARANTINE

_OPERATES = (Kind.SELLER, Kind.PARK)


class BadDisposition(Refused):
    code = "bad-disposition"
    title = "A returned piece is restocked, put in quarantine or destroyed."
    remedy = "Choose one of: restock, quarantine, destroy."


class BadLotFacts(Refused):
    code = "bad-lot"
    title = "A lot needs its number and its country of origin."
    remedy = "Give the supplier's lot number and the two-letter country code."


def receive_goods(
    scope: Scope, store_id: UUID, receipts: Sequence[NewReceipt], *, now: datetime, actor: str
) -> int:
    """Put what came in on its shelves, once per key; how many receipts were new.

    In a bonded store the pieces are under bond and need their customs document.
    """
    scope.require(role=Role.CLERK, kinds=_OPERATES)
    store = store_of(scope, store_id)
    return put_away(store, receipts, now=now, actor=actor)


def put_away(store: Store, receipts: Sequence[NewReceipt], *, now: datetime, actor: str) -> int:
    """`receive_goods` of the house's own. Constant number of statements."""
    bonded = store.kind == StoreKind.BONDED
    for one in receipts:
        _check_receipt(one, bonded=bonded)
    customs = CustomsStatus.INWARD if bonded else CustomsStatus.FREE
    with transaction.atomic():
        _ensure_balances(store, receipts)
        lots = _ensure_lots(store, receipts, now=now)
        places = _places(store, receipts)
        bins = _ensure_bins(
            store,
            [(lots[r.sku, r.lot], place, r.sku, customs) for r, place in zip(receipts, places, strict=True)],
        )
        moves = [
            Move(bin_id, store.pk, r.sku, MovementKind.RECEIVE, r.quantity, r.key, r.document[:80])
            for r, bin_id in zip(receipts, bins, strict=True)
        ]
        fresh = post_moves(moves, actor=actor, now=now)
        if fresh:
            facts = {"receipts": fresh, "pieces": sum(r.quantity for r in receipts)}
            _tell("received", store, facts, actor=actor, now=now)
    return fresh


def _check_receipt(one: NewReceipt, *, bonded: bool) -> None:
    require_pieces(one.quantity)
    if not one.lot.strip() or len(one.origin) != 2 or not one.origin.isupper():
        raise BadLotFacts(field="origin" if one.lot.strip() else "lot", value=one.origin or one.lot)
    if bonded and not one.customs_document.strip():
        raise BondPaperMissing(field="customs_document", value=one.lot)


def move_goods(
    scope: Scope, bin_id: int, *, to: str, quantity: int, reason: str, key: str, now: datetime, actor: str
) -> None:
    """Carry unallocated pieces to another location of the store; quarantine takes them off sale."""
    require_pieces(quantity)
    with transaction.atomic():
        source = _bin(scope, bin_id)
        place = _location(source.store_id, to)
        if place.pk == source.location_id:
            return
        kinds = {
            (True, True): MovementKind.MOVE,
            (False, False): MovementKind.MOVE,
            (True, False): MovementKind.QUARANTINE,
            (False, True): MovementKind.RESTOCK,
        }
        kind = kinds[source.location.saleable, place.saleable]
        target = _ensure_bins(source.store, [(source.lot_id, place.pk, source.sku, source.customs)])[0]
        _pair(source, target, kind, quantity=quantity, key=key, reason=reason, now=now, actor=actor)
        facts = {"sku": source.sku, "pieces": quantity, "to": to, "reason": reason}
        _tell("moved", source.store, facts, actor=actor, now=now)


def clear_from_bond(
    scope: Scope, bin_id: int, *, quantity: int, document: str, key: str, now: datetime, actor: str
) -> None:
    """Mark pieces under bond as cleared by the declaration `document`; where they lie stays."""
    require_pieces(quantity)
    if not document.strip():
        raise BondPaperMissing(field="document")
    with transaction.atomic():
        source = _bin(scope, bin_id)
        if source.customs != CustomsStatus.INWARD:
            raise NotEnoughStock("These pieces are not in bond.", field="customs", value=source.customs)
        target = _ensure_bins(
            source.store, [(source.lot_id, source.location_id, source.sku, CustomsStatus.CLEARED)]
        )[0]
        _pair(
            source,
            target,
            MovementKind.CLEAR,
            quantity=quantity,
            key=key,
            reason=document,
            now=now,
            actor=actor,
        )
        facts = {"sku": source.sku, "pieces": quantity, "document": document}
        _tell("cleared", source.store, facts, actor=actor, now=now)


def count_bin(
    scope: Scope, bin_id: int, *, counted: int, reason: str, key: str, now: datetime, actor: str
) -> int:
    """Book what a count found; the difference. Never below what is promised or on pick lists."""
    if counted:
        require_pieces(counted, field="counted")
    with transaction.atomic():
        row = _bin(scope, bin_id)
        gap = counted - row.on_hand
        if gap:
            move = Move(
                row.pk, row.store_id, row.sku, MovementKind.COUNT, gap, f"count:{key}", reason=reason[:200]
            )
            if not post_moves([move], actor=actor, now=now):
                return 0
            facts = {"sku": row.sku, "difference": gap, "reason": reason}
            _tell("counted", row.store, facts, actor=actor, now=now)
    return gap


def take_back(
    scope: Scope,
    store_id: UUID,
    receipt: NewReceipt,
    *,
    disposition: str,
    reason: str,
    now: datetime,
    actor: str,
) -> None:
    """Book pieces that a buyer sent back: on sale again, in quarantine, or in and out as destroyed."""
    scope.require(role=Role.CLERK, kinds=_OPERATES)
    if disposition not in ("restock", "quarantine", "destroy"):
        raise BadDisposition(field="disposition", value=disposition)
    store = store_of(scope, store_id)
    _check_receipt(receipt, bonded=False)
    with transaction.atomic():
        _ensure_balances(store, [receipt])
        lot = _ensure_lots(store, [receipt], now=now)[receipt.sku, receipt.lot]
        restock = disposition == "restock"
        place = _places(store, [receipt])[0] if restock else _location(store.pk, QUARANTINE).pk
        bin_id = _ensure_bins(store, [(lot, place, receipt.sku, CustomsStatus.FREE)])[0]
        kind = MovementKind.RESTOCK if restock else MovementKind.QUARANTINE
        into = Move(
            bin_id, store.pk, receipt.sku, kind, receipt.quantity, receipt.key, receipt.document, reason
        )
        moves = [into]
        if disposition == "destroy":
            moves.append(
                Move(
                    bin_id,
                    store.pk,
                    receipt.sku,
                    MovementKind.DESTROY,
                    -receipt.quantity,
                    f"{receipt.key}:destroyed",
                    receipt.document,
                    reason,
                )
            )
        if post_moves(moves, actor=actor, now=now):
            facts = {"sku": receipt.sku, "pieces": receipt.quantity, "as": disposition, "reason": reason}
            _tell("returned", store, facts, actor=actor, now=now)


def destroy_goods(
    scope: Scope, bin_id: int, *, quantity: int, reason: str, key: str, now: datetime, actor: str
) -> None:
    """Take pieces away for good, with the reason."""
    require_pieces(quantity)
    with transaction.atomic():
        row = _bin(scope, bin_id)
        move = Move(row.pk, row.store_id, row.sku, MovementKind.DESTROY, -quantity, key, reason=reason)
        if post_moves([move], actor=actor, now=now):
            facts = {"sku": row.sku, "pieces": quantity, "reason": reason}
            _tell("destroyed", row.store, facts, actor=actor, now=now)


def store_of(scope: Scope, store_id: UUID) -> Store:
    """A store that `scope` may work in; else NotFound."""
    store: Store | None = Store.objects.of(scope).filter(pk=store_id).first()
    if store is None:
        raise NotFound(field="store", value=str(store_id))
    return store


def _pair(
    source: StockBin,
    target: int,
    kind: str,
    *,
    quantity: int,
    key: str,
    reason: str,
    now: datetime,
    actor: str,
) -> None:
    out = Move(source.pk, source.store_id, source.sku, kind, -quantity, f"{key}:out", reason=reason[:200])
    into = Move(target, source.store_id, source.sku, kind, quantity, f"{key}:in", reason=reason[:200])
    post_moves([out, into], actor=actor, now=now)


def _bin(scope: Scope, bin_id: int) -> StockBin:
    scope.require(role=Role.CLERK, kinds=_OPERATES)
    found: StockBin | None = (
        StockBin.objects.of(scope).select_related("store", "location").filter(pk=bin_id).first()
    )
    if found is None:
        raise NotFound(field="bin", value=bin_id)
    return found


def _location(store_id: UUID, code: str) -> Location:
    found: Location | None = Location.objects.house().filter(store_id=store_id, code=code).first()
    if found is None:
        raise NotFound(field="location", value=code)
    return found


def _ensure_balances(store: Store, receipts: Sequence[NewReceipt]) -> None:
    titles = {r.sku: r.title[:300] for r in receipts}
    insert_many(
        "logistics_stockbalance",
        ("store_id", "seller_id", "sku", "title", *_ZEROES),
        [(store.pk, store.seller_id, sku, title, 0, 0, 0, 0) for sku, title in sorted(titles.items())],
        skip_existing=True,
    )


_ZEROES = ("on_hand", "reserved", "quarantined", "on_order")


def _ensure_lots(
    store: Store, receipts: Sequence[NewReceipt], *, now: datetime
) -> dict[tuple[str, str], UUID]:
    rows = {(r.sku, r.lot): r for r in receipts}
    insert_many(
        "logistics_lot",
        ("id", "store_id", "sku", "code", "origin", "supplier", "document", "customs_document", "expires_on", "received_at"),
        [
            (new_id(), store.pk, r.sku, r.lot, r.origin, r.supplier, r.document, r.customs_document,
             r.expires_on, now)
            for r in rows.values()
        ],
        skip_existing=True,
    )  # fmt: skip
    found = Lot.objects.house().filter(
        store_id=store.pk, sku__in={r.sku for r in receipts}, code__in={r.lot for r in receipts}
    )
    return {(sku, code): pk for sku, code, pk in found.values_list("sku", "code", "id")}


def _places(store: Store, receipts: Sequence[NewReceipt]) -> list[int]:
    """The location of each receipt: as named; else where the SKU lies already; else the next in turn."""
    codes = dict(Location.objects.house().filter(store_id=store.pk, saleable=True).values_list("code", "id"))
    usual = dict(
        StockBin.objects.house()
        .filter(store_id=store.pk, location__saleable=True, sku__in={r.sku for r in receipts})
        .order_by("on_hand")
        .values_list("sku", "location_id")
    )
    turn = sorted(codes.values())
    if not turn:
        raise NotFound("The store has no locations.", field="location", value=store.code)
    used = StockBin.objects.house().filter(store_id=store.pk).values("sku").distinct().count()
    places = []
    for r in receipts:
        if r.location and r.location not in codes:
            raise NotFound(field="location", value=r.location)
        if not r.location and r.sku not in usual:
            usual[r.sku] = turn[used % len(turn)]
            used += 1
        places.append(codes[r.location] if r.location else usual[r.sku])
    return places


_BINS = """
INSERT INTO logistics_stockbin (store_id, on_hand, allocated, lot_id, location_id, sku, customs)
SELECT %s, 0, 0, * FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[])
ON CONFLICT (lot_id, location_id, customs) DO NOTHING
"""


def _ensure_bins(store: Store, wanted: Sequence[tuple[UUID, int, str, str]]) -> list[int]:
    """The bin of each (lot, location, SKU, customs status), made where missing."""
    lots, places, skus, customs = zip(*wanted, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _BINS,
            [store.pk, array_literal(lots), array_literal(places), text_literal(skus), text_literal(customs)],
        )
    rows = StockBin.objects.house().filter(store_id=store.pk, lot_id__in=set(lots))
    found = {
        (lot, place, status): pk
        for lot, place, status, pk in rows.values_list("lot_id", "location_id", "customs", "id")
    }
    return [found[lot, place, status] for lot, place, _, status in wanted]


def _tell(what: str, store: Store, facts: dict[str, Any], *, actor: str, now: datetime) -> None:
    audit.record(
        [
            audit.Deed(
                f"stock.{what}", "store", str(store.pk), store.seller_id, {"store": store.code, **facts}
            )
        ],
        actor=actor,
        at=now,
    )
    payload = {
        "seller_id": str(store.seller_id),
        "organisation_id": str(store.operator_id),
        "store_id": str(store.pk),
        **facts,
    }
    outbox.append([outbox.Event(f"stock.{what}", str(store.pk), payload)])
