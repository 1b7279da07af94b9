"""What is counted, and what a count looks like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

BASE_CURRENCY = "GBP"


@dataclass(frozen=True, slots=True)
class TradeFact:
    """The part of one order that falls into one chapter of the Harmonized System.

    Amounts are minor units of the base currency (GBP), converted at the dated rate of `on`; `value_minor`
    is the goods' value in the order's own `currency`. `clearance_seconds` is the whole order's time from
    submission to release. `hs2` may be empty where the code is not known; `hs_section` follows from it.
    """

    order_id: UUID
    on: date
    seller_id: UUID
    destination: str
    hs2: str
    value_gbp_minor: int
    duty_gbp_minor: int
    tax_gbp_minor: int
    lines: int = 1
    clearance_seconds: int | None = None
    hs_section: str = ""
    origin: str = ""
    channel: str = ""
    regime: str = ""
    currency: str = BASE_CURRENCY
    value_minor: int = 0
    mass_g: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: `key` of the dimension, sums in minor GBP, clearance times in seconds.

    An order counts once in a cell, however many lines it has there. A `suppressed` cell shows nothing: it
    is too small to be told to others.
    """

    key: str
    orders: int
    lines: int
    value_gbp_minor: int
    duty_gbp_minor: int
    tax_gbp_minor: int
    clearance_median_s: float | None = None
    clearance_p90_s: float | None = None
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class RecordResult:
    """How many facts were written, and how many were there already."""

    recorded: int
    unchanged: int
    removed: int


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` to `end`, both included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a home page: the day, the period, and the period by destination, section, day, channel."""

    on: date
    period: Period
    day: Cell
    total: Cell
    by_destination: tuple[Cell, ...]
    by_section: tuple[Cell, ...]
    by_day: tuple[Cell, ...]
    by_channel: tuple[Cell, ...]
    suppressed: int
