"""A classifier of titles into HS subheadings, trained on labelled listings and official texts.

Word and character TF-IDF into a linear support vector machine. Its margin is turned into "how often
an answer with this margin is right" by cross-validation on the listings, so that a confidence means
what it says for goods like those listings; for other goods it is an upper guess.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import KFold
from sklearn.svm import LinearSVC

from fondaco.commerce.catalog.domain.enrich import Guess

_VERSION = "1"
_OFFICIAL_WEIGHT = 0.3
_USUAL_WORDS = 12


class TitleClassifier:
    """A fitted classifier; `guess` answers with a subheading and its confidence."""

    def __init__(self, titles: Sequence[str], codes: Sequence[str], official: Mapping[str, str]) -> None:
        known = Counter(codes)
        extra = [(text, code) for code, text in official.items() if code in known]
        self.calibration = _calibrated(titles, codes, extra)
        self.model = _Model(titles, codes, extra)
        self.listings = len(titles)

    def guess(self, titles: Sequence[str]) -> list[Guess | None]:
        """A guess for each title. None stands for a title without one known word."""
        codes, margins, empty = self.model.answer(titles)
        confidence = self.calibration.predict(margins)
        return [
            None if blank else Guess(code, float(sure) * _fullness(title), self._evidence(float(margin)))
            for title, code, margin, sure, blank in zip(
                titles, codes, margins, confidence, empty, strict=True
            )
        ]

    def _evidence(self, margin: float) -> dict[str, Any]:
        return {"by": "classifier", "margin": round(margin, 3), "trained_on": self.listings}


class _Model:
    """Vectorisers and support vector machine fitted on listings and down-weighted official texts."""

    def __init__(self, titles: Sequence[str], codes: Sequence[str], extra: Sequence[tuple[str, str]]) -> None:
        self.words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=1)
        self.chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2)
        texts = [*titles, *(text for text, _ in extra)]
        weights = [1.0] * len(titles) + [_OFFICIAL_WEIGHT] * len(extra)
        features = hstack([self.words.fit_transform(texts), self.chars.fit_transform(texts)]).tocsr()
        self.machine = LinearSVC(C=1.0, random_state=0)
        self.machine.fit(features, [*codes, *(code for _, code in extra)], sample_weight=weights)

    def answer(self, titles: Sequence[str]) -> tuple[list[str], Any, list[bool]]:
        """For each title the best subheading, its lead over the second, and whether no word is known."""
        words = self.words.transform(titles)
        scores = self.machine.decision_function(hstack([words, self.chars.transform(titles)]).tocsr())
        ordered = np.sort(scores, axis=1)
        best = [str(self.machine.classes_[i]) for i in scores.argmax(axis=1)]
        return best, ordered[:, -1] - ordered[:, -2], [bool(n == 0) for n in np.diff(words.indptr)]


def _fullness(title: str) -> float:
    """Listings run to a dozen words and more; a shorter title is that much less evidence."""
    return min(1.0, len(title.split()) / _USUAL_WORDS)


def _calibrated(
    titles: Sequence[str], codes: Sequence[str], extra: Sequence[tuple[str, str]]
) -> IsotonicRegression:
    """Margin to the share of right answers, from five-fold cross-validation."""
    margins: list[float] = []
    right: list[float] = []
    for train, test in KFold(5, shuffle=True, random_state=0).split(titles):
        model = _Model([titles[i] for i in train], [codes[i] for i in train], extra)
        answers, leads, _ = model.answer([titles[i] for i in test])
        margins.extend(leads)
        right.extend(float(a == codes[i]) for a, i in zip(answers, test, strict=True))
    return IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(margins, right)


def load_classifier(listings: Path, official: Mapping[str, str], *, folder: Path) -> TitleClassifier | None:
    """The classifier fitted on `listings` (JSON lines with product_name and hs_code), None without them.

    It is fitted once and kept in `folder` under a name that depends on the data and the library.
    """
    if not listings.is_file():
        return None
    data = listings.read_bytes()
    digest = hashlib.sha256(data + repr(sorted(official.items())).encode()).hexdigest()[:16]
    path = folder / f"hs-{_VERSION}-{sklearn.__version__}-{digest}.joblib"
    if path.is_file():
        kept: TitleClassifier = joblib.load(path)
        return kept
    fitted = _fit(data, official)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{hashlib.sha256(str(path).encode()).hexdigest()[:6]}.part")
    joblib.dump(fitted, unfinished)
    unfinished.replace(path)
    return fitted


def _fit(data: bytes, official: Mapping[str, str]) -> TitleClassifier:
    rows = [json.loads(line) for line in data.splitlines() if line.strip()]
    codes = [str(row["hs_code"])[:6] for row in rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some subheadings have one listing only; that is known
        return TitleClassifier([row["product_name"] for row in rows], codes, official)
