"""Lead times from routes: how long the cheapest way takes over several departures, and how far that varies.

The plan varies with the day on which goods are ready (mean and variance over `plans`); each ride is late by its own
punctuality: a share arrives as planned, the rest later by an exponential delay, so that a ride with on-time share p
and mean lateness m adds (1 - p) m to the mean and 2 (1 - p) m² - ((1 - p) m)² to the variance. Rides are taken as
independent; a missed connection is not added to it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_DAY_MIN = 1440


@dataclass(frozen=True, slots=True)
class Ride:
    """How punctual one ride is: share on time (basis points), mean lateness of the rest in minutes."""

    on_time: int
    late_min: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One way that would be taken: minutes from readiness to readiness, and its rides."""

    minutes: int
    rides: tuple[Ride, ...]


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Days from order to shelf: mean, standard deviation, and where they come from.

    `basis` is "routes" with the number of departures in `sample`, or "store" for the store's own figures.
    """

    mean_days: float
    sd_days: float
    source: str
    basis: str
    sample: int = 0


def lead_of(plans: Sequence[Plan], *, source: str) -> LeadTime:
    """Mean and deviation over `plans` (at least one), to a hundredth of a day."""
    planned = [plan.minutes for plan in plans]
    mean = sum(planned) / len(planned)
    spread = sum((minutes - mean) ** 2 for minutes in planned) / len(planned)
    late = [_lateness(plan.rides) for plan in plans]
    mean += sum(one for one, _ in late) / len(late)
    spread += sum(variance for _, variance in late) / len(late)
    return LeadTime(
        round(mean / _DAY_MIN, 2), round(math.sqrt(spread) / _DAY_MIN, 2), source, "routes", len(plans)
    )


def _lateness(rides: Sequence[Ride]) -> tuple[float, float]:
    """Mean and variance of the minutes that rides in a row are late."""
    mean = variance = 0.0
    for ride in rides:
        share = 1 - ride.on_time / 10_000
        mean += share * ride.late_min
        variance += 2 * share * ride.late_min**2 - (share * ride.late_min) ** 2
    return mean, variance
