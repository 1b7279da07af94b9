"""Quoting: one pass over every service that could carry a request, in integers.

Order of a price, for each parcel (or for the consignment as a whole, as the lane says):
1. W = the larger of mass and volume / divisor (rounded up to a gram), at least the minimum billable.
2. The band from < W <= to. Then W is rounded up to the band's increment: the billable mass.
3. Freight by the band's pricing; plus registration; plus the remote surcharge where the postcode is
   in the lane's remote area (the larger of a fixed amount and one per kg).
4. Fuel on freight, or on all of the above, at the rate in force on the day.
Each figure is rounded half-up to a whole minor unit where it arises; sums are of rounded figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain.book import BASES, KINDS
from fondaco.systems.logistics.domain.cargo import Feature, cargo_mask, feature_mask, feature_names
from fondaco.systems.logistics.domain.dto import Offer, ParcelSpec, QuoteRequest, QuoteResult, Refusal
from fondaco.systems.logistics.domain.refusals import Why, describe
from fondaco.systems.logistics.domain.store import KEY_BITS, Ints, RateStore, Span

_TRACKED = feature_mask([Feature.TRACKED])
_DDP = feature_mask([Feature.DDP])
_NOWHERE = Span(0, 0, 0)


class BadRequest(Refused):
    code = "bad-quote-request"
    title = "This cannot be quoted."
    remedy = "Give at least one parcel, each with a positive mass and three positive sides."


class Pricing(IntEnum):
    """Places in `book.PRICINGS`."""

    FLAT = 0
    PER_KG = 1
    FIRST_STEP = 2
    PER_CBM = 3


@dataclass(frozen=True, slots=True)
class Load:
    """A request's parcels as numbers: distinct kinds with their counts, and the largest of each measure.

    Longest, middle and shortest sides are each the largest over all parcels, which decides limits
    exactly, since a lane's limits hold side by side after sorting.
    """

    mass: Ints
    mm3: Ints
    count: Ints
    heaviest_g: int
    sides: tuple[int, int, int]
    girth_mm: int
    sum_mm: int

    @classmethod
    def of(cls, parcels: Sequence[ParcelSpec]) -> Load:
        kinds: dict[tuple[int, int, int, int], int] = {}
        for p in parcels:
            a, b, c = sorted((p.length_mm, p.width_mm, p.height_mm), reverse=True)
            if c <= 0 or p.mass_g <= 0:
                raise BadRequest(field="parcels", value=p)
            kinds[(p.mass_g, a, b, c)] = kinds.get((p.mass_g, a, b, c), 0) + 1
        if not kinds:
            raise BadRequest(field="parcels", value="none")
        rows = list(kinds)
        return cls(
            mass=np.array([r[0] for r in rows], dtype=np.int64),
            mm3=np.array([r[1] * r[2] * r[3] for r in rows], dtype=np.int64),
            count=np.array(list(kinds.values()), dtype=np.int64),
            heaviest_g=max(r[0] for r in rows),
            sides=(max(r[1] for r in rows), max(r[2] for r in rows), max(r[3] for r in rows)),
            girth_mm=max(r[1] + 2 * (r[2] + r[3]) for r in rows),
            sum_mm=max(r[1] + r[2] + r[3] for r in rows),
        )

    def whole(self) -> tuple[Ints, Ints, Ints]:
        """Mass, volume and count as one consignment."""
        return (
            np.array([int((self.mass * self.count).sum())], dtype=np.int64),
            np.array([int((self.mm3 * self.count).sum())], dtype=np.int64),
            np.ones(1, dtype=np.int64),
        )


@dataclass(frozen=True, slots=True)
class Priced:
    """Amounts of some lanes in minor units, and what they were charged on."""

    lanes: Ints
    freight: Ints
    registration: Ints
    remote: Ints
    fuel: Ints
    billable: Ints
    total: Ints


@dataclass(frozen=True, slots=True)
class Judged:
    """A request against the store: why each lane of `span` was refused (0: it was not), and prices."""

    span: Span
    why: NDArray[np.int8]
    priced: Priced
    load: Load


def quote(store: RateStore, request: QuoteRequest, *, limit: int = 10, explain: bool = False) -> QuoteResult:
    """Price every service of `store` for `request`.

    The result holds the `limit` cheapest offers and, beyond them, the cheapest tracked, the cheapest
    tracked DDP and the fastest tracked one; with `explain`, also every refusal with its numbers.
    BadRequest for parcels without mass or size; UnknownCargoClass and UnknownFeature for unknown words.
    """
    judged = judge(store, request)
    order = _ranking(store, judged.priced)
    service_why = _service_why(store, request, judged)
    counts = np.bincount(service_why, minlength=len(Why))
    return QuoteResult(
        reference=request.reference,
        offers=tuple(_offer(store, judged.priced, i, request) for i in _shown(store, judged, order, limit)),
        offer_count=len(order),
        refused_counts={why.code: int(counts[why]) for why in Why if why and counts[why]},
        book_version=store.version,
        refused=tuple(_refusals(store, request, judged, service_why)) if explain else (),
    )


def judge(store: RateStore, request: QuoteRequest) -> Judged:
    """Eligibility and price of every lane between the request's origin and destination."""
    load = Load.of(request.parcels)
    span = store.spans.get((request.origin, request.destination), _NOWHERE)
    lane = {name: column[span.start : span.end] for name, column in store.lanes.items()}
    fuel = _fuel(store, lane, request)
    areas = _areas_hit(store, lane, request.postcode)
    why = _eligibility(store, lane, request, load, fuel, areas)
    able = np.flatnonzero(why == 0)
    middle = int(np.searchsorted(able, span.middle - span.start))
    hit = areas[lane["remote_area"]] & (lane["remote_area"] >= 0)
    parts = [
        _price(store, able[:middle] + span.start, (load.mass, load.mm3, load.count), fuel, hit, span),
        _price(store, able[middle:] + span.start, load.whole(), fuel, hit, span),
    ]
    for _, bandless in parts:
        why[bandless - span.start] = Why.WEIGHT_BAND
    return Judged(span, why, _joined([priced for priced, _ in parts]), load)


