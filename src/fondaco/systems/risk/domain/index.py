"""An inverted index of words that finds words one letter apart, and words run together.

Every word is filed under itself and under each form with one letter left out; two words that share a
filed form are at most two edits apart and are then checked. Words run together are filed as they are. A listed name becomes a candidate by the
rarity of the words it shares with the name asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from math import log

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from fondaco.systems.risk.domain.alignment import sounds


@dataclass
class WordIndex:
    """Words of numbered names; `fill` once, then ask `candidates`."""

    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    numbers: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    rarity: dict[str, float] = field(default_factory=dict)
    near: dict[str, tuple[str, ...]] = field(default_factory=dict)
    size: int = 0
    _known: dict[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)

    def fill(self, names: Sequence[tuple[str, ...]]) -> None:
        """Index `names`, numbered from 0 in the order given."""
        filed: dict[str, set[int]] = defaultdict(set)
        for number, words in enumerate(names):
            for word in _terms(words):
                filed[word].add(number)
        self.size = len(names)
        ends = list(accumulate(len(numbers) for numbers in filed.values()))
        self.spans = {w: (end - len(n), end) for (w, n), end in zip(filed.items(), ends, strict=True)}
        self.numbers = np.array([n for numbers in filed.values() for n in sorted(numbers)], dtype=np.int32)
        self.rarity = {w: log(1 + self.size / len(n)) for w, n in filed.items()}
        near: dict[str, list[str]] = defaultdict(list)
        for word in {word for words in names for word in words}:
            for form in _forms(word):
                near[form].append(word)
        self.near = {form: tuple(sorted(words)) for form, words in near.items()}

    def candidates(self, words: tuple[str, ...], *, most: int) -> list[int]:
        """Up to `most` numbers of names that share rare words with `words`, best first."""
        score = np.zeros(self.size, dtype=np.float32)
        for term in dict.fromkeys(_terms(words)):
            for word, weight in self._alike(term):
                start, end = self.spans[word]
                score[self.numbers[start:end]] += weight
        if self.size == 0 or not (top := float(score.max())):
            return []
        chosen = np.flatnonzero(score >= 0.35 * top)
        if len(chosen) > most:
            chosen = chosen[np.argpartition(score[chosen], -most)[-most:]]
        return [int(n) for n in chosen[np.argsort(-score[chosen], kind="stable")]]

    def _alike(self, term: str) -> tuple[tuple[str, float], ...]:
        """Indexed words equal to `term` or about one letter from it, with their weight."""
        known = self._known.get(term)
        if known is None:
            known = self._find_alike(term)
            if len(self._known) < 200_000:
                self._known[term] = known
        return known

    def _find_alike(self, term: str) -> tuple[tuple[str, float], ...]:
        found = {term: self.rarity[term]} if term in self.rarity else {}
        for word in {w for form in _forms(term) for w in self.near.get(form, ())}:
            if (word not in found and OSA.distance(term, word) <= (1 if len(term) < 6 else 2)) or (
                word not in found and sounds(term) == sounds(word)
            ):
                found[word] = 0.8 * self.rarity[word]
        return tuple(found.items())

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_known": {}}


def _terms(words: tuple[str, ...]) -> list[str]:
    """Words of a name, each two neighbours run together, and the whole run together."""
    pairs = [a + b for a, b in pairwise(words)]
    return [*words, *pairs, "".join(words)]


def _forms(word: str) -> set[str]:
    """The word, the word as heard, and (from four letters) the word with any one letter left out."""
    if len(word) < 4 or len(word) > 40:
        return {word, "~" + sounds(word[:40])}
    return {word, "~" + sounds(word), *(word[:i] + word[i + 1 :] for i in range(len(word)))}
