"""What goes in and out of stock: frozen facts, quantities in whole pieces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fondaco.kernel.errors import Conflict, Refused


class OutOfStock(Conflict):
    code = "out-of-stock"
    title = "There is not enough of this left."
    remedy = "Ask for less, or choose another store. Nothing was reserved."


class NotEnoughStock(Refused):
    code = "not-enough-stock"
    title = "Fewer pieces lie there than this takes away."
    remedy = "Count the place first; pieces promised to orders and on pick lists stay."


class BadQuantity(Refused):
    code = "bad-quantity"
    title = "This is not a number of pieces."
    remedy = "Give a whole number from 1 to 1,000,000."


class BondPaperMissing(Refused):
    code = "bond-paper-missing"
    title = "Goods in bond need their customs document."
    remedy = "Give the number of the entry into bond, or of the clearance out of it."


class BadScan(Refused):
    code = "bad-scan"
    title = "This does not belong in this parcel."
    remedy = "Put it back and scan the right piece. Nothing was counted."


MOST = 1_000_000


def require_pieces(value: int, *, field: str = "quantity") -> int:
    """`value` if it is a number of pieces that anybody moves; else BadQuantity."""
    if not 1 <= value <= MOST:
        raise BadQuantity(field=field, value=value)
    return value


@dataclass(frozen=True, slots=True)
class Want:
    """What one order wants of stock: pieces by SKU (sums), and where it goes.

    `planned` says which store sends how many of what, where a plan chose: (store, SKU, pieces).
    """

    order_id: UUID
    number: str
    seller_id: UUID
    destination: str
    pieces: tuple[tuple[str, int], ...]
    planned: tuple[tuple[UUID, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """Pieces held for one order in one store."""

    order_id: UUID
    number: str
    seller_id: UUID
    store_id: UUID
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Free:
    """What one store has free of one SKU. `rank`: lower is asked first."""

    store_id: UUID
    country: str
    rank: int
    sku: str
    pieces: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one store has free of one SKU, and what the store is."""

    store_id: UUID
    code: str
    name: str
    kind: str
    country: str
    rank: int
    sku: str
    pieces: int


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """Pieces of one lot that came in. `key` names the delivery: the same one has no second effect."""

    sku: str
    quantity: int
    lot: str
    origin: str
    key: str
    location: str = ""
    title: str = ""
    supplier: str = ""
    document: str = ""
    customs_document: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Lying:
    """Unallocated pieces in one bin; `expires_on` None: never."""

    bin_id: int
    store_id: UUID
    sku: str
    pieces: int
    expires_on: date | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """Take so many pieces from one bin for a thing called `key`."""

    bin_id: int
    key: UUID
    store_id: UUID
    sku: str
    pieces: int


@dataclass(frozen=True, slots=True)
class NewStore:
    """A seller's stock in one building."""

    seller_id: UUID
    operator_id: UUID
    code: str
    name: str
    kind: str
    country: str
    city: str = ""
    rank: int = 10
    is_demo: bool = False
    lead_mean_days: float = 14.0
    lead_sd_days: float = 3.0
    lead_source: str = ""
