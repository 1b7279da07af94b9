"""Who gets whom in one batch: each cargo at most one offer, each offer at most one cargo, nothing better possible.

First as many pairs as can be, then the highest sum of scores among those. Each corridor is by itself a linear
assignment problem, whose optimum `scipy.optimize.linear_sum_assignment` finds exactly (shortest augmenting paths,
Crouse 2016, IEEE T-AES 52(4)). HiGHS would be needed only if one offer took several cargoes in the same batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fondaco.systems.logistics.domain.board.ranking import CARGO_POINTS, Columns, parts_of, prices, refusals

SCALE = 100  # scores count as whole hundredths, so that sums are exact


@dataclass(frozen=True, slots=True)
class Pair:
    """Positions of a cargo and of its offer, the price and the score of 100."""

    cargo: int
    capacity: int
    price_minor: int
    score: float


def assign(cargoes: Columns, capacities: Columns) -> tuple[Pair, ...]:
    """The best pairs of the batch, by position of the cargo."""
    pairs: list[Pair] = []
    for corridor in np.intersect1d(cargoes.corridor, capacities.corridor):
        rows = np.flatnonzero(cargoes.corridor == corridor)
        columns = np.flatnonzero(capacities.corridor == corridor)
        pairs += _assign(cargoes.rows(rows), capacities.rows(columns), rows, columns)
    return tuple(sorted(pairs, key=lambda pair: pair.cargo))


def _assign(cargoes: Columns, capacities: Columns, rows: np.ndarray, columns: np.ndarray) -> list[Pair]:
    from scipy.optimize import linear_sum_assignment

    tall = Columns(*(getattr(cargoes, name)[:, None] for name in Columns.__slots__))
    price = prices(tall, capacities)
    fits = ~np.logical_or.reduce(refusals(tall, capacities, price))
    parts = parts_of(tall, capacities, price)
    scores = np.rint(SCALE * sum(weight * parts[name] for name, weight in CARGO_POINTS.items()))
    # A pair more outweighs any sum of scores; all sums stay whole numbers below 2**53.
    bonus = 100.0 * SCALE * min(len(rows), len(columns)) + 1
    gain = np.where(fits, scores + bonus, 0.0)
    return [
        Pair(int(rows[i]), int(columns[j]), int(price[i, j]), float(scores[i, j]) / SCALE)
        for i, j in zip(*linear_sum_assignment(gain, maximize=True), strict=True)
        if fits[i, j]
    ]
