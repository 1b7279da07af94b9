"""Stock policies, exact, compiled. Imported only by what computes them: importing numba takes a second.

g(y) is the newsvendor cost of y pieces against the demand of the time that an order must cover. The
(s, S) search is Zheng and Federgruen's (Operations Research 39(4), 1991), the (r, Q) search Federgruen and
Zheng's (Operations Research 40(4), 1992). Demand is Poisson, or negative binomial where it varies more.
"""

from __future__ import annotations

from math import exp, lgamma, log
from typing import Any

import numba
import numpy as np

_jit: Any = numba.njit(cache=True, nogil=True)
_TAIL = 1e-16


@_jit  # type: ignore[untyped-decorator]
def _log_pmf(k: int, mean: float, variance: float) -> float:
    if variance <= mean * (1 + 1e-9):
        return k * log(mean) - mean - lgamma(k + 1.0)
    r = mean * mean / (variance - mean)
    q = (variance - mean) / variance
    return lgamma(k + r) - lgamma(r) - lgamma(k + 1.0) + r * log(1 - q) + k * log(q)


@_jit  # type: ignore[untyped-decorator]
def pmf_of(mean: float, variance: float) -> Any:
    """P(D = 0, 1, ...) up to where the tail holds less than 1e-16 of a piece's chance."""
    mode = int(mean)
    peak = exp(_log_pmf(mode, mean, variance))
    top = mode
    while exp(_log_pmf(top, mean, variance)) > peak * _TAIL:
        top += 1 + (top - mode) // 4
    pmf = np.empty(top + 1)
    for k in range(top + 1):
        pmf[k] = exp(_log_pmf(k, mean, variance))
    return pmf


@_jit  # type: ignore[untyped-decorator]
def losses_of(pmf: Any) -> Any:
    """E[(D - y)+] for y = 0, 1, ...: the sum of P(D > k) over k >= y, from the far end so that it stays exact."""
    size = len(pmf)
    out = np.zeros(size + 1)
    above = 0.0
    for y in range(size - 1, -1, -1):
        out[y] = out[y + 1] + above
        above += pmf[y]
    return out


@_jit  # type: ignore[untyped-decorator]
def cost_at(y: int, mean: float, losses: Any, h: float, p: float) -> float:
    """g(y) for any whole y, also below zero (pieces owed already)."""
    if y < 0:
        return p * (mean - y)
    if y >= len(losses):
        return h * (y - mean)
    short: float = losses[y]
    return h * (y - mean) + (h + p) * short


@_jit  # type: ignore[untyped-decorator]
def quantile_of(pmf: Any, alpha: float) -> int:
    """The smallest y with P(D <= y) >= alpha."""
    total = 0.0
    for y in range(len(pmf)):
        total += pmf[y]
        if total >= alpha:
            return y
    return len(pmf) - 1


@_jit  # type: ignore[untyped-decorator]
def _renewal(m: Any, pmf: Any, known: int, upto: int) -> Any:
    """The renewal density of demand, continued from `known` to `upto` terms."""
    if len(m) < upto:
        longer = np.zeros(2 * upto)
        longer[:known] = m[:known]
        m = longer
    for j in range(known, upto):
        total = 0.0
        for k in range(1, min(j, len(pmf) - 1) + 1):
            total += pmf[k] * m[j - k]
        m[j] = total * m[0]
    return m


@_jit  # type: ignore[untyped-decorator]
def _ss_cost(  # noqa: PLR0917 - compiled code takes no keyword-only arguments
    s: int, up: int, mean: float, losses: Any, m: Any, h: float, p: float, order: float
) -> float:
    total, length = order, 0.0
    for d in range(up - s):
        total += m[d] * cost_at(up - d, mean, losses, h, p)
        length += m[d]
    return total / length


