"""What goes in and out of the logistics room: packing, quoting, booking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fondaco.kernel.money import Money

# ---------------------------------------------------------------- packing


@dataclass(frozen=True, slots=True)
class PackItem:
    """`quantity` equal units of one article; each unit's mass in grams, outer sides in millimetres.

    `keep_upright`: its height stays vertical (this side up), so that it can only be turned on its base.
    """

    sku: str
    quantity: int
    mass_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    cargo_classes: tuple[str, ...] = ()
    keep_upright: bool = False

    @property
    def volume_mm3(self) -> int:
        return self.length_mm * self.width_mm * self.height_mm

    @property
    def sides_mm(self) -> tuple[int, int, int]:
        """Longest first."""
        a, b, c = sorted((self.length_mm, self.width_mm, self.height_mm), reverse=True)
        return a, b, c


@dataclass(frozen=True, slots=True)
class PackRequest:
    reference: str
    items: tuple[PackItem, ...]


@dataclass(frozen=True, slots=True)
class Carton:
    """A box of the assortment: inner space, outer size, own mass, and what it may hold."""

    code: str
    inner_mm: tuple[int, int, int]
    outer_mm: tuple[int, int, int]
    tare_g: int
    max_contents_g: int

    @property
    def inner_volume_mm3(self) -> int:
        a, b, c = self.inner_mm
        return a * b * c


@dataclass(frozen=True, slots=True)
class UnitPlacement:
    """Where one unit lies: its corner nearest the origin and its turned sides, in millimetres."""

    sku: str
    x: int
    y: int
    z: int
    dx: int
    dy: int
    dz: int


@dataclass(frozen=True, slots=True)
class PackedParcel:
    """One parcel. `method` is "exact" (every unit placed), "volume" (the documented rule) or "own"."""

    box: str
    length_mm: int
    width_mm: int
    height_mm: int
    mass_g: int
    contents: tuple[tuple[str, int], ...]
    method: str
    placements: tuple[UnitPlacement, ...] = ()


@dataclass(frozen=True, slots=True)
class Unpackable:
    """Units that no parcel may hold, and why: `code` is item-too-large, item-too-heavy or bad-item."""

    code: str
    sku: str
    quantity: int
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Packing:
    """The parcels of one request. `least`: no packing into boxes takes fewer (0: not asked). `proof` says what
    stands behind the number of boxes: "proved" (there is no packing into fewer), "search" (fewer was looked for
    and not found) or "volume" (the wholesale rule).
    """

    reference: str
    parcels: tuple[PackedParcel, ...]
    unpackable: tuple[Unpackable, ...] = ()
    least: int = 0
    proof: str = ""


# ---------------------------------------------------------------- quoting


@dataclass(frozen=True, slots=True)
class ParcelSpec:
    """One parcel's outer sides in millimetres and gross mass in grams."""

    length_mm: int
    width_mm: int
    height_mm: int
    mass_g: int


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """What is to go where, when. `required` names features that a service must have."""

    reference: str
    origin: str
    destination: str
    postcode: str
    on: date
    parcels: tuple[ParcelSpec, ...]
    cargo_classes: frozenset[str] = frozenset()
    declared_value: Money | None = None
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Offer:
    """A service's price for a request. `breakdown` names freight, registration, remote and fuel."""

    service_id: UUID
    service_code: str
    provider_code: str
    provider: str
    name: str
    kind: str
    price: Money
    breakdown: tuple[tuple[str, int], ...]
    transit_days_min: int
    transit_days_max: int
    incoterm: str
    features: tuple[str, ...]
    tracked: bool
    billable_g: int
    zone: str = ""
    basis: str = "parcel"
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """This offer as plain data, for a snapshot."""
        return {
            "service_id": str(self.service_id), "service_code": self.service_code,
            "provider_code": self.provider_code, "provider": self.provider, "name": self.name,
            "kind": self.kind, "price_minor": self.price.minor, "currency": self.price.currency,
            "breakdown": [list(part) for part in self.breakdown], "billable_g": self.billable_g,
            "transit_days_min": self.transit_days_min, "transit_days_max": self.transit_days_max,
            "incoterm": self.incoterm, "features": list(self.features), "tracked": self.tracked,
            "zone": self.zone, "basis": self.basis, "notes": list(self.notes),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a service is not offered: a code and the numbers it was decided on."""

    service_code: str
    code: str
    numbers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QuoteResult:
    """The best offers, cheapest first, of `offer_count`; refusals counted by code.

    `refused` names each refusal where the services were asked why; `offer_count` plus the sum of
    `refused_counts` is the number of services asked.
    """

    reference: str
    offers: tuple[Offer, ...]
    offer_count: int
    refused_counts: Mapping[str, int]
    book_version: str
    refused: tuple[Refusal, ...] = ()


# ---------------------------------------------------------------- consignments


@dataclass(frozen=True, slots=True)
class NewConsignment:
    """A consignment to book. `ready_at` is when the carrier may collect (the time of booking if None)."""

    order_id: UUID
    seller_id: UUID
    buyer_id: UUID
    carrier_id: UUID
    origin: str
    destination: str
    offer: Offer
    parcels: tuple[PackedParcel, ...]
    ship_to: Mapping[str, Any] = field(default_factory=dict)
    refused_summary: Mapping[str, int] = field(default_factory=dict)
    alternatives: tuple[Offer, ...] = ()
    book_version: str = ""
    ready_at: datetime | None = None
    part: int = 1


@dataclass(frozen=True, slots=True)
class ConsignmentDTO:
    id: UUID
    order_id: UUID
    number: str
    seller_id: UUID
    buyer_id: UUID
    carrier_id: UUID
    origin: str
    destination: str
    state: str
    service_code: str
    service_name: str
    provider_name: str
    price: Money
    mass_g: int
    parcel_count: int
    tracking_numbers: tuple[str, ...]
    booked_at: datetime
    ready_at: datetime
    due_on: date
    delivered_at: datetime | None
    ship_to: Mapping[str, Any] = field(default_factory=dict)
    part: int = 1


@dataclass(frozen=True, slots=True)
class NewMilestone:
    """Something reported: `number` is a tracking number or a consignment number.

    `source` and `source_id` identify the report, so that hearing it twice changes nothing.
    """

    number: str
    raw_code: str
    vocabulary: str
    event_at: datetime
    source: str
    source_id: str
    location: str = ""
    detail: str = ""
    conveyance: Mapping[str, str] = field(default_factory=dict)
