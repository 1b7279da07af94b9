"""HS subheadings for listings: candidates from trade words, official texts and look-alikes, then ranked.

1. Every subheading of the nomenclature is scored by the phrases traders use for it (`TradeWords`), by the
   likeness of its official text, by the materials it names, and by listings whose code is known (`LookAlikes`).
2. The forty best are ranked by a logistic model and boosted trees, fitted on the labelled listings with the
   answers that each would have had without itself.
3. The chance that the first is right is read off isotonic regression on five-fold held-out rankings; it holds
   for goods like those listings, so a text shorter than theirs is trusted that much less.

Without labelled listings the trade words and official texts rank alone, and the confidence says so by being low.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from fondaco.commerce.catalog.adapters.look_alikes import Likeness, LookAlikes
from fondaco.commerce.catalog.adapters.trade_words import Floats, TradeWords
from fondaco.commerce.catalog.domain.enrich import Candidate, Guess
from fondaco.commerce.catalog.domain.listing import Listing, bag, words_in

CANDIDATES = 40
SHOWN = 5
_CHUNK = 200
_USUAL_WORDS = 12
_UNTRAINED_CONFIDENCE = 0.3  # of trade words alone; measured: about four in ten are right
_UNTOLD = "untold"  # stands for the text of a code where the nomenclature is not at hand
_STOP = "other than of and or not the for in with n c heading no item whether their thereof".split()


@dataclass(frozen=True, slots=True)
class Material:
    """A material: the words that name it in listings and in official texts."""

    name: str
    listing_words: frozenset[str]
    text_words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the classifier knows before any listing: codes with official texts (heading's text first)."""

    codes: tuple[str, ...]
    texts: tuple[str, ...]
    trade_words: tuple[tuple[str, str], ...]
    materials: tuple[Material, ...]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """For a chunk of listings: their candidates' columns, and their features in the ranker's order."""

    columns: NDArray[np.int64]
    features: Floats


class _Ranker:
    """Logistic regression and boosted trees on the same features; their log-odds are added."""

    def __init__(self, features: Floats, right: NDArray[np.bool_]) -> None:
        flat, truth = features.reshape(-1, features.shape[2]), right.ravel()
        self.scale = StandardScaler().fit(flat)
        self.line = LogisticRegression(C=0.1, max_iter=500).fit(self.scale.transform(flat), truth)
        self.trees = HistGradientBoostingClassifier(
            max_iter=80, learning_rate=0.07, max_leaf_nodes=8, l2_regularization=5, min_samples_leaf=15,
            early_stopping=False, random_state=0,
        ).fit(flat, truth)  # fmt: skip

    def score(self, features: Floats) -> Floats:
        """Probabilities over the candidates of each listing."""
        flat = features.reshape(-1, features.shape[2])
        odds = self.line.decision_function(self.scale.transform(flat)) + self.trees.decision_function(flat)
        return _shares(odds.reshape(features.shape[:2]) / 2)


