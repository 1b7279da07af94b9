"""The set-partition model: which consignments, so that every unit travels once and the sum is least (HiGHS)."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fondaco.systems.logistics.domain.store import Ints

Floats = NDArray[np.float64]
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Solved:
    """How often each column is taken; the least value that any selection can have, proven."""

    taken: dict[int, int]
    bound: int
    proven: bool


def partition(
    units: Sequence[dict[int, int]],
    costs: Ints,
    wanted: Sequence[int],
    *,
    start: dict[int, int] | None,
    seconds: float,
    most: int | None = None,
) -> Solved | None:
    """Take columns so that row i adds up to `wanted[i]` exactly, at the least sum of `costs`.

    `units[j]` is what column j adds to each row. `start` is a selection that adds up: it is the answer
    until the solver has a better one, so there always is one. After `seconds` the best so far is
    returned with the bound proven by then. None where nothing adds up, or nothing at `most` or less.

    The relaxation comes first: it is often whole, or proves `start`, or that all is dearer than `most`, or its
    reduced costs rule out most columns, and then little is left to branch on.
    """
    if start is not None and most is not None and _worth(costs, start) > most:
        start = None
    began = time.perf_counter()
    relaxed = _relax(units, costs, wanted, seconds)
    if relaxed is None:
        kept, floor = list(range(len(units))), 0
    else:
        whole = {j: round(v) for j, v in enumerate(relaxed.values) if v > _TINY}
        floor = math.ceil(relaxed.value - 1e-4)
        if most is not None and floor > most:
            return None
        if start is not None and _worth(costs, start) <= floor:
            return Solved(start, _worth(costs, start), proven=True)
        if _is_whole(relaxed.values) and _adds_up(units, whole, wanted):
            return Solved(whole, _worth(costs, whole), proven=True)
        kept = _open_columns(relaxed, start, _least(most, _worth(costs, start) if start else None))
    place = {j: k for k, j in enumerate(kept)}
    solved = _branch(
        [units[j] for j in kept],
        costs[kept],
        wanted,
        start={place[j]: n for j, n in start.items()} if start is not None else None,
        seconds=max(seconds - (time.perf_counter() - began), 0.02),
        most=most,
    )
    if solved is None:
        return None
    return Solved({kept[k]: n for k, n in solved.taken.items()}, max(solved.bound, floor), solved.proven)


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """The optimum with columns divisible: no selection is cheaper than `value`."""

    value: float
    values: Floats
    reduced: Floats


def _relax(
    units: Sequence[dict[int, int]], costs: Ints, wanted: Sequence[int], seconds: float
) -> _Relaxed | None:
    solver = _model(units, costs, wanted, seconds=seconds, whole=False)
    solver.run()
    if solver.modelStatusToString(solver.getModelStatus()) != "Optimal":
        return None
    solution = solver.getSolution()
    return _Relaxed(
        float(solver.getInfo().objective_function_value),
        np.array(solution.col_value),
        np.array(solution.col_dual),
    )


def _is_whole(values: Floats) -> bool:
    return bool(np.abs(values - np.round(values)).max(initial=0.0) < _TINY)


def _least(*known: int | None) -> int | None:
    return min((value for value in known if value is not None), default=None)


def _open_columns(relaxed: _Relaxed, start: dict[int, int] | None, most: int | None) -> list[int]:
    """Columns that a selection at `most` or less may take: one unit of another already costs more."""
    if most is None:
        return list(range(len(relaxed.values)))
    near = np.flatnonzero((relaxed.reduced < most - relaxed.value + 1e-4) | (relaxed.values > _TINY))
    return sorted({*near.tolist(), *(start or ())})


def _branch(
    units: Sequence[dict[int, int]],
    costs: Ints,
    wanted: Sequence[int],
    *,
    start: dict[int, int] | None,
    seconds: float,
    most: int | None,
) -> Solved | None:
    solver = _model(units, costs, wanted, seconds=seconds, whole=True)
    if most is not None:
        solver.setOptionValue("objective_bound", most + 0.5)
    if start is not None:
        _warm(solver, len(units), start)
    solver.run()
    info, values = solver.getInfo(), solver.getSolution().col_value
    found = {j: round(v) for j, v in enumerate(values) if v > 0.5}
    proven = solver.modelStatusToString(solver.getModelStatus()) == "Optimal"
    if not _adds_up(units, found, wanted):
        found, proven = {}, False
    if start is not None and (not found or _worth(costs, start) < _worth(costs, found)):
        found = start
    if not found or (most is not None and _worth(costs, found) > most):
        return None
    dual = float(info.mip_dual_bound)
    total = _worth(costs, found)
    bound = total if proven else min(total, math.ceil(dual - 1e-6) if math.isfinite(dual) else 0)
    return Solved(found, max(bound, 0), proven)


def _worth(costs: Ints, taken: dict[int, int]) -> int:
    return sum(int(costs[j]) * n for j, n in taken.items())


def _adds_up(units: Sequence[dict[int, int]], taken: dict[int, int], wanted: Sequence[int]) -> bool:
    sums = [0] * len(wanted)
    for j, times in taken.items():
        for row, count in units[j].items():
            sums[row] += times * count
    return sums == list(wanted)


def _model(
    units: Sequence[dict[int, int]], costs: Ints, wanted: Sequence[int], *, seconds: float, whole: bool
) -> Any:
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (
        ("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5), ("time_limit", seconds),
        ("presolve", "on" if whole else "off"),  # of a relaxation this small it costs more than it saves
    ):  # fmt: skip
        solver.setOptionValue(option, value)
    starts = np.cumsum([0, *(len(column) for column in units)], dtype=np.int32)
    rows = np.fromiter((row for column in units for row in column), dtype=np.int32)
    counts = np.fromiter((n for column in units for n in column.values()), dtype=np.float64)
    most = [min(wanted[row] // n for row, n in column.items()) for column in units]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(units), len(wanted)
    lp.col_cost_ = costs.astype(np.float64)
    lp.col_lower_, lp.col_upper_ = np.zeros(len(units)), np.array(most, dtype=np.float64)
    lp.row_lower_ = lp.row_upper_ = np.array(wanted, dtype=np.float64)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = starts, rows, counts
    if whole:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(units)
    solver.passModel(lp)
    return solver


def _warm(solver: Any, count: int, start: dict[int, int]) -> None:
    import highspy

    solution = highspy.HighsSolution()
    values = [0.0] * count
    for j, n in start.items():
        values[j] = float(n)
    solution.col_value = values
    solver.setSolution(solution)
