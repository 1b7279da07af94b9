"""Ranking the board: columns sorted by corridor, every test and the score one vector operation.

A pair fits when it travels the same corridor in the same currency, departs when the cargo is ready, arrives by
the deadline, has mass and volume left, takes every cargo class, and asks no more than the cargo's maximum. No
detours and no part lots: what is ranked can be agreed as it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Of 100 points: what each side cares for most (ours; the parts of every score are shown beside it).
CARGO_POINTS = {"price": 50.0, "slack": 30.0, "fit": 20.0}
CAPACITY_POINTS = {"price": 25.0, "slack": 20.0, "fit": 55.0}
REASONS = ("currency", "too_early", "too_late", "too_heavy", "too_large", "class", "too_dear")


@dataclass(frozen=True, slots=True)
class Lot:
    """One post as the ranking takes it; mass and volume are what is left of it."""

    origin: str
    destination: str
    first_on: date
    last_on: date
    mass_g: int
    volume_l: int
    classes: int
    currency: str
    price_minor: int
    per_kg_minor: int = 0
    per_m3_minor: int = 0


@dataclass(frozen=True, slots=True)
class Columns:
    """Posts of one kind, a vector for each fact; days as ordinals. `corridor` and `currency` are interned."""

    corridor: Ints
    first: Ints
    last: Ints
    mass: Ints
    volume: Ints
    classes: Ints
    currency: Ints
    price: Ints
    per_kg: Ints
    per_m3: Ints

    def rows(self, at: Any) -> Columns:
        """The same columns of the rows `at` (a slice, or positions)."""
        return Columns(*(getattr(self, name)[at] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.corridor)


@dataclass(frozen=True, slots=True)
class Match:
    """A pair that fits: the position of the other post, the price, and the points it is made of (of 100)."""

    at: int
    price_minor: int
    score: float
    points: dict[str, float]
    slack_days: int
    share: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best pairs, how many posts of the corridor fit, and the first reason why each other one does not."""

    matches: tuple[Match, ...]
    fitting: int
    refused: dict[str, int]


class Interner:
    """Small whole numbers for words, the same number for the same word."""

    def __init__(self) -> None:
        self._known: dict[object, int] = {}

    def __call__(self, word: object) -> int:
        return self._known.setdefault(word, len(self._known))


def columns_of(lots: Sequence[Lot], *, intern: Interner) -> Columns:
    """`lots` as columns."""
    rows = [
        (
            intern((lot.origin, lot.destination)), lot.first_on.toordinal(), lot.last_on.toordinal(), lot.mass_g,
            lot.volume_l, lot.classes, intern(lot.currency), lot.price_minor, lot.per_kg_minor, lot.per_m3_minor,
        )
        for lot in lots
    ]  # fmt: skip
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(Columns.__slots__))
    return Columns(*(np.ascontiguousarray(column) for column in table.T))


class BoardIndex:
    """Posts of one kind, ready to be asked: corridors are found by bisection, the rest by masks."""

    def __init__(self, columns: Columns) -> None:
        self._order = np.argsort(columns.corridor, kind="stable")
        self._columns = columns.rows(self._order)

    def __len__(self) -> int:
        return len(self._columns)

    def corridor(self, key: int) -> tuple[Columns, Ints]:
        """The posts of one corridor, and their positions in the columns given."""
        low, high = np.searchsorted(self._columns.corridor, [key, key + 1])
        part = slice(int(low), int(high))
        return self._columns.rows(part), self._order[part]


def rank_capacities(cargo: Columns, capacities: BoardIndex, *, top: int = 10) -> Ranking:
    """The best offers for the one cargo in `cargo`: room below its maximum first, then days to spare, then fit."""
    found, places = capacities.corridor(int(cargo.corridor[0]))
    return _rank(cargo, found, places, points=CARGO_POINTS, top=top)


