"""Policies against known answers and against themselves; forecasts by what their stock would have cost."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from fondaco.systems.logistics.domain.stock.forecasting import Series, forecast_many
from fondaco.systems.logistics.domain.stock.policy import (
    BadPolicyInput,
    Costs,
    Demand,
    newsvendor_normal,
    newsvendor_pieces,
    r_q_policies,
    s_s_policies,
)
from fondaco.systems.logistics.domain.stock.policy_kernel import cost_at, losses_of, pmf_of
from fondaco.systems.logistics.models import Proposal, Store
from fondaco.systems.logistics.services.replenishing import (
    accept_proposal,
    dismiss_proposal,
    propose_orders,
)
from fondaco.systems.logistics.tests.test_stock import NOW, clerk, fill, make_seller, make_store

# stockpyl 1.0.2's answers; bench/stock.py compares 200 instances with it.
KNOWN_SS = {5: (3, 9, 7.358852023814577), 20: (18, 24, 11.43790640764078), 60: (59, 66, 16.03948670570668)}


@pytest.mark.parametrize("mean", KNOWN_SS)
def test_s_s_equals_the_published_answers(mean: int) -> None:
    found = s_s_policies([Demand(mean, mean)], [Costs(1, 4, 5)])[0]
    assert (found.low, found.high) == KNOWN_SS[mean][:2]
    assert found.cost == pytest.approx(KNOWN_SS[mean][2], abs=1e-9)


def test_r_q_and_newsvendor_equal_the_textbook() -> None:
    """Snyder and Shen, Fundamentals of Supply Chain Theory: examples 5.8, 4.3 and the Poisson newsvendor."""
    found = r_q_policies([Demand(1.5, 1.5, lead_mean=2)], [Costs(20, 150, 100)])[0]
    assert (found.low, found.high) == (3, 5)
    assert found.cost == pytest.approx(107.92358063314975, abs=1e-9)
    found = newsvendor_pieces([Demand(50, 50)], [Costs(0.18, 0.70, 1)])[0]
    assert (found.high, round(found.cost, 12)) == (56, 1.797235211809)
    assert newsvendor_normal(50, 8, holding=0.18, shortage=0.70) == pytest.approx(
        (56.60395592743389, 1.9976051931766445), abs=1e-12
    )


def test_no_neighbour_of_an_r_q_policy_is_cheaper() -> None:
    rnd = Random(4)
    for _ in range(20):
        demand = Demand(mean := rnd.uniform(0.5, 20), 2 * mean, rnd.uniform(0.3, 3), 0.4)
        costs = Costs(rnd.uniform(0.1, 2), rnd.uniform(3, 30), rnd.uniform(1, 50))
        found = r_q_policies([demand], [costs])[0]
        assert found.cost == pytest.approx(rq_cost(demand, costs, r=found.low, size=found.high))
        near = [(dr, dq) for dr in (-1, 0, 1) for dq in (-1, 0, 1) if found.high + dq > 0]
        beside = [rq_cost(demand, costs, r=found.low + dr, size=found.high + dq) for dr, dq in near]
        assert min(beside) >= found.cost - 1e-9


def rq_cost(demand: Demand, costs: Costs, *, r: int, size: int) -> float:
    """Snyder and Shen, equation 5.48."""
    cover = demand.over_cover(review=0)
    losses = losses_of(pmf_of(*cover))
    held = [cost_at(y, cover[0], losses, costs.holding, costs.shortage) for y in range(r + 1, r + size + 1)]
    return float((costs.order * demand.mean + sum(held)) / size)


@pytest.mark.parametrize(
    ("demand", "costs"),
    [
        (Demand(0, 1), Costs(1, 1, 1)),
        (Demand(1, 1, lead_mean=-1), Costs(1, 1, 1)),
        (Demand(1, 1), Costs(0, 1, 1)),
        (Demand(1, 1), Costs(1, float("nan"), 1)),
    ],
)
def test_figures_that_make_no_policy_are_refused(demand: Demand, costs: Costs) -> None:
    with pytest.raises(BadPolicyInput):
        s_s_policies([demand], [costs])


def test_a_distribution_sums_to_one_and_keeps_its_mean_and_variance() -> None:
    for mean, variance in ((0.3, 0.3), (4.0, 9.0), (300.0, 300.0), (900.0, 5_000.0)):
        pmf = pmf_of(mean, variance)
        assert pmf.sum() == pytest.approx(1, abs=1e-9)
        expected = sum(k * p for k, p in enumerate(pmf))
        assert expected == pytest.approx(mean, rel=1e-9)
        assert sum(k * k * p for k, p in enumerate(pmf)) - expected**2 == pytest.approx(variance, rel=1e-6)


def test_a_short_history_gets_its_average_and_none_gets_nothing() -> None:
    costs = {"a": Costs(1, 9, 5), "b": Costs(1, 9, 5)}
    found = forecast_many([Series("a", (2, 4, 0)), Series("b", (0, 0))], costs=costs, cover=2)
    assert set(found) == {"a"}
    assert (found["a"].mean, found["a"].method) == (2.0, "Average")


@pytest.mark.slow(20)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_method_whose_stock_was_cheapest_is_chosen() -> None:
    rnd = Random(1)
    pieces = tuple(rnd.randint(5, 30) if rnd.random() < 0.3 else 0 for _ in range(60))
    found = forecast_many([Series("a", pieces)], costs={"a": Costs(0.1, 2, 5)}, cover=3)["a"]
    costs = dict(found.costs)
    assert len(costs) == 6
    assert costs[found.method] == min(costs.values())
    assert 0 < found.mean < 30


@pytest.fixture
def store(db: None) -> Store:
    made = make_store(make_seller())
    fill(made, ("mug", 5), ("tin", 500))
    return made


def run(store: Store, day: int) -> int:
    history = {"mug": [9, 0, 12, 8], "tin": [1, 0, 2, 1], "elsewhere": [5, 5, 5, 5]}
    on = date(2026, 11, day)
    return propose_orders(store.pk, history, {"mug": 4.0}, on=on, now=NOW, actor="t").proposed


def test_what_has_enough_is_not_proposed_and_yesterdays_lapses(store: Store) -> None:
    assert [run(store, 20), run(store, 20), run(store, 21)] == [1, 0, 1]
    states = list(Proposal.objects.house().order_by("on").values_list("sku", "state"))
    assert states == [("mug", "lapsed"), ("mug", "suggested")]


def test_what_is_on_order_counts(store: Store) -> None:
    run(store, 20)
    first = Proposal.objects.house().get()
    accept_proposal(clerk(store.seller_id), first.pk, quantity=None, now=NOW, actor="t")
    assert run(store, 21) == 0
    with pytest.raises(Exception, match="not possible"):
        dismiss_proposal(clerk(store.seller_id), first.pk, now=NOW, actor="t")
    assert Proposal.objects.house().get().state == "ordered"
