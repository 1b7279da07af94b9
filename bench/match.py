"""The three-document match on 10,000 made-up triples with 12 seeded defects.

    .venv/bin/python -m bench.match [TRIPLES]

hard_recall: of the triples with a defect, how many are blocked. false_block_pct: of the clean ones, with the
noise of honest papers, how many are blocked. No open tool does this match; the bars are the issue's own.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter

from fondaco.platforms.window.domain.likeness import plain
from fondaco.platforms.window.domain.matching import match_triples
from fondaco.platforms.window.tests.match_corpus import make_corpus


def main(number: int) -> None:
    """Match `number` triples, after making them, and print what was found."""
    corpus = make_corpus(number)
    triples = [one.triple for one in corpus]
    plain.cache_clear()
    began = time.perf_counter()
    verdicts = match_triples(triples)
    seconds = time.perf_counter() - began
    tally: Counter[tuple[str, str]] = Counter(
        (one.defect, verdict.verdict) for one, verdict in zip(corpus, verdicts, strict=True)
    )
    for (defect, verdict), count in sorted(tally.items()):
        print(f"{defect or 'clean':20} {verdict:6} {count:6}")
    bad = sum(count for (defect, _), count in tally.items() if defect)
    caught = sum(count for (defect, verdict), count in tally.items() if defect and verdict == "hard")
    clean = number - bad
    result = {
        "triples": number,
        "defect_classes": len({defect for defect, _ in tally if defect}),
        "hard_recall": round(caught / bad, 5),
        "false_block_pct": round(100 * tally["", "hard"] / clean, 4),
        "false_soft_pct": round(100 * tally["", "soft"] / clean, 4),
        "triples_per_s": round(number / seconds),
    }
    print("RESULT", json.dumps(result))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