class HsClassifier:
    """Fitted on labelled listings (or none); `suggest` answers with the five likeliest codes of each."""

    def __init__(self, knowledge: Knowledge, listings: Sequence[Listing], codes: Sequence[str]) -> None:
        self.codes = np.array(knowledge.codes)
        self.words = TradeWords(knowledge.trade_words, knowledge.codes)
        self._read_texts(knowledge)
        self.listings, self.labels = list(listings), list(codes)
        self.alike: LookAlikes | None = None
        self.ranker: _Ranker | None = None
        if listings:
            self.learn_from(listings, codes)
            with _one_thread():
                self._fit()

    def _read_texts(self, knowledge: Knowledge) -> None:
        self.texts = knowledge.texts
        self.reader = TfidfVectorizer(analyzer=_official_words, sublinear_tf=True)
        self.official = self.reader.fit_transform([text or _UNTOLD for text in knowledge.texts]).T.tocsr()
        own = [frozenset(words_in(text)) for text in knowledge.texts]
        self.materials = knowledge.materials
        named = [[bool(m.text_words & words) for m in knowledge.materials] for words in own]
        self.made_of = np.array(named, float).T
        self.families = {level: _families(knowledge.codes, level) for level in (4, 2)}
        open_ended = ("other than", "n.e.c", "not elsewhere")
        self.other = np.array([any(mark in text for mark in open_ended) for text in knowledge.texts], float)
        self.spoken_for = np.array(self.words.own != len(self.words.starts), float)

    # --- learning --------------------------------------------------------------------------------

    def learn_from(self, listings: Sequence[Listing], codes: Sequence[str]) -> None:
        """Take these as the known listings, in place of those before; how they are weighed stays."""
        self.listings, self.labels = list(listings), [code[:6] for code in codes]
        texts = [listing.text.lower() for listing in self.listings]
        self.alike = LookAlikes(texts, self.labels, tuple(self.codes))

    def taught(self, listings: Sequence[Listing], codes: Sequence[str]) -> HsClassifier:
        """This classifier with further known listings; it stays as it is itself. Codes it lacks are left out."""
        known = set(self.codes)
        pairs = [(lst, code[:6]) for lst, code in zip(listings, codes, strict=True) if code[:6] in known]
        if not pairs:
            return self
        other = copy(self)
        with _one_thread():
            other.learn_from([*self.listings, *(p[0] for p in pairs)], [*self.labels, *(p[1] for p in pairs)])
        return other

    def _fit(self) -> None:
        if self.alike is None:
            return
        likeness, _ = self.alike.left_out()
        full = self._sheet(self.listings, likeness)
        bare = self._sheet([Listing(listing.title) for listing in self.listings], likeness)
        right = self._right(full)
        self.calibration = self._calibrated(full, right)
        features = np.concatenate([full.features, bare.features])
        self.ranker = _Ranker(features, np.concatenate([right, self._right(bare)]))

    def _right(self, sheet: _Sheet) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.codes[sheet.columns] == np.array(self.labels)[:, None]
        return found

    @staticmethod
    def _calibrated(sheet: _Sheet, right: NDArray[np.bool_]) -> IsotonicRegression:
        """The share of right first answers by their score, from five-fold held-out rankings."""
        sure, truth = [], []
        for train, test in KFold(min(5, len(right)), shuffle=True, random_state=0).split(right):
            shares = _Ranker(sheet.features[train], right[train]).score(sheet.features[test])
            best = shares.argmax(axis=1)
            sure.append(shares.max(axis=1))
            truth.append(np.take_along_axis(right[test], best[:, None], axis=1)[:, 0])
        model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip", increasing=True)
        return model.fit(np.concatenate(sure), np.concatenate(truth).astype(float))

    # --- features --------------------------------------------------------------------------------

    def _sheet(self, listings: Sequence[Listing], likeness: Likeness | None) -> _Sheet:
        """Candidates and features; `likeness` has a row for each listing, or is None where none are known."""
        parts = []
        for start in range(0, len(listings), _CHUNK):
            rows = slice(start, start + _CHUNK)
            parts.append(self._part(listings[rows], likeness and _rows(likeness, rows)))
        return _Sheet(np.concatenate([p.columns for p in parts]), np.concatenate([p.features for p in parts]))

    def _part(self, listings: Sequence[Listing], likeness: Likeness | None) -> _Sheet:
        title, category, everything, attributes = (self.words.score(bags) for bags in _bags(listings))
        texts = [" ".join((*lst.words, *lst.category_words, *lst.attribute_words)) for lst in listings]
        official = np.asarray((self.reader.transform(texts) @ self.official).toarray())
        appeal = _relative(everything) + 0.5 * official
        learned: list[Floats] = []
        if likeness is not None:
            appeal = appeal + 2 * _relative(likeness.ridge[0]) + likeness.nearest[0]
            learned = [*likeness.ridge, *likeness.nearest, likeness.known]
        columns = np.argsort(-appeal, axis=1, kind="stable")[:, :CANDIDATES]
        agree, differ = self._material_votes(listings)
        wide = [self._widest(scores, level) for scores in (title, everything) for level in (4, 2)]
        own = [np.broadcast_to(row, title.shape) for row in (self.other, self.spoken_for)]
        grids = [
            appeal, title, category, everything, attributes, _relative(title), _relative(category),
            _relative(everything), official, *learned, *wide, *map(_relative, wide), agree, differ, *own,
        ]  # fmt: skip
        return _Sheet(columns, np.stack([np.take_along_axis(g, columns, axis=1) for g in grids], axis=-1))

    def _material_votes(self, listings: Sequence[Listing]) -> tuple[Floats, Floats]:
        """How many materials of the official text the listing names, and how many it does not."""
        words = [listing.material_words for listing in listings]
        said = np.array([[bool(m.listing_words & own) for m in self.materials] for own in words], float)
        return said @ self.made_of, (1 - said) @ self.made_of

    def _widest(self, scores: Floats, level: int) -> Floats:
        """The best score within each code's heading (4) or chapter (2); codes are sorted."""
        starts, sizes = self.families[level]
        return np.repeat(np.maximum.reduceat(scores, starts, axis=1), sizes, axis=1)

    # --- answers ---------------------------------------------------------------------------------

    def suggest(self, listings: Sequence[Listing]) -> list[Guess]:
        """The likeliest codes of each listing, best first; confidence 0 for one without a single known word."""
        answers: list[Guess] = []
        with _one_thread():
            for start in range(0, len(listings), _CHUNK):
                answers += self._suggest(listings[start : start + _CHUNK])
        return answers

    def guess(self, titles: Sequence[str]) -> list[Guess]:
        """`suggest` for bare titles."""
        return self.suggest([Listing(title) for title in titles])

    def _suggest(self, listings: Sequence[Listing]) -> list[Guess]:
        likeness, kernel = None, np.zeros((len(listings), 0))
        if self.alike is not None:
            likeness, kernel = self.alike.of([listing.text.lower() for listing in listings])
        sheet = self._part(listings, likeness)
        shares = self.ranker.score(sheet.features) if self.ranker else _shares(2 * sheet.features[:, :, 0])
        sure = self.calibration.predict(shares.max(axis=1)) if self.ranker else shares.max(axis=1)
        sure = np.where(sheet.features[:, :, 0].max(axis=1) > 0, sure, 0.0)
        return [
            self._guess(listing, sheet.columns[i], shares[i], float(sure[i]), kernel[i])
            for i, listing in enumerate(listings)
        ]

    def _guess(
        self, listing: Listing, columns: NDArray[np.int64], shares: Floats, sure: float, kernel: Floats
    ) -> Guess:
        order = np.argsort(-shares, kind="stable")[:SHOWN]
        found = tuple(Candidate(str(self.codes[columns[n]]), round(float(shares[n]), 4)) for n in order)
        if self.ranker is None:
            sure = min(sure, _UNTRAINED_CONFIDENCE)
        evidence = self._evidence(listing, int(columns[order[0]]), kernel)
        others = {"others": {c.hs6: c.share for c in found[1:]}}
        return Guess(found[0].hs6, sure * _fullness(listing), {**evidence, **others}, found)

    def _evidence(self, listing: Listing, column: int, kernel: Floats) -> dict[str, Any]:
        """What spoke for a code: the trade's phrase, the official text, the likest known listings."""
        code = str(self.codes[column])
        words = bag((listing.words, 1.0), (listing.category_words, 0.9), (listing.attribute_words, 0.6))
        evidence: dict[str, Any] = {"by": "classifier", "trained_on": len(self.labels)}
        if phrase := self.words.spoken(words, code):
            evidence["phrase"] = phrase
        if self.texts[column]:
            evidence["official"] = self.texts[column][-200:]
        if near := self._neighbours(code, kernel):
            evidence["alike"] = near
        return evidence

    def _neighbours(self, code: str, kernel: Floats) -> list[str]:
        """The titles of the two known listings of the same heading that are likest, if at all alike."""
        same = [i for i, label in enumerate(self.labels) if label[:4] == code[:4] and kernel[i] >= 0.1]
        likest = sorted(same, key=lambda i: -kernel[i])[:2]
        return [f"{self.listings[i].title[:80]} ({self.labels[i]})" for i in likest]


