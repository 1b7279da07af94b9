"""HS subheadings for the labelled listings, five-fold, next to a linear support vector machine.

    .venv/bin/python -m bench.classify [FOLDS]

Needs ../shared/data/classify and ../shared/data/tariff. Each listing is answered by a classifier that never
saw it, neither as a look-alike nor in ranking nor in calibration. hs2, hs4, hs6: how often (%) the first
answer is right at that level; hs6_top5: the right subheading among five; hs6_at_half_coverage: the first
answer among the half of which the classifier is surest; p95_ms: one listing at a time, alone in a process.

What flatters: our trade words (data/catalog/trade_words.csv) were written from general knowledge of what the
Harmonized System calls consumer goods, by an author who had seen some dozen of these listings. The baseline
is the usual method on the same folds: TF-IDF of words and letters into LinearSVC.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import KFold
from sklearn.svm import LinearSVC

from bench._runner import ROOT, result
from fondaco.commerce.catalog.adapters.classifier import HsClassifier, Knowledge
from fondaco.commerce.catalog.adapters.training import (
    fit_classifier,
    knowledge_of,
    read_jsonl,
)
from fondaco.commerce.catalog.domain.enrich import Guess
from fondaco.commerce.catalog.domain.listing import listing_of
from fondaco.commerce.catalog.domain.nomenclature import official_texts

SHARED = Path(os.environ.get("FONDACO_DATA", ROOT.parent / "shared" / "data"))
LISTINGS = SHARED / "classify" / "hscodecomp_dev_432.jsonl"
NOMENCLATURE = SHARED / "tariff" / "hs2022_nomenclature.csv"
OWN = ROOT / "data" / "catalog"
TIMED = 20  # listings of each fold timed one by one


def main(folds: int) -> None:
    """Answer every listing out of fold and print how often the answers are right."""
    if not (LISTINGS.is_file() and NOMENCLATURE.is_file()):
        sys.exit(f"bench.classify needs {LISTINGS} and {NOMENCLATURE}.")
    warnings.simplefilter("ignore")
    rows = read_jsonl(LISTINGS.read_bytes())
    truth = [str(row["hs_code"])[:6] for row in rows]
    known = knowledge_of(
        OWN / "trade_words.csv", OWN / "materials.csv", official_texts(NOMENCLATURE, least=4)
    )
    guesses: list[Guess | None] = [None] * len(rows)
    plain: list[str] = [""] * len(rows)
    taken: list[float] = []
    for train, test in KFold(folds, shuffle=True, random_state=0).split(rows):
        machine = fit_classifier(known, [rows[i] for i in train])
        for i, guess in zip(test, machine.suggest([listing_of(rows[i]) for i in test]), strict=True):
            guesses[i] = guess
        taken += _timed(machine, [rows[i] for i in test[:TIMED]])
        for i, code in zip(test, _baseline(rows, truth, train, test), strict=True):
            plain[i] = code
    print("LinearSVC on the same folds:", {f"hs{n}": _share(plain, truth, n) for n in (2, 4, 6)})
    _check_codes(guesses, known)
    result(_figures([g for g in guesses if g], truth, taken))


def _timed(machine: HsClassifier, rows: Sequence[dict[str, Any]]) -> list[float]:
    seconds = []
    for row in rows:
        began = time.perf_counter()
        machine.suggest([listing_of(row)])
        seconds.append(time.perf_counter() - began)
    return seconds


def _baseline(rows: Sequence[dict[str, Any]], truth: Sequence[str], train: Any, test: Any) -> list[str]:
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2)
    known, asked = ([listing_of(rows[i]).text for i in part] for part in (train, test))
    points = hstack([words.fit_transform(known), chars.fit_transform(known)]).tocsr()
    machine = LinearSVC(C=1.0, random_state=0).fit(points, [truth[i] for i in train])
    return [str(c) for c in machine.predict(hstack([words.transform(asked), chars.transform(asked)]).tocsr())]


def _check_codes(guesses: Sequence[Guess | None], known: Knowledge) -> None:
    valid = set(known.codes)
    answered = [c.hs6 for guess in guesses if guess for c in guess.candidates]
    print(f"{len(answered)} answers, {sum(code not in valid for code in answered)} of them no HS 2022 code")


def _share(answers: Sequence[str], truth: Sequence[str], digits: int) -> float:
    return 100 * float(np.mean([a[:digits] == b[:digits] for a, b in zip(answers, truth, strict=True)]))


def _figures(guesses: Sequence[Guess], truth: Sequence[str], taken: Sequence[float]) -> dict[str, float]:
    first = [guess.hs6 for guess in guesses]
    among = [code in {c.hs6 for c in guess.candidates} for guess, code in zip(guesses, truth, strict=True)]
    surest = np.argsort([-guess.confidence for guess in guesses], kind="stable")[: len(guesses) // 2]
    return {
        "hs2": _share(first, truth, 2),
        "hs4": _share(first, truth, 4),
        "hs6": _share(first, truth, 6),
        "hs6_top5": 100 * float(np.mean(among)),
        "hs6_at_half_coverage": _share([first[i] for i in surest], [truth[i] for i in surest], 6),
        "p95_ms": 1000 * float(np.percentile(taken, 95)),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