def rank_cargoes(capacity: Columns, cargoes: BoardIndex, *, top: int = 10) -> Ranking:
    """The best cargoes for the one offer in `capacity`: those that fill it first, then price, then days to spare."""
    found, places = cargoes.corridor(int(capacity.corridor[0]))
    return _rank(found, capacity, places, points=CAPACITY_POINTS, top=top)


def prices(cargo: Columns, capacity: Columns) -> Ints:
    """What each pair costs, as `posting.price_minor`; shapes broadcast."""
    weight = (cargo.mass * capacity.per_kg + 500) // 1000
    measure = (cargo.volume * capacity.per_m3 + 500) // 1000
    price: Ints = np.maximum(np.maximum(weight, measure), capacity.price)
    return price


def refusals(cargo: Columns, capacity: Columns, price: Ints) -> tuple[Mask, ...]:
    """For each of REASONS, which pairs it refuses; shapes broadcast."""
    return (
        capacity.currency != cargo.currency,
        capacity.first < cargo.first,
        capacity.last > cargo.last,
        capacity.mass < cargo.mass,
        capacity.volume < cargo.volume,
        (cargo.classes & ~capacity.classes) != 0,
        price > cargo.price,
    )


def parts_of(cargo: Columns, capacity: Columns, price: Ints) -> dict[str, Floats]:
    """The three parts of the score, each from 0 to 1 where the pair fits; shapes broadcast."""
    span = np.maximum(cargo.last - cargo.first, 1)
    share = np.maximum(
        cargo.mass / np.maximum(capacity.mass, 1), cargo.volume / np.maximum(capacity.volume, 1)
    )
    return {
        "price": 1.0 - price / np.maximum(cargo.price, 1),
        "slack": (cargo.last - capacity.last) / span,
        "fit": share,
    }


def _rank(cargo: Columns, capacity: Columns, places: Ints, *, points: dict[str, float], top: int) -> Ranking:
    price = prices(cargo, capacity)
    reasons = refusals(cargo, capacity, price)
    fits, refused = _count(reasons)
    at = np.flatnonzero(fits)
    one, many = (cargo, capacity.rows(at)) if len(cargo) == 1 else (cargo.rows(at), capacity)
    if len(capacity) == 1 == len(cargo):
        one, many = cargo.rows(np.zeros(len(at), np.int64)), capacity.rows(np.zeros(len(at), np.int64))
    parts = parts_of(one, many, price[at])
    scores = sum(weight * parts[name] for name, weight in points.items())
    best = _best(np.asarray(scores), price[at], places[at], top=top)
    spare = np.broadcast_to(one.last - many.last, len(at))
    matches = tuple(
        Match(
            int(places[at[row]]), int(price[at[row]]), float(np.asarray(scores)[row]),
            {name: float(weight * parts[name][row]) for name, weight in points.items()},
            int(spare[row]), float(parts["fit"][row]),
        )
        for row in best
    )  # fmt: skip
    return Ranking(matches, len(at), refused)


def _count(reasons: Sequence[Mask]) -> tuple[Mask, dict[str, int]]:
    """Which pairs fit, and how many each reason refuses first."""
    left = np.ones(np.broadcast_shapes(*(r.shape for r in reasons)), dtype=bool)
    counts: dict[str, int] = {}
    for name, reason in zip(REASONS, reasons, strict=True):
        if number := int(np.count_nonzero(left & reason)):
            counts[name] = number
        left &= ~reason
    return left, counts


def _best(scores: Floats, price: Ints, places: Ints, *, top: int) -> Ints:
    """Positions of the highest scores; ties by the lower price, then by the earlier post."""
    candidates = np.arange(len(scores))
    if len(scores) > top:
        least = np.partition(scores, len(scores) - top)[len(scores) - top]
        candidates = np.flatnonzero(scores >= least)
    order = np.lexsort((places[candidates], price[candidates], -scores[candidates]))
    return candidates[order][:top]
