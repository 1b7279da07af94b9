"""Column generation: a master that shares out shipments, a knapsack for each route and break, integers at the end.

Master (HiGHS): choose loaded units and shipments sent alone so that each shipment travels once, at most
`most_units` of a route. Pricing: for duals p, the unit of a route with the least cost - sum of p is a
knapsack with two capacities for each break. When none is negative the master's value bounds every plan
from below; the integer choice among the columns found is then held against it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

from fondaco.systems.logistics.domain.consolidating.types import (
    BadConsolidation,
    ConsolidationPlan,
    LoadedUnit,
    Route,
    Shipment,
)

_Column = tuple[int, frozenset[int]]  # route, shipments
_EPSILON = 1e-6


def consolidate(
    shipments: Sequence[Shipment], routes: Sequence[Route], *, seconds: float = 10.0
) -> ConsolidationPlan:
    """Share `shipments` out over units of `routes` or send them alone, at the least cost found in `seconds`.

    BadConsolidation names the shipment or route that is not sound.
    """
    began = time.perf_counter()
    _check(shipments, routes)
    fits = [[i for i, one in enumerate(shipments) if one.fits(route)] for route in routes]
    columns = _seeds(shipments, routes, fits)
    bound, rounds = 0.0, 0
    while True:
        value, duals, prices = _master(shipments, routes, columns)
        rounds += 1
        left = seconds * 0.8 - (time.perf_counter() - began)
        found = [c for c in _greedy(shipments, routes, fits, duals, prices) if c not in columns]
        if not found and left > 0:
            found, short = _price(shipments, routes, fits, duals, prices, left=left)
            if short is not None:  # every knapsack was bounded: Lagrange's bound holds
                bound = max(bound, value + short)
            found = [column for column in found if column not in columns]
        columns += found
        if not found or left <= 0:
            break
    chosen = _choose(shipments, routes, columns, max(seconds - (time.perf_counter() - began), 0.5))
    return _plan(shipments, routes, chosen, bound, (len(columns), rounds, time.perf_counter() - began))


def _check(shipments: Sequence[Shipment], routes: Sequence[Route]) -> None:
    for one in shipments:
        if min(one.mass_g, one.volume_mm3, one.alone_minor) <= 0 or one.due_at < one.ready_at:
            raise BadConsolidation(field="shipments", value=one.id)
    for route in routes:
        first = min((b.from_g for b in route.breaks), default=-1)
        if (
            first != 0
            or route.arrives_at <= route.departs_at
            or min(route.capacity_g, route.capacity_mm3) <= 0
        ):
            raise BadConsolidation(field="routes", value=route.id)


def _cost(shipments: Sequence[Shipment], routes: Sequence[Route], column: _Column) -> int:
    route, held = column
    mass, volume = sum(shipments[i].mass_g for i in held), sum(shipments[i].volume_mm3 for i in held)
    return routes[route].charge(mass, volume)


def _seeds(
    shipments: Sequence[Shipment], routes: Sequence[Route], fits: Sequence[Sequence[int]]
) -> list[_Column]:
    """First-fit loads of each route, the dearest alone first: a start, and a plan if time runs out."""
    columns: list[_Column] = []
    for r, route in enumerate(routes):
        waiting = sorted(fits[r], key=lambda i: (-shipments[i].alone_minor, i))
        for _ in range(route.most_units):
            held = _first_fit(shipments, route, waiting)
            if not held:
                break
            columns.append((r, frozenset(held)))
            waiting = [i for i in waiting if i not in held]
    return list(dict.fromkeys(columns))


def _first_fit(shipments: Sequence[Shipment], route: Route, waiting: Sequence[int]) -> set[int]:
    mass = volume = 0
    held: set[int] = set()
    for i in waiting:
        one = shipments[i]
        if mass + one.mass_g <= route.capacity_g and volume + one.volume_mm3 <= route.capacity_mm3:
            held.add(i)
            mass, volume = mass + one.mass_g, volume + one.volume_mm3
    return held


def _solver(seconds: float = 60.0) -> Any:
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("time_limit", seconds),
        ("mip_rel_gap", 0.0),
    ):
        solver.setOptionValue(option, value)
    return solver


def _filled(
    solver: Any,
    shipments: Sequence[Shipment],
    routes: Sequence[Route],
    columns: Sequence[_Column],
    *,
    whole: bool,
) -> None:
    """The master: a row for each shipment (= 1) and each route (units <= most); alone first, then columns."""
    import highspy

    inf = highspy.kHighsInf
    for _ in shipments:
        solver.addRow(1.0, 1.0, 0, [], [])
    for route in routes:
        solver.addRow(-inf, float(route.most_units), 0, [], [])
    for i, one in enumerate(shipments):
        solver.addCol(float(one.alone_minor), 0.0, inf, 1, [i], [1.0])
    for column in columns:
        rows = [*sorted(column[1]), len(shipments) + column[0]]
        solver.addCol(float(_cost(shipments, routes, column)), 0.0, inf, len(rows), rows, [1.0] * len(rows))
    if whole:
        for place in range(len(shipments) + len(columns)):
            solver.changeColIntegrality(place, highspy.HighsVarType.kInteger)


def _master(
    shipments: Sequence[Shipment], routes: Sequence[Route], columns: Sequence[_Column]
) -> tuple[float, list[float], list[float]]:
    """The linear master's value, the dual of each shipment and of each route."""
    solver = _solver()
    _filled(solver, shipments, routes, columns, whole=False)
    solver.run()
    duals = list(solver.getSolution().row_dual)
    count = len(shipments)
    return float(solver.getInfo().objective_function_value), duals[:count], duals[count:]


