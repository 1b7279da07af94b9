"""Whether two spellings of a name or an address mean the same: for people's papers, not for numbers."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio, token_sort_ratio

_ABBREVIATIONS = {
    "st": "street", "str": "strasse", "rd": "road", "ave": "avenue", "av": "avenue", "blvd": "boulevard",
    "ln": "lane", "dr": "drive", "sq": "square", "apt": "apartment", "no": "number", "nr": "number",
    "mr": "", "mrs": "", "ms": "", "herr": "", "frau": "", "ltd": "limited", "co": "company",
}  # fmt: skip
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"})
_WORD_ALIKE = 75  # of 100: one or two letters of a word may be wrong


def likeness(one: str, other: str) -> float:
    """How alike two plain texts are, 0 to 1, whatever the order of their words."""
    return float(max(ratio(one, other), token_sort_ratio(one, other))) / 100


def strange_share(one: str, other: str) -> float:
    """How much of the text with fewer words has no like in the other: what is left out is not strange."""
    shorter, longer = sorted((one, other), key=lambda text: len(_words(text)))
    return strange_words(shorter, longer) / max(len(_words(shorter)), 1)


def strange_words(one: str, other: str) -> int:
    """How many words of `one` are unlike every word of `other`."""
    known = _words(other)
    return sum(not any(_like(word, match) for match in known) for word in _words(one))


def _words(text: str) -> list[str]:
    """Words without the numbers, which are compared for themselves: never nearly alike."""
    return [word for word in text.split() if not any(ch.isdigit() for ch in word)]


def _like(one: str, other: str) -> bool:
    """An initial stands for its word; a word may have a letter or two wrong, a short one a single slip."""
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    if ratio(one, other) >= _WORD_ALIKE:
        return True
    shortest = min(len(one), len(other))
    return bool(OSA.distance(one, other) <= 1) if shortest >= 3 else sorted(one) == sorted(other)


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """`text` as it is compared: one script width, no case, accents or punctuation, abbreviations spelt out."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(ch for ch in folded if not unicodedata.combining(ch)).translate(_LETTERS)
    letters = "".join(ch if ch.isalnum() else " " for ch in bare)
    words = (_ABBREVIATIONS.get(word, word) for word in letters.split())
    return " ".join(word for word in words if word)
