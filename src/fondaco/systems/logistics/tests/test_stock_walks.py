"""The pick walk is the shortest there is: against every order of the stops, and against the S shape."""

from __future__ import annotations

from itertools import pairwise, permutations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.systems.logistics.domain.stock.walking import Point, shortest_walk

DEPTH = 10


def between(a: Point, b: Point) -> int:
    """Walking from one place to another: along the aisle, or round by the nearer cross aisle."""
    if a[0] == b[0]:
        return abs(a[1] - b[1])
    return abs(a[0] - b[0]) + min(a[1] + b[1], 2 * DEPTH - a[1] - b[1])


def length_of(stops: tuple[Point, ...], bench: Point) -> int:
    path = [bench, *stops, bench]
    return sum(between(a, b) for a, b in pairwise(path))


def best_of_all(stops: list[Point], bench: Point) -> int:
    return min(length_of(order, bench) for order in permutations(stops))


def walked(stops: list[Point], bench_x: int) -> tuple[int, int]:
    """How long the walk found is, and the shortest of all orders; it stops everywhere and is as long as it says."""
    walk = shortest_walk(stops, depth_mm=DEPTH, bench_x=bench_x)
    assert sorted(walk.stops) == sorted(set(stops))
    assert length_of(walk.stops, (bench_x, 0)) == walk.length_mm
    assert walk.length_mm <= walk.s_shape_mm
    return walk.length_mm, best_of_all(sorted(set(stops)), (bench_x, 0))


def test_four_hundred_small_blocks_against_every_order() -> None:
    rnd = Random(5)
    for _ in range(400):
        stops = [(3 * rnd.randrange(5), rnd.randint(0, DEPTH)) for _ in range(rnd.randint(1, 5))]
        found, shortest = walked(stops, 3 * rnd.randrange(5))
        assert found == shortest


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from([0, 2, 7, 9]), st.integers(1, DEPTH)), min_size=1, max_size=6),
    st.sampled_from([0, 7, 12]),
)
def test_any_block_against_every_order(stops: list[Point], bench_x: int) -> None:
    found, shortest = walked(stops, bench_x)
    assert found == shortest


def test_nothing_to_pick_is_no_walk() -> None:
    assert shortest_walk([], depth_mm=DEPTH).length_mm == 0


def test_a_wide_block_is_walked_no_farther_than_the_s_shape() -> None:
    rnd = Random(3)
    stops = [(2_700 * rnd.randrange(20), rnd.randrange(600, 24_000, 1_200)) for _ in range(80)]
    walk = shortest_walk(stops, depth_mm=24_600)
    assert sorted(set(walk.stops)) == sorted(set(stops))
    assert walk.length_mm <= walk.s_shape_mm