def _greedy(
    shipments: Sequence[Shipment],
    routes: Sequence[Route],
    fits: Sequence[Sequence[int]],
    duals: Sequence[float],
    prices: Sequence[float],
) -> list[_Column]:
    """Columns of negative reduced cost found by filling each unit with what gains most for its share of room."""
    found: dict[_Column, None] = {}
    for r, route in enumerate(routes):
        for rate in {b.per_kg_minor / 1000 for b in route.breaks}:
            gain = {i: duals[i] - rate * shipments[i].mass_g for i in fits[r]}
            share = {
                i: max(shipments[i].mass_g / route.capacity_g, shipments[i].volume_mm3 / route.capacity_mm3)
                for i in fits[r]
            }
            able = [i for i in fits[r] if gain[i] > _EPSILON]
            for ranked in (
                sorted(able, key=lambda i: (-gain[i] / share[i], i)),
                sorted(able, key=lambda i: (-gain[i], i)),
            ):
                column = (r, frozenset(_first_fit(shipments, route, ranked)))
                reduced = _cost(shipments, routes, column) - sum(duals[i] for i in column[1]) - prices[r]
                if column[1] and reduced < -_EPSILON:
                    found[column] = None
    return list(found)


def _price(
    shipments: Sequence[Shipment],
    routes: Sequence[Route],
    fits: Sequence[Sequence[int]],
    duals: Sequence[float],
    prices: Sequence[float],
    *,
    left: float,
) -> tuple[list[_Column], float | None]:
    """Columns of negative reduced cost, and by how much the master could still fall; None where time ran out."""
    found: list[_Column] = []
    short, ends = 0.0, time.perf_counter() + left
    for r, route in enumerate(routes):
        least = 0.0
        for b in range(len(route.breaks)):
            if time.perf_counter() > ends:
                return found, None
            value, held = _knapsack(shipments, route, fits[r], duals, b)
            least = min(least, value - prices[r])
            if held and value - prices[r] < -_EPSILON:
                found.append((r, held))
        short += least * route.most_units
    return list(dict.fromkeys(found)), short


