"""`python -m bench [NAME]`: run one bench, or all of them, and keep the results for the landing page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHES = ("import_orders", "order_flow")


def main(names: list[str]) -> int:
    """Run each named bench in a process of its own; 1 if any failed."""
    for name in names or BENCHES:
        print(f"== bench.{name}", flush=True)
        if subprocess.run(
            [sys.executable, "-m", f"bench.{name}"], cwd=Path(__file__).parents[1], check=False
        ).returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
