"""Which provider is asked first: discounted Thompson sampling behind circuit breakers; pure, seeded.

Each provider of a context (method and country) is an arm with counts of what it let through and what it
did not. Every new observation discounts the counts of the whole context by `GAMMA`, so that the sample
forgets: Raj and Kalyani, "Taming non-stationary bandits: a Bayesian approach" (2017). A choice draws one
value per arm from Beta(1 + wins, 1 + losses) and tries the arms from the highest draw down.

The breaker opens on a run of failures that the arm's own record explains with a probability under
`UNLIKELY`; while it is open the arm gets nothing but single probes, at doubling intervals.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

GAMMA = 0.997
UNLIKELY = 1e-6
FIRST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(hours=1)
CLOSED, PROBE, OPEN = "closed", "probe", "open"


@dataclass(frozen=True, slots=True)
class Arm:
    """What is known of one provider in one context; counts are discounted, so not whole."""

    connector: str
    wins: float = 0.0
    losses: float = 0.0
    streak: int = 0
    trips: int = 0
    open_until: datetime | None = None

    @property
    def mean(self) -> float:
        """The share let through, as far as is known (0.5 where nothing is)."""
        return (self.wins + 1) / (self.wins + self.losses + 2)

    @property
    def weight(self) -> float:
        """How many fresh observations the record is worth; at most 1 / (1 - GAMMA)."""
        return self.wins + self.losses

    def state(self, at: datetime) -> str:
        """Closed (in use), open (left alone), or probe: one try may show whether it is back."""
        if self.open_until is None:
            return CLOSED
        return PROBE if at >= self.open_until else OPEN


@dataclass(frozen=True, slots=True)
class Candidate:
    """One provider as the choice saw it."""

    connector: str
    state: str
    mean: float
    weight: float
    drawn: float

    def as_json(self) -> dict[str, Any]:
        return {
            "connector": self.connector, "state": self.state, "mean": round(self.mean, 4),
            "weight": round(self.weight, 1), "drawn": round(self.drawn, 4),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """The providers to try, in order, and those left alone; enough to explain the choice later."""

    context: str
    candidates: tuple[Candidate, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """Who is asked first, and who next when that one declines for a reason another may not have."""
        usable = tuple(c.connector for c in self.candidates if c.state != OPEN)
        return usable or tuple(c.connector for c in self.candidates)

    def as_json(self) -> dict[str, Any]:
        return {"context": self.context, "candidates": [c.as_json() for c in self.candidates]}


def choose(context: str, arms: Sequence[Arm], *, at: datetime, rng: Random) -> Choice:
    """Draw once per arm of `arms` and rank them: probes first, open breakers last.

    The same arms, moment and seed give the same choice.
    """
    rank = {PROBE: 0, CLOSED: 1, OPEN: 2}
    drawn = [
        Candidate(
            arm.connector,
            arm.state(at),
            arm.mean,
            arm.weight,
            rng.betavariate(1 + arm.wins, 1 + arm.losses),
        )
        for arm in sorted(arms, key=lambda arm: arm.connector)
    ]
    return Choice(context, tuple(sorted(drawn, key=lambda c: (rank[c.state], -c.drawn))))


def probing(arm: Arm, *, at: datetime) -> Arm:
    """`arm` after a probe was sent to it: nobody else probes until a longer pause has passed; success ends it."""
    return replace(arm, trips=arm.trips + 1, open_until=at + _pause(arm.trips + 1))


def learn(arms: Mapping[str, Arm], seen: Iterable[tuple[str, bool]], *, at: datetime) -> dict[str, Arm]:
    """`arms` of one context after outcomes (connector, let through) in the order in which they came."""
    known = dict(arms)
    for connector, won in seen:
        known = {name: _discounted(arm) for name, arm in known.items()}
        known[connector] = _observed(known.get(connector, Arm(connector)), won=won, at=at)
    return known


def _discounted(arm: Arm) -> Arm:
    return replace(arm, wins=arm.wins * GAMMA, losses=arm.losses * GAMMA)


def _observed(arm: Arm, *, won: bool, at: datetime) -> Arm:
    if won:
        return replace(arm, wins=arm.wins + 1, streak=0, trips=0, open_until=None)
    failed = replace(arm, streak=arm.streak + 1)
    if arm.open_until is not None:
        return failed  # counts stay: what the arm was worth before it broke is worth knowing afterwards
    if _is_unlikely(failed):
        return replace(failed, trips=1, open_until=at + _pause(1))
    return replace(failed, losses=failed.losses + 1)


def _is_unlikely(arm: Arm) -> bool:
    """Whether the arm's record makes so long a run of failures a matter of less than UNLIKELY."""
    return arm.streak * math.log(max(1 - arm.mean, 1e-9)) < math.log(UNLIKELY)


def _pause(trips: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(trips - 1, 10)), LONGEST_PAUSE)
