"""The named passages of the sea lanes: which may be shut, and what a detour may use instead."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from fondaco.kernel.errors import Refused


class Passage(StrEnum):
    """A strait, canal or cape that a voyage may pass, by its usual English name."""

    SUEZ = "suez"
    PANAMA = "panama"
    CAPE = "cape-of-good-hope"
    BAB_EL_MANDEB = "bab-el-mandeb"
    MALACCA = "malacca"
    SUNDA = "sunda"
    GIBRALTAR = "gibraltar"
    BOSPORUS = "bosporus"
    DARDANELLES = "dardanelles"
    HORMUZ = "hormuz"
    BERING = "bering"
    HORN = "magellan"
    NORTHWEST = "northwest-passage"


class UnknownPassage(Refused):
    code = "unknown-passage"
    title = "No passage has this name."
    remedy = f"Use one of: {', '.join(Passage)}."


# The words of the lanes' own file (searoute, after Eurostat) and those that people use.
_ALIASES = {
    "babalmandab": Passage.BAB_EL_MANDEB,
    "south_africa": Passage.CAPE,
    "cape": Passage.CAPE,
    "chili": Passage.HORN,
    "horn": Passage.HORN,
    "ormuz": Passage.HORMUZ,
    "northwest": Passage.NORTHWEST,
}
OPEN: frozenset[Passage] = frozenset()
# Canals are shut along their locks and cuts; ports on their approaches stay open to their own sea.
CANAL_LATITUDES = {Passage.SUEZ: (30.2, 31.2), Passage.PANAMA: (8.99, 9.21)}
_RED_SEA = frozenset({Passage.SUEZ, Passage.BAB_EL_MANDEB})


def passage(word: str) -> Passage:
    """The passage that `word` names, in our words or the lane file's; UnknownPassage for another."""
    plain = word.strip().lower()
    if plain in _ALIASES:
        return _ALIASES[plain]
    try:
        return Passage(plain)
    except ValueError:
        raise UnknownPassage(field="closed", value=word[:40]) from None


def closures(words: Iterable[str]) -> frozenset[Passage]:
    """The passages that `words` name; empty words are passed over."""
    return frozenset(passage(word) for word in words if word.strip())


def detour_closures(closed: frozenset[Passage]) -> tuple[frozenset[Passage], frozenset[Passage]] | None:
    """Without what, and with what more, a voyage barred from the Red Sea is sought; None if no matter.

    Ships between Asia and Europe that cannot pass Suez go round the Cape, though Panama is shorter
    by some hundred miles: their size, the tolls and the slots forbid it. So where the way was by Suez
    and neither end lies in the Americas, Panama is shut for the detour, unless the Cape is shut too.
    """
    if not closed & _RED_SEA or {Passage.PANAMA, Passage.CAPE} & closed:
        return None
    return closed - _RED_SEA, closed | {Passage.PANAMA}


def is_american(longitude: float) -> bool:
    """Whether a port at `longitude` (degrees east) is one of the Americas', for which Panama was dug."""
    return -170.0 <= longitude <= -34.0
