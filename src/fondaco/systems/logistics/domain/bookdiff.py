"""Two price books, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

# service, origin, destination, zone, from_g, to_g
CellKey = tuple[str, str, str, str, int, int]
# unit price and registration fee in minor units
Price = tuple[int, int]
Cells = Mapping[CellKey, Price]
MOST_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell whose price moved. `percent` is of the unit price, to a tenth; None where it was 0 before."""

    key: CellKey
    before: Price
    after: Price
    percent: Decimal | None


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


def _change(key: CellKey, before: Price, after: Price) -> CellChange:
    percent = _tenth(Decimal(100 * (after[0] - before[0])) / before[0]) if before[0] else None
    return CellChange(key, before, after, percent)


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