def _knapsack(
    shipments: Sequence[Shipment], route: Route, fits: Sequence[int], duals: Sequence[float], b: int
) -> tuple[float, frozenset[int]]:
    """The unit of `route`, paid by break `b`, with the least cost less duals: (that, its shipments)."""
    import highspy

    able = [i for i in fits if duals[i] > _EPSILON]
    if not able:
        return 0.0, frozenset()
    rate, start = route.breaks[b].per_kg_minor / 1000, route.breaks[b].from_g
    solver, inf = _solver(1.0), highspy.kHighsInf
    solver.setOptionValue("mip_rel_gap", 0.002)
    floor = max(rate * start, float(route.minimum_minor))
    solver.addCol(1.0, floor, inf, 0, [], [])  # the charge
    for i in able:
        solver.addCol(-duals[i], 0.0, 1.0, 0, [], [])
    names = list(range(1, len(able) + 1))
    mass = [float(shipments[i].mass_g) for i in able]
    volume = [float(shipments[i].volume_mm3) for i in able]
    solver.addRow(-inf, route.capacity_g / 1e3, len(able), names, [m / 1e3 for m in mass])
    solver.addRow(-inf, route.capacity_mm3 / 1e6, len(able), names, [v / 1e6 for v in volume])
    solver.addRow(0.0, inf, len(able) + 1, [0, *names], [1.0, *(-rate * m for m in mass)])
    if route.divisor:
        by_volume = [-rate * v / route.divisor for v in volume]
        solver.addRow(0.0, inf, len(able) + 1, [0, *names], [1.0, *by_volume])
    for name in names:
        solver.changeColIntegrality(name, highspy.HighsVarType.kInteger)
    solver.run()
    values = solver.getSolution().col_value
    held = frozenset(i for i, x in zip(able, values[1:], strict=True) if x > 0.5)
    dual = float(solver.getInfo().mip_dual_bound)
    return (dual if math.isfinite(dual) else -math.inf) + route.fixed_minor, held


def _choose(
    shipments: Sequence[Shipment], routes: Sequence[Route], columns: Sequence[_Column], seconds: float
) -> list[_Column]:
    """The best whole choice among the columns."""
    solver = _solver(seconds)
    _filled(solver, shipments, routes, columns, whole=True)
    solver.run()
    values = list(solver.getSolution().col_value)[len(shipments) :]
    return [column for column, x in zip(columns, values, strict=False) if x > 0.5]


def _plan(
    shipments: Sequence[Shipment],
    routes: Sequence[Route],
    chosen: Sequence[_Column],
    bound: float,
    effort: tuple[int, int, float],
) -> ConsolidationPlan:
    carried = {i for _, held in chosen for i in held}
    alone = [one for i, one in enumerate(shipments) if i not in carried]
    units = tuple(_unit(shipments, routes, column) for column in chosen)
    cost = sum(unit.cost_minor for unit in units) + sum(one.alone_minor for one in alone)
    least = min(max(math.ceil(bound - 1e-3), 0), cost)
    columns, rounds, seconds = effort
    return ConsolidationPlan(
        units=units,
        alone=tuple(one.id for one in alone),
        cost_minor=cost,
        alone_minor=sum(one.alone_minor for one in shipments),
        bound_minor=least,
        gap=(cost - least) / cost if cost else 0.0,
        columns=columns,
        rounds=rounds,
        seconds=seconds,
    )


def _unit(shipments: Sequence[Shipment], routes: Sequence[Route], column: _Column) -> LoadedUnit:
    r, held = column
    return LoadedUnit(
        route=routes[r].id,
        unit=routes[r].unit,
        shipments=tuple(shipments[i].id for i in sorted(held)),
        mass_g=sum(shipments[i].mass_g for i in held),
        volume_mm3=sum(shipments[i].volume_mm3 for i in held),
        cost_minor=_cost(shipments, routes, column),
    )
