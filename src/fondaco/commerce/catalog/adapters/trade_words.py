"""What traders call the goods of a subheading: phrases, and how well the words of a listing meet them.

A phrase's score is the rarity of its words that a listing has, times the square of the share of the
phrase that is met: a whole phrase counts, a stray common word hardly. A code's score is its best phrase's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from fondaco.commerce.catalog.domain.listing import words_in

Floats = NDArray[np.float64]
_HEADING_WEIGHT = 0.7  # a phrase given for a heading speaks for each of its subheadings, more softly


class TradeWords:
    """Phrases by code (of four or six digits), scored against listings for each of `codes`."""

    def __init__(self, rows: Iterable[tuple[str, str]], codes: Sequence[str]) -> None:
        pairs = sorted((code, phrase) for code, text in rows for phrase in text.split("|"))
        tokens = [(code, phrase, frozenset(words_in(phrase))) for code, phrase in pairs]
        self.phrases = [(code, phrase, words) for code, phrase, words in tokens if words]
        self.vocabulary: dict[str, int] = {}
        places = [
            (row, self.vocabulary.setdefault(word, len(self.vocabulary)))
            for row, (_, _, words) in enumerate(self.phrases)
            for word in sorted(words)
        ]
        at, words_at = np.array(places).T
        rarity = np.log1p(len(self.phrases) / np.bincount(words_at, minlength=len(self.vocabulary)))
        shape = (len(self.phrases), len(self.vocabulary))
        self.matrix = csr_matrix((rarity[words_at], (at, words_at)), shape=shape)
        self.whole = np.asarray(self.matrix.sum(axis=1))
        self._place(codes)

    def _place(self, codes: Sequence[str]) -> None:
        """Where each code's own phrases, and its heading's, begin among the best scores."""
        named = [code for code, _, _ in self.phrases]
        self.starts = [i for i, code in enumerate(named) if i == 0 or named[i - 1] != code]
        self._rows: dict[str, list[int]] = {}
        for row, name in enumerate(named):
            self._rows.setdefault(name, []).append(row)
        at = {named[start]: i for i, start in enumerate(self.starts)}
        nowhere = len(self.starts)  # a last row of zeros
        self.own = np.array([at.get(code, nowhere) for code in codes])
        self.heading = np.array([at.get(code[:4], nowhere) for code in codes])

    def score(self, bags: Sequence[Mapping[str, float]]) -> Floats:
        """One row for each bag of words, one column for each code; 0 where no word is met."""
        met = self._met(bags)
        scores = met * (met / self.whole) ** 2
        best = np.maximum.reduceat(scores, self.starts, axis=0)
        best = np.vstack([best, np.zeros((1, best.shape[1]))])
        own, heading = best[self.own], best[self.heading]
        found: Floats = np.maximum(own, _HEADING_WEIGHT * heading + 1e-3 * (own > 0)).T
        return found

    def _met(self, bags: Sequence[Mapping[str, float]]) -> Floats:
        query = np.zeros((len(self.vocabulary), len(bags)))
        for column, weights in enumerate(bags):
            for word, weight in weights.items():
                if (row := self.vocabulary.get(word)) is not None:
                    query[row, column] = weight
        met: Floats = self.matrix @ query
        return met

    def spoken(self, weights: Mapping[str, float], code: str) -> str:
        """The phrase of `code` (or its heading) that `weights` meets best; empty where it meets none."""
        rows = [*self._rows.get(code, ()), *self._rows.get(code[:4], ())]
        met = self._met([weights])[:, 0]
        best = max(rows, key=lambda i: met[i] ** 3 / self.whole[i, 0] ** 2, default=-1)
        return self.phrases[best][1] if best >= 0 and met[best] > 0 else ""
