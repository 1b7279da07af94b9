"""What pages and the API are told of stock: frozen views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class StoreView:
    """A store with its pieces and what waits in it."""

    id: UUID
    code: str
    name: str
    kind: str
    country: str
    city: str
    is_demo: bool
    lead_mean_days: float
    lead_sd_days: float
    lead_source: str
    articles: int
    on_hand: int
    reserved: int
    quarantined: int
    to_pick: int = 0
    to_pack: int = 0
    to_receive: int = 0


@dataclass(frozen=True, slots=True)
class StockRow:
    """One article in one store."""

    id: int
    store_id: UUID
    store: str
    sku: str
    title: str
    on_hand: int
    reserved: int
    quarantined: int
    on_order: int

    @property
    def free(self) -> int:
        """What can still be sold."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class StockPage:
    """One page of the list; `next_cursor` is empty on the last."""

    rows: tuple[StockRow, ...]
    total: int
    next_cursor: str


@dataclass(frozen=True, slots=True)
class BinView:
    """Pieces of one lot in one place."""

    id: int
    store: str
    location: str
    lot: str
    origin: str
    supplier: str
    document: str
    customs_document: str
    customs: str
    expires_on: date | None
    received_at: datetime
    on_hand: int
    allocated: int
    saleable: bool
    sku: str = ""


@dataclass(frozen=True, slots=True)
class MovementView:
    """Pieces that came or went."""

    id: int
    store: str
    location: str
    lot: str
    sku: str
    kind: str
    quantity: int
    reference: str
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReservationView:
    """Pieces promised to one order."""

    order_id: UUID
    number: str
    store: str
    quantity: int
    state: str
    held_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class StockArticle:
    """One article in all stores of the reader."""

    sku: str
    title: str
    rows: tuple[StockRow, ...]
    bins: tuple[BinView, ...]
    movements: tuple[MovementView, ...]
    reservations: tuple[ReservationView, ...]


@dataclass(frozen=True, slots=True)
class WaveView:
    """A wave in a list."""

    id: UUID
    number: str
    store: str
    state: str
    walk_mm: int
    s_shape_mm: int
    made_at: datetime
    made_by: str
    jobs: int
    packed: int


@dataclass(frozen=True, slots=True)
class PickView:
    """One stop of a walk: take `quantity` of `sku` from `location`, into tote `tote`."""

    place: int
    location: str
    sku: str
    title: str
    lot: str
    quantity: int
    tote: int
    number: str


@dataclass(frozen=True, slots=True)
class JobView:
    """A packing job with its lines (SKU, title, packed, expected)."""

    id: UUID
    wave_id: UUID
    wave: str
    store: str
    place: int
    order_id: UUID
    number: str
    state: str
    ended_at: datetime | None
    lines: tuple[tuple[str, str, int, int], ...]
    scans: tuple[tuple[str, str, datetime], ...] = ()

    @property
    def packed(self) -> int:
        return sum(line[2] for line in self.lines)

    @property
    def expected(self) -> int:
        return sum(line[3] for line in self.lines)


@dataclass(frozen=True, slots=True)
class WaveDetail:
    """One wave with its walk and its jobs."""

    wave: WaveView
    picks: tuple[PickView, ...]
    jobs: tuple[JobView, ...]


@dataclass(frozen=True, slots=True)
class ProposalView:
    """One replenishment proposal; `why` holds what it was computed from."""

    id: UUID
    store_id: UUID
    store: str
    store_kind: str
    sku: str
    title: str
    on: date
    state: str
    policy: str
    proposed: int
    decided: int | None
    decided_by: str
    decided_at: datetime | None
    why: dict[str, Any]


@dataclass(frozen=True, slots=True)
class WarehouseDay:
    """What there is to do today."""

    stores: tuple[StoreView, ...]
    to_receive: tuple[ProposalView, ...]
    waves: tuple[WaveView, ...]
    to_pack: tuple[JobView, ...]
    to_count: tuple[BinView, ...]
    expiring: tuple[BinView, ...]
    proposals: int
