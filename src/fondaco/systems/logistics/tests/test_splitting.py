"""Splitting: exact against brute force, legal under an independent check, and never without a plan."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product

import numpy as np
import pytest

from fondaco.systems.logistics.domain.demo import generate_demo_book
from fondaco.systems.logistics.domain.draft_store import store_of
from fondaco.systems.logistics.domain.splitting.border import border_minor
from fondaco.systems.logistics.domain.splitting.filling import fill, filler
from fondaco.systems.logistics.domain.splitting.master import partition
from fondaco.systems.logistics.domain.splitting.solve import CannotSplit, split
from fondaco.systems.logistics.domain.splitting.types import (
    LandedTerms,
    Source,
    SplitItem,
    SplitRequest,
    StockAt,
)
from fondaco.systems.logistics.domain.splitting.verify import faults_of
from fondaco.systems.logistics.domain.store import RateStore

ON = date(2026, 11, 2)
FLAT = LandedTerms("flat", "Reg. (EU) 2026/382", flat_minor=261, limit_minor=13_050,
                   beyond=LandedTerms("tariff", "Reg. (EEC) 2658/87", duty_ppm={"1": 120_000, "2": 40_000}))  # fmt: skip


@cache
def cards() -> RateStore:
    return store_of(generate_demo_book(services=150), starts_on=date(2020, 1, 1))


def mug(line: str = "1", quantity: int = 3, **more: object) -> SplitItem:
    item = SplitItem(line, f"MUG{line}", quantity, 400, 120, 100, 100, frozenset(), "691200", 900 * quantity)
    return replace(item, **more)  # type: ignore[arg-type]


def asked(*items: SplitItem, **more: object) -> SplitRequest:
    request = SplitRequest("A", "DE", "", ON, items or (mug(),), (Source("home", "GB"),))
    return replace(request, **more)  # type: ignore[arg-type]


def test_the_partition_equals_brute_force() -> None:
    draw = random.Random(3)
    for _ in range(12):
        wanted = [draw.randint(1, 2) for _ in range(3)]
        units = [
            {row: draw.randint(1, wanted[row]) for row in draw.sample(range(3), draw.randint(1, 3))}
            for _ in range(4)
        ] + [{0: 1}, {1: 1}, {2: 1}]
        costs = np.array([draw.randint(50, 400) for _ in units], dtype=np.int64)
        solved = partition(units, costs, wanted, start=None, seconds=5)
        best = min(
            sum(int(c) * n for c, n in zip(costs, times, strict=True))
            for times in product(range(3), repeat=len(units))
            if all(
                sum(u.get(r, 0) * n for u, n in zip(units, times, strict=True)) == wanted[r] for r in range(3)
            )
        )
        assert solved is not None
        assert solved.proven
        value = sum(int(costs[j]) * n for j, n in solved.taken.items())
        assert solved.bound == value
        assert value == best
        singles = {len(units) - 3 + row: count for row, count in enumerate(wanted)}
        begun = partition(units, costs, wanted, start=singles, seconds=5)
        assert begun is not None
        assert (begun.bound, begun.proven) == (best, True)
        enough = partition(units, costs, wanted, start=singles, seconds=5, most=best)
        assert enough is not None
        assert sum(int(costs[j]) * n for j, n in enough.taken.items()) == best
        assert partition(units, costs, wanted, start=singles, seconds=5, most=best - 1) is None


def test_a_partition_that_cannot_add_up_is_none() -> None:
    assert partition([{0: 2}], np.array([5]), [3], start=None, seconds=1) is None


def test_a_plan_that_is_too_dear_is_not_given() -> None:
    request = asked(mug("1"), mug("2", 40))
    plan = split(cards(), request)
    assert split(cards(), request, most_minor=plan.cost.total).cost == plan.cost
    with pytest.raises(CannotSplit) as refused:
        split(cards(), request, most_minor=plan.cost.total - 1)
    assert refused.value.facts["reason"] == "too-dear"


def test_the_compiled_loop_fills_as_the_plain_one() -> None:
    draw = np.random.default_rng(4)
    for _ in range(40):
        lines = draw.permutation(4).astype(np.int64)
        space = draw.integers(1, 9, (4, 3)) * draw.integers(0, 2, (4, 3))
        space[:, 2] = draw.integers(1, 9, 4)
        table = (draw.integers(1, 30, 4), draw.integers(100, 900, 4), draw.integers(1, 9, 4), space,
                 np.array([20, 40, 60]), np.array([2000, 5000, 9000]), np.array([50, 90, 200]))  # fmt: skip
        for cap in (0, 3000):
            boxes, inside = filler()(lines, *table, 2, cap)
            plain_boxes, plain_inside = fill(lines, *table, 2, cap)
            assert (boxes == plain_boxes).all()
            assert (inside == plain_inside).all()
            assert (inside.sum(axis=0) == table[0]).all()


def test_a_small_order_is_proven_over_every_way_of_parting_it() -> None:
    plan = split(cards(), asked(mug(), mug("2", 2, cargo_classes=frozenset({"battery-in"}))))
    assert plan.method == "exact"
    assert plan.proven
    assert plan.gap == 0
    assert plan.bound == plan.cost.total <= min(cost.total for cost in plan.baselines.values())
    assert faults_of(cards(), asked(mug(), mug("2", 2, cargo_classes=frozenset({"battery-in"}))), plan) == []


def test_random_orders_are_legal_and_never_dearer_than_without_a_split() -> None:
    draw = random.Random(8)
    for number in range(12):
        items = tuple(
            SplitItem(str(n), f"S{n}", draw.randint(1, 40), draw.randint(50, 2500), draw.randint(60, 500),
                      draw.randint(50, 300), draw.randint(20, 200),
                      frozenset(draw.sample(["battery-in", "fragile", "magnet"], draw.randint(0, 1))), "950300",
                      draw.randint(500, 9000))
            for n in range(draw.randint(1, 9))
        )  # fmt: skip
        sources = (
            Source("home", "GB", handling_minor=30),
            Source("near", "DE", "overseas", 30, stocked=True),
        )
        stock = tuple(
            StockAt("near", i.sku, draw.randint(1, i.quantity)) for i in items if draw.random() < 0.5
        )
        request = asked(
            *items,
            sources=sources,
            stock=stock,
            landed={"home": FLAT},
            waybill_minor=60,
            reference=str(number),
        )
        plan = split(cards(), request)
        assert faults_of(cards(), request, plan) == []
        assert plan.bound <= plan.cost.total
        assert all(plan.cost.total <= rival.total for rival in plan.baselines.values())


def test_knowing_the_border_is_never_dearer_landed() -> None:
    items = tuple(mug(str(n), 2, heading=f"6912{n % 3:02d}", mass_g=1500, value_minor=800) for n in range(6))
    sources = (Source("home", "GB", stocked=True), Source("park", "CN", "park", stocked=True))
    stock = tuple(
        StockAt(where, i.sku, 2) for k, i in enumerate(items) for where in ("home", "park")[: 1 + k % 2]
    )
    request = asked(*items, sources=sources, stock=stock, landed={"home": FLAT, "park": FLAT})
    aware, blind = split(cards(), request), split(cards(), replace(request, duty_aware=False))
    assert aware.cost.landed <= blind.cost.landed
    assert blind.cost.freight + blind.cost.handling <= aware.cost.freight + aware.cost.handling


def test_flat_duty_counts_headings_once_for_each_consignment() -> None:
    lines = [("1", "691200", 4_000), ("2", "691200", 4_000), ("3", "950300", 2_000)]
    assert border_minor(FLAT, lines, freight=500, order_minor=10_000) == 2 * 261


def test_an_order_over_the_limit_is_not_parted_into_the_relief() -> None:
    half = [("1", "691200", 9_000)]
    assert (
        border_minor(FLAT, half, freight=0, order_minor=18_000) == 1_080
    )  # 12 % of GBP 90, not the flat amount
    apart = replace(FLAT, aggregates_same_order=False)
    assert border_minor(apart, half, freight=0, order_minor=18_000) == 261


def test_a_plan_says_that_the_law_counts_one_order_together() -> None:
    request = asked(mug("1", 2, value_minor=20_000), landed={"home": FLAT})
    told = [why for why in split(cards(), request).refused if why["code"] == "one-order-counts-together"]
    assert told == [{"code": "one-order-counts-together", "warehouse": "home", "rule": "flat",
                     "source": "Reg. (EU) 2026/382", "limit_minor": 13_050, "order_minor": 20_000}]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (asked(mug("1", 1, mass_g=90_000)), "item-too-heavy"),
        (asked(mug("1", 0)), "bad-item"),
        (asked(mug(), sources=(Source("near", "DE", stocked=True),)), "not-in-stock"),
        (asked(mug(), destination="KP"), "no-service"),
    ],
)
def test_what_cannot_be_sent_is_named(request_: SplitRequest, reason: str) -> None:
    with pytest.raises(CannotSplit) as refused:
        split(cards(), request_)
    assert refused.value.facts["reason"] == reason


def test_there_is_a_plan_however_short_the_time() -> None:
    items = tuple(mug(str(n), 30, mass_g=200 + 37 * n, length_mm=60 + 11 * n) for n in range(12))
    plan = split(cards(), asked(*items), seconds=0.01)
    assert faults_of(cards(), asked(*items), plan) == []
    assert 0 <= plan.gap < 1
