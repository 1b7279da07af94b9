"""An itinerary as plain data and back: what is stored is what was planned, whatever the timetables say later."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain.routing.answer import Gases, Itinerary, RouteLeg, Stop

_TIMES = ("cutoff_at", "leaves_at", "arrives_at", "ready_at")
_SUMS = ("freight", "handling", "storage")


def freeze(value: Any) -> Any:
    """Dataclasses as objects, instants as ISO 8601, money as [minor units, currency]."""
    if isinstance(value, Money):
        return [value.minor, value.currency]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [freeze(one) for one in value]
    if is_dataclass(value):
        return {f.name: freeze(getattr(value, f.name)) for f in fields(value)}
    return value


def thaw(data: dict[str, Any]) -> Itinerary:
    """The itinerary that `freeze` made `data` of."""
    whole = {
        **data,
        "legs": tuple(_leg(one) for one in data["legs"]),
        "leaves_at": datetime.fromisoformat(data["leaves_at"]),
        "ready_at": datetime.fromisoformat(data["ready_at"]),
        "cost": Money(*data["cost"]),
        "names": tuple(data["names"]),
    }
    return Itinerary(**whole)


def _leg(data: dict[str, Any]) -> RouteLeg:
    return RouteLeg(
        **{
            **data,
            "start": Stop(**data["start"]),
            "end": Stop(**data["end"]),
            "gases": Gases(**data["gases"]),
            **{name: datetime.fromisoformat(data[name]) for name in _TIMES},
            **{name: Money(*data[name]) for name in _SUMS},
        }
    )
