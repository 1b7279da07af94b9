"""Prices of many candidate shipments on every service at once: what a splitter or a consolidator searches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain import kernel as k
from fondaco.systems.logistics.domain.cargo import cargo_mask, feature_mask
from fondaco.systems.logistics.domain.dto import ParcelSpec
from fondaco.systems.logistics.domain.pair import Pair, areas_hit, card_of, pair_of
from fondaco.systems.logistics.domain.shipment import known_value, shipment
from fondaco.systems.logistics.domain.store import Ints, RateStore
from fondaco.systems.logistics.domain.why import CODES, Why


@dataclass(frozen=True, slots=True)
class Candidate:
    """Parcels that would travel together as one consignment, what is in them and what it is worth."""

    parcels: tuple[ParcelSpec, ...]
    cargo_classes: frozenset[str] = frozenset()
    declared_value: Money | None = None


@dataclass(frozen=True, slots=True)
class MatrixQuestion:
    """What all candidates share."""

    origin: str
    destination: str
    postcode: str
    on: date
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PriceMatrix:
    """Prices by candidate (down) and service (across).

    `price_minor[c, s]` is the whole price in minor units of `currency`, -1 where `why[c, s]` (a `Why`) refuses.
    Columns are the services that could carry something from origin to destination on the day; the others are in
    no column. `transit_max` (and _min) are days by column.
    """

    currency: str
    book_version: str
    service_codes: tuple[str, ...]
    kinds: tuple[str, ...]
    transit_min: Ints
    transit_max: Ints
    tracked: NDArray[np.bool_]
    ddp: NDArray[np.bool_]
    price_minor: Ints = field(repr=False)
    why: NDArray[np.int8] = field(repr=False)

    def reason(self, candidate: int, service: int) -> str:
        """Why a service refuses a candidate: a code as in `Refusal`; "" where it is offered."""
        why = Why(int(self.why[candidate, service]))
        return CODES[why] if why else ""

    def cheapest(self, *, most: int) -> Ints:
        """Columns that are among the `most` cheapest for some candidate, ascending."""
        price = np.where(self.price_minor < 0, k.HUGE, self.price_minor)
        first = np.argsort(price, axis=1, kind="stable")[:, :most]
        offered = np.take_along_axis(price, first, axis=1) < k.HUGE
        columns: Ints = np.unique(first[offered])
        return columns


def price_matrix(store: RateStore, candidates: Sequence[Candidate], question: MatrixQuestion) -> PriceMatrix:
    """Price each candidate on each service of `store`; the same prices as `quote` gives one by one.

    Errors as `quote`. An empty matrix (no columns) where nothing goes there.
    """
    pair = pair_of(store, question.origin, question.destination)
    hit, fuel = areas_hit(store, pair, question.postcode), store.fuel_on(question.on.toordinal())
    wanted = feature_mask(question.required)
    open_ = _open_lanes(pair, question, wanted, hit, fuel)
    lanes = np.ascontiguousarray(pair.lanes[open_])
    why = np.zeros((len(candidates), len(open_)), dtype=np.int8)
    total = np.empty(why.shape, dtype=np.int64)
    for row, one in enumerate(candidates):
        load = shipment(
            one.parcels, on=question.on, cargo=cargo_mask(one.cargo_classes), wanted=wanted,
            value=known_value(one.declared_value, store.currency), postcode=bool(question.postcode.strip()),
        )  # fmt: skip
        prices = k.price_lanes(load, lanes=lanes, cells=pair.cells, hit=hit, fuel=fuel)
        why[row], total[row] = prices.why, prices.totals
    return _answer(store, pair, open_, total, why)


def _open_lanes(
    pair: Pair, question: MatrixQuestion, wanted: int, hit: NDArray[np.bool_], fuel: Ints
) -> Ints:
    """Lanes that nothing about the day, the postcode or the required features closes."""
    lane, day = pair.lanes.T, question.on.toordinal()
    open_ = (lane[k.STARTS] <= day) & (day < lane[k.ENDS]) & (fuel[lane[k.FUEL]] >= 0)
    open_ &= ((lane[k.ZONE] < 0) | hit[lane[k.ZONE]]) & ((lane[k.FEATURES] & wanted) == wanted)
    return np.flatnonzero(open_)


def _answer(store: RateStore, pair: Pair, open_: Ints, total: Ints, why: NDArray[np.int8]) -> PriceMatrix:
    """One column for each service: of a service's overlapping zones, the cheaper for each candidate."""
    services, column = np.unique(pair.service[open_], return_inverse=True)
    if len(services) < len(open_):
        total, why = _merged(total, why, column, len(services))
        first = np.unique(column, return_index=True)[1]
    else:
        first = np.argsort(column)
        total, why = total[:, first], why[:, first]
    cards = [card_of(store, service) for service in services.tolist()]
    lanes = open_[first] + pair.start
    return PriceMatrix(
        currency=store.currency,
        book_version=store.version,
        service_codes=tuple(card.code for card in cards),
        kinds=tuple(card.kind for card in cards),
        transit_min=store.lanes["transit_min"][lanes],
        transit_max=store.lanes["transit_max"][lanes],
        tracked=np.array([card.tracked for card in cards], dtype=bool),
        ddp=np.array(["ddp" in card.features for card in cards], dtype=bool),
        price_minor=total,
        why=why,
    )


def _merged(total: Ints, why: NDArray[np.int8], column: Ints, count: int) -> tuple[Ints, NDArray[np.int8]]:
    best = np.full((len(total), count), k.HUGE, dtype=np.int64)
    reasons = np.zeros((len(total), count), dtype=np.int8)
    for place, target in enumerate(column.tolist()):
        price = np.where(total[:, place] < 0, k.HUGE, total[:, place])
        best[:, target] = np.minimum(best[:, target], price)
        reasons[:, target] = np.maximum(reasons[:, target], why[:, place])
    offered = best < k.HUGE
    return np.where(offered, best, -1), np.where(offered, 0, reasons).astype(np.int8)
