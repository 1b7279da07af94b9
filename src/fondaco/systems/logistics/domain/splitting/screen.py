"""Whether parting an order can pay at all: a look at its parcels one by one, a hundred times cheaper than the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fondaco.systems.logistics.domain.dto import PackedParcel, ParcelSpec
from fondaco.systems.logistics.domain.matrix import Candidate, MatrixQuestion, price_matrix
from fondaco.systems.logistics.domain.splitting.types import SplitRequest
from fondaco.systems.logistics.domain.store import RateStore

# Fewer parcels than two cannot part; more are freight, which single parcels do not undercut.
FEWEST, MOST = 2, 12


@dataclass(frozen=True, slots=True)
class Apart:
    """The parcels of an order as packed, each by its own cheapest service: their freight and how many there are."""

    freight_minor: int
    parcels: int


def price_apart(store: RateStore, request: SplitRequest, parcels: Sequence[PackedParcel]) -> Apart | None:
    """What single parcels would cost from the first source; None where there are too few or many, or one has no service.

    An estimate, not a bound: other loads could still pay where these do not.
    """
    if not FEWEST <= len(parcels) <= MOST or not request.sources:
        return None
    classes = {item.sku: item.cargo_classes for item in request.items}
    kinds: dict[Candidate, int] = {}
    for parcel in parcels:
        one = _candidate(parcel, classes)
        kinds[one] = kinds.get(one, 0) + 1
    source = request.sources[0]
    question = MatrixQuestion(
        source.country, request.destination, request.postcode, request.on, request.required
    )
    prices = price_matrix(store, list(kinds), question).price_minor
    offered = prices >= 0
    if not len(prices) or not offered.any(axis=1).all():
        return None
    least = np.where(offered, prices, np.iinfo(np.int64).max).min(axis=1)
    return Apart(int(least @ np.array(list(kinds.values()))), len(parcels))


def _candidate(parcel: PackedParcel, classes: Mapping[str, frozenset[str]]) -> Candidate:
    spec = ParcelSpec(parcel.length_mm, parcel.width_mm, parcel.height_mm, parcel.mass_g)
    return Candidate((spec,), frozenset(name for sku, _ in parcel.contents for name in classes[sku]))
