"""After the kills of bench.ledger: ask again for everything, compare balances, verify. A process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import django

from bench._runner import ROOT


def replay_and_verify(url: str, numbers: dict[int, int]) -> dict[str, Any]:
    """`numbers`: how many each slot had acknowledged. Answers {lost, doubled, findings}."""
    run = subprocess.run(
        [sys.executable, "-m", "bench._ledger_check"], cwd=ROOT, text=True, check=True, stdout=subprocess.PIPE,
        input=json.dumps({"url": url, "numbers": numbers}),
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
    return answer


def main() -> None:
    """Replay every number and the one in flight; each must be there before (but that one) and once after."""
    order = json.loads(sys.stdin.read())
    os.environ["DATABASE_URL"] = order["url"]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
    django.setup()
    from bench._ledger_work import _purse, numbered
    from fondaco.systems.finance import public as finance

    lost = doubled = 0
    for slot, done in ((int(k), v) for k, v in order["numbers"].items()):
        for start in range(0, done + 1, 500):
            batch = [numbered(slot, n) for n in range(start, min(start + 500, done + 1))]
            made = finance.post_journals(batch)
            lost += sum(one.fresh for n, one in enumerate(made, start) if n < done)
        right = sum(1 + n % 7 for n in range(done + 1))
        code = _purse(slot).code
        kept = finance.balances(finance.HOUSE, codes=[code])[0].balance_minor
        doubled += int(kept != right)
    finance.seal_chain(limit=10**7)
    findings = [f"{f.invariant} {f.what}: {f.example}" for f in finance.verify()]
    print(json.dumps({"lost": lost, "doubled": doubled, "findings": findings}))


if __name__ == "__main__":
    main()
