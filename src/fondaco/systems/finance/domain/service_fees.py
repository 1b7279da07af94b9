"""What a warehouse earns by an order whose goods it keeps and picks for the seller; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fondaco.kernel.money import Money

PICK, STORAGE = "pick", "storage"


@dataclass(frozen=True, slots=True)
class ServiceRate:
    """A line of the rate list: so much an order, and so much a piece (picked) or piece-day (stored)."""

    code: str
    service: str
    country: str
    per_order: Money
    per_unit: Money
    valid_from: date
    valid_to: date | None

    def fits(self, service: str, country: str, on: date) -> bool:
        """Whether this line is in force for `service` in `country` (or names no country)."""
        in_force = self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)
        return in_force and self.service == service and self.country in (country, "")


@dataclass(frozen=True, slots=True)
class Handled:
    """What `payee_id`, who is not the seller, did for one order in `country`: pieces picked, piece-days stored."""

    payee_id: UUID
    country: str
    pieces: int
    piece_days: int = 0


@dataclass(frozen=True, slots=True)
class ServiceShare:
    """What of an order goes to who did a service for it, in minor units of the order's currency."""

    payee_id: UUID
    service: str
    minor: int
    quantity: int
    rate: str


def fees_for(
    handled: Handled, rates: Sequence[ServiceRate], *, on: date
) -> list[tuple[ServiceRate, int, Money]]:
    """The lines that apply, the quantity and the fee in the line's own currency; the first fitting line counts."""
    found = []
    for service, quantity in ((PICK, handled.pieces), (STORAGE, handled.piece_days)):
        rate = next((one for one in rates if one.fits(service, handled.country, on)), None)
        if rate and quantity > 0:
            found.append((rate, quantity, rate.per_order + rate.per_unit.times(quantity)))
    return [row for row in found if row[2].minor > 0]
