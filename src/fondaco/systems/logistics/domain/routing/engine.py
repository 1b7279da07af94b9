"""The door to the search: numba where it is installed, the plain one elsewhere; the same answers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from fondaco.systems.logistics.domain.routing import search_plain
from fondaco.systems.logistics.domain.routing.punctuality import table
from fondaco.systems.logistics.domain.routing.query import FAR, MILLS, Query

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
    labels, front, settled = module.search(*_arguments(query))
    rows = [
        Found((int(a), int(b), int(c), int(d)), int(n), _legs(labels, int(x))) for a, b, c, d, x, n in front
    ]
    return Frontier(tuple(sorted(rows, key=lambda one: one.point)), int(settled), "numba")


def lower_bounds(query: Query) -> Any:
    """The least minutes, mills, grams and legs from every hub to the destination: int64 [4, hubs]."""
    return search_plain.bounds(query, _weights(query))


def _weights(query: Query) -> Any:
    """The least minutes, mills, grams and legs that each service takes: int64 [4, services]."""
    t = query.timetable
    span = np.where(t.on_demand == 1, t.transit, t.span + t.cutoff) + query.after
    return np.stack([span, query.price + query.handling, query.co2, np.ones_like(span)])


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
        t.dep_ptr, t.dep, t.avail, t.addition, t.settled, t.open_ptr, t.opens, t.closes, t.out_ptr, t.out,
    )  # fmt: skip


def _legs(labels: Any, at: int) -> tuple[tuple[int, int], ...]:
    legs = []
    while labels[at, 7] >= 0:
        legs.append((int(labels[at, 8]), int(labels[at, 9])))
        at = int(labels[at, 7])
    return tuple(reversed(legs))


def reachable(low: Any, hub: int) -> bool:
    """Whether any chain of services leads from `hub` to the destination."""
    return bool(low[0, hub] < FAR)
