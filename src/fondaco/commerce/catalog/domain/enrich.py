"""Proposals of a product's facts from its title: our hints first, a trained classifier second.

Nothing is guessed without saying so: each proposal has its evidence and a confidence, and where
neither the hints nor the classifier is sure enough, no HS code is proposed at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fondaco.commerce.catalog.domain.hints import Hint, Hints
from fondaco.commerce.catalog.domain.titles import count_in, origin_stated, size_factor, words_of

LEAST_CONFIDENCE = 0.35
_DEFAULT_MASS_G, _DEFAULT_SIZE_MM = 300, (150, 110, 70)
_MOST_G, _MOST_MM = 30_000, 1500


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed fact; `evidence` says which words, rule or neighbour spoke for it."""

    field: str
    value: str
    confidence: float
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subheading that a listing may be, and its share of the classifier's belief (0 to 1)."""

    hs6: str
    share: float


@dataclass(frozen=True, slots=True)
class Guess:
    """A classifier's answer: an HS subheading, how often such an answer is right, and its grounds."""

    hs6: str
    confidence: float
    evidence: dict[str, Any]
    candidates: tuple[Candidate, ...] = ()


class Classifier(Protocol):
    """Anything that can guess an HS subheading from titles; None where it cannot."""

    def guess(self, titles: Sequence[str]) -> Sequence[Guess | None]: ...


@dataclass(frozen=True, slots=True)
class Enricher:
    """Hints, a classifier where there is one, and the nomenclature that every code must be in."""

    hints: Hints
    classifier: Classifier | None
    hs6: Collection[str]
    country_of: Callable[[str], str | None]

    def propose(self, titles: Sequence[str], *, default_origin: str = "") -> list[list[Proposal]]:
        """Proposals for each title, in the same order."""
        tokens = [words_of(title) for title in titles]
        found = [self.hints.find(words) for words in tokens]
        unsure = [i for i, hit in enumerate(found) if not self._has_code(hit)]
        guesses = dict(zip(unsure, self._guesses([titles[i] for i in unsure]), strict=True))
        return [
            [
                *self._code(found[i], guesses.get(i)),
                *_measures(titles[i], tokens[i], found[i]),
                *_cargo(found[i]),
                *self._origin(titles[i], default_origin),
            ]
            for i in range(len(titles))
        ]

    def _has_code(self, hit: tuple[Hint, tuple[str, ...]] | None) -> bool:
        return hit is not None and hit[0].confidence >= LEAST_CONFIDENCE and self._exists(hit[0].hs6)

    def _exists(self, code: str) -> bool:
        return not self.hs6 or code in self.hs6

    def _guesses(self, titles: Sequence[str]) -> Sequence[Guess | None]:
        return self.classifier.guess(titles) if self.classifier and titles else [None] * len(titles)

    def _code(self, hit: tuple[Hint, tuple[str, ...]] | None, guess: Guess | None) -> list[Proposal]:
        if hit and self._has_code(hit):
            hint, words = hit
            return [Proposal("hs_code", hint.hs6, hint.confidence, _evidence(hint, words))]
        if guess and guess.confidence >= LEAST_CONFIDENCE and self._exists(guess.hs6):
            return [Proposal("hs_code", guess.hs6, guess.confidence, guess.evidence)]
        return []

    def _origin(self, title: str, default: str) -> list[Proposal]:
        stated = origin_stated(title)
        words = stated.split()
        for length in range(len(words), 0, -1):  # "made in sri lanka by hand": the longest name that is one
            if code := self.country_of(" ".join(words[:length])):
                return [Proposal("origin", code, 0.9, {"by": "title", "words": ["made in", *words[:length]]})]
        if default:
            return [
                Proposal(
                    "origin", default, 0.5, {"by": "mapping", "note": "Stated by the mapping for all goods."}
                )
            ]
        return []


def _measures(title: str, words: list[str], hit: tuple[Hint, tuple[str, ...]] | None) -> list[Proposal]:
    mass, sides, evidence, confidence = _DEFAULT_MASS_G, _DEFAULT_SIZE_MM, {"by": "default"}, 0.1
    if hit:
        hint, met = hit
        mass, sides, evidence, confidence = hint.mass_g, hint.size_mm, _evidence(hint, met), 0.5
    count = count_in(title) if hit is None or hit[0].per_unit else 1
    factor, word = size_factor(words)
    total = min(max(round(mass * factor * count), 1), _MOST_G)
    side = (factor * count) ** (1 / 3)
    more = {**evidence, "count": count, **({"size": word, "factor": factor} if word else {})}
    named = zip(("length_mm", "width_mm", "height_mm"), sides, strict=True)
    return [
        Proposal("mass_g", str(total), confidence, more),
        *(Proposal(n, str(min(max(round(mm * side), 1), _MOST_MM)), confidence, more) for n, mm in named),
    ]


def _cargo(hit: tuple[Hint, tuple[str, ...]] | None) -> list[Proposal]:
    if not hit or not hit[0].cargo_classes:
        return []
    hint, words = hit
    return [
        Proposal("cargo_class", ",".join(sorted(hint.cargo_classes)), hint.confidence, _evidence(hint, words))
    ]


def _evidence(hint: Hint, words: Sequence[str]) -> dict[str, Any]:
    return {"by": "hint", "rule": hint.number, "kind": hint.kind, "words": list(words)}
