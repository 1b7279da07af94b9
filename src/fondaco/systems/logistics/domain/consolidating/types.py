"""What is consolidated onto what. Masses in grams, volumes in cubic millimetres, amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fondaco.kernel.errors import Refused


class BadConsolidation(Refused):
    code = "bad-consolidation"
    title = "This cannot be consolidated."
    remedy = (
        "Give each shipment a positive mass, volume and price alone, and each route breaks that start at 0."
    )


@dataclass(frozen=True, slots=True)
class Break:
    """From this mass on, a kilogram costs `per_kg_minor`; the mass of the break may be paid instead (IATA's rule)."""

    from_g: int
    per_kg_minor: int


@dataclass(frozen=True, slots=True)
class Route:
    """A departure with up to `most_units` containers (or ULDs, or pallets) of a given room.

    A unit costs `fixed_minor` and, by its chargeable mass (the larger of mass and volume / `divisor`; a
    divisor of 0: mass only), the cheapest break, at least `minimum_minor`.
    """

    id: str
    unit: str
    departs_at: datetime
    arrives_at: datetime
    capacity_g: int
    capacity_mm3: int
    most_units: int
    fixed_minor: int
    breaks: tuple[Break, ...] = (Break(0, 0),)
    minimum_minor: int = 0
    divisor: int = 0

    def charge(self, mass_g: int, volume_mm3: int) -> int:
        """What one unit with this load costs, rounded up."""
        paid = max(mass_g, -(-volume_mm3 // self.divisor) if self.divisor else 0)
        least = min(-(-b.per_kg_minor * max(paid, b.from_g) // 1000) for b in self.breaks)
        return self.fixed_minor + max(least, self.minimum_minor)


@dataclass(frozen=True, slots=True)
class Shipment:
    """What is to travel between `ready_at` and `due_at`; `alone_minor` is its price outside any unit."""

    id: str
    mass_g: int
    volume_mm3: int
    ready_at: datetime
    due_at: datetime
    alone_minor: int

    def fits(self, route: Route) -> bool:
        """Whether it can ride on `route`: in time, and a unit holds it."""
        timely = self.ready_at <= route.departs_at and route.arrives_at <= self.due_at
        return timely and self.mass_g <= route.capacity_g and self.volume_mm3 <= route.capacity_mm3


@dataclass(frozen=True, slots=True)
class LoadedUnit:
    """One unit of a route with the shipments in it."""

    route: str
    unit: str
    shipments: tuple[str, ...]
    mass_g: int
    volume_mm3: int
    cost_minor: int


@dataclass(frozen=True, slots=True)
class ConsolidationPlan:
    """Units and what travels alone. No plan at all costs less than `bound_minor`; `gap` is the rest, as a share."""

    units: tuple[LoadedUnit, ...]
    alone: tuple[str, ...]
    cost_minor: int
    alone_minor: int
    bound_minor: int
    gap: float
    columns: int
    rounds: int
    seconds: float
