"""What a file of orders says, once read: orders, returns, products, buyers and refused rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from fondaco.kernel.errors import RowError


class BookLine(NamedTuple):
    """One line of an order or a credit note; `kind` is that of `LineKind`, amounts minor units.

    A NamedTuple rather than a dataclass: half a million of them are made in one import.
    """

    kind: str
    sku: str
    title: str
    quantity: int
    unit_minor: int


@dataclass(frozen=True, slots=True)
class BookOrder:
    """An order as the file tells it, already checked."""

    source_ref: str
    buyer: str
    destination: str
    ordered_at: datetime
    original_ordered_at: datetime
    currency: str
    lines: tuple[BookLine, ...]
    goods_minor: int
    carriage_minor: int
    discount_minor: int
    other_minor: int
    ship_to: Mapping[str, str]
    content_hash: str
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BookReturn:
    """A credit note as the file tells it; quantities are what comes back (positive)."""

    source_ref: str
    buyer: str
    origin: str
    returned_at: datetime
    original_returned_at: datetime
    currency: str
    lines: tuple[BookLine, ...]
    value_minor: int
    content_hash: str
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BookProduct:
    """A product that the accepted orders name; `stated` holds facts that the file itself gives."""

    sku: str
    title: str
    unit_minor: int | None
    currency: str
    stated: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BuyerRow:
    """A buyer, known only by the seller's reference and the country of the first order seen."""

    reference: str
    country: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A refused row, whole, with what is wrong with it."""

    row: int
    order_ref: str
    cells: Mapping[str, str]
    errors: tuple[RowError, ...]


@dataclass(slots=True)
class ParsedBook:
    """A file of orders, or one chunk of it, ready to be stored. Filled while it is read."""

    orders: list[BookOrder] = field(default_factory=list)
    returns: list[BookReturn] = field(default_factory=list)
    products: list[BookProduct] = field(default_factory=list)
    buyers: list[BuyerRow] = field(default_factory=list)
    rejects: list[RejectedRow] = field(default_factory=list)
    shift_weeks: int = 0
    rows: int = 0
    synthetic: bool = False

    @property
    def rejected_orders(self) -> Counter[str]:
        """How many orders were refused, by the code of their first own error."""
        return count_reasons(self.rejects)


WITH_ORDER = "with-order"


def count_reasons(rejects: Iterable[RejectedRow]) -> Counter[str]:
    """Orders refused, by the code of the first error that is their own; each order counts once."""
    first: dict[Any, str] = {}
    for reject in rejects:
        key = reject.order_ref or ("row", reject.row)
        codes = [e.code for e in reject.errors if e.code != WITH_ORDER]
        if codes and first.get(key, WITH_ORDER) == WITH_ORDER:
            first[key] = codes[0]
    return Counter(first.values())
