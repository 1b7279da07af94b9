"""What will be asked for: methods for lumpy demand, chosen per article by what their stock would have cost.

Judged by error squared, a forecast of zero wins on lumpy demand (two thirds of all weeks are zero) and leaves the
shelf empty. So each method is judged by the holding and shortage cost of the stock it would have led to, over
rolling origins. The methods are statsforecast's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fondaco.systems.logistics.domain.stock.policy import Costs, Demand

Floats = NDArray[np.float64]
METHODS = ("SBA", "TSB", "IMAPA", "ADIDA", "SES", "WindowAverage", "Theta")
ORIGINS, WINDOW = 4, 12
_SMOOTH = (
    1.32  # average demand interval below which Theta is worth its time (Syntetos, Boylan and Croston 2005)
)
_LEAST = 8  # periods of history below which only the average is used


@dataclass(frozen=True, slots=True)
class Forecast:
    """Demand per period expected, its variance, by which method, and what each method would have cost."""

    mean: float
    variance: float
    method: str
    costs: tuple[tuple[str, float], ...]
    interval: float


@dataclass(frozen=True, slots=True)
class Series:
    """The history of one article: pieces per period, oldest first."""

    sku: str
    pieces: tuple[int, ...]

    @property
    def interval(self) -> float:
        """Periods between periods with demand, on average."""
        busy = sum(1 for n in self.pieces if n)
        return len(self.pieces) / busy if busy else float("inf")


def forecast_many(
    series: Sequence[Series], *, costs: Mapping[str, Costs], cover: float
) -> dict[str, Forecast]:
    """The forecast of each series by the method that was cheapest over the last rolling origins.

    `cover` is the time that an order must cover (lead time and review), in periods. A series with no demand is
    left out; one too short for a contest gets its average.
    """
    live = [s for s in series if any(s.pieces)]
    tried = [s for s in live if len(s.pieces) >= _LEAST + ORIGINS]
    contests = _contest(tried, costs=costs, cover=cover) if tried else {}
    chosen = {s.sku: min(contests[s.sku], key=lambda pair: pair[1])[0] for s in tried}
    means = _latest(tried, chosen)
    out = {}
    for s in live:
        average = float(np.mean(s.pieces))
        mean = max(means.get(s.sku, average), 1e-3)
        out[s.sku] = Forecast(
            mean=mean,
            variance=max(float(np.var(s.pieces[-52:])), mean),
            method=chosen.get(s.sku, "Average"),
            costs=tuple(contests.get(s.sku, ())),
            interval=round(s.interval, 2),
        )
    return out


def _models(names: Sequence[str]) -> list[Any]:
    from statsforecast import models as sf

    made: dict[str, Any] = {
        "SBA": lambda: sf.CrostonSBA(alias="SBA"),
        "TSB": lambda: sf.TSB(alpha_d=0.1, alpha_p=0.1),
        "IMAPA": sf.IMAPA,
        "ADIDA": sf.ADIDA,
        "SES": lambda: sf.SimpleExponentialSmoothingOptimized(alias="SES"),
        "WindowAverage": lambda: sf.WindowAverage(window_size=WINDOW),
        "Theta": lambda: sf.Theta(season_length=1),
    }
    return [(name, made[name]()) for name in names]


def _names_for(s: Series) -> tuple[str, ...]:
    return METHODS if s.interval < _SMOOTH else METHODS[:-1]


def _contest(
    series: Sequence[Series], *, costs: Mapping[str, Costs], cover: float
) -> dict[str, list[tuple[str, float]]]:
    """Mean cost per period of each method, by SKU, over the last origins."""
    span = max(1, round(cover))
    rows: list[tuple[str, str, float, float, int]] = []  # sku, method, mean, variance of cover, asked then
    for s in series:
        history = np.asarray(s.pieces, dtype=np.float64)
        ahead = max(1, min(span, len(history) // 4))
        for name, model in _models(_names_for(s)):
            for origin in _origins(len(history), ahead):
                past = history[:origin]
                mean = _next(model, past)
                spread = max(float(np.var(past[-52:])), mean) * ahead
                asked = int(history[origin : origin + ahead].sum())
                rows.append((s.sku, name, mean * ahead, spread, asked))
    return _costed(rows, costs)


def _origins(length: int, ahead: int) -> list[int]:
    last = length - ahead
    return [origin for origin in range(last - ORIGINS + 1, last + 1) if origin >= _LEAST - 2]


def _next(model: Any, past: Floats) -> float:
    """The mean of the next period by `model`, never below zero; all zeros forecast almost nothing."""
    if not past.any():
        return 1e-3
    value = float(model.forecast(y=past, h=1)["mean"][0])
    return value if np.isfinite(value) and value > 0 else 1e-3


def _costed(
    rows: Sequence[tuple[str, str, float, float, int]], costs: Mapping[str, Costs]
) -> dict[str, list[tuple[str, float]]]:
    from fondaco.systems.logistics.domain.stock.policy_kernel import newsvendor_many

    h = np.array([costs[row[0]].holding for row in rows])
    p = np.array([costs[row[0]].shortage for row in rows])
    means, spreads = np.array([r[2] for r in rows]), np.array([r[3] for r in rows])
    levels = newsvendor_many(means, spreads, h, p)[:, 0]
    asked = np.array([row[4] for row in rows])
    paid = h * np.maximum(levels - asked, 0) + p * np.maximum(asked - levels, 0)
    sums: dict[tuple[str, str], list[float]] = {}
    for row, cost in zip(rows, paid, strict=True):
        sums.setdefault((row[0], row[1]), []).append(float(cost))
    out: dict[str, list[tuple[str, float]]] = {}
    for (sku, name), values in sums.items():
        out.setdefault(sku, []).append((name, round(sum(values) / len(values), 4)))
    return out


def _latest(series: Sequence[Series], chosen: Mapping[str, str]) -> dict[str, float]:
    made = dict(_models(METHODS)) if series else {}
    return {s.sku: _next(made[chosen[s.sku]], np.asarray(s.pieces, dtype=np.float64)) for s in series}


def demand_of(forecast: Forecast, *, lead_mean: float, lead_sd: float) -> Demand:
    """A forecast with its lead time, in periods, as a policy wants it."""
    return Demand(forecast.mean, forecast.variance, lead_mean, lead_sd)
