"""Which itinerary of a frontier suits the service a consignment was booked on: in time, by its vehicle, cheapest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from fondaco.systems.logistics.domain.routing.answer import Itinerary, RouteAnswer

# The vehicle that gives a kind of service its name; kinds that say nothing of it are left out.
VEHICLES: Mapping[str, str] = MappingProxyType({
    "express": "air", "air_gen": "air", "truck": "road", "rail": "rail", "lcl": "sea", "fcl": "sea",
})  # fmt: skip
_CLASSES_G = tuple(1_000 * 4**n for n in range(10))


@dataclass(frozen=True, slots=True)
class Suited:
    """The itinerary chosen, why, and the figures behind the choice."""

    itinerary: Itinerary
    reason: str
    numbers: dict[str, Any]


def mass_class(mass_g: int) -> int:
    """The mass that an itinerary is planned for: the next of 1, 4, 16, 64 kg and so on, so that loads share plans."""
    return next((one for one in _CLASSES_G if mass_g <= one), mass_g)


def suit(answer: RouteAnswer, *, kind: str, due_at: datetime) -> Suited | None:
    """The cheapest that is there by `due_at`, by the vehicle of the service's `kind` where one is; else the fastest.

    None where the answer is empty.
    """
    if not answer.itineraries:
        return None
    timely = [one for one in answer.itineraries if one.ready_at <= due_at]
    vehicle = VEHICLES.get(kind, "")
    fitting = [one for one in timely if vehicle and vehicle in one.modes]
    reason = "in-time-by-mode" if fitting else "in-time" if timely else "late"
    pool = fitting or timely
    best = (
        min(pool, key=lambda one: (one.cost.minor, one.minutes))
        if pool
        else answer.itineraries[answer.named["fastest"] - 1]
    )
    numbers = {
        "due_at": due_at.isoformat(),
        "frontier": len(answer.itineraries),
        "in_time": len(timely),
        "by_vehicle": len(fitting),
        "vehicle": vehicle,
        "services": answer.services,
    }
    return Suited(best, reason, numbers)
