"""Names made comparable: one form for the same name however it is written or disguised.

    normalise("O\u200bBSIDIAN  H\u0435ron Trading, F.Z.E.", forms=forms).core  ->  ("obsidian", "heron", "trading")

Unicode NFKC, case folding, invisible characters, look-alike letters, diacritics, other scripts,
punctuation and legal forms are each undone, and what was undone is noted, so that a hit can say so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from fondaco.systems.risk.domain.alphabets import (
    CAPITAL_CONFUSABLE,
    CONFUSABLE,
    DIGIT_LETTERS,
    GREEK_PAIRS,
    LATIN,
    TRANSLITERATION,
    is_latin,
    romanise_hangul,
)

LEGAL_FORM, TRANSLITERATED, LOOKALIKE, INVISIBLE, DIACRITIC, WIDTH = (
    "legal-form",
    "transliterated",
    "look-alike-letters",
    "invisible-characters",
    "diacritics",
    "compatibility-characters",
)
_APOSTROPHES: Final = dict.fromkeys(map(ord, "'’‘`´ʼʻʽʾʿˈ′＇"), None)
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u180e\u034f\u2800")
_MARKS: Final = re.compile(
    "(?<!и)\u0306|[\u0300-\u0305\u0307-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u06d6-\u06ed\u0640]+"
)
_SYMBOL_LETTER: Final = re.compile(r"[@$!|](?=[^\W\d_])")
_WORD: Final = re.compile(
    r"[^\W_]+(?:[\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff][\w\u0900-\u17ff]*)?"
)
_ORDINAL: Final = re.compile(r"\d+(?:st|nd|rd|th)")


_CAPITALS_IN_WORD: Final = re.compile(rf"\w*[{''.join(map(chr, CAPITAL_CONFUSABLE))}]\w*")


class LegalForms:
    """Legal forms of companies, found at the beginning or the end of a name."""

    def __init__(self, forms: Iterable[str]) -> None:
        words = {tuple(form.split()) for form in forms}
        spelled = {tuple(c for w in form for c in w) for form in words if len("".join(form)) <= 5}
        partly = {(*form[:-1], *form[-1]) for form in words if len(form[-1]) <= 4}
        self._forms = {form for form in words | spelled | partly if form}
        self._endings = sorted(
            (f for (f, *rest) in words if not rest and not f.isascii()), key=len, reverse=True
        )
        self._longest = max(map(len, self._forms), default=0)

    def strip(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """`words` without legal forms at either end; at least one word stays."""
        while (shorter := self._strip_once(words)) != words:
            words = shorter
        return (*words[:-1], self._strip_ending(words[-1])) if words and not words[-1].isascii() else words

    def _strip_ending(self, word: str) -> str:
        """Chinese, Japanese and Korean write the legal form without a space before it."""
        ending = next((e for e in self._endings if word.endswith(e) and len(word) > len(e) + 1), "")
        return word.removesuffix(ending)

    def _strip_once(self, words: tuple[str, ...]) -> tuple[str, ...]:
        for size in range(min(self._longest, len(words) - 1), 0, -1):
            if words[-size:] in self._forms:
                return words[:-size]
            if words[:size] in self._forms:
                return words[size:]
        return words


@dataclass(frozen=True, slots=True)
class NormalName:
    """A name in comparable form: `words` in the order written, `core` without legal forms."""

    words: tuple[str, ...]
    core: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Words in alphabetical order: equal for the same name in another order."""
        return sort_key(self.words)


def sort_key(words: tuple[str, ...]) -> str:
    return " ".join(sorted(words))


def normalise(name: str, *, forms: LegalForms, limit: int = 1000) -> NormalName:
    """The comparable form of `name`, of which at most `limit` characters are read."""
    notes: list[str] = []
    text = _folded(name[:limit], notes)
    words = tuple(w for word in _WORD.findall(text) for w in [_in_latin(word, text, notes)] if w)
    core = forms.strip(words)
    if core != words:
        notes.append(LEGAL_FORM)
    return NormalName(words, core, tuple(dict.fromkeys(notes)))


def _folded(name: str, notes: list[str]) -> str:
    """Small letters without invisible characters, diacritics, apostrophes."""
    if name.isascii():
        return _SYMBOL_LETTER.sub(
            _letter, name.lower().replace("&", " and ").replace("'", "").replace("`", "")
        )
    visible = "".join(c for c in name if (c.isprintable() and c not in _FILLERS) or c.isspace())
    visible = "".join(c for c in visible if not 0xFE00 <= ord(c) <= 0xFE0F)
    _note(notes, INVISIBLE, visible != name)
    plain = unicodedata.normalize("NFKC", visible)
    _note(notes, WIDTH, plain != unicodedata.normalize("NFC", visible))
    if any("a" <= c <= "z" or "A" <= c <= "Z" for c in plain):
        plain = _CAPITALS_IN_WORD.sub(_as_capital, plain)
    apart = unicodedata.normalize("NFKD", plain.casefold().translate(_APOSTROPHES))
    bare = unicodedata.normalize("NFC", _MARKS.sub("", apart))
    _note(notes, DIACRITIC, _MARKS.search(apart) is not None)
    return _SYMBOL_LETTER.sub(_letter, bare.replace("&", " and "))


def _as_capital(match: re.Match[str]) -> str:
    """A word as its capitals look, where it mixes scripts or consists of letters that look Latin."""
    word = match.group()
    looks = word.translate(CAPITAL_CONFUSABLE)
    latin = all(c.isascii() or c.casefold() in CONFUSABLE for c in looks)
    return looks if latin and (looks.isupper() or any(c.isascii() for c in word)) else word


def _letter(match: re.Match[str]) -> str:
    return match.group().translate(DIGIT_LETTERS)


def _note(notes: list[str], code: str, happened: bool) -> None:
    if happened:
        notes.append(code)


def _in_latin(word: str, text: str, notes: list[str]) -> str:
    """`word` in Latin letters: look-alikes replaced, another script transliterated."""
    if not word.isascii():
        replaced = _without_lookalikes(word, text)
        _note(notes, LOOKALIKE, replaced != word)
        spelled = _transliterate(replaced)
        _note(notes, TRANSLITERATED, spelled != replaced)
        word = spelled
    if _writes_letters_as_digits(word):
        notes.append(LOOKALIKE)
        word = word.translate(DIGIT_LETTERS)
    return word


def _writes_letters_as_digits(word: str) -> bool:
    """One or two digits among at least as many letters, and not an ordinal number."""
    if word.isalpha() or not word.isascii():
        return False
    digits = sum(c.isdigit() for c in word)
    return 0 < digits <= 2 and len(word) - digits >= digits and not _ORDINAL.fullmatch(word)


def _without_lookalikes(word: str, text: str) -> str:
    """Replace look-alikes in a word that mixes scripts, or that holds nothing else among Latin words."""
    mixed = any(is_latin(c) for c in word)
    disguised = all(c in CONFUSABLE for c in word) and any(is_latin(c) for c in text)
    return "".join(CONFUSABLE.get(c, c) for c in word) if mixed or disguised else word


@lru_cache(maxsize=20_000)
def _transliterate(word: str) -> str:
    for pair, latin in GREEK_PAIRS.items():
        word = word.replace(pair, latin)
    return "".join(map(_latin_of, word))


def _latin_of(char: str) -> str:
    if "\uac00" <= char <= "\ud7a3":
        return romanise_hangul(char)
    return TRANSLITERATION.get(char) or LATIN.get(char) or ("" if char in TRANSLITERATION else char)
