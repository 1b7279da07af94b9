"""Screening: which listed names a name may be, how alike they are, and why.

Two steps. `NameIndex.candidates` finds the listed names that share rare words with the name asked
(words one letter apart count, and so do words run together). `compare` then scores a pair from 0 to
100 as the best of: sorted words, words run together, words paired one by one. A name is a hit from the
thresholds given as data. Nothing here reads a clock, a file or a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, Final

import numpy as np
from rapidfuzz import fuzz, process

from fondaco.systems.risk.domain.alignment import AGREEING, PARTICLES, PairedWord, align, contained
from fondaco.systems.risk.domain.index import WordIndex
from fondaco.systems.risk.domain.names import LegalForms, NormalName, normalise, sort_key

COMPARED: Final = 12  # candidates compared word by word
ALIKE_AT_ALL: Final = (
    60.0  # letters in common (0 to 100) below which no word-by-word score reaches a threshold
)
ORGANISATION_KINDS: Final = frozenset({"organisation", "vessel", "aircraft"})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score a listed name is a hit; the values are data (data/risk/thresholds.csv)."""

    hit: float = 88
    weak_alias: float = 95
    single_word: float = 95
    few_words: float = 95
    words_needed: int = 3
    contained_words: int = 3
    max_characters: int = 1000
    matches_kept: int = 25

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Thresholds:
        """Read from the rows name → value of the data file."""
        return cls(
            hit=float(values["hit"]),
            weak_alias=float(values["weak_alias"]),
            single_word=float(values["single_word"]),
            few_words=float(values["few_words"]),
            words_needed=int(values["words_needed"]),
            contained_words=int(values["contained_words"]),
            max_characters=int(values["max_characters"]),
            matches_kept=int(values["matches_kept"]),
        )


@dataclass(frozen=True, slots=True)
class ListedName:
    """One name of one list entry."""

    list_code: str
    reference: str
    name: str
    kind: str
    weak: bool = False
    country: str = ""
    programme: str = ""
    expires_on: date | None = None
    entry_hash: str = ""


@dataclass(frozen=True, slots=True)
class ScreenRequest:
    """A name to be screened; `reference` is the asker's own and comes back with the result."""

    reference: str
    name: str
    country: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A listed name that the name asked may be. `score` from 0 to 100; `explanation` is data."""

    list: str
    entry: str
    name: str
    score: float
    explanation: Mapping[str, Any]
    entry_hash: str = ""


@dataclass(frozen=True, slots=True)
class ScreenResult:
    """`outcome` is "clear" or "hit". A name that cannot be read is a hit without matches: a person looks."""

    reference: str
    outcome: str
    score: float
    matches: tuple[Match, ...]
    list_version: str
    name: str = ""
    country: str = ""
    name_key: str = ""
    reason: str = ""


@dataclass
class NameIndex:
    """The names of all lists in force, ready to be asked. Built once per set of list versions."""

    version: str
    forms: LegalForms
    names: list[ListedName] = field(default_factory=list)
    normal: list[tuple[str, ...]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    words: WordIndex = field(default_factory=WordIndex)

    @classmethod
    def build(cls, names: Iterable[ListedName], *, forms: LegalForms, version: str) -> NameIndex:
        """Normalise `names` and index their words; names without a letter or digit are left out."""
        index = cls(version, forms)
        for listed in names:
            found = normalise(listed.name, forms=forms)
            words = found.core if listed.kind in ORGANISATION_KINDS else found.words
            if words:
                index.names.append(listed)
                index.normal.append(words)
                index.keys.append(sort_key(words))
                index.joined.append("".join(words))
        index.words.fill(index.normal)
        return index

    def candidates(self, words: tuple[str, ...], *, most: int = 60) -> list[int]:
        """Numbers of the listed names that may be `words`, most promising first."""
        found = self.words.candidates(words, most=most)
        if not found:
            return []
        by_key = process.cdist([sort_key(words)], [self.keys[i] for i in found], scorer=fuzz.ratio)[0]
        by_joined = process.cdist(["".join(words)], [self.joined[i] for i in found], scorer=fuzz.ratio)[0]
        alike = np.maximum(by_key, by_joined)
        order = np.argsort(-alike, kind="stable")[:COMPARED]
        return [found[n] for n in order if alike[n] >= ALIKE_AT_ALL]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How alike two names are, and which words make them so."""

    score: float
    method: str
    words: tuple[PairedWord, ...]

    @property
    def agreed(self) -> int:
        """How many full words of both names agree; particles and initials are not counted."""
        return sum(p.how in AGREEING and p.asked not in PARTICLES for p in self.words)


