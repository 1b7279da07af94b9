"""When to order and how much: newsvendor, (s, S) and (r, Q), for one article or ten thousand at once.

Costs are per piece and period (holding `h`, shortage `p`) and per order (`K`), in any one money. The same
answers as stockpyl's where that has one (bench/stock.py), at a speed that a nightly run can afford.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from fondaco.kernel.errors import Refused


class BadPolicyInput(Refused):
    code = "bad-policy-input"
    title = "A stock policy cannot be computed from these figures."
    remedy = "Holding, shortage and order cost and mean demand must be greater than zero; times not less than zero."


@dataclass(frozen=True, slots=True)
class Demand:
    """Demand per period (mean, variance) and the lead time in periods (mean, standard deviation).

    A variance below the mean counts as the mean: whole pieces scatter at least like Poisson.
    """

    mean: float
    variance: float
    lead_mean: float = 0.0
    lead_sd: float = 0.0

    def over_cover(self, *, review: float) -> tuple[float, float]:
        """Mean and variance of demand over lead time and review: var = v(L + R) + mean² sd(L)²."""
        cover = self.lead_mean + review
        spread = self.variance * cover + (self.mean * self.lead_sd) ** 2
        return self.mean * cover, max(spread, self.mean * cover)


@dataclass(frozen=True, slots=True)
class Costs:
    """Per piece and period held and short, and per order."""

    holding: float
    shortage: float
    order: float


@dataclass(frozen=True, slots=True)
class Policy:
    """`low` is s or r, `high` S or Q; `cost` is expected per period. For a newsvendor both are the pieces."""

    low: int
    high: int
    cost: float


def s_s_policies(demands: Sequence[Demand], costs: Sequence[Costs]) -> list[Policy]:
    """The optimal (s, S) under periodic review of one period: order up to S where the position is at s or below."""
    from fondaco.systems.logistics.domain.stock.policy_kernel import ss_many

    rows = ss_many(_demand_rows(demands, review=1.0), _cost_rows(costs))
    return [Policy(int(s), int(up), float(cost)) for s, up, cost in rows]


def r_q_policies(demands: Sequence[Demand], costs: Sequence[Costs]) -> list[Policy]:
    """The optimal (r, Q) under continuous review: order Q where the position falls to r."""
    from fondaco.systems.logistics.domain.stock.policy_kernel import rq_many

    rows = rq_many(_demand_rows(demands, review=0.0), _cost_rows(costs))
    return [Policy(int(r), int(size), float(cost)) for r, size, cost in rows]


def newsvendor_pieces(demands: Sequence[Demand], costs: Sequence[Costs]) -> list[Policy]:
    """The pieces to have for one selling period: the smallest y with P(D ≤ y) ≥ p / (h + p)."""
    from fondaco.systems.logistics.domain.stock.policy_kernel import newsvendor_many

    rows, prices = _demand_rows(demands, review=1.0), _cost_rows(costs)
    found = newsvendor_many(rows[:, 2], rows[:, 3], prices[:, 0], prices[:, 1])
    return [Policy(int(y), int(y), float(cost)) for y, cost in found]


def newsvendor_normal(mean: float, sd: float, *, holding: float, shortage: float) -> tuple[float, float]:
    """Pieces and cost for normal demand: mean + z sd, and (h + p) φ(z) sd with Φ(z) = p / (h + p)."""
    if min(mean, sd, holding, shortage) <= 0:
        raise BadPolicyInput(field="mean", value=mean)
    normal = NormalDist()
    z = normal.inv_cdf(shortage / (holding + shortage))
    return mean + z * sd, (holding + shortage) * normal.pdf(z) * sd


def _demand_rows(
    demands: Sequence[Demand], *, review: float
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows = np.empty((len(demands), 4))
    for n, demand in enumerate(demands):
        if demand.mean <= 0 or demand.lead_mean < 0 or demand.lead_sd < 0:
            raise BadPolicyInput(field="demand", value=demand)
        rows[n] = (demand.mean, max(demand.variance, demand.mean), *demand.over_cover(review=review))
    if (rows[:, 2] <= 0).any():
        raise BadPolicyInput(field="lead_mean", value=0)
    return rows


def _cost_rows(costs: Sequence[Costs]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows = np.array([(c.holding, c.shortage, c.order) for c in costs], dtype=np.float64).reshape(-1, 3)
    if not (np.isfinite(rows).all() and (rows > 0).all()):
        raise BadPolicyInput(field="costs")
    return rows
