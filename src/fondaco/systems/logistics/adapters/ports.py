"""What logistics asks of a carrier, whoever it is and however it speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
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
    """Something a carrier reports; `id` is the carrier's own, stable over repeats.

    `conveyance` is what the goods travel in, where the carrier tells: bill (of the whole load), vessel, voyage.
    """

    id: str
    number: str
    code: str
    vocabulary: str
    event_at: datetime
    location: str
    detail: str
    conveyance: Mapping[str, str] = field(default_factory=dict)


class LabelFormat(StrEnum):
    """How a carrier hands a label over: for any printer, or for a label printer."""

    PDF = "application/pdf"
    ZPL = "application/zpl"


@dataclass(frozen=True, slots=True)
class CarrierLabel:
    """A parcel's label as its carrier made it; its barcode says `tracking_number`."""

    tracking_number: str
    reference: str
    format: LabelFormat
    content: bytes

    @property
    def file_name(self) -> str:
        """What a printed copy is called."""
        return f"{self.tracking_number}.{'zpl' if self.format is LabelFormat.ZPL else 'pdf'}"


class Cancelled(StrEnum):
    """What became of a request to cancel a booking."""

    DONE = "cancelled"
    TOO_LATE = "too_late"
    UNKNOWN = "unknown"


class Carrier(Protocol):
    """A carrier's booking desk and status feed. Unavailable where it does not answer; safe to repeat."""

    name: str

    def book(self, bookings: Sequence[Booking]) -> dict[str, str]:
        """Hand over `bookings` (at most 100); the carrier's reference of each by its number."""
        ...

    def label(self, tracking_number: str, *, form: LabelFormat = LabelFormat.PDF) -> CarrierLabel:
        """The label of one booked parcel. CarrierRefused where the carrier has no such parcel."""
        ...

    def cancel(self, numbers: Sequence[str]) -> dict[str, Cancelled]:
        """Take bookings back (at most 100); by number what became of each. A second time changes nothing."""
        ...

    def events(self, numbers: Sequence[str]) -> list[CarrierEvent]:
        """All that is known of `numbers` (at most 100)."""
        ...
