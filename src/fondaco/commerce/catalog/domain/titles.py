"""What can be read off a product's title: its words, how many are in it, how large it says it is."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[a-z]+")
_TLIGHT = re.compile(r"\bt[- ]?lights?\b", re.IGNORECASE)
_COUNT = re.compile(
    r"\b(?:set|pack|box|pkt|packet|bundle|roll)\s*(?:of|/)?\s*(\d{1,3})\b|\bs/(\d{1,3})\b|^(\d{1,3})\s+[a-z]"
    r"|\b(\d{1,3})\s*(?:pcs|pieces|piece|pc|pk)\b",
    re.IGNORECASE,
)
_MADE_IN = re.compile(r"\bmade in (?:the )?([a-z ]{2,30})", re.IGNORECASE)
_PAIR = re.compile(r"\bpair\b", re.IGNORECASE)

# Factors on the typical mass that a word of size stands for; our own judgement.
_SIZES = {
    "mini": 0.4, "tiny": 0.4, "small": 0.6, "little": 0.7, "medium": 1.0, "large": 1.6, "tall": 1.3,
    "big": 1.6, "jumbo": 1.8, "giant": 2.5, "huge": 2.5,
}  # fmt: skip
# Large "jumbo bags" are a kind of bag, not a size.
_NOT_A_SIZE = {("jumbo", "bag"), ("jumbo", "shopper"), ("jumbo", "storage")}


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """`word` without its English plural ending, roughly: enough to compare titles with hints."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def words_of(title: str) -> list[str]:
    """The words of `title` in order, lower case and singular; "T-LIGHT" is one word."""
    return [singular(word) for word in _WORD.findall(_TLIGHT.sub(" tlight ", title).lower())]


def count_in(title: str) -> int:
    """How many items the title says are sold as one: "SET OF 6", "S/4", "PACK OF 12"; otherwise 1."""
    found = _COUNT.search(title)
    if found:
        return max(1, min(int(next(group for group in found.groups() if group)), 144))
    return 2 if _PAIR.search(title) else 1


def size_factor(words: list[str]) -> tuple[float, str]:
    """The factor on a typical mass, and the word that says so."""
    for word in words:
        if word in _SIZES and not any((word, other) in _NOT_A_SIZE for other in words):
            return _SIZES[word], word
    return 1.0, ""


def origin_stated(title: str) -> str:
    """The name that follows "made in", as written; empty where the title does not say."""
    found = _MADE_IN.search(title)
    return found.group(1).strip() if found else ""
