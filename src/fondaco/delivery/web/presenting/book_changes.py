"""What moved between two price books, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _l

from fondaco.kernel.money import Money
from fondaco.systems.logistics.public import PRICE_FIELDS, BookDiff, CellChange

_FIELDS = {
    "registration_minor": _l("Registration"), "step_minor": _l("Step price"), "pricing": _l("Pricing"),
    "first_g": _l("First weight"), "step_g": _l("Step"), "increment_g": _l("Increment"), "divisor": _l("Divisor"),
    "min_billable_g": _l("Least billable"), "clearance_minor": _l("Clearance"),
}  # fmt: skip


def changes_of(diff: BookDiff, currency: str) -> list[dict[str, Any]]:
    """The changed cells for a table: prices as money, and whatever else moved as "name before → after"."""
    return [
        {
            "service": change.key[0], "origin": change.key[1], "destination": change.key[2], "zone": change.key[3],
            "from_g": change.key[4], "to_g": change.key[5], "before": Money(change.before[0], currency),
            "after": Money(change.after[0], currency), "percent": change.percent, "also": _also(change, currency),
        }
        for change in diff.changes
    ]  # fmt: skip


def _also(change: CellChange, currency: str) -> list[str]:
    places = {name: place for place, name in enumerate(PRICE_FIELDS)}
    return [
        f"{_FIELDS[name]} {_shown(name, change.before[places[name]], currency)}"
        f" → {_shown(name, change.after[places[name]], currency)}"
        for name in change.moved
        if name in _FIELDS
    ]


def _shown(name: str, value: Any, currency: str) -> str:
    if name.endswith("_minor"):
        return str(Money(int(value), currency))
    return f"{value} g" if name.endswith("_g") else str(value)
