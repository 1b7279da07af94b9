"""A price book in memory, as an importer reads it or the generator makes it, and what can be wrong in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

PRICINGS = ("flat", "per_kg", "first_step", "per_cbm")
BASES = ("parcel", "consignment")
FUEL_BASES = ("base", "subtotal")
KINDS = (
    "post", "express", "special_line", "overseas_wh_local", "bonded", "fcl", "lcl", "air_gen", "rail", "truck",
)  # fmt: skip
# One cubic metre counts as one tonne: W/M in sea and road freight.
CBM_DIVISOR = 1000


@dataclass(frozen=True, slots=True)
class CellDraft:
    """The price of one weight band: from_g < W <= to_g. `row` is the line of the file, for messages."""

    from_g: int
    to_g: int
    pricing: str
    unit_minor: int
    first_g: int = 0
    step_g: int = 0
    step_minor: int = 0
    registration_minor: int = 0
    increment_g: int = 1
    row: int = 0


@dataclass(slots=True)
class LaneDraft:
    """What holds for all weights of one service from an origin to a destination (or a zone of it).

    Sizes and weights are per piece, 0 where there is no limit. `clearance_minor` is charged once for a
    consignment (customs clearance, disbursement), `max_value_minor` is the most its goods may be worth (0: no
    limit), and cover is `insurance_basis_points` of the goods' value, at least `insurance_min_minor`, for goods
    worth up to `cover_minor` (0: any); both only where insurance is asked for.
    """

    service: str
    origin: str
    destination: str
    zone: str
    basis: str
    transit_min: int
    transit_max: int
    divisor: int = 0
    min_billable_g: int = 0
    max_weight_g: int = 0
    max_mm: tuple[int, int, int] = (0, 0, 0)
    max_girth_mm: int = 0
    max_sum_mm: int = 0
    fuel_rule: str = ""
    fuel_basis: str = "base"
    remote_area: str = ""
    remote_fixed_minor: int = 0
    remote_per_kg_minor: int = 0
    clearance_minor: int = 0
    max_value_minor: int = 0
    insurance_basis_points: int = 0
    insurance_min_minor: int = 0
    cover_minor: int = 0
    cells: list[CellDraft] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.service, self.origin, self.destination, self.zone


@dataclass(frozen=True, slots=True)
class ProviderDraft:
    code: str
    name: str
    country: str


@dataclass(frozen=True, slots=True)
class ServiceDraft:
    code: str
    provider: str
    name: str
    kind: str
    incoterm: str
    cargo_classes: tuple[str, ...]
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AreaDraft:
    provider: str
    destination: str
    name: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FuelDraft:
    """A fuel percentage in hundredths of a per cent, from a day (inclusive) to a day (exclusive)."""

    provider: str
    rule: str
    starts_on: date
    ends_on: date | None
    basis_points: int


@dataclass(slots=True)
class BookDraft:
    """A whole price book in one currency."""

    currency: str
    providers: list[ProviderDraft] = field(default_factory=list)
    services: list[ServiceDraft] = field(default_factory=list)
    areas: list[AreaDraft] = field(default_factory=list)
    fuel: list[FuelDraft] = field(default_factory=list)
    lanes: list[LaneDraft] = field(default_factory=list)

    @property
    def cell_count(self) -> int:
        return sum(len(lane.cells) for lane in self.lanes)


@dataclass(frozen=True, slots=True)
class BandFault:
    """Two bands that overlap, repeat or leave a gap: `code` is overlap, duplicate or gap."""

    code: str
    lane: tuple[str, str, str, str]
    row: int
    other_row: int
    from_g: int
    to_g: int


def band_faults(lanes: Sequence[LaneDraft]) -> Iterator[BandFault]:
    """Every overlap, duplicate and gap between neighbouring weight bands; sorts each lane's cells."""
    for lane in lanes:
        lane.cells.sort(key=lambda c: (c.from_g, c.to_g))
        for before, after in pairwise(lane.cells):
            if after.from_g == before.to_g:
                continue
            yield _fault(lane, before, after)


def _fault(lane: LaneDraft, before: CellDraft, after: CellDraft) -> BandFault:
    if (before.from_g, before.to_g) == (after.from_g, after.to_g):
        code = "duplicate"
    else:
        code = "overlap" if after.from_g < before.to_g else "gap"
    low, high = sorted((before.to_g, after.from_g))
    return BandFault(code, lane.key, after.row, before.row, low, high)
