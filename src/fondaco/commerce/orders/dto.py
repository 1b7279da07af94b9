"""What the orders room hands out: frozen snapshots of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from fondaco.kernel.errors import RowError
from fondaco.kernel.money import Money


@dataclass(frozen=True, slots=True)
class OrderLineDTO:
    """A line of an order; `kind` is a LineKind."""

    id: UUID
    line_no: int
    kind: str
    product_id: UUID | None
    sku: str
    title: str
    quantity: int
    unit_minor: int

    @property
    def value_minor(self) -> int:
        return self.quantity * self.unit_minor


@dataclass(frozen=True, slots=True)
class OrderDTO:
    """An order. `lines` are the goods and free samples that travel, `charges` all other lines."""

    id: UUID
    number: str
    seller_id: UUID
    buyer_id: UUID
    source_ref: str
    ordered_at: datetime
    original_ordered_at: datetime
    destination: str
    ship_to: Mapping[str, str]
    currency: str
    goods_minor: int
    carriage_minor: int
    discount_minor: int
    other_minor: int
    duty_minor: int | None
    tax_minor: int | None
    fees_minor: int | None
    line_count: int
    units: int
    synthetic: bool
    state: str
    state_at: datetime
    reached: Mapping[str, str]
    facts: Mapping[str, Any]
    lines: tuple[OrderLineDTO, ...] = ()
    charges: tuple[OrderLineDTO, ...] = ()
    buyer_name: str = ""
    seller_name: str = ""

    @property
    def sale_minor(self) -> int:
        """What the seller asks: goods, carriage and other charges, less the discount."""
        return self.goods_minor + self.carriage_minor + self.other_minor - self.discount_minor

    @property
    def total_minor(self) -> int | None:
        """What the buyer pays, duty and taxes paid; None until the order is priced."""
        if self.duty_minor is None or self.tax_minor is None:
            return None
        return self.sale_minor + self.duty_minor + self.tax_minor + (self.fees_minor or 0)

    @property
    def goods(self) -> Money:
        return Money(self.goods_minor, self.currency)

    @property
    def carriage(self) -> Money:
        return Money(self.carriage_minor, self.currency)

    @property
    def sale(self) -> Money:
        return Money(self.sale_minor, self.currency)


@dataclass(frozen=True, slots=True)
class ReturnLineDTO:
    """A line of a return; `order_line_id` is the line it gives back, where found."""

    id: UUID
    line_no: int
    kind: str
    order_line_id: UUID | None
    product_id: UUID | None
    sku: str
    title: str
    quantity: int
    unit_minor: int


@dataclass(frozen=True, slots=True)
class ReturnDTO:
    """A return; `order_id` is the buyer's latest earlier order that held its goods, where found."""

    id: UUID
    number: str
    seller_id: UUID
    buyer_id: UUID
    order_id: UUID | None
    source_ref: str
    returned_at: datetime
    original_returned_at: datetime
    origin: str
    currency: str
    value_minor: int
    state: str
    state_at: datetime
    facts: Mapping[str, Any]
    lines: tuple[ReturnLineDTO, ...] = ()
    buyer_name: str = ""

    @property
    def value(self) -> Money:
        return Money(self.value_minor, self.currency)


@dataclass(frozen=True, slots=True)
class StoreResult:
    """What storing a book did. `order_ids` are of the orders created or replaced."""

    orders_created: int = 0
    orders_updated: int = 0
    orders_unchanged: int = 0
    returns_created: int = 0
    returns_unchanged: int = 0
    lines: int = 0
    conflicts: tuple[tuple[int, str, RowError], ...] = ()
    order_ids: tuple[UUID, ...] = ()
    return_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. Reasons count whole orders; one refused row refuses its order."""

    batch_id: UUID
    file_name: str
    file_format: str
    encoding: str
    shift_weeks: int
    lines_in: int
    orders_in: int
    orders_created: int
    orders_updated: int
    orders_unchanged: int
    returns_in: int
    returns_created: int
    returns_unchanged: int
    returns_linked: int
    rejected_orders: int
    rejected_lines: int
    reasons: Mapping[str, int]
    rejects_path: Path | None = None
    sample: Sequence[RowError] = field(default_factory=tuple)

    @property
    def documents_in(self) -> int:
        """Invoices and credit notes of the file, refused ones included."""
        return self.orders_in + self.returns_in


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row of the file as it would enter: our fields to shown values, or its errors."""

    row: int
    values: Mapping[str, str]
    errors: tuple[RowError, ...]


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """The first rows of a file, read by a mapping, before anything is stored."""

    headings: tuple[str, ...]
    guessed: Mapping[str, str]
    format: str
    encoding: str
    rows: tuple[PreviewRow, ...]
    total_rows: int
    shift_weeks: int


@dataclass(frozen=True, slots=True)
class AdvanceResult:
    """`moved` now are in the new state, `already` were in it before."""

    state_of: Mapping[UUID, str]
    moved: tuple[UUID, ...]
    already: tuple[UUID, ...]
