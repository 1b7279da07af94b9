"""The whole flow, from a generated order book to settled money, at two sizes.

    .venv/bin/python -m bench.order_flow [SMALL] [LARGE]

Each size runs in a database of its own, reference data loaded beforehand and not timed: store the book,
enrich the catalogue, pack and quote, price, screen, pay, declare, match, release, deliver, settle, count,
with audit trail, events and the three simulators over their sockets. `scaling` is seconds per order at
the large size over the small one: 1 means that the cost of an order does not depend on the book.
There is no peer: no other open system runs this chain.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from bench._runner import ROOT, result, scratch_database, stopwatch


def main(small: int, large: int) -> None:
    """Run both sizes and print the rates."""
    runs = {size: _run(size) for size in (small, large)}
    per_order = {size: seconds / size for size, (seconds, _) in runs.items()}
    result(
        {
            "orders_per_s": large / runs[large][0],
            "orders_per_s_small": small / runs[small][0],
            "orders": large,
            "settled": runs[large][1]["settled"],
            "trial_balance_zero": not any(runs[large][1]["trial_balance"].values()),
            "scaling": per_order[large] / per_order[small],
        }
    )


def _run(size: int) -> tuple[float, dict[str, Any]]:
    """Run one size in a process of its own: Django knows one database."""
    command = [sys.executable, "-m", "bench.order_flow", "--one", str(size)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout
    answer = json.loads(said.strip().splitlines()[-1])
    print("\n".join(said.strip().splitlines()[:-1]), flush=True)
    return answer["seconds"], answer["summary"]


def one(size: int) -> None:
    """Time one size and print the figures as JSON on the last line."""
    with scratch_database(f"flow_{size}"), tempfile.TemporaryDirectory() as home:
        os.environ["FONDACO_HOME"] = home
        from fondaco.flows.demo import prepare, run_demo
        from fondaco.kernel import clock

        prepare(now=clock.now())
        with stopwatch() as taken:
            summary = run_demo(now=clock.now(), generated=size).as_json()
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in summary["stage_seconds"].items())
    print(f"{size} orders: {taken['seconds']:.1f} s, {summary['settled']} settled; {stages}", flush=True)
    print(json.dumps({"seconds": taken["seconds"], "summary": summary}), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(int(sys.argv[2]))
        sys.exit()
    sizes = [int(argument) for argument in sys.argv[1:]] or [1_000, 50_000]
    main(sizes[0], sizes[-1])
