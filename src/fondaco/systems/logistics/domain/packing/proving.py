"""Feasibility of a packing as a constraint problem (OR-Tools CP-SAT): a placement, or a proof that none exists.

The model is the usual one of pairwise separation (Chen, Lee and Shen 1995, EJOR 80): each two units that share
a box follow one another along one axis. Units of one article are interchangeable, so they are put in an
order; on each axis the faces of the units may never add up to more than the face of the box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import numpy as np

from fondaco.systems.logistics.domain.dto import Carton
from fondaco.systems.logistics.domain.packing.units import Ints, Units

_Way = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit's variables: which box, which way turned, corner and size along each axis."""

    ways: list[_Way]
    turned: list[Any]
    inside: list[Any]
    corner: list[Any]
    size: list[Any]


def place_or_refute(units: Units, boxes: Sequence[Carton], *, limit_ms: int) -> tuple[Ints | None, bool]:
    """(placements as the kernel's `where`, True), (None, True) where proved impossible, (None, False) else."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    rows = [_unit(model, units, u, boxes) for u in range(len(units))]
    if any(row is None for row in rows):
        return None, True
    placed = [row for row in rows if row is not None]
    _respect_masses(model, units, placed, boxes)
    for u, v in combinations(range(len(placed)), 2):
        _separate(model, placed[u], placed[v], len(boxes), alike=units.kind[u] == units.kind[v])
    if len(boxes) == 1:
        _respect_faces(model, placed, boxes[0])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_time_in_seconds = limit_ms / 1000
    status = solver.solve(model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return _where(solver, placed), True
    return None, status == cp_model.INFEASIBLE


def _unit(model: Any, units: Units, u: int, boxes: Sequence[Carton]) -> _Unit | None:
    """The unit's variables; None where it fits no box."""
    ways = _ways(units, u)
    inside = [model.new_bool_var("") for _ in boxes]
    turned = [model.new_bool_var("") for _ in ways]
    model.add_exactly_one(inside)
    model.add_exactly_one(turned)
    largest = [max(box.inner_mm[axis] for box in boxes) for axis in range(3)]
    corner = [model.new_int_var(0, largest[axis], "") for axis in range(3)]
    size = [sum(way[axis] * on for way, on in zip(ways, turned, strict=True)) for axis in range(3)]
    possible = False
    for box, here in zip(boxes, inside, strict=True):
        for axis in range(3):
            model.add(corner[axis] + size[axis] <= box.inner_mm[axis]).only_enforce_if(here)
        fit = [all(s <= room for s, room in zip(way, box.inner_mm, strict=True)) for way in ways]
        possible = possible or any(fit)
        for good, on in zip(fit, turned, strict=True):
            if not good:
                model.add_bool_or(here.negated(), on.negated())
    return _Unit(ways, turned, inside, corner, size) if possible else None


def _ways(units: Units, u: int) -> list[_Way]:
    a, b, c = (int(side) for side in units.sides[u])
    ways = {(x, y, z) for x, y, z in permutations((a, b, c)) if units.turns[u] == 6 or z == c}
    return sorted(ways)


def _respect_masses(model: Any, units: Units, placed: Sequence[_Unit], boxes: Sequence[Carton]) -> None:
    for box, carton in enumerate(boxes):
        load = sum(int(mass) * unit.inside[box] for mass, unit in zip(units.mass, placed, strict=True))
        model.add(load <= carton.max_contents_g)
        room = sum(int(units.sides[u].prod()) * unit.inside[box] for u, unit in enumerate(placed))
        model.add(room <= carton.inner_volume_mm3)


def _separate(model: Any, a: _Unit, b: _Unit, boxes: int, *, alike: bool) -> None:
    """In one box, one of the two comes first along one axis; of two alike the first one does."""
    sides = []
    for axis in range(3):
        for first, second, used in ((a, b, True), (b, a, not (alike and axis == 0))):
            if not used:
                continue
            before = model.new_bool_var("")
            model.add(first.corner[axis] + first.size[axis] <= second.corner[axis]).only_enforce_if(before)
            sides.append(before)
    for box in range(boxes):
        model.add_bool_or([*sides, a.inside[box].negated(), b.inside[box].negated()])
    if alike:
        model.add(a.corner[0] <= b.corner[0])


def _respect_faces(model: Any, placed: Sequence[_Unit], carton: Carton) -> None:
    """A cut through the box anywhere along an axis meets no more than the box's own face."""
    for axis in range(3):
        p, q = (other for other in range(3) if other != axis)
        intervals, faces = [], []
        for unit in placed:
            end = model.new_int_var(0, carton.inner_mm[axis], "")
            sides = [way[axis] for way in unit.ways]
            length = model.new_int_var(min(sides), max(sides), "")
            model.add(length == unit.size[axis])
            areas = [way[p] * way[q] for way in unit.ways]
            face = model.new_int_var(min(areas), max(areas), "")
            model.add(face == sum(area * on for area, on in zip(areas, unit.turned, strict=True)))
            intervals.append(model.new_interval_var(unit.corner[axis], length, end, ""))
            faces.append(face)
        model.add_cumulative(intervals, faces, carton.inner_mm[p] * carton.inner_mm[q])


def _where(solver: Any, placed: Sequence[_Unit]) -> Ints:
    rows = []
    for unit in placed:
        box = next(b for b, here in enumerate(unit.inside) if solver.boolean_value(here))
        way = next(w for w, on in zip(unit.ways, unit.turned, strict=True) if solver.boolean_value(on))
        rows.append((box, *(solver.value(at) for at in unit.corner), *way))
    return np.array(rows, np.int64)
