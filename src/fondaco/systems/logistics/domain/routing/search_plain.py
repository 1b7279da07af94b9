"""The same search without numba, written apart from it: lists, tuples and heapq; the same answers, slower."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from typing import Any

import numpy as np

from fondaco.systems.logistics.domain.routing.punctuality import STEP_MIN, table
from fondaco.systems.logistics.domain.routing.query import FAR, MILLS, Query

Point = tuple[int, int, int, int]
Label = tuple[int, int, int, int, int, int, int, "Label | None", int, int, int, int]
"""Ready, cost, co2, nats, legs, grade, hub, parent, service, run, stored since, stored where."""


def bounds(query: Query, weights: Any) -> Any:
    """The least of each weight from every hub to the goal: reverse Dijkstras."""
    hubs = len(query.timetable.network.hubs)
    inward: list[list[tuple[int, int]]] = [[] for _ in range(hubs)]
    for s in np.flatnonzero(query.usable):
        inward[query.timetable.destination[s]].append((int(query.timetable.origin[s]), int(s)))
    return np.array(
        [_dijkstra(inward, row.tolist(), query.ask.destination) for row in weights], dtype=np.int64
    )


def _dijkstra(inward: list[list[tuple[int, int]]], weight: list[int], goal: int) -> list[int]:
    best = [FAR] * len(inward)
    best[goal] = 0
    heap = [(0, goal)]
    while heap:
        key, hub = heapq.heappop(heap)
        if key > best[hub]:
            continue
        for origin, service in inward[hub]:
            if key + weight[service] < best[origin]:
                best[origin] = key + weight[service]
                heapq.heappush(heap, (best[origin], origin))
    return best


class _Search:
    """One search; `frontier` holds (point, nats, label)."""

    def __init__(self, query: Query, low: Any, best_end: tuple[int, int]) -> None:
        self.q, self.t, self.ask = query, query.timetable, query.ask
        self.low, self.best_end = low.tolist(), best_end
        self.rel = table().tolist()
        self.frontier: list[tuple[Point, int, Label]] = []
        self.kept: list[list[tuple[int, ...]]] = [[] for _ in self.t.network.hubs]
        self.heap: list[tuple[int, int, int, Label]] = []
        self.made = 0
        names = ("price", "co2", "usable", "after", "handling", "storage", "free")
        self.by = {name: getattr(query, name).tolist() for name in names}
        tables = ("destination", "on_demand", "transit", "cutoff", "grade", "dep_ptr", "dep", "avail", "addition",
                 "settled", "open_ptr", "opens", "closes", "out_ptr", "out")  # fmt: skip
        self.tt = {name: getattr(self.t, name).tolist() for name in tables}

    def run(self) -> list[tuple[Point, int, Label]]:
        """Settle labels in order of readiness plus the least time still needed."""
        if self.low[0][self.ask.origin] < FAR:
            self._push(
                (
                    self.ask.ready,
                    0,
                    0,
                    0,
                    0,
                    0,
                    self.ask.origin,
                    None,
                    -1,
                    -1,
                    self.ask.ready,
                    self.ask.origin,
                )
            )
        while self.heap:
            label = heapq.heappop(self.heap)[3]
            if not self._beaten(label) and not self._hopeless(label):
                self.kept[label[6]].append(self._ranked(label))
                for at in range(self.tt["out_ptr"][label[6]], self.tt["out_ptr"][label[6] + 1]):
                    self._take(label, self.tt["out"][at])
        return self.frontier

    def _push(self, label: Label) -> None:
        self.made += 1
        heapq.heappush(self.heap, (label[0] + self.low[0][label[6]], label[1], self.made, label))

    def _ranked(self, label: Label) -> tuple[int, ...]:
        _, cost, co2, nats, legs, grade = label[:6]
        return cost, co2, nats, legs if self.ask.max_legs else 0, grade, label[10], label[11]

    def _beaten(self, label: Label) -> bool:
        """Whether one that was ready no later is no worse in anything, even if it pays for the time between."""
        mine, storage, free = self._ranked(label), self.by["storage"], self.by["free"]
        since, store = mine[5:]
        return any(
            one[1] <= mine[1] and one[2] <= mine[2] and one[3] <= mine[3] and one[4] <= mine[4]
            and one[0] + storage[one[6]] * max(0, since - one[5]) <= mine[0]
            and (not storage[one[6]] or (storage[one[6]] <= storage[store] and free[one[6]] >= free[store]))
            for one in self.kept[label[6]]
        )  # fmt: skip

    def _hopeless(self, label: Label) -> bool:
        ready, cost, co2, nats, _, _, hub = label[:7]
        low = [row[hub] for row in self.low]
        by_then = ready + low[0]
        end = self.best_end[0] if self.ask.deadline < 0 else self._final(self.best_end[1], by_then)
        return self._covered((by_then, cost + low[1], co2 + low[2], nats + end), self.ask.epsilon)

    def _covered(self, exact: Point, epsilon: float) -> bool:
        t, c, e, r = exact
        if epsilon > 0:
            t = self.ask.ready + int((t - self.ask.ready) * (1 + epsilon))
            c, e, r = int(c * (1 + epsilon)), int(e * (1 + epsilon)), r + int(100 * epsilon)
        t, c, e, r = self._rounded((t, c, e, r))
        return any(p[0] <= t and p[1] <= c and p[2] <= e and p[3] <= r for p, _, _ in self.frontier)

    def _rounded(self, exact: Point) -> Point:
        """Minutes, mills, grams and nats in the units of comparison: time upward, the rest half up."""
        grain = self.ask.grain
        mills = grain.cents * MILLS
        return (
            -(-exact[0] // grain.minutes),
            (exact[1] + mills // 2) // mills,
            (exact[2] + grain.grams // 2) // grain.grams,
            (exact[3] + grain.nats // 2) // grain.nats,
        )

    def _final(self, grade: int, ready: int) -> int:
        if self.ask.deadline < 0:
            return int(self.rel[grade][0])
        if ready > self.ask.deadline:
            return FAR
        row = self.rel[grade]
        return int(row[min((self.ask.deadline - ready) // STEP_MIN, len(row) - 1)])

    def _take(self, label: Label, service: int) -> None:
        hub = self.tt["destination"][service]
        low = self.low[0][hub]
        cap = self.ask.max_legs
        if not self.by["usable"][service] or low >= FAR or (cap and label[4] + 1 + self.low[3][hub] > cap):
            return
        if self.tt["on_demand"][service]:
            leaves = self._opens(label[6], label[0])
            taken = self._opens(hub, leaves + self.tt["transit"][service])
            grade = self.tt["grade"][service]
            self._add(label, service, -1, leaves, taken, 0, 0, max(label[5], grade) if label[4] else grade)
            return
        self._runs(label, service, hub)

    def _runs(self, label: Label, service: int, hub: int) -> None:
        tt, storage, since, store = self.tt, self.by["storage"], label[10], label[11]
        cutoff, low, high = tt["cutoff"][service], tt["dep_ptr"][service], tt["dep_ptr"][service + 1]
        row, first = self.rel[label[5]], label[4] == 0
        for k in range(bisect_left(tt["dep"], label[0] + cutoff, low, high), high):
            leaves = tt["dep"][k]
            slack = (leaves - cutoff - label[0]) // STEP_MIN
            missed = 0 if first else row[min(slack, len(row) - 1)]
            if not self._add(
                label, service, k, leaves, tt["avail"][k], tt["addition"][k], missed, tt["grade"][service]
            ):
                if tt["settled"][k]:
                    return
                continue
            waits = storage[hub] <= storage[store] and leaves - since >= self.by["free"][store]
            same = hub == self.ask.destination or storage[hub] == 0 or (waits and tt["settled"][k] == 2)
            if missed == 0 and tt["settled"][k] and same:
                return

    def _add(  # noqa: PLR0917 - the inner loop
        self,
        label: Label,
        service: int,
        run: int,
        leaves: int,
        taken: int,
        addition: int,
        missed: int,
        grade: int,
    ) -> bool:
        """Enter the label that this run leads to; False where it is ready too late."""
        hub, by, since, store = self.tt["destination"][service], self.by, label[10], label[11]
        ready = taken + by["after"][service]
        if ready + self.low[0][hub] > self.ask.latest:
            return False
        freight = by["price"][service]
        freight += (freight // 1000 * addition + 5000) // 10000 * 1000
        stored, stays, place = by["storage"][store] * max(0, leaves - since - by["free"][store]), ready, hub
        if (
            run < 0 and hub != self.ask.destination
        ):  # the truck could have come later: they wait where they were
            stored, stays, place = 0, since + self.tt["transit"][service] + by["after"][service], store
        cost = label[1] + freight + stored + by["handling"][service]
        new: Label = (
            ready, cost, label[2] + by["co2"][service], label[3] + missed, label[4] + 1, grade, hub, label, service, run,
            stays, place,
        )  # fmt: skip
        if hub == self.ask.destination:
            self._arrive(new)
        elif not self._hopeless(new) and not self._beaten(new):
            self._push(new)
        return True

    def _arrive(self, label: Label) -> None:
        nats = label[3] + self._final(label[5], label[0])
        exact = (label[0], label[1], label[2], nats)
        if nats < FAR and not self._covered(exact, self.ask.epsilon):
            point = self._rounded(exact)
            self.frontier = [
                one for one in self.frontier if not all(a >= b for a, b in zip(one[0], point, strict=True))
            ]
            self.frontier.append((point, nats, label))

    def _opens(self, hub: int, minute: int) -> int:
        low, high = self.tt["open_ptr"][hub], self.tt["open_ptr"][hub + 1]
        at = bisect_right(self.tt["closes"], minute, low, high)
        return max(minute, self.tt["opens"][at]) if at < high else FAR


def search(
    query: Query, low: Any, best_end: tuple[int, int]
) -> list[tuple[Point, int, list[tuple[int, int]]]]:
    """The frontier: points and their legs as (service, run)."""
    return [(point, nats, _legs(label)) for point, nats, label in _Search(query, low, best_end).run()]


def _legs(label: Label) -> list[tuple[int, int]]:
    legs: list[tuple[int, int]] = []
    at: Label | None = label
    while at is not None and at[7] is not None:
        legs.append((at[8], at[9]))
        at = at[7]
    return legs[::-1]