def _eligibility(
    store: RateStore,
    lane: dict[str, Any],
    request: QuoteRequest,
    load: Load,
    fuel: Ints,
    areas: NDArray[np.bool_],
) -> NDArray[np.int8]:
    """The first reason against each lane, in the order of `Why`; 0 where there is none."""
    day, service = request.on.toordinal(), lane["service"]
    zoned = lane["zone_area"] >= 0
    cargo, wanted = cargo_mask(request.cargo_classes), feature_mask(request.required)
    a, b, c = load.sides
    checks: list[tuple[Why, Any]] = [
        (Why.NOT_IN_FORCE, (lane["starts"] > day) | (day >= lane["ends"])),
        (Why.POSTCODE_NEEDED, zoned if not request.postcode else np.zeros_like(zoned)),
        (Why.ZONE_NOT_SERVED, zoned & ~areas[lane["zone_area"]]),
        (Why.CARGO_CLASS, (store.services["cargo"][service] & cargo) != cargo),
        (Why.FEATURE_MISSING, (store.services["features"][service] & wanted) != wanted),
        (Why.FUEL_RATE_MISSING, fuel < 0),
        (Why.TOO_HEAVY, _over(load.heaviest_g, lane["max_weight_g"])),
        (Why.TOO_LARGE, _over(a, lane["max_a"]) | _over(b, lane["max_b"]) | _over(c, lane["max_c"])),
        (Why.GIRTH, _over(load.girth_mm, lane["max_girth_mm"])),
        (Why.SUM_OF_SIDES, _over(load.sum_mm, lane["max_sum_mm"])),
    ]
    why = np.zeros(len(service), dtype=np.int8)
    for reason, against in checks:
        why[against & (why == 0)] = reason
    return why


def _over(measure: int, limit: Ints) -> NDArray[np.bool_]:
    """Where `measure` exceeds a limit; 0 is no limit."""
    return (limit > 0) & (measure > limit)


