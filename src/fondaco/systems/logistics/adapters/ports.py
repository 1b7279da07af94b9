"""What logistics asks of a carrier, whoever it is and however it speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Booking:
    """A consignment as a carrier needs to know it. `number` is its identity: the same twice is one."""

    number: str
    origin: str
    destination: str
    ready_at: datetime
    transit_days_min: int
    transit_days_max: int
    tracking_numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """Something a carrier reports; `id` is the carrier's own, stable over repeats."""

    id: str
    number: str
    code: str
    vocabulary: str
    event_at: datetime
    location: str
    detail: str


class Carrier(Protocol):
    """A carrier's booking desk and status feed. Unavailable where it does not answer; safe to repeat."""

    name: str

    def book(self, bookings: Sequence[Booking]) -> dict[str, str]:
        """Hand over `bookings` (at most 100); the carrier's reference of each by its number."""
        ...

    def events(self, numbers: Sequence[str]) -> list[CarrierEvent]:
        """All that is known of `numbers` (at most 100)."""
        ...
