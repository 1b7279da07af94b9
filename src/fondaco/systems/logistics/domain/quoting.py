"""Quoting: one pass over every service that could carry a request, in integers.

Order of a price, for each parcel (or for the consignment as a whole, as the lane says):
1. W = the larger of mass and volume / divisor (rounded up to a gram), at least the minimum billable.
2. The band from < W <= to. Then W is rounded up to the band's increment: the billable mass.
3. Freight by the band's pricing; plus registration; plus the remote surcharge where the postcode is
   in the lane's remote area (the larger of a fixed amount and one per kg).
4. Fuel on freight, or on all of the above, at the rate in force on the day.
Then once for the consignment: insurance, where it is asked for, as a share of the declared value and at least a
minimum; and the clearance fee. Fuel is taken of neither.
Each figure is rounded half-up to a whole minor unit where it arises; sums are of rounded figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain.book import BASES
from fondaco.systems.logistics.domain.dto import Offer, QuoteRequest, QuoteResult
from fondaco.systems.logistics.domain.kernel import BILLABLE, PARTS, POSTCODE, VALUE, price_lanes
from fondaco.systems.logistics.domain.pair import TIE_BITS, Pair, areas_hit, card_of, pair_of
from fondaco.systems.logistics.domain.refusals import Refusals, figures
from fondaco.systems.logistics.domain.shipment import BadRequest, Shipment, shipment_of
from fondaco.systems.logistics.domain.store import Ints, RateStore
from fondaco.systems.logistics.domain.why import CODES, Why

__all__ = ["BadRequest", "QuoteTable", "quote", "quote_table"]


@dataclass(frozen=True)
class QuoteTable:
    """The whole answer as columns: every lane of the pair with its reason or its price, and their order.

    `order` holds the lanes that are offered, cheapest first, one for each service. Every other service has a
    reason (`reasons`) with the figure that was measured and the limit that it broke (`figures`). Offers and
    refusals become objects only when they are asked for.
    """

    store: RateStore
    pair: Pair
    request: QuoteRequest
    shipment: Shipment
    why: NDArray[np.int8]
    totals: Ints
    order: Ints
    hit: NDArray[np.bool_]

    @cached_property
    def lane_of(self) -> Ints:
        """For each service the lane (of the pair) that came furthest; -1 where it has none."""
        lanes = np.full(self.store.service_count, -1, dtype=np.int64)
        if self.pair.once:
            lanes[self.pair.service] = np.arange(len(self.pair.service))
        else:
            furthest = np.argsort(np.where(self.why == 0, len(Why), self.why), kind="stable")
            lanes[self.pair.service[furthest]] = furthest
        return lanes

    @cached_property
    def reasons(self) -> NDArray[np.int8]:
        """Each service's reason: 0 if any of its lanes is offered, else the last hurdle that one of them met."""
        reasons = self.pair.reasons.copy()
        if self.pair.once:
            reasons[self.pair.service] = self.why
        else:
            np.maximum.at(reasons, self.pair.service, self.why)
            reasons[self.pair.service[self.why == 0]] = 0
        return reasons

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many services were refused, by reason."""
        counts = np.bincount(self.reasons, minlength=len(Why)).tolist()
        return {code: counts[why] for why, code in _REASONS if counts[why]}

    @cached_property
    def figures(self) -> Ints:
        """For each lane that is refused: what was measured, and the limit it broke (0, 0 where offered)."""
        return figures(self.pair, self.shipment, self.why)

    def refusals(self) -> Refusals:
        """Every refused service with its code and numbers, made into objects one reason at a time."""
        return Refusals(self.store, self.pair, self.request, self.shipment, self.reasons, self.lane_of)

    def offers(self, places: Ints | slice) -> tuple[Offer, ...]:
        """The offers at `places` of the order, itemised."""
        return _offers(self, self.order[places])

    def code_of(self, lane: int) -> str:
        """The code of a lane's service."""
        return self.store.codes[int(self.pair.service[lane])]

    def parts(self, lanes: Ints) -> Ints:
        """What the prices of `lanes` are made of, lane x PARTS: priced once more, this time in detail."""
        fuel = self.store.fuel_on(self.request.on.toordinal())
        few, cells = np.ascontiguousarray(self.pair.lanes[lanes]), self.pair.cells
        return price_lanes(self.shipment, lanes=few, cells=cells, hit=self.hit, fuel=fuel, itemise=True).parts

    def shown(self, limit: int) -> Ints:
        """The first `limit` places of the order and, beyond them, those of the named few."""
        pair, lanes = self.pair, self.order
        keep = set(range(min(limit, len(lanes))))
        if len(lanes):
            few = (pair.tracked[lanes].argmax(), pair.tracked_ddp[lanes].argmax(), pair.days[lanes].argmin())
            for place, suits in zip(few, (pair.tracked, pair.tracked_ddp, pair.tracked), strict=True):
                if suits[lanes[place]]:
                    keep.add(int(place))
        return np.array(sorted(keep), dtype=np.int64)


