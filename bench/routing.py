"""Routing between payment providers: regret against an oracle, and how soon an outage is left.

The world of `research`: three providers in one context, 20,000 payments one second apart. The best and
the second swap ranks after a third; then the best one is down for 1,500 payments (everything fails). The
oracle always asks whoever is best at that moment. Regret is in percentage points of first attempts; no
second attempt (the cascade) is counted, which would hide the difference. `outage_attempts` are all payments
that the dead provider got during its outage, probes included. Means of five seeds; the fixed choice, the
rotation and plain Thompson sampling run through the same worlds. Feedback comes before the next payment:
that flatters; `delayed_points` is the regret when it comes in batches of 100.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from bench._runner import result
from fondaco.systems.finance.domain.routing import PROBE, Arm, choose, learn, probing

NAMES = ("alpha", "bravo", "charlie")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SEEDS = range(5)
Pick = Callable[[int, Random], str]
Hear = Callable[[int, str, bool], None]


def rates(at: int, total: int) -> dict[str, float]:
    """What share each provider lets through at payment number `at`."""
    early = at < total // 3
    alpha, bravo = (0.90, 0.85) if early else (0.84, 0.91)
    down = total // 3 * 2 <= at < total // 3 * 2 + total * 3 // 40
    return {"alpha": alpha, "bravo": 0.0 if down else bravo, "charlie": 0.80}


def play(total: int, seed: int, pick: Pick, hear: Hear) -> tuple[float, float, int]:
    """Share let through, the oracle's share, and payments sent to a provider that was down."""
    luck, draws = Random(seed), Random(seed + 1000)
    won = expected = 0.0
    wasted = 0
    for at in range(total):
        now = rates(at, total)
        name = pick(at, draws)
        success = luck.random() < now[name]
        won += now[name]
        expected += max(now.values())
        wasted += now[name] == 0.0
        hear(at, name, success)
    return won / total, expected / total, wasted


def router(batch: int) -> tuple[Pick, Hear]:
    """The router under test; what it hears takes effect at the end of each `batch`."""
    arms = {name: Arm(name) for name in NAMES}
    waiting: list[tuple[str, bool]] = []

    def pick(at: int, rng: Random) -> str:
        now = BEGIN + timedelta(seconds=at)
        first = choose("card|GB", list(arms.values()), at=now, rng=rng).candidates[0]
        if first.state == PROBE:
            arms[first.connector] = probing(arms[first.connector], at=now)
        return first.connector

    def hear(at: int, name: str, success: bool) -> None:
        waiting.append((name, success))
        if len(waiting) >= batch:
            arms.update(learn(arms, waiting, at=BEGIN + timedelta(seconds=at)))
            waiting.clear()

    return pick, hear


def plain() -> tuple[Pick, Hear]:
    """Thompson sampling that forgets nothing."""
    counts = {name: [1, 1] for name in NAMES}

    def pick(_at: int, rng: Random) -> str:
        return max(NAMES, key=lambda name: rng.betavariate(*counts[name]))

    def hear(_at: int, name: str, success: bool) -> None:
        counts[name][0 if success else 1] += 1

    return pick, hear


def _deaf(_at: int, _name: str, _success: bool) -> None:
    """Learns nothing."""


def points(total: int, make: Callable[[], tuple[Pick, Hear]]) -> tuple[float, float]:
    """Mean regret in points and mean payments wasted on a dead provider."""
    runs = [play(total, seed, *make()) for seed in SEEDS]
    return (
        100 * sum(best - got for got, best, _ in runs) / len(runs),
        sum(wasted for *_, wasted in runs) / len(runs),
    )


def main(arguments: Sequence[str]) -> None:
    total = int(arguments[0]) if arguments else 20_000
    ours, wasted = points(total, lambda: router(1))
    delayed, _ = points(total, lambda: router(100))
    fixed, _ = points(total, lambda: (lambda _at, _rng: "alpha", _deaf))
    around, _ = points(total, lambda: (lambda at, _rng: NAMES[at % 3], _deaf))
    thompson, _ = points(total, plain)
    print(
        f"regret in points: ours {ours:.2f}, in batches of 100 {delayed:.2f}, plain Thompson {thompson:.2f},"
    )
    print(
        f"  rotation {around:.2f}, always the first {fixed:.2f}; payments sent into the outage: {wasted:.1f}"
    )
    result({"regret_points": ours, "outage_attempts": wasted})


if __name__ == "__main__":
    main(sys.argv[1:])
