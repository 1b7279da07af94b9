"""What is asked of the splitter and what it answers. Amounts are minor units of the cards' currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class SplitItem:
    """One order line: `quantity` equal units, each of `mass_g` and three sides in millimetres.

    `heading` is the six-digit tariff sub-heading, `value_minor` the price of the whole line.
    """

    line_id: str
    sku: str
    quantity: int
    mass_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    cargo_classes: frozenset[str] = frozenset()
    heading: str = ""
    value_minor: int = 0


@dataclass(frozen=True, slots=True)
class StockAt:
    """What a warehouse has of an article."""

    warehouse: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Source:
    """A warehouse that goods may leave from. `kind` is own, park, bonded or overseas.

    `handling_minor` is asked for each parcel. A source that is not `stocked` has everything: its stock is not
    counted.
    """

    code: str
    country: str
    kind: str = "own"
    handling_minor: int = 0
    stocked: bool = False


@dataclass(frozen=True, slots=True)
class LandedTerms:
    """What the border asks of one consignment (all parcels of one waybill) from one source, as plain data.

    The window's regime gives it. For each consignment
    duty = sum over lines of `duty_ppm` of the customs value (goods, and freight where `counts_freight`)
         + `flat_minor` for each tariff sub-heading in it,
    tax  = `tax_ppm` of goods and freight and duty where `taxes_landed`, else of goods,
    fees = `fee_minor`, or `fee_ppm` of the goods between `fee_floor_minor` and `fee_ceiling_minor`.

    Where the buyer is charged carriage, that and not the freight is in these values: `carriage_ppm` is its share
    of the goods.

    The terms hold for goods of at most `limit_minor` (0: no limit); `beyond` are the terms above it.
    Where `aggregates_same_order`, the goods of all consignments of the order count together against the
    limit: parting an order does not buy a relief. `source` cites the law.
    """

    code: str
    source: str
    duty_ppm: Mapping[str, int] = field(default_factory=dict)
    flat_minor: int = 0
    tax_ppm: int = 0
    taxes_landed: bool = True
    counts_freight: bool = True
    fee_minor: int = 0
    fee_ppm: int = 0
    fee_floor_minor: int = 0
    fee_ceiling_minor: int = 0
    carriage_ppm: int | None = None
    limit_minor: int = 0
    aggregates_same_order: bool = True
    beyond: LandedTerms | None = None

    def for_value(self, goods_minor: int) -> LandedTerms:
        """The terms that hold for goods of this value."""
        if self.limit_minor and goods_minor > self.limit_minor and self.beyond is not None:
            return self.beyond.for_value(goods_minor)
        return self


@dataclass(frozen=True, slots=True)
class SplitRequest:
    """An order to part, or not, into parcels, services and warehouses.

    `landed` gives the terms of each source by its code; a source without terms has no border to pay.
    `patience_bp` prices time: each day of transit costs that share of the parcel's cheapest price, in
    basis points. `late_minor` is asked for each parcel and day after `deadline_days`. `services` narrows
    the cards (empty: all). `duty_aware=False` leaves the border out of the objective, for comparison.
    """

    reference: str
    destination: str
    postcode: str
    on: date
    items: tuple[SplitItem, ...]
    sources: tuple[Source, ...]
    stock: tuple[StockAt, ...] = ()
    landed: Mapping[str, LandedTerms] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    waybill_minor: int = 0
    patience_bp: int = 0
    deadline_days: int = 0
    late_minor: int = 0
    duty_aware: bool = True


@dataclass(frozen=True, slots=True)
class Costing:
    """What a plan costs, by kind; `total` is what was minimised."""

    freight: int = 0
    handling: int = 0
    border: int = 0
    time: int = 0

    @property
    def total(self) -> int:
        return self.freight + self.handling + self.border + self.time

    @property
    def landed(self) -> int:
        """What is paid in money: everything but the price of time."""
        return self.freight + self.handling + self.border

    def plus(self, other: Costing) -> Costing:
        """Both together."""
        return Costing(
            self.freight + other.freight,
            self.handling + other.handling,
            self.border + other.border,
            self.time + other.time,
        )


@dataclass(frozen=True, slots=True)
class PlannedParcel:
    """A parcel of a plan: its box, outer sides and gross mass, and what lies in it as (line id, units)."""

    box: str
    length_mm: int
    width_mm: int
    height_mm: int
    mass_g: int
    contents: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PlannedConsignment:
    """Parcels under one waybill. `contents` of its parcels are (line id, units).

    `terms` names the border terms that were applied; `headings` counts its tariff sub-headings.
    """

    warehouse: str
    service_code: str
    parcels: tuple[PlannedParcel, ...]
    cost: Costing
    days_max: int
    goods_minor: int
    headings: int
    terms: str = ""


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """The plan chosen. `bound` is the least total any plan of the candidates can have; `gap` the rest, as a share.

    `method` is "exact" (every way of parting the order was a candidate) or "candidates". `baselines` are
    whole plans it was held against ("single": one service for all, "per-line": each line on its own),
    None where there is none. `wholes` is what everything comes to by one service of each warehouse that has it
    all. `refused` says for each way that was left out which rule forbade it.
    """

    reference: str
    consignments: tuple[PlannedConsignment, ...]
    cost: Costing
    bound: int
    gap: float
    proven: bool
    method: str
    candidates: int
    baselines: Mapping[str, Costing]
    single_service: str = ""
    wholes: Mapping[str, int] = field(default_factory=dict)
    alternatives: tuple[Mapping[str, Any], ...] = ()
    refused: tuple[Mapping[str, Any], ...] = ()
    seconds: float = 0.0

    @property
    def services(self) -> tuple[tuple[str, str], ...]:
        """The (warehouse, service) pairs it uses, in order."""
        return tuple(sorted({(c.warehouse, c.service_code) for c in self.consignments}))

    @property
    def saved(self) -> int:
        """Against the best plan without a split: single service, else per line; 0 where there is neither."""
        rivals = [cost.total for cost in self.baselines.values()]
        return min(rivals) - self.cost.total if rivals else 0