def quote_table(store: RateStore, request: QuoteRequest) -> QuoteTable:
    """Price every service of `store` for `request`, sorted, each refusal with its reason; as columns.

    BadRequest for parcels without mass or size; UnknownCargoClass and UnknownFeature for unknown words.
    """
    pair = pair_of(store, request.origin, request.destination)
    load = shipment_of(request, currency=store.currency)
    hit, fuel = areas_hit(store, pair, request.postcode), store.fuel_on(request.on.toordinal())
    prices = price_lanes(load, lanes=pair.lanes, cells=pair.cells, hit=hit, fuel=fuel)
    order = _ranking(pair, prices.why, prices.totals)
    return QuoteTable(store, pair, request, load, prices.why, prices.totals, order, hit)


def quote(store: RateStore, request: QuoteRequest, *, limit: int = 10, explain: bool = False) -> QuoteResult:
    """Price every service of `store` for `request`.

    The result holds the `limit` cheapest offers and, beyond them, the cheapest tracked, the cheapest
    tracked DDP and the fastest tracked one; with `explain`, also every refusal with its numbers.
    Errors as `quote_table`.
    """
    table = quote_table(store, request)
    return QuoteResult(
        reference=request.reference,
        offers=table.offers(table.shown(limit)),
        offer_count=len(table.order),
        refused_counts=table.counts,
        book_version=store.version,
        refused=table.refusals().all() if explain else (),
    )


def _ranking(pair: Pair, why: NDArray[np.int8], totals: Ints) -> Ints:
    """Offered lanes, cheapest first, one per service; ties go to the faster, then by name."""
    able = np.flatnonzero(why == 0)
    if not len(able):
        return able
    price = totals[able]
    if int(price.max()) < 1 << (62 - TIE_BITS) and len(pair.tie) < 1 << TIE_BITS:
        order = able[np.argsort((price << TIE_BITS) | pair.tie[able])]
    else:
        order = able[np.lexsort((pair.tie[able], price))]
    if pair.once:
        return order
    _, first = np.unique(pair.service[order], return_index=True)
    kept: Ints = order[np.sort(first)]
    return kept


_REASONS = tuple((int(why), code) for why, code in CODES.items() if why)
_COLUMNS = ("service", "transit_min", "transit_max", "zone", "basis", "remote_area")


def _offers(table: QuoteTable, lanes: Ints) -> tuple[Offer, ...]:
    store, known = table.store, table.shipment.head
    columns = (store.lanes[name][lanes + table.pair.start].tolist() for name in _COLUMNS)
    unchecked = table.pair.limited[lanes] & (known[VALUE] < 0)
    rows = zip(
        table.totals[lanes].tolist(), table.parts(lanes).tolist(), unchecked.tolist(), *columns, strict=True
    )
    return tuple(_offer(store, row, postcode=bool(known[POSTCODE])) for row in rows)


def _offer(store: RateStore, row: tuple[Any, ...], *, postcode: bool) -> Offer:
    price, parts, unchecked, service, low, high, zone, basis, remote_area = row
    card = card_of(store, service)
    notes = ("remote-surcharge-not-checked",) if remote_area >= 0 and not postcode else ()
    return Offer(
        service_id=card.id,
        service_code=card.code,
        provider_code=card.provider_code,
        provider=card.provider,
        name=card.name,
        kind=card.kind,
        price=Money(price, store.currency),
        breakdown=_breakdown(parts),
        transit_days_min=low,
        transit_days_max=high,
        incoterm=card.incoterm,
        features=card.features,
        tracked=card.tracked,
        billable_g=parts[BILLABLE],
        zone=zone,
        basis=BASES[basis],
        notes=(*notes, "value-limit-not-checked") if unchecked else notes,
    )


def _breakdown(parts: list[int]) -> tuple[tuple[str, int], ...]:
    """Freight, registration, remote and fuel always; insurance and clearance where they are charged."""
    named = tuple(zip(PARTS[:4], parts, strict=False))
    return (*named, *((PARTS[i], parts[i]) for i in (4, 5) if parts[i]))