def _fuel(store: RateStore, lane: dict[str, Any], request: QuoteRequest) -> Ints:
    """Fuel basis points of each lane on the day: 0 without a rule, -1 where a rule has no rate."""
    rates = np.append(store.fuel_on(request.on.toordinal()), 0)
    found: Ints = rates[lane["fuel"]]
    return found


def _areas_hit(store: RateStore, lane: dict[str, Any], postcode: str) -> NDArray[np.bool_]:
    """Which areas hold `postcode`; one more False stands for "no area" (-1)."""
    hit = np.zeros(len(store.areas) + 1, dtype=bool)
    text = postcode.upper().replace(" ", "")
    if text:
        used = np.unique(np.concatenate((lane["zone_area"], lane["remote_area"])))
        for area in used[used >= 0].tolist():
            hit[area] = text.startswith(store.prefixes[area])
    return hit


def _price(
    store: RateStore,
    lanes: Ints,
    parcels: tuple[Ints, Ints, Ints],
    fuel: Ints,
    remote_hit: NDArray[np.bool_],
    span: Span,
) -> tuple[Priced, Ints]:
    """Prices of `lanes` for parcels (mass, volume, count), and the lanes that have no band for one."""
    mass, mm3, count = parcels
    weight = _weight(store, lanes, mass, mm3)
    cells, found = _bands(store, lanes, weight)
    banded = found.all(axis=0)
    lanes, bandless = lanes[banded], lanes[~banded]
    weight, cells = weight[:, banded], cells[:, banded]
    cell = {name: column[cells] for name, column in store.cells.items()}
    billable = -(-weight // cell["increment"]) * cell["increment"]
    freight = _freight(cell, billable)
    remote = _remote(store, lanes, billable, remote_hit[lanes - span.start])
    basis = freight + np.where(store.lanes["fuel_basis"][lanes] == 1, cell["registration"] + remote, 0)
    surcharge = (2 * basis * fuel[lanes - span.start] + 10_000) // 20_000
    parts = [
        (part * count[:, None]).sum(axis=0) for part in (freight, cell["registration"], remote, surcharge)
    ]
    whole = (billable * count[:, None]).sum(axis=0)
    return Priced(lanes, *parts, billable=whole, total=parts[0] + parts[1] + parts[2] + parts[3]), bandless


def _weight(store: RateStore, lanes: Ints, mass: Ints, mm3: Ints) -> Ints:
    """W in grams, parcels down and lanes across."""
    divisor = store.lanes["divisor"][lanes]
    safe = np.where(divisor > 0, divisor, 1)
    # cm3 per kg equals mm3 per g, so no factor is needed.
    volumetric = np.where(divisor > 0, -(-mm3[:, None] // safe), 0)
    weight: Ints = np.maximum(np.maximum(mass[:, None], volumetric), store.lanes["min_billable_g"][lanes])
    return weight


def _bands(store: RateStore, lanes: Ints, weight: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """The cell of each weight, and whether its band really holds it."""
    cells = np.searchsorted(store.keys, (lanes << KEY_BITS) + weight, side="left")
    cells = np.minimum(cells, max(len(store.keys) - 1, 0))
    found = (store.cells["lane"][cells] == lanes) & (store.cells["from_g"][cells] < weight)
    return cells, found & (store.cells["to_g"][cells] >= weight)


def _freight(cell: dict[str, Any], billable: Ints) -> Ints:
    """Freight by the cell's pricing, half-up."""
    unit, pricing = cell["unit"], cell["pricing"]
    beyond = np.maximum(billable - cell["first_g"], 0)
    steps = -(-beyond // np.maximum(cell["step_g"], 1))
    freight: Ints = np.select(
        [pricing == Pricing.FLAT, pricing == Pricing.PER_KG, pricing == Pricing.FIRST_STEP],
        [unit, (2 * unit * billable + 1000) // 2000, unit + steps * cell["step"]],
        (2 * unit * billable + 1_000_000) // 2_000_000,
    )
    return freight


def _remote(store: RateStore, lanes: Ints, billable: Ints, hit: NDArray[np.bool_]) -> Ints:
    per_kg = (2 * store.lanes["remote_per_kg"][lanes] * billable + 1000) // 2000
    charge: Ints = np.where(hit, np.maximum(store.lanes["remote_fixed"][lanes], per_kg), 0)
    return charge


def _joined(parts: list[Priced]) -> Priced:
    names = Priced.__slots__
    return Priced(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _ranking(store: RateStore, priced: Priced) -> Ints:
    """Places in `priced`, cheapest first, one per service; ties go to the faster, then by name."""
    service = store.lanes["service"][priced.lanes]
    order = np.lexsort((service, store.lanes["transit_max"][priced.lanes], priced.total))
    _, first = np.unique(service[order], return_index=True)
    kept: Ints = order[np.sort(first)]
    return kept


def _shown(store: RateStore, judged: Judged, order: Ints, limit: int) -> list[int]:
    """The first `limit` of `order` and the named few beyond them, still cheapest first."""
    lanes = judged.priced.lanes[order]
    features = store.services["features"][store.lanes["service"][lanes]]
    keep = set(range(min(limit, len(order))))
    for wanted in (_TRACKED, _TRACKED | _DDP):
        keep.update(np.flatnonzero((features & wanted) == wanted)[:1].tolist())
    tracked = np.flatnonzero(features & _TRACKED)
    if len(tracked):
        keep.add(int(tracked[np.argmin(store.lanes["transit_max"][lanes[tracked]])]))
    return [int(order[i]) for i in sorted(keep)]


def _offer(store: RateStore, priced: Priced, place: int, request: QuoteRequest) -> Offer:
    lane = int(priced.lanes[place])
    service = int(store.lanes["service"][lane])
    text = {
        name: str(store.services[name][service])
        for name in ("id", "code", "name", "provider_code", "provider")
    }
    features = int(store.services["features"][service])
    unchecked = not request.postcode and store.lanes["remote_area"][lane] >= 0
    return Offer(
        service_id=UUID(text["id"]),
        service_code=text["code"],
        provider_code=text["provider_code"],
        provider=text["provider"],
        name=text["name"],
        kind=KINDS[int(store.services["kind"][service])],
        price=Money(int(priced.total[place]), store.currency),
        breakdown=tuple(
            (name, int(getattr(priced, name)[place]))
            for name in ("freight", "registration", "remote", "fuel")
        ),
        transit_days_min=int(store.lanes["transit_min"][lane]),
        transit_days_max=int(store.lanes["transit_max"][lane]),
        incoterm=str(store.services["incoterm"][service]),
        features=feature_names(features),
        tracked=bool(features & _TRACKED),
        billable_g=int(priced.billable[place]),
        zone=str(store.lanes["zone"][lane]),
        basis=BASES[int(store.lanes["basis"][lane])],
        notes=("remote-surcharge-not-checked",) if unchecked else (),
    )


def _service_why(store: RateStore, request: QuoteRequest, judged: Judged) -> Ints:
    """Each service's reason: 0 if any of its lanes is offered, else the last hurdle one of them met."""
    here = store.origins.get(request.origin)
    why = np.full(store.service_count, Why.NO_ORIGIN, dtype=np.int64)
    if here is not None:
        why[here] = Why.NO_DESTINATION
    service = store.lanes["service"][judged.span.start : judged.span.end]
    np.maximum.at(why, service, judged.why)
    why[service[judged.why == 0]] = 0
    return why


def _refusals(store: RateStore, request: QuoteRequest, judged: Judged, why: Ints) -> list[Refusal]:
    """Every refused service with the numbers of the lane that came furthest."""
    span = judged.span
    service = store.lanes["service"][span.start : span.end]
    lane_of = {int(service[i]): i + span.start for i in np.flatnonzero(judged.why == why[service]).tolist()}
    return [
        describe(store, request, judged.load, Why(int(why[s])), service=s, lane=lane_of.get(s, -1))
        for s in np.flatnonzero(why).tolist()
    ]
