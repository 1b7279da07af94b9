"""`python -m bench [NAME ...]`: run benches and keep their RESULT in data/bench/latest.json, for the landing page."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

from bench._runner import ROOT

BENCHES = (
    "quote",
    "split",
    "import_orders",
    "order_flow",
    "match",
    "declare",
    "duty",
    "landed",
    "audit_seal",
    "route",
    "sea",
    "stock",
    "pack",
    "edi",
    "board",
    "ledger",
    "reconcile",
    "flash_sale",
    "fx",
    "routing",
    "payments_chaos",
    "exactly_once",
    "einvoice",
    "classify",
    "screen",
    "rebate",
)
KEPT = ROOT / "data" / "bench" / "latest.json"


def main(names: list[str]) -> int:
    """Run each named bench (all without names) in a process of its own; 1 if any failed."""
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"No such bench: {', '.join(sorted(unknown))}. There are: {', '.join(BENCHES)}.")
        return 2
    return max(_run(name) for name in names or BENCHES)


def _run(name: str) -> int:
    print(f"== bench.{name}", flush=True)
    command = [sys.executable, "-m", f"bench.{name}"]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    print(run.stdout, flush=True)
    last = run.stdout.strip().splitlines()[-1:] or [""]
    if run.returncode or not last[0].startswith("RESULT "):
        return 1
    _keep(name, json.loads(last[0].removeprefix("RESULT ")))
    return 0


def _keep(name: str, figures: dict[str, object]) -> None:
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    kept[name] = {"measured_on": datetime.now(UTC).date().isoformat(), **figures}
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