@_jit  # type: ignore[untyped-decorator]
def solve_ss(  # noqa: PLR0917
    mean: float,
    variance: float,
    cover_mean: float,
    cover_variance: float,
    h: float,
    p: float,
    K: float,  # noqa: N803
) -> tuple[int, int, float]:
    """s, S and the cost per period: demand per period, and over the time that an order must cover."""
    pmf, cover = pmf_of(mean, variance), pmf_of(cover_mean, cover_variance)
    losses = losses_of(cover)
    m = np.zeros(64)
    m[0] = 1.0 / (1.0 - pmf[0])
    known = 1
    best_up = quantile_of(cover, p / (h + p))
    s = best_up - 1
    m = _renewal(m, pmf, known, 2)
    known = 2
    while _ss_cost(s, best_up, cover_mean, losses, m, h, p, K) > cost_at(s, cover_mean, losses, h, p):
        s -= 1
        if best_up - s > known:
            m = _renewal(m, pmf, known, best_up - s)
            known = best_up - s
    best = _ss_cost(s, best_up, cover_mean, losses, m, h, p, K)
    up = best_up + 1
    while cost_at(up, cover_mean, losses, h, p) <= best:
        if up - s > known:
            m = _renewal(m, pmf, known, up - s)
            known = up - s
        if _ss_cost(s, up, cover_mean, losses, m, h, p, K) < best:
            best_up = up
            while s + 1 < up and _ss_cost(s, up, cover_mean, losses, m, h, p, K) <= cost_at(
                s + 1, cover_mean, losses, h, p
            ):
                s += 1
            best = _ss_cost(s, best_up, cover_mean, losses, m, h, p, K)
        up += 1
    return s, best_up, best


@_jit  # type: ignore[untyped-decorator]
def solve_rq(  # noqa: PLR0917
    rate: float,
    cover_mean: float,
    cover_variance: float,
    h: float,
    p: float,
    K: float,  # noqa: N803
) -> tuple[int, int, float]:
    """r, Q and the cost per unit time under continuous review; `rate` is the mean demand per unit time."""
    cover = pmf_of(cover_mean, cover_variance)
    losses = losses_of(cover)
    r = quantile_of(cover, p / (h + p)) - 1
    size = 1
    total = K * rate + cost_at(r + 1, cover_mean, losses, h, p)
    cost = total
    while True:
        low, high = (
            cost_at(r, cover_mean, losses, h, p),
            cost_at(r + size + 1, cover_mean, losses, h, p),
        )
        lower = low < high
        grown = total + (low if lower else high)
        if grown / (size + 1) > cost:
            return r, size, cost
        total = grown
        size += 1
        cost = total / size
        if lower:
            r -= 1


@_jit  # type: ignore[untyped-decorator]
def solve_newsvendor(mean: float, variance: float, h: float, p: float) -> tuple[int, float]:
    """The pieces to have and their cost, once."""
    pmf = pmf_of(mean, variance)
    y = quantile_of(pmf, p / (h + p))
    return y, cost_at(y, mean, losses_of(pmf), h, p)


@_jit  # type: ignore[untyped-decorator]
def ss_many(demand: Any, costs: Any) -> Any:
    """solve_ss for each row of demand (4 columns) and costs (3 columns): s, S, cost."""
    out = np.empty((len(demand), 3))
    for n in range(len(demand)):
        s, up, cost = solve_ss(
            demand[n, 0], demand[n, 1], demand[n, 2], demand[n, 3], costs[n, 0], costs[n, 1], costs[n, 2]
        )
        out[n, 0], out[n, 1], out[n, 2] = s, up, cost
    return out


@_jit  # type: ignore[untyped-decorator]
def rq_many(demand: Any, costs: Any) -> Any:
    """solve_rq for each row: r, Q, cost."""
    out = np.empty((len(demand), 3))
    for n in range(len(demand)):
        r, size, cost = solve_rq(
            demand[n, 0], demand[n, 2], demand[n, 3], costs[n, 0], costs[n, 1], costs[n, 2]
        )
        out[n, 0], out[n, 1], out[n, 2] = r, size, cost
    return out


@_jit  # type: ignore[untyped-decorator]
def newsvendor_many(means: Any, variances: Any, h: Any, p: Any) -> Any:
    """solve_newsvendor for each row: pieces, cost."""
    out = np.empty((len(means), 2))
    for n in range(len(means)):
        y, cost = solve_newsvendor(means[n], variances[n], h[n], p[n])
        out[n, 0], out[n, 1] = y, cost
    return out
