"""Stock policies: our answers beside stockpyl's on 200 instances, then a policy for each of 10,000 articles.

    .venv/bin/python -m bench.stock [ARTICLES]

max_abs_diff: the largest difference to stockpyl over every level and every cost of 200 random instances of (s, S)
and (r, Q) with Poisson demand and of the newsvendor (Poisson, normal). skus_10k_s: seconds for (s, S), (r, Q)
and newsvendor of 10,000 articles with lead times that vary, compiled code warm; compiling is printed apart.
Flattering: stockpyl is a reference in plain Python that was not written for speed, and it has no negative
binomial demand, which our 10,000 articles partly have.
"""

from __future__ import annotations

import sys
from random import Random

from bench._peers import run_peer
from bench._runner import result, stopwatch
from fondaco.systems.logistics.domain.stock.policy import (
    Costs,
    Demand,
    newsvendor_normal,
    newsvendor_pieces,
    r_q_policies,
    s_s_policies,
)

INSTANCES = {"ss": 80, "rq": 60, "poisson": 40, "normal": 20}


def make_instances(seed: int = 20261122) -> list[dict[str, float | str]]:
    """The dossier's three (s, S) instances, then random ones."""
    rnd = Random(seed)
    rows: list[dict[str, float | str]] = [
        {"kind": "ss", "mean": mean, "holding": 1, "shortage": 4, "order": 5, "lead": 0, "sd": 1}
        for mean in (5, 20, 60)
    ]
    for kind, count in INSTANCES.items():
        while sum(row["kind"] == kind for row in rows) < count:
            mean = round(10 ** rnd.uniform(-0.3, 1.7), 3)
            holding = round(rnd.uniform(0.1, 3), 3)
            rows.append({
                "kind": kind, "mean": mean, "holding": holding, "shortage": round(holding * rnd.uniform(2, 40), 3),
                "order": round(rnd.uniform(1, 80), 3), "lead": round(rnd.uniform(0.2, 4), 2),
                "sd": round(mean * rnd.uniform(0.1, 0.5), 3),
            })  # fmt: skip
    return rows


def solve(row: dict[str, float | str]) -> list[float]:
    """Our answer to one instance, shaped as stockpyl's."""
    x = {key: float(value) for key, value in row.items() if key != "kind"}
    costs = [Costs(x["holding"], x["shortage"], x["order"])]
    if row["kind"] == "normal":
        return list(newsvendor_normal(x["mean"], x["sd"], holding=x["holding"], shortage=x["shortage"]))
    if row["kind"] == "rq":
        found = r_q_policies([Demand(x["mean"], x["mean"], x["lead"])], costs)[0]
        return [found.low, found.high, found.cost]
    demand = [Demand(x["mean"], x["mean"])]
    if row["kind"] == "ss":
        found = s_s_policies(demand, costs)[0]
        return [found.low, found.high, found.cost]
    found = newsvendor_pieces(demand, costs)[0]
    return [found.high, found.cost]


def make_articles(count: int, seed: int = 7) -> tuple[list[Demand], list[Costs]]:
    """Articles as a gift wholesaler has them: most sell slowly, some by the hundred; half scatter widely."""
    rnd = Random(seed)
    demands, costs = [], []
    for _ in range(count):
        mean = 10 ** rnd.uniform(-0.5, 2.0)
        spread = mean * (1 if rnd.random() < 0.5 else rnd.uniform(1.2, 5))
        demands.append(Demand(mean, spread, rnd.uniform(1, 6), rnd.uniform(0, 1.5)))
        holding = rnd.uniform(0.01, 0.5)
        costs.append(Costs(holding, holding * rnd.uniform(5, 40), rnd.uniform(2, 30)))
    return demands, costs


def main(count: int) -> None:
    """Compare, then time."""
    rows = make_instances()
    with stopwatch() as compiling:
        solve(rows[0]), solve({**rows[0], "kind": "rq", "lead": 1}), solve({**rows[0], "kind": "poisson"})
    with stopwatch() as ours:
        answers = [solve(row) for row in rows]
    peer = run_peer("stockpyl", rows)
    diffs = [
        abs(a - b)
        for mine, theirs in zip(answers, peer["answers"], strict=True)
        for a, b in zip(mine, theirs, strict=True)
    ]
    print("mean 5, 20, 60 (h 1, p 4, K 5):", *answers[:3])
    demands, costs = make_articles(count)
    with stopwatch() as many:
        s_s_policies(demands, costs), r_q_policies(demands, costs), newsvendor_pieces(demands, costs)
    print(
        f"largest difference {max(diffs):.3g}; {len(rows)} instances: ours {ours['seconds']:.4f} s, stockpyl {peer['seconds']:.2f} s"
    )
    result({
        "instances": len(rows), "max_abs_diff": float(f"{max(diffs):.3g}"), "articles": count,
        "skus_10k_s": many["seconds"] * 10_000 / count, "compile_s": compiling["seconds"],
        "ours_200_s": round(ours["seconds"], 5), "peer_200_s": peer["seconds"],
        "ratio": peer["seconds"] / ours["seconds"],
    })  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
