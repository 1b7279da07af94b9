"""The predicted interval keeps its promise on journeys that it has not seen; thin history is said to be thin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from fondaco.systems.logistics.domain.tracking.arrival import (
    COVERAGE,
    FEWEST,
    History,
    Journey,
    Under,
    interval,
    reached,
    standing_at,
)
from fondaco.systems.logistics.domain.tracking.troubles import Seen, troubles

START = datetime(2026, 5, 1, tzinfo=UTC)
LANES = (
    ("POST", "GB", "DE", 5.0),
    ("POST", "GB", "US", 9.0),
    ("EXP", "GB", "US", 2.5),
    ("SEA", "CN", "NL", 38.0),
)


def journeys(count: int, *, seed: int) -> list[Journey]:
    """Journeys with heavy tails, each lane of its own length; one in six without any word on the way."""
    draw, made = Random(seed), []
    for at in range(count):
        service, origin, destination, days = LANES[at % len(LANES)]
        ready = START + timedelta(hours=draw.uniform(0, 2_000))
        parts = [draw.lognormvariate(0, 0.5) * days / 5 for _ in range(5)]
        times = [ready]
        for part in parts:
            times.append(times[-1] + timedelta(days=part))
        told = [None] * 4 if draw.random() < 1 / 6 else times[1:5]
        made.append(Journey(service, origin, destination, (ready, *told), times[5]))
    return made


@pytest.mark.parametrize("stage", range(5))
def test_eighty_per_cent_covers_75_to_85_of_unseen_journeys(stage: int) -> None:
    history, unseen = History(journeys(3_000, seed=1)), journeys(3_000, seed=2)
    hits, asked = 0, 0
    for one in unseen:
        since = one.stages[stage]
        if since is None:
            continue
        under = Under(one.service, one.origin, one.destination, stage, since, since)
        found = history.predict(under, now=since)
        assert found.basis == "service-lane"
        asked += 1
        hits += found.low_at <= one.delivered_at <= found.high_at
    assert asked > 2_000
    assert 0.75 <= hits / asked <= 0.85


def test_it_stays_calibrated_for_those_that_have_waited() -> None:
    """Seen at a random moment under way, only what waited as long counts as like."""
    history, draw = History(journeys(4_000, seed=3)), Random(5)
    hits, asked = 0, 0
    for one in journeys(4_000, seed=4):
        ready = one.stages[0]
        assert ready is not None
        now = ready + timedelta(days=draw.uniform(0, 10))
        if now >= one.delivered_at:
            continue
        stage, since = standing_at(one.stages, now=now)
        found = history.predict(Under(one.service, one.origin, one.destination, stage, since, now), now=now)
        if found.sample:
            asked += 1
            hits += found.low_at <= one.delivered_at <= found.high_at
    assert asked > 1_500
    assert 0.75 <= hits / asked <= 0.85


def test_news_narrows_the_interval() -> None:
    history = History(journeys(3_000, seed=1))
    widths = []
    for stage in range(5):
        found = history.predict(Under("POST", "GB", "US", stage, START, START), now=START)
        widths.append(found.high_at - found.low_at)
    assert widths == sorted(widths, reverse=True)


def test_thin_history_asks_a_wider_circle_and_then_only_repeats_the_promise() -> None:
    history = History(journeys(400, seed=1))
    wider = history.predict(Under("NEW", "GB", "US", 0, START, START), now=START)
    assert (wider.basis, wider.coverage) == ("lane", COVERAGE)
    promised = START + timedelta(days=6)
    nothing = history.predict(Under("NEW", "XX", "YY", 0, START, promised), now=START)
    assert (nothing.basis, nothing.coverage, nothing.sample) == ("promise", 0.0, 0)
    assert (nothing.low_at, nothing.high_at) == (START, promised)
    assert History([]).predict(Under("POST", "GB", "US", 0, START, promised), now=START).basis == "promise"


def test_order_statistics_of_the_interval() -> None:
    assert interval([float(n) for n in range(1, FEWEST + 1)], coverage=0.8) == (2.0, 10.0, 18.0)
    assert interval([1.0, 2.0], coverage=0.8) == (1.0, 1.5, 2.0)


def test_stages_from_milestones_in_any_order() -> None:
    happened = [("import_released", START + timedelta(days=3)), ("departed", START + timedelta(days=1)),
                ("in_transit", START + timedelta(days=2)), ("notice", START)]  # fmt: skip
    forward = reached(happened, ready_at=START)
    assert forward == reached(reversed(happened), ready_at=START)
    assert forward == (START, START + timedelta(days=1), None, START + timedelta(days=3), None)
    assert standing_at(forward, now=START + timedelta(days=2)) == (1, START + timedelta(days=1))


def see(*happenings: tuple[str, float], state: str = "in_transit", days: float) -> set[str]:
    history = History(journeys(1_000, seed=1))
    told = [(code, START + timedelta(days=at)) for code, at in happenings]
    now = START + timedelta(days=days)
    stage, since = standing_at(reached(told, ready_at=START), now=START)
    arrival = history.predict(Under("POST", "GB", "DE", stage, since, now), now=START)
    return {one.kind for one in troubles(Seen(state, START, arrival, told), now=now)}


def test_troubles() -> None:
    assert see(("departed", 1), days=2) == set()
    assert see(("departed", 1), days=5) == set()
    assert see(("departed", 1), ("in_transit", 15), days=16) == {"late"}
    assert see(("departed", 1), days=12) == {"late", "silent"}
    assert see(("import_held", 1), days=1.5) == set()
    assert see(("import_held", 1), days=2.5) == {"customs"}
    assert see(("import_held", 1), ("import_released", 2), days=2.5) == set()
    assert see(("import_refused", 1), days=1) == {"customs"}
    assert see(("delivery_failed", 2), days=3) == {"failed"}
    assert see(("delivery_failed", 2), ("out_for_delivery", 3), days=3) == set()
    assert see(("lost", 2), days=3) == {"lost"}
    assert see(("returning", 2), days=3) == {"returned"}
    assert see(state="returned", days=30) == {"returned"}
    assert see(state="delivered", days=90) == set()
