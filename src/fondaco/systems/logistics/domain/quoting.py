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

import numpy as np
from numpy.typing import NDArray

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain.book import BASES
from fondaco.systems.logistics.domain.cargo import cargo_mask, feature_mask
from fondaco.systems.logistics.domain.dto import Offer, ParcelSpec, QuoteRequest, QuoteResult, Refusal
from fondaco.systems.logistics.domain.pair import DDP, TRACKED, Pair, areas_hit, card_of, pair_of
from fondaco.systems.logistics.domain.refusals import Case, Why, describe
from fondaco.systems.logistics.domain.store import KEY_BITS, Ints, RateStore

Bools = NDArray[np.bool_]


class BadRequest(Refused):
    code = "bad-quote-request"
    title = "This cannot be quoted."
    remedy = "Give at least one parcel, each with a positive mass and three positive sides."


# A parcel heavier or larger than this is a mistake of units, and would overflow nothing but patience.
_MOST_G, _MOST_MM = 100_000_000, 20_000


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
        """BadRequest for none, or for one without mass or size, or of absurd mass or size."""
        kinds: dict[tuple[int, int, int, int], int] = {}
        for p in parcels:
            a, b, c = sorted((p.length_mm, p.width_mm, p.height_mm), reverse=True)
            if not (c > 0 and a <= _MOST_MM and 0 < p.mass_g <= _MOST_G):
                raise BadRequest(field="parcels", value=p)
            kinds[p.mass_g, a, b, c] = kinds.get((p.mass_g, a, b, c), 0) + 1
        if not kinds:
            raise BadRequest(field="parcels", value="none")
        table = np.array(list(kinds), dtype=np.int64)
        mass, a, b, c = table.T
        return cls(
            mass=mass,
            mm3=a * b * c,
            count=np.array(list(kinds.values()), dtype=np.int64),
            heaviest_g=int(mass.max()),
            sides=(int(a.max()), int(b.max()), int(c.max())),
            girth_mm=int((a + 2 * (b + c)).max()),
            sum_mm=int((a + b + c).max()),
        )

    def whole(self) -> tuple[Ints, Ints, Ints]:
        """Mass, volume and count as one consignment."""
        return (
            np.array([self.mass @ self.count], dtype=np.int64),
            np.array([self.mm3 @ self.count], dtype=np.int64),
            np.ones(1, dtype=np.int64),
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for each lane of a pair on a day and at a postcode: fuel basis points, areas hit."""

    fuel: Ints
    areas: Bools
    remote: Bools | None


@dataclass(frozen=True, slots=True)
class Priced:
    """Amounts of some lanes in minor units, and what they were charged on."""

    lanes: Ints
    freight: Ints
    registration: Ints
    remote: Ints
    fuel: Ints
    billable: Ints

    @property
    def total(self) -> Ints:
        return self.freight + self.registration + self.remote + self.fuel

    def plus(self, other: Priced) -> Priced:
        """These lanes and the other's."""
        if not len(other.lanes):
            return self
        return Priced(
            *(np.concatenate((getattr(self, name), getattr(other, name))) for name in Priced.__slots__)
        )


def quote(store: RateStore, request: QuoteRequest, *, limit: int = 10, explain: bool = False) -> QuoteResult:
    """Price every service of `store` for `request`.

    The result holds the `limit` cheapest offers and, beyond them, the cheapest tracked, the cheapest
    tracked DDP and the fastest tracked one; with `explain`, also every refusal with its numbers.
    BadRequest for parcels without mass or size; UnknownCargoClass and UnknownFeature for unknown words.
    """
    pair = pair_of(store, request.origin, request.destination)
    load = Load.of(request.parcels)
    terms = _terms(store, pair, request)
    why = _eligibility(pair, request, load, terms)
    priced = _price_all(pair, load, terms, why)
    order = _ranking(pair, priced)
    return QuoteResult(
        reference=request.reference,
        offers=_offers(store, pair, request, priced, _shown(pair, priced.lanes[order], order, limit)),
        offer_count=len(order),
        refused_counts=_counts(pair, why),
        book_version=store.version,
        refused=tuple(_refusals(store, pair, request, load, why)) if explain else (),
    )


def _terms(store: RateStore, pair: Pair, request: QuoteRequest) -> Terms:
    areas = areas_hit(store, pair, request.postcode)
    fuel = store.fuel_on(request.on.toordinal())[pair.fuel]
    return Terms(fuel, areas, areas[pair.remote_area] if areas.any() else None)


def _eligibility(pair: Pair, request: QuoteRequest, load: Load, terms: Terms) -> NDArray[np.int8]:
    """The first reason against each lane, in the order of `Why`; 0 where there is none.

    Written from the last reason to the first, so that an earlier one overwrites a later.
    """
    day, (a, b, c) = request.on.toordinal(), load.sides
    cargo, wanted = cargo_mask(request.cargo_classes), feature_mask(request.required)
    why = np.zeros(len(pair.service), dtype=np.int8)
    why[load.sum_mm > pair.max_sum_mm] = Why.SUM_OF_SIDES
    why[load.girth_mm > pair.max_girth_mm] = Why.GIRTH
    why[(a > pair.max_a) | (b > pair.max_b) | (c > pair.max_c)] = Why.TOO_LARGE
    why[load.heaviest_g > pair.max_weight_g] = Why.TOO_HEAVY
    why[terms.fuel < 0] = Why.FUEL_RATE_MISSING
    if wanted:
        why[(pair.features & wanted) != wanted] = Why.FEATURE_MISSING
    if cargo:
        why[(pair.cargo & cargo) != cargo] = Why.CARGO_CLASS
    if pair.zoned:
        zoned = pair.zone_area >= 0
        why[zoned & ~terms.areas[pair.zone_area]] = (
            Why.ZONE_NOT_SERVED if request.postcode else Why.POSTCODE_NEEDED
        )
    why[(pair.starts > day) | (day >= pair.ends)] = Why.NOT_IN_FORCE
    return why


def _price_all(pair: Pair, load: Load, terms: Terms, why: NDArray[np.int8]) -> Priced:
    """Prices of all eligible lanes; those without a band for the weight become refused in `why`."""
    able = np.flatnonzero(why == 0)
    middle = int(np.searchsorted(able, pair.middle))
    each, bandless = _price(pair, able[:middle], (load.mass, load.mm3, load.count), terms)
    whole, bandless_whole = _price(pair, able[middle:], load.whole(), terms)
    why[bandless] = Why.WEIGHT_BAND
    why[bandless_whole] = Why.WEIGHT_BAND
    return each.plus(whole)


def _price(pair: Pair, lanes: Ints, parcels: tuple[Ints, Ints, Ints], terms: Terms) -> tuple[Priced, Ints]:
    """Prices of `lanes` for parcels (mass, volume, count), and the lanes that have no band for one."""
    mass, mm3, count = parcels
    weight = _weight(pair, lanes, mass, mm3)
    place, found = _bands(pair, lanes, weight)
    banded = found.all(axis=0)
    bandless = lanes[~banded]
    if len(bandless):
        lanes, weight, place = lanes[banded], weight[:, banded], place[:, banded]
    cells = pair.cells
    increment = cells.increment[place]
    billable = (weight + increment - 1) // increment * increment
    freight = _freight(pair, place, billable)
    registration = cells.registration[place]
    remote = _remote(pair, lanes, billable, terms)
    basis = freight + pair.fuel_on_fees[lanes] * (registration + remote)
    fuel = (2 * basis * terms.fuel[lanes] + 10_000) // 20_000
    sums = [count @ part for part in (freight, registration, remote, fuel, billable)]
    return Priced(lanes, *sums), bandless


def _weight(pair: Pair, lanes: Ints, mass: Ints, mm3: Ints) -> Ints:
    """W in grams, parcels down and lanes across; cm3 per kg equals mm3 per g, so no factor is needed."""
    volumetric = -(-mm3[:, None] // pair.divisor[lanes])
    weight: Ints = np.maximum(np.maximum(mass[:, None], volumetric), pair.min_billable_g[lanes])
    return weight


def _bands(pair: Pair, lanes: Ints, weight: Ints) -> tuple[Ints, Bools]:
    """The cell of each weight, and whether its band really holds it."""
    cells = pair.cells
    place = np.searchsorted(cells.keys, (lanes << KEY_BITS) + weight)
    np.minimum(place, max(len(cells.keys) - 1, 0), out=place)
    found: Bools = (cells.lane[place] == lanes) & (cells.from_g[place] < weight)
    # Past the last cell of all, the search was pulled back to it.
    return place, found & (cells.keys[place] >= (lanes << KEY_BITS) + weight)


def _freight(pair: Pair, place: Ints, billable: Ints) -> Ints:
    """Freight by the cell's pricing, half-up; see `pair` for the formula."""
    cells = pair.cells
    den = cells.den[place]
    freight: Ints = cells.fixed[place] + (2 * cells.rate[place] * billable + den) // (2 * den)
    if cells.has_steps:
        step_g = cells.step_g[place]
        beyond = np.maximum(billable - cells.first_g[place], 0)
        freight += (beyond + step_g - 1) // step_g * cells.step[place]
    return freight


def _remote(pair: Pair, lanes: Ints, billable: Ints, terms: Terms) -> Ints:
    if terms.remote is None:
        return np.zeros_like(billable)
    per_kg = (2 * pair.remote_per_kg[lanes] * billable + 1000) // 2000
    charge: Ints = np.where(terms.remote[lanes], np.maximum(pair.remote_fixed[lanes], per_kg), 0)
    return charge


def _ranking(pair: Pair, priced: Priced) -> Ints:
    """Places in `priced`, cheapest first, one per service; ties go to the faster, then by name."""
    service = pair.service[priced.lanes]
    order = np.lexsort((service, pair.transit_max[priced.lanes], priced.total))
    if pair.once:
        return order
    _, first = np.unique(service[order], return_index=True)
    kept: Ints = order[np.sort(first)]
    return kept


def _shown(pair: Pair, lanes: Ints, order: Ints, limit: int) -> list[int]:
    """The first `limit` of `order` and the named few beyond them, still cheapest first."""
    features = pair.features[lanes]
    keep = set(range(min(limit, len(order))))
    for wanted in (TRACKED, TRACKED | DDP):
        suits = (features & wanted) == wanted
        first = int(suits.argmax()) if len(suits) else 0
        if len(suits) and suits[first]:
            keep.add(first)
    tracked = np.flatnonzero(features & TRACKED)
    if len(tracked):
        keep.add(int(tracked[np.argmin(pair.transit_max[lanes[tracked]])]))
    shown: list[int] = order[sorted(keep)].tolist()
    return shown


def _offers(
    store: RateStore, pair: Pair, request: QuoteRequest, priced: Priced, places: list[int]
) -> tuple[Offer, ...]:
    lanes = priced.lanes[places] + pair.start
    columns = zip(
        priced.total[places].tolist(),
        priced.freight[places].tolist(),
        priced.registration[places].tolist(),
        priced.remote[places].tolist(),
        priced.fuel[places].tolist(),
        priced.billable[places].tolist(),
        *(store.lanes[name][lanes].tolist() for name in _OFFER_COLUMNS),
        strict=True,
    )
    unchecked = () if request.postcode else ("remote-surcharge-not-checked",)
    return tuple(_offer(store, row, unchecked) for row in columns)


_OFFER_COLUMNS = ("service", "transit_min", "transit_max", "zone", "basis", "remote_area")


def _offer(store: RateStore, row: tuple[int | str, ...], unchecked: tuple[str, ...]) -> Offer:
    price, freight, registration, remote, fuel, billable, service, low, high, zone, basis, remote_area = row
    card = card_of(store, int(service))
    return Offer(
        service_id=card.id,
        service_code=card.code,
        provider_code=card.provider_code,
        provider=card.provider,
        name=card.name,
        kind=card.kind,
        price=Money(int(price), store.currency),
        breakdown=(
            ("freight", int(freight)),
            ("registration", int(registration)),
            ("remote", int(remote)),
            ("fuel", int(fuel)),
        ),
        transit_days_min=int(low),
        transit_days_max=int(high),
        incoterm=card.incoterm,
        features=card.features,
        tracked=card.tracked,
        billable_g=int(billable),
        zone=str(zone),
        basis=BASES[int(basis)],
        notes=unchecked if int(remote_area) >= 0 else (),
    )


def _counts(pair: Pair, why: NDArray[np.int8]) -> dict[str, int]:
    """How many services were refused, by reason; each counts once, for the hurdle it came furthest to."""
    if not pair.once:
        why = _furthest(pair.service, why)
    counts = np.bincount(why, minlength=len(Why)).tolist()
    counts[Why.NO_ORIGIN], counts[Why.NO_DESTINATION] = pair.elsewhere
    return {reason.code: counts[reason] for reason in Why if reason and counts[reason]}


def _furthest(service: Ints, why: NDArray[np.int8]) -> NDArray[np.int8]:
    """One reason for each distinct service: 0 if one of its lanes is offered, else the greatest."""
    _, place = np.unique(service, return_inverse=True)
    reasons = np.zeros(int(place.max(initial=-1)) + 1, dtype=np.int8)
    np.maximum.at(reasons, place, why)
    reasons[place[why == 0]] = 0
    return reasons


def _service_why(store: RateStore, request: QuoteRequest, pair: Pair, why: NDArray[np.int8]) -> Ints:
    """Each service's reason: 0 if any of its lanes is offered, else the last hurdle one of them met."""
    here = store.origins.get(request.origin)
    reasons = np.full(store.service_count, Why.NO_ORIGIN, dtype=np.int64)
    if here is not None:
        reasons[here] = Why.NO_DESTINATION
    np.maximum.at(reasons, pair.service, why)
    reasons[pair.service[why == 0]] = 0
    return reasons


def _refusals(
    store: RateStore, pair: Pair, request: QuoteRequest, load: Load, why: NDArray[np.int8]
) -> list[Refusal]:
    """Every refused service with the numbers of the lane that came furthest."""
    reasons = _service_why(store, request, pair, why)
    same = np.flatnonzero(why == reasons[pair.service])
    lane_of = {int(pair.service[i]): int(i) + pair.start for i in same.tolist()}
    return [
        describe(Case(store, request, load, service, lane_of.get(service, -1)), Why(int(reasons[service])))
        for service in np.flatnonzero(reasons).tolist()
    ]