def compare(asked: tuple[str, ...], listed: tuple[str, ...], *, thresholds: Thresholds) -> Comparison:
    """Score the likeness of two normalised names, 0 to 100."""
    paired = align(asked, listed)
    scores = [
        (fuzz.ratio(sort_key(asked), sort_key(listed)), "sorted-words"),
        (fuzz.ratio("".join(asked), "".join(listed)) if _may_join(asked, listed) else 0.0, "joined-words"),
        (paired.score, "paired-words"),
        (contained(paired, words_needed=thresholds.contained_words), "contained-words"),
    ]
    score, method = max(scores, key=lambda pair: pair[0])
    return Comparison(round(score, 1), method, paired.words)


def _may_join(asked: tuple[str, ...], listed: tuple[str, ...]) -> bool:
    """Words run together are compared only where the number of words differs."""
    return len(asked) != len(listed)


def screen(
    requests: Sequence[ScreenRequest], index: NameIndex, *, thresholds: Thresholds, on: date | None
) -> list[ScreenResult]:
    """Screen each name against the index as of day `on` (None: expired entries count); same order."""
    return [_screen_one(request, index, thresholds, on) for request in requests]


def _screen_one(
    request: ScreenRequest, index: NameIndex, limits: Thresholds, on: date | None
) -> ScreenResult:
    asked = normalise(request.name, forms=index.forms, limit=limits.max_characters)
    reason = _unreadable(request.name, asked, limits)
    matches = () if reason == "empty-name" else _matches(request, asked, index, limits, on)
    return ScreenResult(
        reference=request.reference,
        outcome="hit" if matches or reason else "clear",
        score=matches[0].score if matches else 0.0,
        matches=matches,
        list_version=index.version,
        name=request.name[: limits.max_characters],
        country=request.country,
        name_key=sha256(asked.key.encode()).hexdigest(),
        reason=reason,
    )


def _unreadable(name: str, asked: NormalName, limits: Thresholds) -> str:
    if not asked.words:
        return "empty-name"
    return "name-too-long" if len(name) > limits.max_characters else ""


def _matches(
    request: ScreenRequest, asked: NormalName, index: NameIndex, limits: Thresholds, on: date | None
) -> tuple[Match, ...]:
    best: dict[tuple[str, str], Match] = {}
    for words in dict.fromkeys((asked.words, asked.core)):
        for number in index.candidates(words):
            listed = index.names[number]
            if on and listed.expires_on and listed.expires_on < on:
                continue
            if words == asked.core != asked.words and listed.kind not in ORGANISATION_KINDS:
                continue
            found = compare(words, index.normal[number], thresholds=limits)
            limit = _threshold(listed, index.normal[number], words, found, limits)
            if found.score >= limit:
                explanation = {
                    "asked": list(words),
                    "listed": list(index.normal[number]),
                    "undone": list(asked.notes),
                    "threshold": limit,
                    "country": _country(request.country, listed.country),
                }
                match = _match(listed, found, explanation)
                key = (match.list, match.entry)
                best[key] = max(best.get(key, match), match, key=lambda m: m.score)
    ranked = sorted(best.values(), key=lambda m: (-m.score, m.list, m.entry))
    return tuple(ranked[: limits.matches_kept])


def _threshold(
    listed: ListedName, words: tuple[str, ...], asked: tuple[str, ...], found: Comparison, limits: Thresholds
) -> float:
    """Weak aliases, names of one word, and names that agree in few words need a closer likeness."""
    wanted = [limits.weak_alias if listed.weak else limits.hit]
    if min(len(words), len(asked)) == 1:
        wanted.append(limits.single_word)
    if found.method in ("paired-words", "contained-words") and found.agreed < limits.words_needed:
        wanted.append(limits.few_words)
    return max(wanted)


def _match(listed: ListedName, found: Comparison, explanation: dict[str, Any]) -> Match:
    explanation |= {
        "method": found.method,
        "words": [word.as_dict() for word in found.words],
        "weak_alias": listed.weak,
        "kind": listed.kind,
        "programme": listed.programme,
    }
    return Match(listed.list_code, listed.reference, listed.name, found.score, explanation, listed.entry_hash)


def _country(asked: str, listed: str) -> str:
    """What the countries say: never enough to clear a name, but a person wants to know."""
    if not asked or not listed:
        return "unknown"
    return "same" if asked.casefold() in listed.casefold().split("|") else "different"