def _bags(listings: Sequence[Listing]) -> tuple[list[dict[str, float]], ...]:
    """Words of the title, the categories, all, the attributes; each a list over the listings."""
    return (
        [bag((lst.words, 1.0)) for lst in listings],
        [bag((lst.category_words, 1.0)) for lst in listings],
        [bag((lst.words, 1.0), (lst.category_words, 0.9), (lst.attribute_words, 0.6)) for lst in listings],
        [bag((lst.attribute_words, 1.0)) for lst in listings],
    )


def _one_thread() -> threadpool_limits:
    """One core: more threads wait for each other longer than such small sums take."""
    return threadpool_limits(limits=1)


def _families(codes: Sequence[str], level: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each heading or chapter begins among the sorted codes, and how many codes it has."""
    names = [code[:level] for code in codes]
    starts = [i for i, name in enumerate(names) if i == 0 or names[i - 1] != name]
    return np.array(starts), np.diff([*starts, len(names)])


def _rows(likeness: Likeness, rows: slice) -> Likeness:
    ridge, nearest = likeness.ridge, likeness.nearest
    return Likeness(
        (ridge[0][rows], ridge[1][rows], ridge[2][rows]),
        (nearest[0][rows], nearest[1][rows], nearest[2][rows]),
        likeness.known[rows],
    )


def _official_words(text: str) -> list[str]:
    return [word for word in words_in(text) if word not in _STOP]


def _relative(scores: Floats) -> Floats:
    """Scores as a share of the best of their row."""
    shares: Floats = scores / (np.abs(scores).max(axis=1, keepdims=True) + 1e-9)
    return shares


def _shares(odds: Floats) -> Floats:
    raised = np.exp(odds - odds.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _fullness(listing: Listing) -> float:
    """Listings run to a dozen words and more; a shorter one is that much less evidence."""
    return min(1.0, len(listing.text.split()) / _USUAL_WORDS)


def materials_of(rows: Sequence[Mapping[str, str]]) -> tuple[Material, ...]:
    """Materials out of the rows of data/catalog/materials.csv."""
    return tuple(
        Material(r["material"], frozenset(words_in(r["listing_words"])), frozenset(words_in(r["text_words"])))
        for r in rows
    )
