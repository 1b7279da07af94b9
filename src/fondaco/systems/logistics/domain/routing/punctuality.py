"""Lateness: eight grades on one chain, each later than the one before, and -ln P tables in whole numbers.

Search needs to know how late the vehicle tends to be that brought the goods. Grades that are ordered (a better
one is on time at least as often for *every* slack) make that one more whole number to compare. A service is
given the best grade that promises no more than it states: rounding never flatters a connection.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

UNIT = 100
"""Hundredths of a nat: nobody knows a probability better than to one per cent."""
STEP_MIN = 30
"""Slack is looked up in steps of half an hour, rounded down."""
STEPS = 30 * 48 + 1


@dataclass(frozen=True, slots=True)
class Grade:
    """Share on time (basis points) and mean delay in minutes of the rest."""

    on_time: int
    late_min: int


GRADES = (
    Grade(9900, 60), Grade(9500, 120), Grade(9000, 240), Grade(8500, 360),
    Grade(8000, 720), Grade(7000, 1440), Grade(6000, 2160), Grade(5000, 2880),
)  # fmt: skip
"""Our own scale; container lines kept schedule in 50 to 70 % of calls (Sea-Intelligence, 2022 to 2025)."""


def grade_of(on_time: int, late_min: int) -> int:
    """The best grade that promises no more than these figures; the last one where none does."""
    for number, grade in enumerate(GRADES):
        if grade.on_time <= on_time and grade.late_min >= late_min:
            return number
    return len(GRADES) - 1


def chance(grade: int, slack_min: float) -> float:
    """P(delay <= slack); 0 where the slack is negative."""
    if slack_min < 0:
        return 0.0
    stated = GRADES[grade]
    return 1.0 - (1.0 - stated.on_time / 10_000) * math.exp(-slack_min / stated.late_min)


@cache
def table() -> Any:
    """-ln P(delay <= slack) by grade and step of slack: int64 [grades, STEPS], never rising along either."""
    rows = [
        [round(-math.log(chance(g, s * STEP_MIN)) * UNIT) for s in range(STEPS)] for g in range(len(GRADES))
    ]
    found = np.array(rows, dtype=np.int64)
    found.setflags(write=False)
    return found


def probability(nats: int) -> float:
    """The probability behind a sum of table entries."""
    return math.exp(-nats / UNIT)
