"""Why a name resembles a listed one: the comparison of words, what was undone first, and the threshold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _l

from fondaco.systems.risk.public import EntryDTO, StepDTO

_METHODS = {
    "sorted-words": _l("All words sorted and compared as one"),
    "joined-words": _l("All words run together and compared"),
    "paired-words": _l("Words paired one by one"),
    "contained-words": _l("The whole of one name is found inside the other"),
}
_HOW = {
    "same": _l("the same"),
    "spelling": _l("near spelling"),
    "variant": _l("another transliteration"),
    "initial": _l("initial only"),
    "only-asked": _l("only in the name screened"),
    "only-listed": _l("only in the listed name"),
}
_UNDONE = {
    "legal-form": _l("legal form left out"),
    "transliterated": _l("written in Latin letters"),
    "look-alike-letters": _l("look-alike letters replaced"),
    "invisible-characters": _l("invisible characters removed"),
    "diacritics": _l("diacritics removed"),
    "compatibility-characters": _l("full-width and compatibility characters replaced"),
}
_COUNTRY = {
    "same": _l("The country is one that the list gives."),
    "different": _l("The list gives another country; that alone clears nobody."),
    "unknown": _l("The list or the party states no country."),
}
_KINDS = {
    "individual": _l("Individual"), "organisation": _l("Organisation"), "vessel": _l("Vessel"), "aircraft": _l("Aircraft"),
}  # fmt: skip
_UNREADABLE = {
    "empty-name": _l("The name holds no letter or digit that can be compared; a person must look."),
    "name-too-long": _l("The name is too long to be compared as a whole; a person must look."),
}
_STEPS = {
    "open": (_l("Possible match found"), "shield-alert", "stop"),
    "propose": (_l("Verdict proposed"), "users", "wait"),
    "confirm": (_l("Verdict confirmed"), "shield-check", "good"),
    "return": (_l("Sent back"), "undo-2", "wait"),
    "reopen": (_l("Taken up again"), "rotate-ccw", "wait"),
}
VERDICTS = {"clear": _l("Not the listed party"), "block": _l("The listed party: block")}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two words that were compared; one may be missing."""

    asked: str
    listed: str
    how: str
    agrees: bool
    score: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """One match of a case in words; `score` and `threshold` from 0 to 100."""

    list_code: str
    entry: str
    name: str
    score: float
    threshold: float
    method: str
    pairs: tuple[Pair, ...]
    undone: str
    country: str
    kind: str
    weak: bool
    programme: str
    listed: EntryDTO | None


@dataclass(frozen=True, slots=True)
class Deed:
    """One step of a case in words."""

    title: str
    icon: str
    tone: str
    verdict: str
    step: StepDTO


def likenesses(matches: Iterable[Mapping[str, Any]], entries: Iterable[EntryDTO]) -> list[Likeness]:
    """The matches of a case in words, each with the entry as published."""
    published = {(one.list_code, one.reference): one for one in entries}
    return [_likeness(match, published.get((match["list"], match["entry"]))) for match in matches]


def deeds(steps: Iterable[StepDTO]) -> list[Deed]:
    """The steps of a case in words, oldest first."""
    return [_deed(step) for step in steps]


def unreadable(reason: str) -> str:
    """Why a name could not be compared, empty where it could."""
    return str(_UNREADABLE.get(reason, reason.replace("-", " ").capitalize())) if reason else ""


def _likeness(match: Mapping[str, Any], listed: EntryDTO | None) -> Likeness:
    said = match.get("explanation") or {}
    return Likeness(
        list_code=match["list"],
        entry=match["entry"],
        name=match["name"],
        score=float(match["score"]),
        threshold=float(said.get("threshold", 0)),
        method=str(_METHODS.get(said.get("method", ""), said.get("method", ""))),
        pairs=tuple(_pair(word) for word in said.get("words", ())),
        undone=", ".join(str(_UNDONE.get(code, code)) for code in said.get("undone", ())),
        country=str(_COUNTRY.get(said.get("country", ""), "")),
        kind=str(_KINDS.get(said.get("kind", ""), said.get("kind", ""))),
        weak=bool(said.get("weak_alias")),
        programme=str(said.get("programme", "")),
        listed=listed,
    )


def _pair(word: Mapping[str, Any]) -> Pair:
    how = str(word.get("how", ""))
    agrees = how in ("same", "spelling", "variant")
    return Pair(
        str(word.get("asked", "")),
        str(word.get("listed", "")),
        str(_HOW.get(how, how)),
        agrees,
        float(word.get("score", 0)),
    )


def _deed(step: StepDTO) -> Deed:
    title, icon, tone = _STEPS.get(step.event, (step.event, "circle", "plain"))
    if step.event == "confirm" and step.verdict == "block":
        icon, tone = "shield-ban", "stop"
    return Deed(str(title), icon, tone, str(VERDICTS.get(step.verdict, "")), step)


def verdict_words() -> list[tuple[str, str]]:
    """The verdicts a person may propose."""
    return [(code, str(word)) for code, word in VERDICTS.items()]
