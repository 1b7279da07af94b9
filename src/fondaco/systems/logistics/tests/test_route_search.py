"""The exact search: against exhaustion, against its twin without numba, and rule by rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fondaco.systems.logistics.domain.carbon.factors import factors
from fondaco.systems.logistics.domain.routing import engine
from fondaco.systems.logistics.domain.routing.engine import Frontier, find_frontier, warm
from fondaco.systems.logistics.domain.routing.query import FINE, Ask, Grain, Query, prepare
from fondaco.systems.logistics.domain.routing.timetable import compile_timetable, minute_of
from fondaco.systems.logistics.tests.exhaustive import DAYS, FIRST, REGIME, Exhaustion, World, random_world

MOST = 4


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """The compiled search; the first run on a machine compiles it."""
    assert warm()


def query_of(world: World, *, epsilon: float = 0.0, grain: Grain = FINE) -> Query:
    timetable = compile_timetable(world.network, first=FIRST, days=DAYS)
    deadline = minute_of(world.deadline) if world.deadline else -1
    latest = minute_of(world.latest)
    ask = Ask(
        timetable.place[world.origin], timetable.place[world.destination], minute_of(world.ready),
        min(latest, deadline) if deadline >= 0 else latest, deadline, world.max_legs or MOST, epsilon, grain,
    )  # fmt: skip
    return prepare(timetable, ask=ask, load=world.load, regime=REGIME, factors=factors())


def points(frontier: Frontier) -> set[tuple[int, int, int, int]]:
    return {one.point for one in frontier.points}


@pytest.mark.parametrize("seed", range(40))
def test_the_frontier_is_the_exhaustive_one(seed: int) -> None:
    world = random_world(seed)
    grain = FINE if seed % 2 else Grain()
    expected = Exhaustion(world, most=MOST).frontier(grain)
    assert points(find_frontier(query_of(world, grain=grain))) == expected


@pytest.mark.parametrize(
    ("seed", "codes"),
    [
        (664, {"S6"}),  # 23:xx in New York to 02:xx next day in Shanghai: no run, however the timetable reads
        (144, {"S2", "S8", "S10"}),  # by truck to dear storage: the later run before it was cheaper
        (1100, {"S1", "S4", "S11"}),  # to and fro by truck, only to begin the free days anew
    ],
)
def test_what_once_differed_stays_mended(seed: int, codes: set[str]) -> None:
    whole = random_world(seed)
    kept = tuple(service for service in whole.network.services if service.code in codes)
    for world in (whole, replace(whole, network=replace(whole.network, services=kept))):
        grain = FINE if seed % 2 else Grain()
        expected = Exhaustion(world, most=MOST).frontier(grain)
        query = query_of(world, grain=grain)
        assert points(find_frontier(query)) == expected == points(find_frontier(query, plain=True))


@pytest.mark.parametrize("seed", range(40, 70))
def test_without_numba_the_answer_is_the_same(seed: int) -> None:
    query = query_of(random_world(seed))
    fast, plain = find_frontier(query), find_frontier(query, plain=True)
    assert (fast.engine, plain.engine) == ("numba", "plain")
    assert points(fast) == points(plain)


def test_a_search_without_room_begins_anew_with_more(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [find_frontier(query_of(random_world(seed))) for seed in range(5)]
    desk = engine._Desk()
    desk.labels, desk.points = 4, 1
    monkeypatch.setattr(engine, "_desk", desk)
    assert [find_frontier(query_of(random_world(seed))) for seed in range(5)] == expected
    assert desk.labels > 4


@pytest.mark.parametrize("seed", range(70, 90))
@pytest.mark.parametrize("epsilon", [0.02, 0.1])
def test_epsilon_covers_every_point_that_it_leaves_out(seed: int, epsilon: float) -> None:
    world = random_world(seed)
    exact = points(find_frontier(query_of(world)))
    rough = points(find_frontier(query_of(world, epsilon=epsilon)))
    begin = minute_of(world.ready)
    for t, c, e, r in exact:
        assert any(
            p[0] - begin <= (t - begin) * (1 + epsilon) + 1
            and p[1] <= c * (1 + epsilon) + 1
            and p[2] <= e * (1 + epsilon) + 1
            and p[3] <= r + 100 * epsilon + 1
            for p in rough
        )
