"""The door to the search: numba where it is installed, the plain one elsewhere; the same answers."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from fondaco.systems.logistics.domain.routing import search_plain
from fondaco.systems.logistics.domain.routing.punctuality import table
from fondaco.systems.logistics.domain.routing.query import MILLS, Query

Point = tuple[int, int, int, int]
"""Readiness, cost, CO2e and -ln P, in the units of the question's grain."""


@dataclass(frozen=True, slots=True)
class Found:
    """A point of the frontier and its legs as (service, run); run -1 left on demand. `nats`: all of -ln P."""

    point: Point
    nats: int
    legs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Frontier:
    """All points, in order of readiness; how many labels were settled (0: not counted); hubs out of reach."""

    points: tuple[Found, ...]
    settled: int
    engine: str


_warm: list[ModuleType] = []


def compiled() -> ModuleType | None:
    """The compiled search once `warm` has loaded it; None until then: the plain search answers meanwhile."""
    return _warm[0] if _warm else None


def warm() -> bool:
    """Load the compiled search (seconds the first time on a machine, then from its cache); False without numba.

    Importing numba takes longer than a plain answer, so a process that asks once need not.
    """
    if not _warm and not os.environ.get("FONDACO_PLAIN_ROUTING"):
        try:
            from fondaco.systems.logistics.domain.routing import search_numba
        except ImportError:
            return False
        _warm.append(search_numba)
    return bool(_warm)


def find_frontier(query: Query, *, plain: bool = False) -> Frontier:
    """Every itinerary that no other beats in readiness, cost, CO2e and reliability at once.

    With `epsilon` 0 exact; else every point missing has one within 1 + epsilon of it in elapsed time, cost and
    CO2e, and within epsilon in -ln P.
    """
    module = None if plain else compiled()
    if module is None:
        rode = search_plain.search(query, lower_bounds(query), _best_end(query))
        found = [Found(point, nats, tuple(legs)) for point, nats, legs in rode]
        return Frontier(tuple(sorted(found, key=lambda one: one.point)), 0, "plain")
    asked, sheets = _arguments(query), _desk.of(query)
    points, settled = module.search(*asked, *sheets)
    while points < 0:
        _desk.enlarge()
        sheets = _desk.of(query)
        points, settled = module.search(*asked, *sheets)
    return Frontier(_found(sheets[5][:points], sheets[6]), settled, "numba")


class _Desk(threading.local):
    """What a search writes on, kept from one question of a thread to the next: new pages cost more than the search."""

    def __init__(self) -> None:
        self.labels, self.points = 1 << 14, 1 << 10
        self.flat: tuple[Any, ...] = ()
        self.by_hub: tuple[Any, ...] = ()

    def enlarge(self) -> None:
        """Four times the room."""
        self.labels, self.points, self.flat = 4 * self.labels, 4 * self.points, ()

    def of(self, query: Query) -> tuple[Any, ...]:
        """Labels, heap (keys, ties, items), what is settled, frontier, rides; bounds by legs, ends, bounds, heads."""
        if not self.flat:
            line, points = self.labels, self.points
            shapes = [(line, 12), (line,), (line,), (line,), (line, 8), (points, 6), (8 * points, 2)]
            self.flat = tuple(np.empty(shape, np.int64) for shape in shapes)
        hubs, layers = len(query.timetable.network.hubs), query.ask.max_legs + 1
        if not self.by_hub or self.by_hub[1].shape[:2] != (layers, hubs):
            bounds = [(layers, hubs, 4), (layers, hubs, len(table())), (hubs, 4), (hubs, 2)]
            self.by_hub = tuple(np.empty(shape, np.int64) for shape in bounds)
        return self.flat + self.by_hub


_desk = _Desk()


def lower_bounds(query: Query) -> Any:
    """The least minutes, mills, grams and legs from every hub to the destination: int64 [4, hubs]."""
    return search_plain.bounds(query, _weights(query).T)


def _weights(query: Query) -> Any:
    """The least minutes, mills, grams and legs that each service takes: int64 [services, 4]."""
    t = query.timetable
    found = np.ones((len(query.price), 4), np.int64)
    found[:, 0] = np.where(t.on_demand == 1, t.transit, t.span + t.cutoff) + query.after
    found[:, 1] = query.price + query.handling
    found[:, 2] = query.co2
    return found


def _best_end(query: Query) -> tuple[int, int]:
    """The best grade among the services into the destination, and its -ln P without slack."""
    into = query.timetable.grade[(query.timetable.destination == query.ask.destination) & query.usable]
    grade = int(into.min()) if len(into) else 0
    return int(table()[grade, 0]), grade


def _arguments(query: Query) -> tuple[Any, ...]:
    t, ask = query.timetable, query.ask
    grain = ask.grain
    asked = np.array(
        [ask.origin, ask.destination, ask.ready, ask.latest, ask.deadline, ask.max_legs,
         grain.minutes, grain.cents * MILLS, grain.grams, grain.nats]
    )  # fmt: skip
    return (
        asked, float(ask.epsilon), _weights(query), query.price, query.co2, query.usable, query.after, query.handling,
        query.storage, query.free, table(), t.origin, t.destination, t.on_demand, t.transit, t.cutoff, t.grade,
        t.dep_ptr, t.dep, t.avail, t.addition, t.settled, t.open_ptr, t.opens, t.closes, t.out_ptr, t.out, t.in_ptr, t.into,
    )  # fmt: skip


def _found(front: Any, rides: Any) -> tuple[Found, ...]:
    """The points with their legs, in order."""
    legs = list(map(tuple, rides[: int(front[:, 4].sum())].tolist()))
    found, end = [], 0
    for t, c, e, r, count, nats in front.tolist():
        begin, end = end, end + count
        found.append(Found((t, c, e, r), nats, tuple(reversed(legs[begin:end]))))
    return tuple(sorted(found, key=lambda one: one.point))
