"""Who gets which pieces: whole orders against free stock, and reservations against bins by expiry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from fondaco.systems.logistics.domain.stock.dto import Free, Held, Lying, Taken, Want


def sum_pieces(pieces: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Pieces summed by SKU, in code-point order of SKU: the one order in which rows are locked.

    A cart that names an article twice wants the sum; checking line by line oversells it.
    """
    sums: dict[str, int] = defaultdict(int)
    for sku, count in pieces:
        sums[sku] += count
    return tuple(sorted(sums.items()))


def allot(wants: Sequence[Want], free: Iterable[Free]) -> list[Held]:
    """Give each SKU of each order, first come first served, to one store that has all its pieces.

    What a plan chose comes from the stores it chose, as long as they have it. Else a store in the country of
    destination is asked first, then by rank. What no store has whole is left out: the order is then supplied as
    if no stock were kept of it.
    """
    left: dict[tuple[UUID, str], int] = {}
    by_sku: dict[str, list[Free]] = defaultdict(list)
    for shelf in free:
        by_sku[shelf.sku].append(shelf)
        left[shelf.store_id, shelf.sku] = shelf.pieces
    return [
        held
        for want in wants
        for sku, pieces in sum_pieces(want.pieces)
        for held in _hold(want, sku, pieces=pieces, shelves=by_sku.get(sku, ()), left=left)
    ]


def _hold(
    want: Want, sku: str, *, pieces: int, shelves: Sequence[Free], left: dict[tuple[UUID, str], int]
) -> list[Held]:
    takes = _as_planned(want, sku, pieces=pieces, left=left)
    if not takes:
        ranked = sorted(shelves, key=lambda s: (s.country != want.destination, s.rank, s.store_id))
        first = next((s.store_id for s in ranked if left[s.store_id, sku] >= pieces > 0), None)
        takes = [(first, pieces)] if first else []
    for store_id, count in takes:
        left[store_id, sku] -= count
    return [Held(want.order_id, want.number, want.seller_id, store, sku, count) for store, count in takes]


def _as_planned(
    want: Want, sku: str, *, pieces: int, left: Mapping[tuple[UUID, str], int]
) -> list[tuple[UUID, int]]:
    """The plan's stores and their pieces; nothing where the plan is of other pieces, or a store has less by now."""
    takes = [(store, count) for store, name, count in want.planned if name == sku]
    if sum(count for _, count in takes) != pieces:
        return []
    return takes if all(left.get((store, sku), 0) >= count > 0 for store, count in takes) else []


def take_first_expiring(
    needs: Sequence[tuple[UUID, UUID, str, int]], bins: Iterable[Lying]
) -> tuple[list[Taken], list[UUID]]:
    """Which bins each need (key, store, SKU, pieces) is taken from: first to expire, then first received.

    Also the keys whose pieces do not lie there; nothing is taken for those.
    """
    piles: dict[tuple[UUID, str], list[Lying]] = defaultdict(list)
    for lying in bins:
        piles[lying.store_id, lying.sku].append(lying)
    for pile in piles.values():
        pile.sort(key=lambda b: (b.expires_on or date.max, b.received_at, b.bin_id))
    left = {b.bin_id: b.pieces for pile in piles.values() for b in pile}
    taken: list[Taken] = []
    short: list[UUID] = []
    for key, store_id, sku, pieces in needs:
        part = _take(key, piles[store_id, sku], left, pieces=pieces)
        if part is None:
            short.append(key)
        else:
            taken += part
    return taken, short


def _take(key: UUID, pile: Sequence[Lying], left: dict[int, int], *, pieces: int) -> list[Taken] | None:
    if sum(left[b.bin_id] for b in pile) < pieces:
        return None
    taken = []
    for b in pile:
        count = min(left[b.bin_id], pieces)
        if count:
            left[b.bin_id] -= count
            pieces -= count
            taken.append(Taken(b.bin_id, key, b.store_id, b.sku, count))
    return taken


def sums_by(taken: Iterable[Taken]) -> Mapping[int, int]:
    """Pieces taken by bin."""
    sums: dict[int, int] = defaultdict(int)
    for one in taken:
        sums[one.bin_id] += one.pieces
    return sums
