"""Listings whose code is known, and how like them a new one is.

Word and character TF-IDF, cosine likeness, and kernel ridge regression of "is it of this class" on it for
subheading, heading and chapter. Ridge regression tells in closed form what it would have answered for
each of its own listings had that one been left out, so nothing is refitted to learn from its answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

Floats = NDArray[np.float64]
LEVELS = (6, 4, 2)
_RIDGE = 0.3
_MANY = 50


@dataclass(frozen=True, slots=True)
class Likeness:
    """For rows of listings and columns of codes: ridge scores and nearest likeness at 6, 4 and 2 digits."""

    ridge: tuple[Floats, Floats, Floats]
    nearest: tuple[Floats, Floats, Floats]
    known: Floats


class LookAlikes:
    """Labelled texts; `of` answers for new texts, `left_out` for the labelled ones without themselves."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str], codes: Sequence[str]) -> None:
        self.texts, self.labels = list(texts), list(labels)
        self.words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        least = 2 if len(texts) >= _MANY else 1
        self.chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=least)
        self.points = self._joined(self.words.fit_transform(texts), self.chars.fit_transform(texts))
        self.across = self.points.T.tocsr()
        self.kernel: Floats = (self.points @ self.across).toarray()
        inverse = np.linalg.inv(self.kernel + _RIDGE * np.eye(len(texts)))
        self.leverage = np.diag(inverse)
        self.classes = [sorted({label[:level] for label in labels}) for level in LEVELS]
        self.member = [self._member(level, known) for level, known in zip(LEVELS, self.classes, strict=True)]
        self.weights = [inverse @ member for member in self.member]
        self.column = [
            np.array([index.get(code[:level], len(known)) for code in codes])
            for level, known in zip(LEVELS, self.classes, strict=True)
            for index in [{name: i for i, name in enumerate(known)}]
        ]

    @staticmethod
    def _joined(words: csr_matrix, chars: csr_matrix) -> csr_matrix:
        return hstack([words, chars]).tocsr() * np.sqrt(0.5)

    def _member(self, level: int, known: Sequence[str]) -> Floats:
        names = np.array([label[:level] for label in self.labels])
        same: Floats = (names[:, None] == np.array(known)[None]).astype(float)
        return same

    def likeness(self, texts: Sequence[str]) -> Floats:
        """Cosine likeness of each of `texts` to each labelled one."""
        points = self._joined(self.words.transform(texts), self.chars.transform(texts))
        found: Floats = (points @ self.across).toarray()
        return found

    def of(self, texts: Sequence[str]) -> tuple[Likeness, Floats]:
        """The likeness of new texts, by code, and to each labelled text."""
        kernel = self.likeness(texts)
        ridge = [kernel @ weights for weights in self.weights]
        return self._by_code(ridge, kernel, own=False), kernel

    def left_out(self) -> tuple[Likeness, Floats]:
        """For each labelled text, what `of` would have answered without it."""
        kernel = self.kernel.copy()
        np.fill_diagonal(kernel, 0.0)
        ridge = [
            member - weights / self.leverage[:, None]
            for member, weights in zip(self.member, self.weights, strict=True)
        ]
        return self._by_code(ridge, kernel, own=True), kernel

    def _by_code(self, ridge: Sequence[Floats], kernel: Floats, *, own: bool) -> Likeness:
        nearest = [self._nearest(kernel, member) for member in self.member]
        count = np.repeat(self.member[0].sum(axis=0)[None], len(kernel), axis=0)
        if own:
            count = count - self.member[0]
        spread = [self._spread(scores, column) for scores, column in zip(ridge, self.column, strict=True)]
        near = [self._spread(scores, column) for scores, column in zip(nearest, self.column, strict=True)]
        known = self._spread(np.log1p(count), self.column[0])
        return Likeness((spread[0], spread[1], spread[2]), (near[0], near[1], near[2]), known)

    @staticmethod
    def _nearest(kernel: Floats, member: Floats) -> Floats:
        """The greatest likeness to a member of each class."""
        order = np.argmax(member, axis=1).argsort(kind="stable")
        held = member.argmax(axis=1)[order]
        starts = np.flatnonzero(np.r_[True, held[1:] != held[:-1]])
        found: Floats = np.maximum.reduceat(kernel[:, order], starts, axis=1)
        return found

    @staticmethod
    def _spread(scores: Floats, column: NDArray[np.int64]) -> Floats:
        """Scores by class as scores by code; 0 for codes of no known class."""
        padded = np.hstack([scores, np.zeros((len(scores), 1))])
        return padded[:, column]
