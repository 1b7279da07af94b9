"""Names screened against the UN, OFAC and BIS lists: what is found, what is wrongly found, how fast.

    .venv/bin/python -m bench.screen [NEGATIVES]

Needs ../shared/data/screening. recall: of 683 names of the UN list (those that the published benchmark left
as they are), how many are hits. false_positive_pct: of 50,000 synthetic names that must not match; some of
them do bear the very name of a listed person. names_per_s: those 50,000, one core, the index in memory.
pair_f1: labelled pairs, a match from the same threshold as in screening. confusable_recall: the names of
recall in five disguises (other letters, unseen characters, full width, bold, digits); seed fixed.

The scorer beside it is rapidfuzz's token_sort_ratio from 88, the best of the plain ones, over the same names.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
from rapidfuzz import fuzz, process, utils

from bench._disguises import DISGUISES
from bench._runner import ROOT, result, stopwatch

FOLDER = Path(os.environ.get("FONDACO_DATA", ROOT.parent / "shared" / "data")) / "screening"
ON = date(2026, 11, 22)
PEER_SAMPLE = 2000


def main(negatives: int) -> None:
    """Screen everything and print the figures."""
    if not FOLDER.is_dir():
        sys.exit(f"bench.screen needs {FOLDER}.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
    import django

    django.setup()
    _measure(negatives)


def _measure(negatives: int) -> None:
    from fondaco.systems.risk.batch import index_of_folder
    from fondaco.systems.risk.domain.screening import NameIndex, ScreenRequest, screen
    from fondaco.systems.risk.engine import thresholds

    index, used = index_of_folder(FOLDER)
    print(f"{len(index.names):,} names: {'; '.join(used)}")

    def hits(names: Sequence[str], *, of: NameIndex = index) -> int:
        asked = [ScreenRequest("", name) for name in names]
        return sum(r.outcome == "hit" for r in screen(asked, of, thresholds=thresholds(), on=ON))

    listed = _column("screening_positives_un_untreated.csv", "full_name")
    free = _column("screening_negatives_global.csv.gz", "full_name")
    free = Random(0).sample(free, min(negatives, len(free)))
    found = hits(listed)
    with stopwatch() as taken:
        wrong = hits(free)
    rng = Random(1)
    disguised = {kind: [change(name, rng=rng) for name in listed] for kind, change in DISGUISES.items()}
    caught = {kind: hits(names) / len(names) for kind, names in disguised.items()}
    print("disguises:", ", ".join(f"{kind} {share:.3f}" for kind, share in caught.items()))
    _peer([listed_name.name for listed_name in index.names], listed, free)
    result(
        {
            "recall": found / len(listed),
            "false_positive_pct": 100 * wrong / len(free),
            "names_per_s": len(free) / taken["seconds"],
            "pair_f1": _pair_f1(),
            "confusable_recall": sum(caught.values()) / len(caught),
        }
    )


def _pair_f1() -> float:
    from fondaco.systems.risk.domain.names import normalise
    from fondaco.systems.risk.domain.screening import compare
    from fondaco.systems.risk.engine import legal_forms, thresholds

    right = wrong = missed = 0
    for pair in _rows("name_pairs_dev_500.csv"):
        one, two = (normalise(pair[key], forms=legal_forms()) for key in ("name1", "name2"))
        words = (one.words, two.words) if pair["schema"] == "Person" else (one.core, two.core)
        said, true = (
            compare(*words, thresholds=thresholds()).score >= thresholds().hit,
            pair["is_match"] == "true",
        )
        right, wrong, missed = (
            right + (said and true),
            wrong + (said and not true),
            missed + (true and not said),
        )
    return 2 * right / (2 * right + wrong + missed)


def _peer(known: Sequence[str], listed: Sequence[str], free: Sequence[str]) -> None:
    """The plain scorer over the same names, on a sample: it compares each with all."""
    choices = [utils.default_process(name) for name in known]
    sample = free[:PEER_SAMPLE]
    for kind, names in (("recall", listed), ("false positives", sample)):
        with stopwatch() as taken:
            scores = [
                process.cdist(
                    [utils.default_process(n)], choices, scorer=fuzz.token_sort_ratio, score_cutoff=88
                ).max()
                for n in names
            ]
        share = float(np.mean(np.array(scores) >= 88))
        print(f"token_sort_ratio 88: {kind} {share:.5f}, {len(names) / taken['seconds']:.0f} names/s")


def _rows(file: str) -> list[dict[str, str]]:
    path = FOLDER / file
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _column(file: str, column: str) -> list[str]:
    return [row[column] for row in _rows(file)]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
