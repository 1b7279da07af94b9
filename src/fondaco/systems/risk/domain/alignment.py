"""Pair the words of two names one by one and score what is left over.

A word may be paired with the same word, a near spelling, another transliteration of it, or its
initial. Words left over on one side only (a middle name, a patronymic) cost little; words left over on
both sides contradict each other and cost much. Particles (al, bin, de, van) weigh little.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

from rapidfuzz.distance import DamerauLevenshtein

PARTICLES: Final = frozenset(
    "al el ul bin ibn bint abu abou de la le les da do dos das del della di van von der den ten the of and y e "
    "et und for fur".split()
)
AGREEING: Final = frozenset({"same", "spelling", "variant"})
_NEAR: Final = 0.70
_INITIAL: Final = 0.90
_CONFLICT: Final = 1.15
_EXTRA: Final = 0.28
_SOUNDS: Final = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("tsch|tch|tj|cz", "ch"), ("sch|sz", "sh"), ("ph", "f"), ("ou|oo|w(?=[^aeiou]|$)", "u"), ("ee|ie|ij", "i"),
        ("(?<=[sc])h", ""), ("kh|ch(?=[aou])|gh|q|ck", "k"), ("dh", "d"), ("th", "t"), ("zh|dj|dz", "j"), ("x", "ks"),
        ("y|j(?=[^aeiou]|$)", "i"), ("v|w", "v"), ("c", "k"), ("o", "u"), ("e", "i"), (r"(.)\1+", r"\1"), ("(?<=.)h", ""),
    )
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PairedWord:
    """A word asked and the listed word it was paired with; either may be empty. `score` 0 to 1."""

    asked: str
    listed: str
    how: str
    score: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Alignment:
    score: float
    words: tuple[PairedWord, ...]


def align(asked: tuple[str, ...], listed: tuple[str, ...]) -> Alignment:
    """The best pairing of the words of two names, scored 0 to 100."""
    pairs = _pairs(asked, listed)
    matched = sum(_weight_of(p) * p.score for p in pairs if p.how not in ("only-asked", "only-listed"))
    whole = sum(_weight_of(p) for p in pairs if p.how not in ("only-asked", "only-listed"))
    left = sum(_weight(p.asked) for p in pairs if p.how == "only-asked")
    right = sum(_weight(p.listed) for p in pairs if p.how == "only-listed")
    conflict, extra = min(left, right), abs(left - right)
    total = whole + _CONFLICT * 2 * conflict + _EXTRA * extra
    return Alignment(100 * matched / total if total else 0.0, tuple(pairs))


def contained(alignment: Alignment, *, words_needed: int) -> float:
    """Score of a name found whole inside the other: only where enough full words agree."""
    full = [p for p in alignment.words if p.how in AGREEING and p.asked not in PARTICLES]
    sides = {p.how for p in alignment.words} & {"only-asked", "only-listed"}
    if len(full) < words_needed or len(sides) != 1 or any(p.how == "initial" for p in alignment.words):
        return 0.0
    return 100 * min(p.score for p in full) * 0.95


def _pairs(asked: tuple[str, ...], listed: tuple[str, ...]) -> list[PairedWord]:
    """Greedy: likest words first, each used once; then what is left over on either side."""
    options = sorted(
        (
            (s, h, i, j)
            for i, a in enumerate(asked)
            for j, b in enumerate(listed)
            for s, h in [likeness(a, b)]
            if s
        ),
        key=lambda o: (-o[0], abs(o[2] - o[3]), o[2]),
    )
    used_a: set[int] = set()
    used_b: set[int] = set()
    pairs: list[PairedWord] = []
    for score, how, i, j in options:
        if i not in used_a and j not in used_b:
            used_a.add(i)
            used_b.add(j)
            pairs.append(PairedWord(asked[i], listed[j], how, round(score, 3)))
    pairs += [PairedWord(w, "", "only-asked", 0.0) for i, w in enumerate(asked) if i not in used_a]
    pairs += [PairedWord("", w, "only-listed", 0.0) for j, w in enumerate(listed) if j not in used_b]
    return pairs


@lru_cache(maxsize=200_000)
def likeness(a: str, b: str) -> tuple[float, str]:
    """How alike two words are (0 to 1, 0 below a floor) and in what way."""
    if a == b:
        return 1.0, "same"
    if len(a) == 1 or len(b) == 1:
        return (_INITIAL, "initial") if a[0] == b[0] and a.isalpha() and b.isalpha() else (0.0, "")
    spelling = DamerauLevenshtein.normalized_similarity(a, b)
    sound = (
        0.0
        if a.isdigit() or b.isdigit()
        else DamerauLevenshtein.normalized_similarity(sounds(a), sounds(b)) * 0.96
    )
    score, how = max((spelling, "spelling"), (sound, "variant"))
    return (score, how) if score >= _NEAR else (0.0, "")


@lru_cache(maxsize=100_000)
def sounds(word: str) -> str:
    """The word as a careless writer of another language might hear it."""
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    return word


def _weight_of(pair: PairedWord) -> float:
    return (
        min(_weight(pair.asked), _weight(pair.listed))
        if pair.how == "initial"
        else (_weight(pair.asked) + _weight(pair.listed))
    )


def _weight(word: str) -> float:
    if word in PARTICLES:
        return 0.3
    return 0.5 if len(word) == 1 else 1.0
