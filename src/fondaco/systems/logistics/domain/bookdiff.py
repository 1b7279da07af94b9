"""Two price books, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

from fondaco.systems.logistics.domain.book import CellDraft, LaneDraft

# service, origin, destination, zone, from_g, to_g
CellKey = tuple[str, str, str, str, int, int]
# What is compared of a cell, and of its lane as far as it moves the price; the unit price first, then the fee.
PRICE_FIELDS = (
    "unit_minor", "registration_minor", "step_minor", "pricing", "first_g", "step_g", "increment_g", "divisor",
    "min_billable_g", "clearance_minor",
)  # fmt: skip
Price = tuple[Any, ...]
Cells = Mapping[CellKey, Price]
MOST_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell whose price moved. `before` and `after` are in the order of `PRICE_FIELDS`; `percent` is of the unit
    price, to a tenth; None where it was 0 before.
    """

    key: CellKey
    before: Price
    after: Price
    percent: Decimal | None

    @property
    def moved(self) -> tuple[str, ...]:
        """Names of the fields that differ."""
        pairs = zip(PRICE_FIELDS, self.before, self.after, strict=True)
        return tuple(name for name, before, after in pairs if before != after)


@dataclass(frozen=True, slots=True)
class BookDiff:
    """What changes: the first thousand changed cells, largest move first, and counts of everything."""

    added: int
    removed: int
    changed: int
    unchanged: int
    lowest_percent: Decimal | None
    median_percent: Decimal | None
    highest_percent: Decimal | None
    changes: tuple[CellChange, ...]
    added_services: tuple[str, ...]
    removed_services: tuple[str, ...]


def diff_cells(before: Cells, after: Cells) -> BookDiff:
    """What the step from `before` to `after` changes."""
    common = before.keys() & after.keys()
    changes = [_change(key, before[key], after[key]) for key in common if before[key] != after[key]]
    moves = sorted(c.percent for c in changes if c.percent is not None)
    changes.sort(key=lambda c: (-abs(c.percent or Decimal(0)), c.key))
    services_before, services_after = {key[0] for key in before}, {key[0] for key in after}
    return BookDiff(
        added=len(after) - len(common),
        removed=len(before) - len(common),
        changed=len(changes),
        unchanged=len(common) - len(changes),
        lowest_percent=moves[0] if moves else None,
        median_percent=_tenth(median(moves)) if moves else None,
        highest_percent=moves[-1] if moves else None,
        changes=tuple(changes[:MOST_SHOWN]),
        added_services=tuple(sorted(services_after - services_before)),
        removed_services=tuple(sorted(services_before - services_after)),
    )


def price_of(lane: LaneDraft, cell: CellDraft) -> Price:
    """A draft's cell in the order of `PRICE_FIELDS`."""
    return tuple(getattr(cell, name) if hasattr(cell, name) else getattr(lane, name) for name in PRICE_FIELDS)


def _change(key: CellKey, before: Price, after: Price) -> CellChange:
    percent = _tenth(Decimal(100 * (after[0] - before[0])) / before[0]) if before[0] else None
    return CellChange(key, before, after, percent)


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
