"""When will it arrive? An interval whose promise is kept: four times in five, from what like ones took.

Method: split conformal prediction (Vovk, Gammerman, Shafer 2005; Lei et al. 2018). The past consignments
that reached the same stage by the same service and lane are exchangeable with this one, so the interval
from their floor(a/2 (n+1))-th shortest to their ceil((1 - a/2)(n+1))-th shortest remaining time holds it
with a probability of at least 1 - a, and of at most 1 - a + 2/(n+1). Once a consignment has waited, only
those that waited as long are its like. Where the like are too few, a wider circle is asked; where all
are, the carrier's promise is told, and told to be no more than that.
"""

from __future__ import annotations

import bisect
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

COVERAGE = 0.8
# The fewest whose order statistics reach both ends of an interval of 80 %: (n + 1) × 0.1 >= 1; twice that.
FEWEST = 19
STAGES = ("ready", "departed", "arrived_destination", "import_released", "out_for_delivery")
_STAGE_OF = {
    "departed": 1, "arrived_transit": 1, "departed_transit": 1, "in_transit": 1,
    "arrived_destination": 2, "import_presented": 2, "import_held": 2,
    "import_released": 3, "at_destination_hub": 3, "out_for_delivery": 4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Journey:
    """A delivered consignment: when it reached each stage (None where nobody told) and when it was delivered."""

    service: str
    origin: str
    destination: str
    stages: tuple[datetime | None, ...]
    delivered_at: datetime


@dataclass(frozen=True, slots=True)
class Under:
    """A consignment under way: the last stage it reached, when, and the last day that was promised."""

    service: str
    origin: str
    destination: str
    stage: int
    since: datetime
    promised_by: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """The predicted arrival: with a probability of `coverage` from `low_at` to `high_at`.

    `basis` is what was asked ("service-lane", "lane", "service", "destination"), with `sample` past ones;
    or "promise", with none: then `coverage` is 0, for a promise has not been measured.
    """

    low_at: datetime
    middle_at: datetime
    high_at: datetime
    coverage: float
    basis: str
    sample: int
    stage: str


class History:
    """What past journeys took from each stage on, sorted, by ever wider circles."""

    def __init__(self, journeys: Iterable[Journey]) -> None:
        hours: dict[tuple[str, ...], list[float]] = defaultdict(list)
        for journey in journeys:
            for stage, at in enumerate(journey.stages):
                if at is None or at > journey.delivered_at:
                    continue
                left = (journey.delivered_at - at).total_seconds() / 3600
                for circle in _circles(journey.service, journey.origin, journey.destination):
                    hours[*circle, str(stage)].append(left)
        self._hours: Mapping[tuple[str, ...], Sequence[float]] = {k: sorted(v) for k, v in hours.items()}

    def predict(self, under: Under, *, now: datetime, coverage: float = COVERAGE) -> Arrival:
        """When `under` will arrive, seen at `now`."""
        waited = max(0.0, (now - under.since).total_seconds() / 3600)
        for circle in _circles(under.service, under.origin, under.destination):
            known = self._hours.get((*circle, str(under.stage)), ())
            like = known[bisect.bisect_left(known, waited) :]
            if len(like) >= FEWEST:
                low, middle, high = interval(like, coverage=coverage)
                first, half, last = (under.since + timedelta(hours=hours) for hours in (low, middle, high))
                return Arrival(first, half, last, coverage, circle[0], len(like), STAGES[under.stage])
        late = max(under.promised_by, now)
        return Arrival(min(now, late), late, late, 0.0, "promise", 0, STAGES[under.stage])


def interval(ascending: Sequence[float], *, coverage: float) -> tuple[float, float, float]:
    """The conformal interval of `ascending` times and their median; whole range where they are too few."""
    count, outside = len(ascending), (1 - coverage) / 2
    low = max(1, math.floor(outside * (count + 1) + 1e-9))
    high = min(count, math.ceil((1 - outside) * (count + 1) - 1e-9))
    middle = ascending[count // 2] if count % 2 else (ascending[count // 2 - 1] + ascending[count // 2]) / 2
    return ascending[low - 1], middle, ascending[high - 1]


def reached(happenings: Iterable[tuple[str, datetime]], *, ready_at: datetime) -> tuple[datetime | None, ...]:
    """When each stage was first reached, from core codes and their times."""
    found: list[datetime | None] = [ready_at, None, None, None, None]
    for code, at in happenings:
        stage = _STAGE_OF.get(code)
        known = found[stage] if stage else None
        if stage and (known is None or at < known):
            found[stage] = at
    return tuple(found)


def standing_at(stages: Sequence[datetime | None], *, now: datetime) -> tuple[int, datetime]:
    """The farthest stage reached by `now`, and when; "ready" where no other was."""
    for stage in range(len(stages) - 1, 0, -1):
        at = stages[stage]
        if at is not None and at <= now:
            return stage, at
    return 0, stages[0] or now


def _circles(service: str, origin: str, destination: str) -> tuple[tuple[str, ...], ...]:
    return (
        ("service-lane", service, origin, destination),
        ("lane", origin, destination),
        ("service", service),
        ("destination", destination),
    )
