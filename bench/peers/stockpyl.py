"""stockpyl's exact answers to the instances on standard input, with the seconds they took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

# This file is called like the package: its own folder must not come first.
sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

from stockpyl.newsvendor import newsvendor_normal, newsvendor_poisson  # noqa: E402
from stockpyl.rq import r_q_poisson_exact  # noqa: E402
from stockpyl.ss import s_s_discrete_exact  # noqa: E402


def _solve(kind: str, x: dict[str, float]) -> list[float]:
    h, p = x["holding"], x["shortage"]
    if kind == "ss":
        return [float(v) for v in s_s_discrete_exact(h, p, x["order"], True, x["mean"])]
    if kind == "rq":
        return [float(v) for v in r_q_poisson_exact(h, p, x["order"], x["mean"], x["lead"])]
    if kind == "poisson":
        return [float(v) for v in newsvendor_poisson(h, p, x["mean"])]
    return [float(v) for v in newsvendor_normal(h, p, x["mean"], x["sd"])]


def main() -> None:
    """Answer."""
    instances = json.load(sys.stdin)
    began = time.perf_counter()
    answers = [_solve(one["kind"], one) for one in instances]
    print(json.dumps({"answers": answers, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
